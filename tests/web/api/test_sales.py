"""The API's quotations and orders: numbered, exact, sent, accepted once, carried out; merged and erased with their
customer."""

import asyncio

import pytest

from hub.clock import DAY
from hub.store.sales import next_number
from hub.store.tables import metadata
from tests.people import ADA

LICENCE = {"text": "Licence", "quantity": "2", "price": "49.90", "tax": "19"}
REACH = {"name": ADA.name, "addresses": [{"kind": "sms", "handle": ADA.phone, "verified": True}]}


async def customer(api, **more) -> str:
    return (await api.post("/customers", REACH | more))["id"]


async def quote(api, customer_id: str, **more):
    return await api.post("/quotes", {"customer_id": customer_id, "lines": [LICENCE], **more})


async def test_quotation_is_numbered_and_exact(api):
    ada = await customer(api)
    first = await quote(api, ada, title="Licences", valid_until="2099-12-31")
    second = await quote(api, ada, currency="JPY", lines=[LICENCE | {"price": "101"}])

    assert [first["number"], second["number"]] == ["Q2026-0001", "Q2026-0002"]
    assert (first["total"], first["currency"], first["state"], first["link"]) == ("118.76", "EUR", "draft", None)
    assert second["total"] == "240"
    assert first == await api.get(f"/quotes/{first['id']}")
    assert [one["id"] for one in (await api.get("/quotes"))["items"]] == [second["id"], first["id"]]
    assert (await api.get("/quotes?state=sent"))["items"] == []


async def test_no_number_is_given_twice(hub):
    numbers = await asyncio.gather(*(hub.store.write(next_number, "Q", 2026) for _ in range(8)))

    assert sorted(numbers) == [f"Q2026-{n:04d}" for n in range(1, 9)]


async def test_draft_changes_and_what_was_sent_does_not(api):
    made = await quote(api, await customer(api), intro="Hello")
    changed = await api.patch(f"/quotes/{made['id']}", {"lines": [LICENCE | {"discount": "10"}]})
    assert (changed["total"], changed["intro"]) == ("106.89", "Hello")

    sent = await api.post(f"/quotes/{made['id']}/send", {})
    assert (sent["state"], sent["link"].rpartition("/")[0].endswith("/q")) == ("sent", True)
    message = await api.get(f"/messages/{sent['message_id']}")
    assert (message["channel_type"], sent["link"] in message["text"], message["attachments"]) == ("sms", True, [])
    assert (await api.ask("PATCH", f"/quotes/{made['id']}", {"title": "No"}))[0] == 409
    assert (await api.ask("DELETE", f"/quotes/{made['id']}"))[0] == 409


async def test_who_sends_a_quotation_may_be_reminded_of_it_until_it_is_answered(api):
    made = await quote(api, await customer(api))
    assert (await api.ask("POST", f"/quotes/{made['id']}/send", {"remind_in": 366}))[0] == 422
    await api.post(f"/quotes/{made['id']}/send", {"remind_in": 7})
    [task] = (await api.get(f"/tasks?customer_id={made['customer_id']}"))["items"]
    assert (made["number"] in task["title"], task["remind_at"] is not None, task["done_at"]) == (True, True, None)

    await api.post(f"/quotes/{made['id']}/accept", {"name": "Ada"})
    assert (await api.get(f"/tasks/{task['id']}"))["done_at"]


async def test_acceptance_counts_once_and_one_order_follows(api):
    made = await quote(api, await customer(api))
    assert (await api.ask("POST", f"/quotes/{made['id']}/accept", {"name": "Ada"}))[0] == 409
    await api.post(f"/quotes/{made['id']}/send", {})

    answers = await asyncio.gather(
        *(api.ask("POST", f"/quotes/{made['id']}/accept", {"name": f"Ada {n}"}) for n in range(4))
    )
    assert sorted(status for status, _ in answers) == [200, 409, 409, 409]
    [order] = (await api.get("/orders"))["items"]
    assert (order["quote_id"], order["total"], order["state"]) == (made["id"], "118.76", "open")


async def test_quotation_that_is_over_is_neither_sent_nor_accepted(api, clock):
    made = await quote(api, await customer(api), valid_until="2026-11-20")
    await api.post(f"/quotes/{made['id']}/send", {})
    clock.forward(5 * DAY)

    for act, body in (("accept", {"name": "Ada"}), ("send", {})):
        status, problem = await api.ask("POST", f"/quotes/{made['id']}/{act}", body)
        assert (status, "no longer" in problem["detail"]) == (409, True)


async def test_order_goes_its_way_and_the_customer_hears_of_it(api):
    ada = await customer(api)
    order = await api.post("/orders", {"customer_id": ada, "lines": [LICENCE]})

    assert (await api.ask("POST", f"/orders/{order['id']}/state", {"state": "shipped"}))[0] == 409
    await api.post(f"/orders/{order['id']}/state", {"state": "confirmed"})
    await api.post(f"/orders/{order['id']}/state", {"state": "shipped", "tell": False})
    done = await api.post(f"/orders/{order['id']}/state", {"state": "done", "note": "Enjoy"})
    said = [one["text"] for one in (await api.get(f"/customers/{ada}/timeline"))["items"]]

    assert done["state"] == "done"
    assert [("complete" in one, "Enjoy" in one) for one in said] == [(True, True), (False, False)]
    assert "is confirmed" in said[1]


async def test_step_is_not_taken_when_the_customer_cannot_be_told(api):
    order = await api.post("/orders", {"customer_id": await customer(api, addresses=[]), "lines": [LICENCE]})
    status, _ = await api.ask("POST", f"/orders/{order['id']}/state", {"state": "confirmed"})

    assert (status, (await api.get(f"/orders/{order['id']}"))["state"]) == (409, "open")


@pytest.mark.parametrize(
    "line",
    [
        {"price": "1e3"},
        {"price": "12345678"},
        {"price": "1.23456"},
        {"quantity": "-1"},
        {"tax": "101"},
        {"discount": "100.1"},
        {"text": ""},
        {"price": 12.5},
    ],
)
async def test_amount_that_is_not_exact_is_refused(api, line):
    body = {"customer_id": await customer(api), "lines": [LICENCE | line]}

    assert (await api.ask("POST", "/quotes", body))[0] == 422


async def test_largest_sums_are_kept_to_the_coin(api):
    most = {"text": "All", "quantity": "9999999.9999", "price": "9999999.9999", "tax": "100"}
    made = await quote(api, await customer(api), lines=[most] * 100)

    assert made["total"] == (await api.get(f"/quotes/{made['id']}"))["total"] == "19999999999600000.00"


async def test_merge_takes_sales_along_and_erasure_takes_them_away(api, hub):
    keep, gone = await customer(api), await customer(api, addresses=[])
    made = await quote(api, gone)
    order = await api.post("/orders", {"customer_id": gone, "lines": [LICENCE]})
    await api.post(f"/customers/{keep}/merge", {"customer_id": gone})
    assert {
        (await api.get(f"/{path}"))["customer_id"] for path in (f"quotes/{made['id']}", f"orders/{order['id']}")
    } == {keep}
    await api.post(f"/customers/{keep}/unmerge", {})
    exported = (await api.get(f"/customers/{gone}/export"))["customer"]
    assert ([one["number"] for one in exported["quotes"]], len(exported["orders"])) == ([made["number"]], 1)
    await api.post(f"/customers/{gone}/erasure", {})

    for name in ("quotes", "orders"):
        table = metadata.tables[name]
        assert await hub.store.read(lambda conn, table=table: conn.execute(table.select()).all()) == []
