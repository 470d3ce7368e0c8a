"""Of whom a step of a sequence tells another program: a row for each customer, who waits, was told of, or was not.

`retry_at` is also the lease: whoever tells of one moves it forward first, so that nobody else does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Connection, func, select, update

from hub.ids import new_id
from hub.store.sequences import Run
from hub.store.settings import is_armed
from hub.store.tables import step_hooks

WAITING, TOLD, FAILED = "waiting", "told", "failed"
_h = step_hooks.c


@dataclass(frozen=True, slots=True)
class StepHook:
    """problem: why the last try failed; retry_at: when the next comes."""

    id: str
    customer_id: str
    sequence_id: str
    run_id: str
    step: int
    url: str
    state: str
    failures: int
    problem: str
    retry_at: int | None
    created_at: int


_HOOKS = select(*(_h[field.name] for field in fields(StepHook)))


def add_hook(conn: Connection, run: Run, step: int, url: str, at: int) -> None:
    row = {
        "id": new_id(),
        "customer_id": run.customer_id,
        "sequence_id": run.sequence_id,
        "version": run.version,
        "run_id": run.id,
        "step": step,
        "url": url,
        "state": WAITING,
        "retry_at": at,
        "created_at": at,
    }
    conn.execute(step_hooks.insert(), row)


def has_due_hooks(conn: Connection, now: int) -> bool:
    query = select(_h.id).where(_h.state == WAITING, _h.retry_at <= now).limit(1)
    return conn.scalar(query) is not None and is_armed(conn)


def claim_hooks(conn: Connection, now: int, lease: int, limit: int) -> list[StepHook]:
    """Those whose turn it is; nobody else gets them for `lease` milliseconds."""
    due = select(_h.id).where(_h.state == WAITING, _h.retry_at <= now).order_by(_h.retry_at, _h.id).limit(limit)
    mine = update(step_hooks).where(_h.id.in_(due), _h.state == WAITING, _h.retry_at <= now)
    claimed = mine.values(retry_at=now + lease).returning(*(_h[field.name] for field in fields(StepHook)))
    return [StepHook(*row) for row in conn.execute(claimed)]


def mark_hooks(conn: Connection, changes: Mapping[str, Mapping[str, Any]]) -> None:
    """Id -> state, failures, problem, retry_at."""
    for id, values in changes.items():
        conn.execute(update(step_hooks).where(_h.id == id, _h.state == WAITING).values(**values))


def list_hooks(conn: Connection, sequence_id: str, customer_ids: Sequence[str]) -> list[StepHook]:
    """Of these customers, in the order of their steps."""
    query = _HOOKS.where(_h.sequence_id == sequence_id, _h.customer_id.in_(customer_ids))
    return [StepHook(*row) for row in conn.execute(query.order_by(_h.id))]


def count_hooks(conn: Connection, sequence_id: str, version: int) -> dict[int, dict[str, int]]:
    """Place of a step -> state -> how many, in that version of the sequence."""
    query = select(_h.step, _h.state, func.count()).where(_h.sequence_id == sequence_id, _h.version == version)
    found: dict[int, dict[str, int]] = {}
    for step, state, number in conn.execute(query.group_by(_h.step, _h.state)):
        found.setdefault(step, {})[state] = number
    return found
