"""hub.store.costs: what was charged adds up to the last digit, each currency by itself, what is told later counts."""

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import select

from hub.store.costs import Cost, find_costs, mark_cost, sum_campaign, sum_channels
from hub.store.deliveries import Delivery
from hub.store.tables import costs

ODD = ("NaN", "Infinity", "0.0000000001", "1000000")


def delivery(number: int, channel: str = "sms", campaign: str | None = None) -> Delivery:
    given = dict.fromkeys(Delivery.__dataclass_fields__, "") | {"payload": {}, "campaign_id": campaign}
    return replace(Delivery(**given), id=f"{number:032x}", channel=channel)


async def test_sums_are_exact_and_of_one_currency_each(store):
    def write(conn):
        for n in range(1_000):
            mark_cost(conn, delivery(n, campaign="c" * 32 if n % 2 else None), Decimal("0.00001"), "USD", 100 + n)
        mark_cost(conn, delivery(5_000, "texts", "c" * 32), Decimal("0.0825"), "EUR", 50)
        mark_cost(conn, delivery(5_001), Decimal("900000.123456789"), "USD", 99)
        mark_cost(conn, delivery(5_001), Decimal("900000.023456789"), "USD", 99)

    await store.write(write)
    assert await store.read(sum_channels, 0, 10**6) == [
        Cost("USD", Decimal("900000.033456789"), 1_001, "sms"),
        Cost("EUR", Decimal("0.0825"), 1, "texts"),
    ]
    assert await store.read(sum_channels, 100, 110) == [Cost("USD", Decimal("0.0001"), 10, "sms")]
    of_campaign = [Cost("EUR", Decimal("0.0825")), Cost("USD", Decimal("0.005"), 500)]
    assert await store.read(sum_campaign, "c" * 32) == of_campaign
    assert (await store.read(find_costs, [f"{1:032x}"]))[f"{1:032x}"] == Cost("USD", Decimal("0.00001"))


@pytest.mark.parametrize(("price", "currency"), [*((one, "USD") for one in ODD), ("1", ""), ("1", "usd"), ("1", "US$")])
async def test_what_is_no_amount_of_money_is_not_kept(store, price, currency):
    await store.write(mark_cost, delivery(1), Decimal(price), currency, 1)
    assert await store.read(lambda conn: conn.execute(select(costs)).all()) == []
