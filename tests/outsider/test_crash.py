"""Contract, "Crash points" and what must hold after one: nothing acknowledged is lost, nothing is sent twice."""

import time

import pytest

from tests.outsider.outside.letters import letter
from tests.outsider.outside.loop import until
from tests.outsider.outside.smtp import post
from tests.outsider.outside.world import SMS, SUPPORT, World

pytestmark = pytest.mark.parametrize("engine", ["sqlite", "postgresql"], indirect=True, scope="module")
ADA = "+4915112345678"


def armed(point: str, number: int = 1) -> dict[str, str]:
    return {"HUB_TESTING": "1", "HUB_CRASH_AT": f"{point}:{number}"}


@pytest.fixture(scope="module")
def conversation(world: World) -> str:
    world.twilio.text("sms", ADA, SMS, "hello")
    return str(world.found("hello")["conversation_id"])


def test_the_crash_points_are_listed(world: World) -> None:
    listed = world.hub.command("check", "--crash-points").stdout.split()

    assert {"intake.stored", "outbox.claimed", "outbox.committing", "outbox.sent", "campaign.expanded"} <= set(listed)


def test_a_crash_point_needs_hub_testing(world: World, conversation: str) -> None:
    world.hub.stop()
    world.hub.start(env={"HUB_CRASH_AT": "outbox.committing:1"})

    sent = world.reply(conversation, "no crash without testing")

    assert world.delivery(sent["id"], "sent")
    world.hub.stop()
    world.start()


def test_a_crash_while_committing_is_unknown_within_5_seconds_of_the_restart(world: World, conversation: str) -> None:
    world.hub.stop()
    world.hub.start(env=armed("outbox.committing"))
    sent = world.reply(conversation, "in flight")
    assert world.hub.wait() == 137

    world.hub.start()
    begun = time.monotonic()
    delivery = world.delivery(sent["id"], "unknown", seconds=5)

    assert time.monotonic() - begun <= 5.5
    assert delivery["attempts"][0]["phase"] in ("committing", "unknown")
    world.delivery(world.reply(conversation, "after it")["id"], "sent")
    assert len([m for m in world.twilio.sent(ADA) if m.text == "in flight"]) <= 1


def test_a_mail_in_flight_at_the_crash_is_unknown_and_never_sent_again(world: World) -> None:
    customer = world.customer("Ada", email="ada@example.com")
    world.hub.stop()
    world.hub.start(env=armed("outbox.committing"))
    sent = world.rest.post("messages", {"customer_id": customer["id"], "text": "a mail in flight"}, status=201)
    assert world.hub.wait() == 137

    world.hub.start()

    assert world.delivery(sent["id"], "unknown", seconds=5)
    after = world.rest.post("messages", {"customer_id": customer["id"], "text": "after the crash"}, status=201)
    world.delivery(after["id"], "sent")
    assert [mail for mail in world.relay.to("ada@example.com") if "a mail in flight" in mail.text] == []


@pytest.mark.parametrize("point", ["outbox.claimed", "outbox.sent"])
def test_a_crash_beside_the_network_sends_once(world: World, conversation: str, point: str) -> None:
    world.hub.stop()
    world.hub.start(env=armed(point))
    sent = world.reply(conversation, f"crash at {point}")
    assert world.hub.wait() == 137

    world.hub.start()

    world.delivery(sent["id"], "sent", "delivered", "unknown", seconds=60)
    until(lambda: len([m for m in world.twilio.sent(ADA) if m.text == f"crash at {point}"]) == 1)


def test_a_crash_after_storing_keeps_the_message_and_takes_the_retry_once(world: World) -> None:
    world.hub.stop()
    world.hub.start(env=armed("intake.stored"))
    params = world.twilio.inbound(ADA, SMS, "stored, then crashed")
    with pytest.raises(Exception):  # noqa: B017 - the connection breaks, in whatever way
        world.twilio.post("/hooks/sms/message", params)
    assert world.hub.wait() == 137

    world.hub.start()

    assert world.twilio.post("/hooks/sms/message", params).status in (200, 204)
    assert world.found("stored, then crashed")["provider_id"] == params["MessageSid"]
    assert world.count(params["MessageSid"]) == 1


def test_sigkill_loses_nothing_that_was_acknowledged(world: World) -> None:
    kept = [world.twilio.text("sms", ADA, SMS, f"before the kill {number}") for number in range(20)]
    mail = letter("ada@example.com", SUPPORT, "mail before the kill")
    assert post(world.listen, "ada@example.com", SUPPORT, mail).startswith("250")

    world.hub.kill()
    world.hub.start()

    world.found("mail before the kill", 30)
    for name in kept:
        until(lambda name=name: world.count(name) == 1, 30)


def test_an_idempotency_key_holds_over_a_crash(world: World) -> None:
    key = {"Idempotency-Key": "before-the-crash"}
    body = {"to": {"kind": "sms", "handle": "+4915212340099"}, "text": "exactly once"}
    first = world.rest.ask("POST", "messages", body, headers=key)
    world.hub.kill()
    world.hub.start()

    second = world.rest.ask("POST", "messages", body, headers=key)

    assert (first.status, second.status) == (201, 201)
    assert first.json["id"] == second.json["id"]
    world.delivery(first.json["id"], "sent", "unknown", seconds=60)
    assert len(world.twilio.sent("+4915212340099")) <= 1
