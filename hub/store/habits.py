"""What one customer does: when they buy and write, on which channel, and how quickly they answer. Bounded look-ups."""

from dataclasses import dataclass

from sqlalchemy import Connection, select, union_all

from hub.model import Direction, MessageKind
from hub.store.sales import CANCELLED
from hub.store.tables import conversations, messages, orders
from hub.store.visibility import Visibility

MOST = 200  # of each, the newest
_m, _c, _o = messages.c, conversations.c, orders.c


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that was said by a person, in or out."""

    direction: str
    channel_type: str
    at: int


def list_said(conn: Connection, customer_id: str, who: Visibility) -> list[Said]:
    """In the order of time, without what machines and campaigns say."""
    query = select(_m.direction, _m.channel_type, _m.occurred_at).where(
        _m.customer_id == customer_id,
        _m.direction.in_((Direction.IN, Direction.OUT)),
        _m.kind != MessageKind.CAMPAIGN,
        _m.automatic.is_(False),
        *who.of_messages(),
    )
    rows = conn.execute(query.order_by(_m.occurred_at.desc(), _m.id.desc()).limit(MOST))
    return [Said(*row) for row in rows][::-1]


def list_heard(conn: Connection, customer_id: str, who: Visibility) -> list[int]:
    """When they ordered, and when they last wrote in each conversation: as `silent_since` of hub.store.value has it."""
    bought = select(_o.created_at.label("at")).where(_o.customer_id == customer_id, _o.state != CANCELLED)
    wrote = select(_c.last_inbound_at.label("at")).where(_c.customer_id == customer_id, _c.last_inbound_at.is_not(None))
    heard = union_all(bought, wrote.where(*who.of_conversations())).subquery("heard")
    return sorted(conn.scalars(select(heard.c.at).order_by(heard.c.at.desc()).limit(MOST)))


def list_bought(conn: Connection, customer_id: str, currency: str, since: int) -> list[tuple[int, int]]:
    """(when, total) of the orders in that currency since then."""
    query = select(_o.created_at, _o.total).where(_o.customer_id == customer_id, _o.currency == currency)
    query = query.where(_o.state != CANCELLED, _o.created_at >= since).order_by(_o.created_at.desc()).limit(MOST)
    return [(row.created_at, row.total) for row in conn.execute(query)]
