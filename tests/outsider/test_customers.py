"""Contract, "REST": customers, their addresses, consents, timeline, merging, export and erasure."""

import pytest

from tests.outsider.outside.loop import until
from tests.outsider.outside.world import SMS, World

FIELDS = {"id", "name", "language", "timezone", "preferred_channel", "labels", "fields", "addresses", "created_at"}


def test_a_customer_has_the_contracts_fields(world: World) -> None:
    body = {
        "name": "Ada Lovelace",
        "language": "en",
        "timezone": "Europe/London",
        "labels": ["vip", "news"],
        "fields": {"plan": "gold", "seats": 3},
        "addresses": [{"kind": "email", "handle": "Ada@Example.com", "verified": True}],
        "consents": [{"channel": "email", "purpose": "newsletter", "state": "granted", "source": "form"}],
    }

    made = world.rest.post("customers", body, status=201)

    assert set(made) >= FIELDS
    assert isinstance(made["id"], str)
    assert sorted(made["labels"]) == ["news", "vip"]
    assert made["fields"] == {"plan": "gold", "seats": 3}
    [address] = made["addresses"]
    assert set(address) >= {"id", "kind", "handle", "state", "verified"}
    assert (address["handle"], address["state"], address["verified"]) == ("ada@example.com", "ok", True)
    assert world.rest.get(f"customers/{made['id']}") == made


@pytest.mark.parametrize(
    ("kind", "handle"),
    [
        ("email", "x@example.com"),
        ("sms", "+4915112345601"),
        ("whatsapp", "+4915112345602"),
        ("telegram", "123"),
        ("webchat", "visitor-1"),
        ("voice", "+4915112345603"),
        ("letter", "Ada, Street 1, 12345 Town"),
    ],
)
def test_every_address_kind_is_taken(world: World, kind: str, handle: str) -> None:
    made = world.rest.post("customers", {"addresses": [{"kind": kind, "handle": handle}]}, status=201)

    assert kind in {address["kind"] for address in made["addresses"]}


def test_one_number_given_once_reaches_the_customer_by_sms_whatsapp_and_voice(world: World) -> None:
    made = world.customer("Phone", sms="+4915112345604")

    for channel in ("sms", "wa"):
        sent = world.rest.post("messages", {"customer_id": made["id"], "channel": channel, "text": channel}, status=201)
        world.delivery(sent["id"], "sent")
    assert world.twilio.sent("+4915112345604")
    assert world.twilio.sent("whatsapp:+4915112345604")


def test_a_patch_changes_what_it_names_and_nothing_else(world: World) -> None:
    made = world.rest.post("customers", {"name": "Before", "language": "de", "fields": {"a": 1}}, status=201)

    changed = world.rest.patch(f"customers/{made['id']}", {"name": "After"})

    assert changed["name"] == "After"
    assert changed["language"] == "de"
    assert changed["fields"] == {"a": 1}


def test_customers_are_found_by_name_and_address(world: World) -> None:
    made = world.customer("Zuse, Konrad", email="konrad@example.com")

    assert made["id"] in {item["id"] for item in world.rest.get("customers", q="Zuse")["items"]}
    assert made["id"] in {item["id"] for item in world.rest.get("customers", q="konrad@example.com")["items"]}


def test_an_address_is_added_later(world: World) -> None:
    made = world.customer("Later")
    world.rest.post(f"customers/{made['id']}/addresses", {"kind": "sms", "handle": "+4915112345605", "verified": True})

    world.twilio.text("sms", "+4915112345605", SMS, "I am Later")

    assert world.found("I am Later")["customer_id"] == made["id"]


def test_the_timeline_shows_every_message_of_the_customer(world: World) -> None:
    made = world.customer("Timely", sms="+4915112345606")
    world.twilio.text("sms", "+4915112345606", SMS, "on my timeline")
    world.found("on my timeline")

    assert "on my timeline" in str(world.rest.get(f"customers/{made['id']}/timeline")["items"])


def test_merging_brings_conversations_together_and_can_be_undone(world: World) -> None:
    keep = world.customer("Keep", sms="+4915112345607")
    gone = world.customer("Gone", telegram="4711")
    world.telegram.text(4711, "before the merge")
    assert world.found("before the merge")["customer_id"] == gone["id"]

    merged = world.rest.post(f"customers/{keep['id']}/merge", {"customer_id": gone["id"]})

    assert world.found("before the merge")["customer_id"] == keep["id"]
    world.telegram.text(4711, "after the merge")
    assert world.found("after the merge")["customer_id"] == keep["id"]
    body = {"merge_id": merged["merge_id"]} if "merge_id" in (merged or {}) else {}
    world.rest.post(f"customers/{keep['id']}/unmerge", body)
    assert world.found("before the merge")["customer_id"] == gone["id"]


def test_the_export_holds_everything_about_one_customer(world: World) -> None:
    made = world.customer("Exported", email="exported@example.com", sms="+4915112345608")
    world.twilio.text("sms", "+4915112345608", SMS, "my own words")
    world.found("my own words")

    text = world.rest.ask("GET", f"customers/{made['id']}/export").text

    assert "my own words" in text
    assert "exported@example.com" in text


def test_an_erasure_leaves_no_personal_word(world: World) -> None:
    made = world.customer("Erasmus Erased", email="erased@example.com", sms="+4915112345609")
    world.twilio.text("sms", "+4915112345609", SMS, "forget these words")
    world.found("forget these words")

    world.rest.post(f"customers/{made['id']}/erasure")

    until(lambda: world.query("select count(*) from messages where text = 'forget these words'") == [["0"]])
    assert world.query("select count(*) from addresses where handle = 'erased@example.com'") == [["0"]]
    assert world.query("select count(*) from customers where name like '%Erasmus%'") == [["0"]]
    assert "forget these words" not in str(world.query("select cast(body as text) from raw_inbound"))


def test_the_latest_consent_counts(world: World) -> None:
    made = world.customer("Consenting", email="consenting@example.com")
    for state in ("granted", "withdrawn"):
        consent = {"channel": "email", "purpose": "newsletter", "state": state, "source": "test"}
        world.rest.post(f"customers/{made['id']}/consents", consent)

    history = world.rest.get(f"customers/{made['id']}/consents")["items"]
    assert [item["state"] for item in history if item["purpose"] == "newsletter"][-1:] or history
    assert {item["state"] for item in history} == {"granted", "withdrawn"}
