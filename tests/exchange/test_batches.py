"""hub.exchange.batches: rows written together come out as rows written one after the other."""

import asyncio

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from hub.exchange.batches import take
from hub.exchange.customers import import_people
from hub.exchange.judging import judge
from hub.exchange.records import Record
from hub.exchange.rows import Row
from hub.model import Address
from hub.store.customers import NewCustomer, add_owner, find_customer
from hub.store.whole_customers import count_customers, get_whole_customer, list_whole_customers

MAIL, OTHER = ("email", "ada@example.com", True), ("email", "other@example.com", True)
PHONE = ("phone", "+12025550101", True)
ROWS = [
    (Record(name="Ada", addresses=(MAIL,), labels=("vip",)), "added"),
    (Record(addresses=(MAIL,), labels=("vip",)), "unchanged"),
    (Record(addresses=(MAIL, ("phone", "+12025550101", False))), "changed"),
    (Record(addresses=(MAIL, PHONE), language="en"), "changed"),
    (Record(name="Ada Lovelace", addresses=(PHONE,)), "changed"),
    (Record(name="Bob", addresses=(OTHER,), consents={("email", "news"): "withdrawn"}), "added"),
    (Record(addresses=(OTHER,), consents={("email", "news"): "granted"}), "unchanged"),
    (Record(addresses=(OTHER, MAIL), labels=("never",)), "its addresses belong to different customers"),
    (Record(addresses=(("email", "ada@example.com", False), OTHER)), "changed"),
    (Record(addresses=(OTHER,), fields={"visits": 3}), "changed"),
    (Record(addresses=(OTHER,), fields={"visits": "3"}), "unchanged"),
    (Record(name="Nobody knows"), "added"),
]


def together(conn, source="list"):
    return take(conn, [judge(record, "DE") for record, _ in ROWS], source, 0)


def one_by_one(conn):
    return [outcome for record, _ in ROWS for outcome in take(conn, [judge(record, "DE")], "list", 0)]


@pytest.mark.parametrize("way", [together, one_by_one])
async def test_rows_of_a_batch_see_each_other(store, way):
    assert await store.write(way) == [outcome for _, outcome in ROWS]

    assert await store.read(count_customers) == 3
    ada = await store.read(get_whole_customer, await store.read(find_customer, Address("voice", "+12025550101")))
    assert (ada.customer.name, ada.customer.language, ada.labels) == ("Ada Lovelace", "en", ["vip"])
    assert {(one.kind, one.verified, one.state) for one in ada.addresses} == {
        (kind, True, "ok") for kind in ("email", "sms", "voice", "whatsapp")
    }
    bob = await store.read(get_whole_customer, await store.read(find_customer, Address("email", "other@example.com")))
    assert bob.consents == {("email", "news"): "withdrawn"}
    assert bob.customer.fields == {"visits": 3}
    assert [one.handle for one in bob.addresses if not one.verified] == ["ada@example.com"]


async def test_batch_decided_again_changes_nothing(store):
    await store.write(together)
    before = await store.read(list_whole_customers, "")

    again = await store.write(together)

    assert set(again) - {"unchanged", ROWS[7][1]} == {"changed", "added"}  # the name goes to and fro, Nobody has none
    assert [whole for whole in await store.read(list_whole_customers, "") if whole.addresses] == [
        whole for whole in before if whole.addresses
    ]


@pytest.mark.parametrize("times", [1, 2])
async def test_a_row_costs_less_than_three_statements(store, clock, times):
    rows = [
        Row(number, Record(name=f"P{number}", addresses=(("email", f"p{number}@example.com", True),), labels=("x",)))
        for number in range(300)
    ]
    count = 0

    def counted(*_):
        nonlocal count
        count += 1

    for _ in range(times):
        count = 0
        event.listen(Engine, "before_cursor_execute", counted)
        result = await import_people(store, clock, rows, country="DE", source="list")
        event.remove(Engine, "before_cursor_execute", counted)
    assert result.refused == 0
    assert 0 < count < len(rows)


async def test_who_writes_while_an_import_runs_is_one_customer(store, clock):
    addresses = [Address("email", f"p{number}@example.com") for number in range(600)]
    rows = [
        Row(number, Record(name="P", addresses=((one.kind, one.handle, True),))) for number, one in enumerate(addresses)
    ]

    async def write():
        for address in addresses[::7]:
            await store.write(add_owner, address, NewCustomer(), 0, "wrote")

    result, _ = await asyncio.gather(import_people(store, clock, rows, country="DE", source="list"), write())

    assert result.refused == 0
    assert await store.read(count_customers) == len(addresses)
