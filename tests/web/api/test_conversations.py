"""The API's conversations and messages: listed, answered, handed over, closed, put off, merged, split."""

import asyncio

import pytest
from sqlalchemy import select

from hub.ids import new_id
from hub.inbound.calls import CallDeps, land_call
from hub.model import CallUpdate, DeliveryState, Direction
from hub.reasons import NO_REASON
from hub.store.deliveries import mark_state
from hub.store.messages import mark_message
from hub.store.tables import deliveries
from tests.people import ADA, ALAN, GRACE


@pytest.fixture
def write(api):
    """Ada is written to; returns the message."""

    async def send(phone=ADA.phone, text="hello", **more):
        return await api.post("/messages", {"to": {"kind": "sms", "handle": phone}, "text": text, **more})

    return send


async def test_a_message_to_an_address_begins_a_conversation(api, write):
    message = await write()

    assert (message["direction"], message["channel"], message["channel_type"]) == ("out", "sms", "sms")
    assert (message["to"], message["text"]) == (ADA.phone, "hello")
    [delivery] = message["deliveries"]
    assert (delivery["state"], delivery["attempts"]) == ("queued", [])
    assert message == await api.get(f"/messages/{message['id']}")
    conversation = await api.get(f"/conversations/{message['conversation_id']}")
    assert (conversation["state"], conversation["channels"], conversation["unread"]) == ("open", ["sms"], 0)


async def test_the_same_address_is_the_same_customer(api, write):
    first, second = await write(), await write(text="again")

    assert first["customer_id"] == second["customer_id"]
    assert first["conversation_id"] == second["conversation_id"]


async def test_a_held_message_can_be_taken_back_once(api, write):
    message = await write(hold_seconds=60)
    assert message["deliveries"][0]["state"] == "held"

    taken = await api.post(f"/messages/{message['id']}/cancel")

    assert taken["deliveries"][0]["state"] == "cancelled"
    assert (await api.ask("POST", f"/messages/{message['id']}/cancel"))[0] == 409


async def test_the_stream_is_in_time_order_and_paged(api, write, clock):
    texts = []
    for n in range(5):
        clock.forward(1000)
        texts.append((await write(text=f"text {n}"))["text"])
    path = f"/conversations/{(await write(text='last'))['conversation_id']}/messages"

    first = await api.get(f"{path}?limit=4")
    rest = await api.get(f"{path}?limit=4&after={first['next']}")

    assert [one["text"] for one in first["items"] + rest["items"]] == [*texts, "last"]
    assert rest["next"] is None


async def test_a_reply_goes_out_on_the_channel_named(api, write):
    message = await write()
    path = f"/conversations/{message['conversation_id']}/replies"

    assert (await api.post(path, {"text": "by name", "channel": "wa"}))["channel"] == "wa"
    assert (await api.post(path, {"text": "by type", "channel": "whatsapp"}))["channel"] == "wa"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"text": ""}, 422),
        ({"text": " \n"}, 422),
        ({}, 422),
        ({"text": "x", "channel": "nowhere"}, 404),
        ({"text": "x", "channel": "bot"}, 409),
        ({"text": "x", "attachments": [new_id()]}, 404),
        ({"text": "x", "hold_seconds": -1}, 422),
        ({"text": "x", "not_before": "yesterday"}, 422),
        ({"text": "x", "not_before": "2026-01-01T00:00:00"}, 422),
        ({"text": "x", "subject": "a\r\nBcc: b@example.com"}, 422),
        ({"text": "x", "bcc": "y"}, 422),
    ],
)
async def test_a_wrong_reply_is_refused_and_leaves_nothing(api, write, body, expected):
    message = await write()
    path = f"/conversations/{message['conversation_id']}"

    status, _ = await api.ask("POST", f"{path}/replies", body)

    assert status == expected
    assert len((await api.get(f"{path}/messages"))["items"]) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"text": "to nobody"},
        {"text": "x", "to": {"kind": "sms", "handle": "12"}},
        {"text": "x", "to": {"kind": "sms", "handle": ADA.phone, "colour": "blue"}},
        {"text": "x", "to": {"kind": "pigeon", "handle": "p"}},
        {"text": "x", "to": {"kind": "sms", "handle": ADA.phone}, "customer_id": new_id()},
    ],
)
async def test_a_message_to_nobody_is_refused(api, body):
    assert (await api.ask("POST", "/messages", body))[0] == 422


