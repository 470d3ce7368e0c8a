"""The API's complaints: noted, found, ended, and gone with the customer."""

import pytest

from hub.store.tables import complaints
from tests.people import ADA, GRACE


async def said_to(api, who):
    reach = {"name": who.name, "addresses": [{"kind": "sms", "handle": who.phone, "verified": True}]}
    customer = (await api.post("/customers", reach))["id"]
    said = await api.post("/messages", {"customer_id": customer, "channel": "sms", "text": "How do you like it?"})
    return said | {"customer_id": customer}


@pytest.fixture
async def said(api):
    return await said_to(api, ADA)


async def noted(api, said, **more):
    body = {"category": "delivery", "wish": "a new one", "message_id": said["id"]}
    return await api.post(f"/conversations/{said['conversation_id']}/complaints", body | more)


async def test_complaint_goes_from_open_to_its_end(api, said):
    one = await noted(api, said)
    assert (one["state"], one["customer_id"], one["answer_by"] < one["solve_by"]) == ("open", said["customer_id"], True)
    assert (await api.post(f"/complaints/{one['id']}/answer", {}))["state"] == "answered"
    assert (await api.patch(f"/complaints/{one['id']}", {"wish": "two"}))["wish"] == "two"
    solved = await api.post(f"/complaints/{one['id']}/solve", {"reason": "sent"})
    assert (solved["state"], solved["reason"]) == ("solved", "sent")
    status, _ = await api.ask("POST", f"/complaints/{one['id']}/reject", {"reason": "late"})
    assert status == 409
    assert (await api.get("/complaints"))["items"] == []
    assert [each["id"] for each in (await api.get("/complaints?state=closed"))["items"]] == [one["id"]]
    assert (await api.post(f"/complaints/{one['id']}/reopen", {}))["state"] == "answered"


async def test_complaints_are_paged_the_oldest_first(api, said, clock):
    made = []
    for _ in range(3):
        made.append((await noted(api, said, message_id=None))["id"])
        clock.forward(1)
    first = await api.get(f"/complaints?limit=2&customer_id={said['customer_id']}")
    rest = await api.get(f"/complaints?limit=2&after={first['next']}")
    assert [one["id"] for one in first["items"] + rest["items"]] == made


@pytest.mark.parametrize(
    ("body", "expected"), [({}, 422), ({"category": "lunch"}, 422), ({"category": "other", "owner_id": "0" * 32}, 409)]
)
async def test_complaint_that_says_too_little_is_refused(api, said, body, expected):
    assert (await api.ask("POST", f"/conversations/{said['conversation_id']}/complaints", body))[0] == expected


async def test_message_of_another_conversation_is_refused(api, said):
    body = {"category": "other", "message_id": (await said_to(api, GRACE))["id"]}
    assert (await api.ask("POST", f"/conversations/{said['conversation_id']}/complaints", body))[0] == 409


async def test_complaint_is_handed_out_and_erased_with_its_customer(api, said, hub):
    one = await noted(api, said)
    export = await api.get(f"/customers/{said['customer_id']}/export")
    assert [row["id"] for row in export["customer"]["complaints"]] == [one["id"]]
    await api.post(f"/customers/{said['customer_id']}/erasure", {})
    assert await hub.store.read(lambda conn: conn.execute(complaints.select()).all()) == []
