"""What providers charge for messages of ours, as they tell it; sums are exact, and each currency is one of its own.

Amounts are kept as whole billionths of the currency, which both engines add without rounding.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection, func, select

from hub.store.deliveries import Delivery
from hub.store.dialect import upsert
from hub.store.tables import costs, deliveries

PLACES = 9
MOST = 1_000_000  # of the currency, for one message
CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, slots=True)
class Cost:
    """In one currency; messages: how many deliveries were charged; channel: "" = all."""

    currency: str
    amount: Decimal
    messages: int = 1
    channel: str = ""


def mark_cost(conn: Connection, delivery: Delivery, price: Decimal, currency: str, at: int) -> None:
    """What is told later counts; what is no amount of money is not kept."""
    known = price.is_finite() and abs(price) < MOST and CURRENCY.fullmatch(currency)
    nanos = price.scaleb(PLACES) if known else None
    if nanos is None or nanos != nanos.to_integral_value():
        return
    row = {
        "delivery_id": delivery.id,
        "campaign_id": delivery.campaign_id,
        "channel": delivery.channel,
        "currency": currency,
        "nanos": int(nanos),
        "at": at,
    }
    kept = upsert(conn, costs)
    again = {name: kept.excluded[name] for name in ("currency", "nanos")}
    conn.execute(kept.on_conflict_do_update(index_elements=["delivery_id"], set_=again), row)


def list_costs(conn: Connection, message_ids: Sequence[str]) -> dict[str, list[Cost]]:
    """Of each message that was charged, by currency."""
    if not message_ids:
        return {}
    query = (
        select(deliveries.c.message_id, costs.c.currency, func.sum(costs.c.nanos), func.count())
        .join(deliveries, deliveries.c.id == costs.c.delivery_id)
        .where(deliveries.c.message_id.in_(message_ids))
        .group_by(deliveries.c.message_id, costs.c.currency)
        .order_by(costs.c.currency)
    )
    found: dict[str, list[Cost]] = {}
    for message_id, currency, nanos, number in conn.execute(query):
        found.setdefault(message_id, []).append(_cost(currency, nanos, number))
    return found


def find_costs(conn: Connection, delivery_ids: Sequence[str]) -> dict[str, Cost]:
    query = select(costs.c.delivery_id, costs.c.currency, costs.c.nanos).where(costs.c.delivery_id.in_(delivery_ids))
    return {row[0]: _cost(row[1], row[2], 1) for row in conn.execute(query)} if delivery_ids else {}


def sum_campaign(conn: Connection, campaign_id: str) -> list[Cost]:
    query = select(costs.c.currency, func.sum(costs.c.nanos), func.count()).where(costs.c.campaign_id == campaign_id)
    query = query.group_by(costs.c.currency).order_by(costs.c.currency)
    return [_cost(currency, nanos, number) for currency, nanos, number in conn.execute(query)]


def sum_channels(conn: Connection, since: int, until: int) -> list[Cost]:
    """By channel and currency, of what left between these instants."""
    query = (
        select(costs.c.currency, func.sum(costs.c.nanos), func.count(), costs.c.channel)
        .where(costs.c.at >= since, costs.c.at < until)
        .group_by(costs.c.channel, costs.c.currency)
        .order_by(costs.c.channel, costs.c.currency)
    )
    return [_cost(currency, nanos, number, channel) for currency, nanos, number, channel in conn.execute(query)]


def _cost(currency: str, nanos: int | Decimal, messages: int, channel: str = "") -> Cost:
    """As short as it can be written: 0.0079, not 0.007900000."""
    amount = Decimal(nanos).scaleb(-PLACES).normalize()
    return Cost(currency, amount if amount else Decimal(0), messages, channel)
