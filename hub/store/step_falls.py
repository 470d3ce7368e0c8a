"""How far a step's message has come along its chain of channels (`link`: so many are used up, 0: no chain, or over)."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

from sqlalchemy import Connection, exists, select, update

from hub.model import DeliveryState
from hub.store.deliveries import mark_cancelled
from hub.store.tables import deliveries, sequences, step_messages

_s = step_messages.c


@dataclass(frozen=True, slots=True)
class Fallen:
    """A message to look at. patience: for how many milliseconds a reaction is waited for; earlier: the deliveries of
    the links before it."""

    id: str
    customer_id: str
    sequence_id: str
    run_id: str
    step: int
    delivery_id: str
    link: int
    patience: int
    earlier: Sequence[str] = ()


_FALLEN = select(*(_s[field.name] for field in fields(Fallen)))


def has_open_chains(conn: Connection) -> bool:
    return conn.scalar(select(_s.id).where(_s.link > 0).limit(1)) is not None


def look_after(conn: Connection, delivery_id: str, at: int, *, failed: bool) -> None:
    """When what became of a delivery asks for a look at it, if it stands in a chain."""
    mine = (_s.delivery_id == delivery_id, _s.link > 0)
    when = update(step_messages).where(*mine) if failed else update(step_messages).where(*mine, _s.patience > 0)
    conn.execute(when.values(look_at=at if failed else at + _s.patience))


def list_due(conn: Connection, now: int, limit: int) -> list[Fallen]:
    """Of active sequences."""
    active = exists().where(sequences.c.id == _s.sequence_id, sequences.c.state == "active")
    query = _FALLEN.where(_s.look_at <= now, active).order_by(_s.look_at, _s.id)
    return [Fallen(*row) for row in conn.execute(query.limit(limit))]


def find_due(conn: Connection, id: str, now: int) -> Fallen | None:
    row = conn.execute(_FALLEN.where(_s.id == id, _s.look_at <= now)).first()
    return Fallen(*row) if row else None


def go_on(conn: Connection, one: Fallen, delivery_id: str, message_id: str, link: int) -> None:
    """To the next link; what is heard of it says when to look again."""
    to = {"delivery_id": delivery_id, "message_id": message_id, "link": link, "look_at": None}
    before = [*one.earlier, one.delivery_id]
    conn.execute(update(step_messages).where(_s.id == one.id).values(**to, earlier=before))


def take_back(conn: Connection, customer_id: str, delivery_id: str, state: str, reason: str, now: int) -> bool:
    """An earlier link turns out to have arrived: the one that still waits does not leave, and the earlier one counts.
    Where a reaction is waited for, only having read it proves anything. Whether anything was taken back."""
    mine = _FALLEN.where(_s.customer_id == customer_id, _s.link > 1)
    found = [one for one in (Fallen(*row) for row in conn.execute(mine)) if delivery_id in one.earlier]
    for one in found:
        if one.patience and state != DeliveryState.READ:
            continue
        if mark_cancelled(conn, [one.delivery_id], reason, now):
            message_id = select(deliveries.c.message_id).where(deliveries.c.id == delivery_id).scalar_subquery()
            back = {"delivery_id": delivery_id, "message_id": message_id, "link": 0, "look_at": None}
            conn.execute(update(step_messages).where(_s.id == one.id).values(**back))
            return True
    return False


def end_chain(conn: Connection, one: Fallen, *, over: bool) -> None:
    """Nothing follows now; over: nor when a failure is told later."""
    conn.execute(update(step_messages).where(_s.id == one.id).values(look_at=None, **({"link": 0} if over else {})))
