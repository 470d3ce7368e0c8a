"""Sequences, and one durable row for every customer who is in one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Connection, case, delete, exists, func, select, update

from hub.errors import Conflict, NotFound
from hub.ids import new_id
from hub.model import DeliveryState, Direction
from hub.reasons import Reason, Why
from hub.store.consents import WITHDRAWN
from hub.store.dialect import upsert
from hub.store.tables import (
    consents,
    customers,
    deliveries,
    messages,
    orders,
    sequence_runs,
    sequence_versions,
    sequences,
    step_hooks,
    step_messages,
)
from hub.store.visibility import EVERYTHING, Visibility

WAITING, DONE = "waiting", "done"
UNDER_WAY = (DeliveryState.HELD, DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.TO_PRINT)
HASTENED = Why.FAST_FORWARD  # the reason of a waiting run whose time somebody has brought forward
CURSOR = "sequences"  # the setting that holds how far the events have been looked at


@dataclass(frozen=True, slots=True)
class StoredSequence:
    """state: draft, active, paused. trigger, steps, exits and goal as hub.sequences reads them."""

    id: str
    name: str
    state: str
    trigger: Mapping[str, Any]
    steps: Sequence[Mapping[str, Any]]
    exits: Sequence[str]
    goal: str
    started_at: int | None
    version: int
    created_at: int
    changed_at: int


@dataclass(frozen=True, slots=True)
class Run:
    """One customer in one sequence. trigger_id: the message (or event) that began it; step: the next one to do, of that
    version of the sequence.

    state: waiting, done, exited, failed; reason, detail: why it ended (hub.reasons).
    """

    id: str
    sequence_id: str
    customer_id: str
    conversation_id: str | None
    trigger_id: str
    state: str
    step: int
    version: int
    due_at: int
    reason: str
    detail: str
    created_at: int
    changed_at: int

    @property
    def why(self) -> Reason:
        return Reason(self.reason, self.detail)


_SEQUENCES = select(*(sequences.c[field.name] for field in fields(StoredSequence)))
_RUNS = select(*(sequence_runs.c[field.name] for field in fields(Run)))


def list_sequences(conn: Connection, after: str | None = None, limit: int = 100) -> list[StoredSequence]:
    query = _SEQUENCES.where(sequences.c.id > after) if after else _SEQUENCES
    return [StoredSequence(*row) for row in conn.execute(query.order_by(sequences.c.id).limit(limit))]


def list_active_sequences(conn: Connection) -> list[StoredSequence]:
    return [StoredSequence(*row) for row in conn.execute(_SEQUENCES.where(sequences.c.state == "active"))]


def get_sequence(conn: Connection, id: str) -> StoredSequence:
    row = conn.execute(_SEQUENCES.where(sequences.c.id == id)).first()
    if row is None:
        raise NotFound("there is no such sequence")
    return StoredSequence(*row)


def add_sequence(conn: Connection, values: Mapping[str, Any], at: int) -> StoredSequence:
    """values: name, trigger, steps, exits."""
    sequence_id = new_id()
    conn.execute(sequences.insert(), {**values, "id": sequence_id, "created_at": at, "changed_at": at})
    return get_sequence(conn, sequence_id)


def mark_sequence(conn: Connection, id: str, at: int, from_states: Sequence[str], **changes: Any) -> StoredSequence:
    """Change it while it is in one of these states; raises Conflict when it is not."""
    statement = update(sequences).where(sequences.c.id == id, sequences.c.state.in_(from_states))
    if conn.execute(statement.values(**changes, changed_at=at)).rowcount == 0:
        raise Conflict(f"the sequence is {get_sequence(conn, id).state}", "sequence_state")
    return get_sequence(conn, id)


def forget_sequence(conn: Connection, id: str) -> None:
    """With everybody who is in it."""
    if get_sequence(conn, id).state == "active":
        raise Conflict("the sequence is active; pause it first", "active")
    for table in (step_hooks, step_messages, sequence_runs, sequence_versions):
        conn.execute(delete(table).where(table.c.sequence_id == id))
    conn.execute(delete(sequences).where(sequences.c.id == id))


def add_runs(conn: Connection, rows: Sequence[Mapping[str, Any]], at: int) -> None:
    """rows: sequence_id, version, customer_id, conversation_id, trigger_id, due_at. The same trigger begins a run
    once."""
    if rows:
        values = [{**row, "id": new_id(), "state": WAITING, "created_at": at, "changed_at": at} for row in rows]
        conn.execute(upsert(conn, sequence_runs).on_conflict_do_nothing(), values)


def find_waiting_run(conn: Connection, sequence_id: str, customer_id: str) -> Run | None:
    r = sequence_runs.c
    query = _RUNS.where(r.customer_id == customer_id, r.sequence_id == sequence_id, r.state == WAITING)
    row = conn.execute(query.limit(1)).first()
    return Run(*row) if row else None


def list_waiting_customers(conn: Connection, sequence_id: str, customer_ids: Sequence[str]) -> set[str]:
    """Which of these are in the sequence just now."""
    query = select(sequence_runs.c.customer_id).where(
        sequence_runs.c.sequence_id == sequence_id,
        sequence_runs.c.customer_id.in_(customer_ids),
        sequence_runs.c.state == WAITING,
    )
    return set(conn.scalars(query))


def mark_restarted(conn: Connection, run: Run, trigger_id: str, conversation_id: str | None, due_at: int) -> None:
    """We wrote again before the first step was due: the silence is counted from there."""
    statement = update(sequence_runs).where(
        sequence_runs.c.id == run.id, sequence_runs.c.state == WAITING, sequence_runs.c.step == 0
    )
    conn.execute(statement.values(trigger_id=trigger_id, conversation_id=conversation_id, due_at=due_at))


def list_due_runs(conn: Connection, now: int, limit: int = 100) -> list[Run]:
    """Of active sequences, the longest overdue first."""
    query = (
        select(*(sequence_runs.c[field.name] for field in fields(Run)))
        .join(sequences, sequences.c.id == sequence_runs.c.sequence_id)
        .where(sequence_runs.c.state == WAITING, sequence_runs.c.due_at <= now, sequences.c.state == "active")
        .order_by(sequence_runs.c.due_at, sequence_runs.c.id)
        .limit(limit)
    )
    return [Run(*row) for row in conn.execute(query)]


def mark_run(conn: Connection, run: Run, now: int, **changes: Any) -> bool:
    """Move on from exactly this step of this due time; False when somebody else has, or the customer answered."""
    statement = update(sequence_runs).where(
        sequence_runs.c.id == run.id,
        sequence_runs.c.state == WAITING,
        sequence_runs.c.step == run.step,
        sequence_runs.c.due_at == run.due_at,
    )
    return conn.execute(statement.values(**changes, changed_at=now)).rowcount == 1


def end_run(conn: Connection, id: str, state: str, why: Reason, now: int) -> None:
    """The end of a run that this transaction has moved on."""
    statement = update(sequence_runs).where(sequence_runs.c.id == id)
    conn.execute(statement.values(state=state, reason=why.code, detail=why.detail[:500], changed_at=now))


def end_runs(conn: Connection, customer_id: str, sequence_ids: Sequence[str], reason: str, now: int) -> int:
    """Whoever waits in these sequences leaves them; how many."""
    statement = update(sequence_runs).where(
        sequence_runs.c.customer_id == customer_id,
        sequence_runs.c.state == WAITING,
        sequence_runs.c.sequence_id.in_(sequence_ids),
    )
    return conn.execute(statement.values(state="exited", reason=reason, changed_at=now)).rowcount


def list_customer_runs(conn: Connection, customer_id: str) -> list[Run]:
    """In which sequences the customer waits."""
    query = _RUNS.where(sequence_runs.c.customer_id == customer_id, sequence_runs.c.state == WAITING)
    return [Run(*row) for row in conn.execute(query)]


def list_runs(
    conn: Connection,
    sequence_id: str,
    after: str | None = None,
    limit: int = 100,
    state: str = "",
    who: Visibility = EVERYTHING,
) -> list[Run]:
    """Of the customers whom `who` may see."""
    query = _RUNS.where(sequence_runs.c.sequence_id == sequence_id)
    query = query.where(sequence_runs.c.id > after) if after else query
    query = query.where(sequence_runs.c.state == state) if state else query
    if seen := who.of_customers():
        query = query.where(exists().where(customers.c.id == sequence_runs.c.customer_id, *seen))
    return [Run(*row) for row in conn.execute(query.order_by(sequence_runs.c.id).limit(limit))]


def count_runs(conn: Connection, sequence_ids: Sequence[str]) -> dict[str, dict[str, int]]:
    """Sequence -> state -> how many; `replied` counts those whom an answer ended."""
    r = sequence_runs.c
    word = case((r.reason == Why.REPLIED, "replied"), else_=r.state)
    query = select(r.sequence_id, word, func.count()).where(r.sequence_id.in_(sequence_ids))
    found: dict[str, dict[str, int]] = {id: {} for id in sequence_ids}
    for id, state, count in conn.execute(query.group_by(r.sequence_id, word)):
        found[id][state] = count
    return found


def get_run(conn: Connection, sequence_id: str, id: str) -> Run:
    row = conn.execute(_RUNS.where(sequence_runs.c.id == id, sequence_runs.c.sequence_id == sequence_id)).first()
    if row is None:
        raise NotFound("there is no such run")
    return Run(*row)


def has_ordered_since(conn: Connection, customer_id: str, at: int) -> bool:
    """Did the customer order something after that instant?"""
    found = exists().where(orders.c.customer_id == customer_id, orders.c.created_at > at)
    return bool(conn.scalar(select(found)))


def hasten_runs(conn: Connection, sequence_id: str, customer_id: str | None, now: int) -> int:
    """Make waiting runs due now; how many."""
    r = sequence_runs.c
    statement = update(sequence_runs).where(r.sequence_id == sequence_id, r.state == WAITING)
    if customer_id:
        statement = statement.where(sequence_runs.c.customer_id == customer_id)
    return conn.execute(
        statement.where(sequence_runs.c.due_at > now).values(due_at=now, reason=HASTENED, changed_at=now)
    ).rowcount


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message we sent. state: "left", "waiting" (also for proof whether it left) or "lost"."""

    state: str
    sent_at: int | None = None


