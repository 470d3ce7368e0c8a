"""Letters that wait to be printed, and print runs: each letter stands in one at most, until it is put back."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, or_, select, update

from hub.errors import NotFound
from hub.ids import new_id
from hub.model import DeliveryState
from hub.store.deliveries import DELIVERY, IS_UNPRINTED, Delivery
from hub.store.dialect import insert_or_skip
from hub.store.tables import campaigns, deliveries, print_runs, printed_letters


@dataclass(frozen=True, slots=True)
class PrintRun:
    id: str
    channel: str
    agent_id: str | None
    created_at: int
    posted_at: int | None


_RUN = tuple(print_runs.c[name] for name in PrintRun.__dataclass_fields__)
_HALTED = select(campaigns.c.id).where(campaigns.c.state.in_(("paused", "stopped")))
_PRINTED = (DeliveryState.TO_PRINT, DeliveryState.SENT, DeliveryState.FAILED)
_WAITS = (
    IS_UNPRINTED,
    deliveries.c.handle != "",
    or_(deliveries.c.campaign_id.is_(None), deliveries.c.campaign_id.not_in(_HALTED)),
)


def list_unprinted(conn: Connection, limit: int, ids: Sequence[str] | None = None) -> list[Delivery]:
    """The oldest first; ids: only of these. Those of campaigns that are halted do not wait."""
    query = select(*DELIVERY).where(*_WAITS).order_by(deliveries.c.id).limit(limit)
    rows = conn.execute(query if ids is None else query.where(deliveries.c.id.in_(ids)))
    return [Delivery(*row) for row in rows]


def count_unprinted(conn: Connection) -> int:
    return conn.scalar(select(func.count()).select_from(deliveries).where(*_WAITS)) or 0


def add_run(conn: Connection, channel: str, letters: Sequence[Delivery], agent_id: str | None, at: int) -> str | None:
    """Take them into a run, each that no other took this instant; None when all were taken."""
    id = new_id()
    row = {"id": id, "channel": channel, "agent_id": agent_id, "created_at": at}
    conn.execute(print_runs.insert().values(**row))
    taken = [
        insert_or_skip(conn, printed_letters, {"delivery_id": letter.id, "run_id": id})
        for letter in sorted(letters, key=lambda letter: letter.id)
    ]
    if not any(taken):
        conn.execute(delete(print_runs).where(print_runs.c.id == id))
    return id if any(taken) else None


def get_run(conn: Connection, id: str, *, lock: bool = False) -> PrintRun:
    """lock: nobody else may change it until the transaction ends. Raises NotFound."""
    query = select(*_RUN).where(print_runs.c.id == id)
    row = conn.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise NotFound("there are no such letters")
    return PrintRun(*row)


def list_runs(conn: Connection, limit: int) -> list[tuple[PrintRun, int]]:
    """The newest first, with how many letters each holds."""
    count = select(func.count()).where(printed_letters.c.run_id == print_runs.c.id).scalar_subquery()
    rows = conn.execute(select(*_RUN, count).order_by(print_runs.c.id.desc()).limit(limit))
    return [(PrintRun(*row[:-1]), row[-1]) for row in rows]


def list_printed(conn: Connection, run_id: str) -> list[Delivery]:
    """Without those of customers who were erased, and those cancelled in the instant in which they were claimed."""
    found = select(*DELIVERY).join(printed_letters, printed_letters.c.delivery_id == deliveries.c.id)
    found = found.where(deliveries.c.handle != "", deliveries.c.state.in_(_PRINTED))
    rows = conn.execute(found.where(printed_letters.c.run_id == run_id).order_by(deliveries.c.id))
    return [Delivery(*row) for row in rows]


def remove_run(conn: Connection, id: str) -> None:
    """Its letters wait again."""
    conn.execute(delete(printed_letters).where(printed_letters.c.run_id == id))
    conn.execute(delete(print_runs).where(print_runs.c.id == id))


def mark_posted(conn: Connection, id: str, at: int | None) -> None:
    conn.execute(update(print_runs).where(print_runs.c.id == id).values(posted_at=at))


def mark_unposted(conn: Connection, letter: Delivery, now: int) -> bool:
    """Back from sent to printed, which nothing else may do; whether it stood so."""
    theirs = update(deliveries).where(deliveries.c.id == letter.id, deliveries.c.state == DeliveryState.SENT)
    back = {"state": DeliveryState.TO_PRINT, "sent_at": None, "changed_at": now}
    return conn.execute(theirs.values(**back)).rowcount == 1
