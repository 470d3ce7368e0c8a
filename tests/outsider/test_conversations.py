"""Contract, "REST": conversations and messages, their states, filters and verbs."""

from typing import Any
from uuid import uuid4

import pytest

from tests.outsider.outside.world import SMS, World

FIELDS = {"id", "customer_id", "state", "assignee", "team", "priority", "labels", "subject", "last_message_at"}
FIELDS |= {"waiting_since", "unread", "channels"}
MESSAGE = {"id", "conversation_id", "customer_id", "direction", "kind", "channel", "channel_type", "from", "to"}
MESSAGE |= {"subject", "text", "html_safe", "attachments", "provider_id", "occurred_at", "deliveries"}
numbers = iter(range(10_000_000, 99_999_999))


def begin(world: World, text: str = "") -> Any:
    """A new customer's new conversation."""
    text = text or uuid4().hex
    world.twilio.text("sms", f"+49152{next(numbers)}", SMS, text)
    return world.rest.get(f"conversations/{world.found(text)['conversation_id']}")


def ids(world: World, **query: str) -> set[str]:
    return {item["id"] for item in world.rest.everything("conversations", limit=100, **query)}


def test_a_conversation_has_the_contracts_fields(world: World) -> None:
    made = begin(world)

    assert set(made) >= FIELDS
    assert made["state"] == "open"
    assert made["channels"] == ["sms"]
    assert made["unread"]
    assert made["waiting_since"]


def test_a_message_has_the_contracts_fields(world: World) -> None:
    made = begin(world)
    sent = world.reply(made["id"], "hello")
    world.delivery(sent["id"], "sent")

    [inbound, outbound] = world.messages(made["id"])

    assert set(inbound) >= MESSAGE
    assert set(outbound) >= MESSAGE
    assert (inbound["direction"], outbound["direction"]) == ("in", "out")
    [delivery] = outbound["deliveries"]
    assert set(delivery) >= {"id", "state", "reason", "attempts"}
    assert set(delivery["attempts"][0]) >= {"started_at", "phase", "result"}
    assert world.rest.get(f"messages/{sent['id']}")["deliveries"] == [delivery]


def test_open_ones_are_listed_when_no_state_is_given(world: World) -> None:
    here, closed = begin(world), begin(world)
    world.rest.post(f"conversations/{closed['id']}/closure")

    assert here["id"] in ids(world)
    assert closed["id"] not in ids(world)
    assert closed["id"] in ids(world, state="closed")


def test_closing_and_reopening(world: World) -> None:
    made = begin(world)
    world.rest.post(f"conversations/{made['id']}/closure")
    assert world.rest.get(f"conversations/{made['id']}")["state"] == "closed"

    world.rest.delete(f"conversations/{made['id']}/closure")

    assert world.rest.get(f"conversations/{made['id']}")["state"] == "open"


def test_a_closed_conversation_opens_again_when_the_customer_writes(world: World) -> None:
    made = begin(world)
    number = world.messages(made["id"])[0]["from"]
    world.rest.post(f"conversations/{made['id']}/closure")

    world.twilio.text("sms", number, SMS, f"back again {number}")

    assert world.found(f"back again {number}")["conversation_id"] == made["id"]
    assert world.rest.get(f"conversations/{made['id']}")["state"] == "open"


def test_snoozing_hides_it_until_then(world: World) -> None:
    made = begin(world)

    world.rest.post(f"conversations/{made['id']}/snooze", {"until": "2099-01-01T00:00:00Z"})

    assert world.rest.get(f"conversations/{made['id']}")["state"] == "snoozed"
    assert made["id"] not in ids(world)
    assert made["id"] in ids(world, state="snoozed")


def test_assignment_and_its_filter(world: World) -> None:
    made = begin(world)
    words = ("agent", "add", f"{uuid4().hex}@company.example", "--name", "Grace", "--role", "agent")
    world.hub.command(*words)
    agent = next(item for item in world.rest.everything("agents") if item["email"] == words[2])

    world.rest.post(f"conversations/{made['id']}/assignment", {"agent_id": agent["id"]})

    assert agent["id"] in str(world.rest.get(f"conversations/{made['id']}")["assignee"])
    assert ids(world, assignee=agent["id"]) == {made["id"]}


def test_a_note_is_no_message_to_the_customer(world: World) -> None:
    made = begin(world)

    note = world.rest.post(f"conversations/{made['id']}/notes", {"text": "sounds annoyed"}, status=201)

    assert note["direction"] == "note"
    assert note["deliveries"] == []
    assert "sounds annoyed" not in [m.text for m in world.twilio.sent()]


def test_filters_by_channel_label_and_customer(world: World) -> None:
    made = begin(world)
    world.rest.patch(f"conversations/{made['id']}", {"labels": ["urgent"], "priority": "high"})

    assert made["id"] in ids(world, channel="sms")
    assert made["id"] not in ids(world, channel="wa")
    assert ids(world, label="urgent") == {made["id"]}
    assert ids(world, customer_id=made["customer_id"]) == {made["id"]}