async def test_the_same_key_many_times_at_once_sends_one_message(api):
    body = {"to": {"kind": "sms", "handle": ADA.phone}, "text": "once"}
    key = {"Idempotency-Key": "order-1"}

    answers = await asyncio.gather(*(api.ask("POST", "/messages", body, headers=key) for _ in range(6)))

    assert {status for status, _ in answers} == {201}
    assert len({answer["id"] for _, answer in answers}) == 1


async def test_a_note_goes_to_nobody(api, write):
    message = await write()

    note = await api.post(f"/conversations/{message['conversation_id']}/notes", {"text": "sounds annoyed"})

    assert (note["direction"], note["deliveries"], note["author"]) == ("note", [], "test")


async def test_conversations_are_closed_reopened_and_put_off(api, write):
    path = f"/conversations/{(await write())['conversation_id']}"

    assert (await api.post(f"{path}/closure"))["state"] == "closed"
    assert (await api.delete(f"{path}/closure"))["state"] == "open"
    snoozed = await api.post(f"{path}/snooze", {"until": "2099-01-01T00:00:00+01:00"})
    assert (snoozed["state"], snoozed["snoozed_until"]) == ("snoozed", "2098-12-31T23:00:00.000Z")
    assert (await api.delete(f"{path}/snooze"))["state"] == "open"
    assert (await api.patch(path, {"state": "closed"}))["state"] == "closed"


async def test_open_conversations_are_listed_when_no_state_is_given(api, write):
    one, two = await write(), await write(GRACE.phone)
    await api.post(f"/conversations/{two['conversation_id']}/closure")

    assert [c["id"] for c in (await api.get("/conversations"))["items"]] == [one["conversation_id"]]
    assert [c["id"] for c in (await api.get("/conversations?state=closed"))["items"]] == [two["conversation_id"]]


async def test_conversations_are_filtered(api, write):
    one, other = await write(text="flugelhorn"), await write(GRACE.phone)
    agent = await api.post("/agents", {"email": "lena@example.com", "name": "Lena", "role": "agent"})
    team = await api.post("/teams", {"name": "Sales", "members": [agent["id"]]})
    path = f"/conversations/{one['conversation_id']}"
    given = await api.post(f"{path}/assignment", {"assignee": agent["id"], "team": team["id"]})
    assert (given["assignee"], given["team"]) == (agent["id"], team["id"])
    await api.patch(path, {"labels": ["urgent"], "priority": "high", "subject": "Horn"})

    async def found(query):
        return {c["id"] for c in (await api.get(f"/conversations?{query}"))["items"]}

    for query in (
        f"assignee={agent['id']}",
        f"team={team['id']}",
        "label=urgent",
        "q=flugel",
        f"q={ADA.phone.replace('+', '%2B')}",
        f"customer_id={one['customer_id']}",
    ):
        assert await found(query) == {one["conversation_id"]}, query
    for query in ("assignee=none", "team=none"):
        assert await found(query) == {other["conversation_id"]}, query
    assert await found("channel=sms") == await found("state=open") == {one["conversation_id"], other["conversation_id"]}
    assert await found("channel=wa") == await found("label=nothing") == set()


async def test_an_assignment_to_nobody_known_is_404(api, write):
    path = f"/conversations/{(await write())['conversation_id']}"

    assert (await api.ask("POST", f"{path}/assignment", {"assignee": new_id()}))[0] == 404
    assert (await api.ask("PATCH", path, {"team": new_id()}))[0] == 404


async def test_nothing_is_assigned_to_somebody_who_left(api, write):
    path = f"/conversations/{(await write())['conversation_id']}"
    agent = await api.post("/agents", {"email": "lena@example.com", "name": "Lena", "role": "agent"})
    await api.post(f"{path}/assignment", {"assignee": agent["id"]})
    await api.patch(f"/agents/{agent['id']}", {"active": False})
    assert (await api.patch(path, {"assignee": agent["id"], "subject": "Horn"}))["subject"] == "Horn"
    await api.delete(f"{path}/assignment")

    assert (await api.ask("POST", f"{path}/assignment", {"assignee": agent["id"]}))[0] == 409
    assert (await api.ask("PATCH", path, {"assignee": agent["id"]}))[0] == 409
    assert (await api.get(path))["assignee"] is None


