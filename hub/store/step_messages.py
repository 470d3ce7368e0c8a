"""What the steps of sequences sent: a row for each message of each run, where its links lead, who followed one."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, exists, func, select, update

from hub.ids import new_id
from hub.store.deliveries import LEFT
from hub.store.sequences import Run
from hub.store.tables import deliveries, step_messages
from hub.store.unnamed import count_unnamed_steps

_s = step_messages.c


@dataclass(frozen=True, slots=True)
class Sent:
    """How many of a step's messages left, and how many customers followed a link in one."""

    sent: int
    clicked: int


@dataclass(frozen=True, slots=True)
class StepMessage:
    """links: where the n-th tracked link of it leads."""

    id: str
    sequence_id: str
    run_id: str
    version: int
    step: int
    links: Sequence[str]
    clicked_at: int | None
    variant: str


@dataclass(frozen=True, slots=True)
class Linkage:
    """link, patience: how far along its chain a message begins, how long a reaction is waited for
    (hub.store.step_falls); variant: which of two wordings it says."""

    link: int = 0
    patience: int = 0
    variant: str = ""


def add_step_message(
    conn: Connection, run: Run, step: int, delivery_id: str, message_id: str, links: Sequence[str], at: Linkage
) -> None:
    row = {
        "id": new_id(),
        "customer_id": run.customer_id,
        "sequence_id": run.sequence_id,
        "version": run.version,
        "run_id": run.id,
        "step": step,
        "delivery_id": delivery_id,
        "message_id": message_id,
        "links": list(links),
        "link": at.link,
        "patience": at.patience,
        "variant": at.variant,
    }
    conn.execute(step_messages.insert(), row)


def find_step_message(conn: Connection, delivery_id: str) -> StepMessage | None:
    query = select(_s.id, _s.sequence_id, _s.run_id, _s.version, _s.step, _s.links, _s.clicked_at, _s.variant)
    row = conn.execute(query.where(_s.delivery_id == delivery_id)).first()
    return StepMessage(*row) if row else None


def mark_step_clicked(conn: Connection, id: str, at: int) -> bool:
    """Whether it is the customer's first click in it."""
    statement = update(step_messages).where(_s.id == id, _s.clicked_at.is_(None))
    return conn.execute(statement.values(clicked_at=at)).rowcount == 1


def has_clicked(conn: Connection, run_id: str, step: int | None) -> bool:
    """A link of that step's message, or (None) of any that the run sent."""
    found = exists().where(_s.run_id == run_id, _s.clicked_at.is_not(None))
    return bool(conn.scalar(select(found if step is None else found.where(_s.step == step))))


def count_sent(conn: Connection, sequence_id: str, version: int) -> dict[int, Sent]:
    """Place of a step -> what became of its messages, in that version of the sequence."""
    query = select(_s.step, func.count(), func.count(_s.clicked_at))
    query = query.join(deliveries, deliveries.c.id == _s.delivery_id)
    query = query.where(_s.sequence_id == sequence_id, _s.version == version, deliveries.c.state.in_(LEFT))
    unnamed = count_unnamed_steps(conn, sequence_id, version)
    rows = conn.execute(query.group_by(_s.step))
    return {step: Sent(sent, clicked + unnamed.get(step, 0)) for step, sent, clicked in rows}
