"""What customers are worth, on their page, in the report, in the list and in a file."""

import csv
import re
from io import StringIO

import pytest

from hub.clock import DAY
from hub.ids import new_id
from hub.model import Address, AddressState, Role
from hub.store.audit import list_audit
from hub.store.customers import NewCustomer, add_address, add_customer, mark_address
from hub.store.tables import orders
from tests.web.browser import HIDDEN


async def order(hub, customer, *days, total=10_000, state="done"):
    now = hub.clock.now()

    def add(conn):
        for ago in days:
            at = now - ago * DAY
            row = {"id": new_id(), "customer_id": customer, "number": new_id(), "currency": "EUR", "state": state}
            conn.execute(orders.insert(), row | {"total": total, "created_at": at, "changed_at": at})

    await hub.store.write(add)


@pytest.fixture
async def buyers(hub, says):
    """Ada buys often and much, Grace did and stopped, Emmy never bought."""
    ada = (await says("Hello", name="Ada Lovelace")).customer_id
    grace, emmy = [
        await hub.store.write(lambda conn, name=name: add_customer(conn, NewCustomer(name=name), 1))
        for name in ("Grace Hopper", "Emmy Noether")
    ]
    await order(hub, ada, 5, 35, 65, total=1_234_500)
    await order(hub, grace, 90, 110, 130)
    await order(hub, emmy, 3, state="cancelled")
    return ada, grace, emmy


async def test_the_page_of_a_customer_shows_value_class_and_scores(signed_in, buyers):
    ada, grace, emmy = buyers
    seller = await signed_in(Role.SALES)
    _, page = await seller.get(f"/customers/{ada}")
    assert "€37,035.00" in page
    assert "Best customers" in page
    assert re.findall(r'class="score"[^>]*aria-label="(\d) of 5"', page) == ["5", "3", "5"]
    assert "Fell silent" not in page
    _, page = await seller.get(f"/customers/{grace}")
    assert "Fading customers" in page
    assert "Fell silent" in page
    assert "Value and habits" not in (await seller.get(f"/customers/{emmy}"))[1]


async def test_the_report_counts_classes_and_each_number_opens_who_it_is(signed_in, buyers):
    ada, grace, _ = buyers
    seller = await signed_in(Role.SALES)
    _, page = await seller.get("/reports/customers")
    assert f'href="/customers/{grace}"' in page.partition('id="calls"')[2]
    counts = dict(re.findall(r'<a href="/customers\?class=(\w+)">(\d+)</a>', page))
    assert counts == {"best": "1", "fading": "1"}
    for name, who in (("best", ada), ("fading", grace)):
        _, page = await seller.get(f"/customers?class={name}")
        assert set(re.findall(r'href="/customers/([0-9a-f]{32})"', page)) == {who}
    _, page = await seller.get("/segments/new?class=fading")
    assert '<option value="fading" selected>' in page
    assert "1</b> customer" in page


async def test_the_file_holds_who_ordered_and_stands_in_the_audit_log(hub, signed_in, buyers):
    seller = await signed_in(Role.SALES)
    _, page = await seller.get("/reports/customers")
    answer = await seller.answer("POST", "/reports/customers.csv", data={"csrf": HIDDEN.search(page)[1]})
    rows = list(csv.reader(StringIO((await answer.text()).removeprefix("\ufeff"))))
    assert [(row[0], row[1], row[2], row[4]) for row in rows[1:]] == [
        ("Ada Lovelace", "Best customers", "3", "37035.00"),
        ("Grace Hopper", "Fading customers", "3", "300.00"),
    ]
    assert "customers by value" in str(await hub.store.read(list_audit))


async def test_without_orders_the_report_says_so(signed_in):
    assert "Nobody has ordered yet" in (await (await signed_in(Role.MARKETING)).get("/reports/customers"))[1]


async def test_the_number_of_who_is_worth_a_call_stands_beside_them(hub, signed_in, buyers):
    _, grace, emmy = buyers
    number = Address("sms", "+4917155501012")
    await hub.store.write(lambda conn: add_address(conn, grace, number, verified=False, at=1, source="import"))
    shut = Address("voice", "+4917155501013")
    await hub.store.write(lambda conn: add_address(conn, emmy, shut, verified=False, at=1))
    await hub.store.write(mark_address, emmy, shut, AddressState.BLOCKED, "stop")
    seller = await signed_in(Role.SALES)
    for path in ("/reports/customers", "/customers?class=fading"):
        _, page = await seller.get(path)
        assert 'href="tel:+4917155501012"' in page
        assert f'action="/customers/{grace}/calls"' not in page  # there is no channel of calls
    assert "tel:+4917155501013" not in (await seller.get("/customers"))[1]