def find_outcome(conn: Connection, message_id: str) -> Outcome | None:
    """None when it is no message of ours."""
    query = select(deliveries.c.state, deliveries.c.sent_at).where(deliveries.c.message_id == message_id)
    rows = conn.execute(query.order_by(deliveries.c.id.desc())).all()
    if not rows:
        return None
    left = [row.sent_at for row in rows if row.state in ("sent", "delivered", "read")]
    if left:
        return Outcome("left", left[0])
    waiting = {*UNDER_WAY, DeliveryState.UNKNOWN}
    return Outcome("waiting" if rows[0].state in waiting else "lost")


def has_written_since(conn: Connection, customer_id: str, at: int) -> bool:
    """Did the customer (not a machine of theirs) write after that instant?"""
    found = exists().where(
        messages.c.customer_id == customer_id,
        messages.c.direction == Direction.IN,
        messages.c.automatic.is_(False),
        messages.c.created_at > at,
    )
    return bool(conn.scalar(select(found)))


def has_withdrawn_since(conn: Connection, customer_id: str, at: int) -> bool:
    """Did the customer take back any consent after that instant?"""
    found = exists().where(consents.c.customer_id == customer_id, consents.c.state == WITHDRAWN, consents.c.at > at)
    return bool(conn.scalar(select(found)))


def list_agents_messages(conn: Connection, ids: Sequence[str]) -> dict[str, tuple[str, str | None]]:
    """Message -> (customer, conversation) for those a person of ours wrote."""
    query = select(messages.c.id, messages.c.customer_id, messages.c.conversation_id).where(
        messages.c.id.in_(ids),
        messages.c.direction == Direction.OUT,
        messages.c.automatic.is_(False),
        messages.c.campaign_id.is_(None),
    )
    return {row[0]: (row[1], row[2]) for row in conn.execute(query)}