async def test_what_was_so_already_is_no_event(api, write):
    path = f"/conversations/{(await write())['conversation_id']}"
    wanted = {"priority": "high", "labels": ["b", "a"], "subject": "Horn"}

    async def told():
        return [e["type"] for e in (await api.get("/events"))["items"] if e["type"].startswith("conversation.")]

    await api.patch(path, wanted)
    once = await told()
    assert once[-3:] == ["conversation.prioritised", "conversation.changed", "conversation.labelled"]
    await api.patch(path, {**wanted, "labels": ["a", "b", "a"]})
    await api.delete(f"{path}/assignment")
    assert await told() == once


async def test_an_assignment_is_taken_back(api, write):
    path = f"/conversations/{(await write())['conversation_id']}"
    agent = await api.post("/agents", {"email": "lena@example.com", "name": "Lena", "role": "agent"})
    await api.patch(path, {"assignee": agent["id"]})

    assert (await api.patch(path, {"priority": "low"}))["assignee"] == agent["id"]
    assert (await api.patch(path, {"assignee": None}))["assignee"] is None
    await api.post(f"{path}/assignment", {"agent_id": agent["id"]})
    assert (await api.delete(f"{path}/assignment"))["assignee"] is None


async def test_a_voicemail_says_how_long_it_is(api, hub):
    left = CallUpdate("CA1", ADA.voice_address, Direction.IN, state="missed", duration=7, voicemail=True, lost="gone")
    await hub.store.write(land_call, CallDeps("DE", 14, "phone", "voice"), "raw", left, {}, hub.clock.now())

    [conversation] = (await api.get("/conversations"))["items"]
    told = (await api.get(f"/conversations/{conversation['id']}/messages"))["items"]

    assert [(one["kind"], one["duration"]) for one in told] == [("call", None), ("voicemail", 7)]
    assert [lost["reason"] for lost in told[1]["lost_files"]] == ["gone"]


async def test_what_is_folded_away_stands_beside_the_text(api, write, hub):
    message = await write(text="Yes.")
    await hub.store.write(mark_message, message["id"], quoted_text="Lena wrote:\n> Monday?")

    told = await api.get(f"/messages/{message['id']}")

    assert (told["text"], told["folded_text"]) == ("Yes.", "Lena wrote:\n> Monday?")


async def test_some_messages_become_a_conversation_of_their_own_and_come_back(api, write):
    stays, goes = await write(text="stays"), await write(text="goes")
    path = f"/conversations/{stays['conversation_id']}"

    new = await api.post(f"{path}/split", {"message_ids": [goes["id"]]})
    assert [m["text"] for m in (await api.get(f"/conversations/{new['id']}/messages"))["items"]] == ["goes"]
    assert [m["text"] for m in (await api.get(f"{path}/messages"))["items"]] == ["stays"]
    await api.post(f"{path}/merge", {"conversation_id": new["id"]})

    assert len((await api.get(f"{path}/messages"))["items"]) == 2
    assert (await api.get(f"/conversations/{new['id']}"))["id"] == stays["conversation_id"]


async def test_a_split_needs_messages_of_this_conversation(api, write):
    one, other = await write(), await write(GRACE.phone)
    path = f"/conversations/{one['conversation_id']}/split"

    assert (await api.ask("POST", path, {"message_ids": [one["id"]]}))[0] == 409
    await write(text="more")
    assert (await api.ask("POST", path, {"message_ids": [other["id"]]}))[0] == 404


async def test_conversations_of_two_customers_are_not_merged(api, write):
    one, other = await write(), await write(ALAN.phone)

    status, problem = await api.ask(
        "POST", f"/conversations/{one['conversation_id']}/merge", {"conversation_id": other["conversation_id"]}
    )

    assert status == 409
    assert "merge the customers first" in problem["detail"]


