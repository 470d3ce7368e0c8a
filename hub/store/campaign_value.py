"""What recipients of a campaign bought after they clicked: orders, and what they come to."""

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from hub.clock import DAY
from hub.store.sales import CANCELLED
from hub.store.tables import campaign_recipients, orders

WITHIN = 7 * DAY  # of the click; what is bought later is not told to be for it


@dataclass(frozen=True, slots=True)
class Bought:
    """In one currency; value: in its smallest coins."""

    currency: str
    orders: int
    value: int


def sum_bought(conn: Connection, campaign_id: str) -> list[Bought]:
    """Each currency, the most first; a cancelled order is none."""
    r, o = campaign_recipients.c, orders.c
    query = (
        select(o.currency, func.count(), func.sum(o.total))
        .join(campaign_recipients, r.customer_id == o.customer_id)
        .where(r.campaign_id == campaign_id, r.clicked_at.is_not(None), o.state != CANCELLED)
        .where(o.created_at >= r.clicked_at, o.created_at < r.clicked_at + WITHIN)
        .group_by(o.currency)
    )
    found = [Bought(currency, number, int(value)) for currency, number, value in conn.execute(query)]
    return sorted(found, key=lambda one: -one.value)