def test_q_finds_by_words(world: World) -> None:
    made = begin(world, "the quixotic flugelhorn")

    assert ids(world, q="flugelhorn") == {made["id"]}


def test_search_goes_over_customers_and_messages(world: World) -> None:
    made = begin(world, "xylophone in the attic")

    assert made["id"] in str(world.rest.get("search", q="xylophone"))


def test_merge_moves_every_message(world: World) -> None:
    one, two = begin(world, "one half"), begin(world, "other half")
    answer = world.rest.ask("POST", f"conversations/{one['id']}/merge", {"conversation_id": two["id"]})
    if answer.status in (409, 422):  # different customers: those are merged first
        world.rest.post(f"customers/{one['customer_id']}/merge", {"customer_id": two["customer_id"]})
        answer = world.rest.ask("POST", f"conversations/{one['id']}/merge", {"conversation_id": two["id"]})

    assert answer.status in (200, 201, 204), answer.text
    assert {m["text"] for m in world.messages(one["id"])} >= {"one half", "other half"}


def test_a_message_to_an_address_begins_a_conversation(world: World) -> None:
    body = {"to": {"kind": "sms", "handle": "+4915212340001"}, "text": "we would like to ask"}

    sent = world.rest.post("messages", body, status=201)

    assert sent["conversation_id"]
    assert sent["channel"] == "sms"
    world.delivery(sent["id"], "sent")
    assert [m.text for m in world.twilio.sent("+4915212340001")] == ["we would like to ask"]


@pytest.mark.parametrize(
    "body",
    [
        {"text": "nobody"},
        {"to": {"kind": "sms", "handle": "+4915212340002"}},
        {"to": {"kind": "sms", "handle": "+4915212340002"}, "text": ""},
        {"to": {"kind": "sms", "handle": "+4915212340002"}, "text": "x", "channel": "nowhere"},
        {"to": {"kind": "sms", "handle": "+4915212340002"}, "text": "x", "bcc": "y"},
        {"to": {"kind": "sms", "handle": "+4915212340002", "colour": "blue"}, "text": "x"},
        {"to": {"kind": "sms", "handle": "+4915212340002"}, "text": "a\x00b"},
        {"customer_id": "0" * 32, "text": "x"},
        {"to": {"kind": "sms", "handle": "+4915212340002"}, "text": "x", "attachments": ["nothing"]},
        {"to": {"kind": "sms", "handle": "+4915212340002"}, "text": "x", "hold_seconds": -1},
        {"to": {"kind": "sms", "handle": "+4915212340002"}, "text": "x", "not_before": "yesterday"},
        {"to": {"kind": "email", "handle": "a@example.com"}, "text": "x", "subject": "a\nBcc: b@example.com"},
    ],
    ids=str,
)
def test_a_wrong_message_is_refused_and_nothing_leaves(world: World, body: Any) -> None:
    answer = world.rest.ask("POST", "messages", body)

    assert answer.status in (404, 422)
    assert answer.problem()
    assert not world.twilio.sent("+4915212340002")


def test_a_message_that_left_cannot_be_cancelled(world: World) -> None:
    sent = world.reply(begin(world)["id"], "already gone")
    world.delivery(sent["id"], "sent")

    answer = world.rest.ask("POST", f"messages/{sent['id']}/cancel")

    assert answer.status in (409, 422)
    assert answer.problem()


def test_the_api_sends_at_once_unless_told_to_hold(world: World) -> None:
    made = begin(world)

    assert world.reply(made["id"], "now")["deliveries"][0]["state"] != "held"
    assert world.reply(made["id"], "later", hold_seconds=90)["deliveries"][0]["state"] == "held"


@pytest.mark.parametrize("path", ["labels", "snippets", "teams"])
def test_small_resources_can_be_made_changed_and_removed(world: World, path: str) -> None:
    body = {"labels": {"name": "made"}, "snippets": {"shortcut": "made", "text": "Hello"}, "teams": {"name": "made"}}[
        path
    ]
    made = world.rest.ask("POST", path, body)
    assert made.status == 201, made.text
    key = "shortcut" if path == "snippets" else "name"

    changed = world.rest.patch(f"{path}/{made.json['id']}", {key: "changed"})
    assert changed[key] == "changed"
    world.rest.delete(f"{path}/{made.json['id']}")

    assert made.json["id"] not in {item["id"] for item in world.rest.everything(path)}


def test_channels_are_listed_without_their_secrets(world: World) -> None:
    answer = world.rest.ask("GET", "channels")

    assert {"mail", "post", "sms", "wa", "phone", "bot", "chat"} <= {item["name"] for item in answer.json["items"]}
    assert world.twilio.token not in answer.text
    assert world.telegram.token not in answer.text
    assert "geheim" not in answer.text


def test_a_channel_can_be_tested(world: World) -> None:
    answer = world.rest.ask("POST", "channels/sms/test")

    assert answer.status == 200