async def test_a_conversation_goes_to_the_customer_it_belongs_to_with_all_that_stands_in_it(api, write, hub):
    wrong, right = await write(text="stays"), await write(ALAN.phone, text="theirs")
    _, file = await api.upload("plan.txt", b"plan")
    path = f"/conversations/{wrong['conversation_id']}"
    await hub.store.write(_left)
    await api.post(f"{path}/notes", {"text": "of this case"})
    more = await api.post(
        "/messages", {"customer_id": wrong["customer_id"], "text": "here", "attachments": [file["id"]]}
    )
    await hub.store.write(_left)

    moved = await api.post(f"{path}/move", {"customer_id": right["customer_id"]})
    assert (moved["id"], moved["customer_id"]) == (wrong["conversation_id"], right["customer_id"])
    assert {m["customer_id"] for m in (await api.get(f"{path}/messages"))["items"]} == {right["customer_id"]}
    texts = [
        one["text"] for one in (await api.get(f"/customers/{right['customer_id']}/timeline"))["items"] if "text" in one
    ]
    assert {"stays", "of this case", "here", "theirs"} <= set(texts)
    left = (await api.get(f"/customers/{wrong['customer_id']}/timeline"))["items"]
    assert not [one for one in left if one.get("text")]
    sent = await api.get(f"/messages/{more['id']}")
    assert ([one["id"] for one in sent["attachments"]], sent["deliveries"][0]["state"]) == ([file["id"]], "sent")
    assert "conversation_moved" in [one["what"] for one in (await api.get("/audit"))["items"]]

    assert (await api.ask("POST", f"{path}/move", {"customer_id": right["customer_id"]}))[0] == 409
    assert (await api.ask("POST", f"{path}/move", {"customer_id": "0" * 32}))[0] == 404
    back = await api.post(f"{path}/move", {"customer_id": wrong["customer_id"]})
    assert back["customer_id"] == wrong["customer_id"]


async def test_one_message_goes_alone_and_what_is_on_its_way_stays(api, write, hub):
    stays, goes = await write(text="stays"), await write(text="goes")
    other = await write(ALAN.phone)
    path = f"/conversations/{stays['conversation_id']}"
    body = {"customer_id": other["customer_id"], "message_ids": [goes["id"]]}
    assert (await api.ask("POST", f"{path}/move", body))[0] == 409
    await hub.store.write(_left)
    astray = {**body, "message_ids": [goes["id"], other["id"]]}
    assert (await api.ask("POST", f"{path}/move", astray))[0] == 404

    moved = await api.post(f"{path}/move", body)
    assert moved["id"] != stays["conversation_id"]
    assert [m["text"] for m in (await api.get(f"/conversations/{moved['id']}/messages"))["items"]] == ["goes"]
    assert [m["text"] for m in (await api.get(f"{path}/messages"))["items"]] == ["stays"]
    assert (await api.get(path))["customer_id"] == stays["customer_id"]


def _left(conn):
    """Nothing is on its way any more: no process delivers here."""
    for id in conn.scalars(select(deliveries.c.id)):
        mark_state(conn, id, DeliveryState.SENT, NO_REASON, 1)


async def test_search_finds_people_and_messages(api, write):
    message = await write(text="xylophone in the attic")
    await api.patch(f"/customers/{message['customer_id']}", {"name": "Xylander"})

    hits = (await api.get("/search?q=xyl"))["items"]

    assert [(hit["type"], hit["id"]) for hit in hits] == [
        ("customer", message["customer_id"]),
        ("message", message["id"]),
    ]


async def test_events_are_read_in_order_from_where_one_stopped(api, write):
    await write()
    await write(GRACE.phone)
    first = await api.get("/events?limit=2")
    rest = await api.get(f"/events?since={first['items'][-1]['seq']}")

    types = [event["type"] for event in first["items"] + rest["items"]]
    numbers = [event["seq"] for event in first["items"] + rest["items"]]
    assert "message.queued" in types
    assert numbers == list(range(1, len(numbers) + 1))
    assert (await api.get(f"/events?since=0&limit=2&after={first['next']}"))["items"] == rest["items"][:2]
