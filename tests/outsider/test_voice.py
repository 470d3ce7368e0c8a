"""Contract, "Twilio" and "Defaults": a call greets and goes to voicemail; the recording stands in the conversation."""

from hashlib import sha256

import pytest

from tests.outsider.outside.loop import until
from tests.outsider.outside.world import VOICE, World

ADA, GRACE, EDSGER = "+4915112345678", "+4915112345679", "+4915112345670"


def calls_of(world: World, number: str) -> list[dict[str, object]]:
    """The messages of the customer with that number."""
    found = world.rest.everything("customers", q=number)
    conversations = [c for item in found for c in world.rest.everything("conversations", customer_id=item["id"])]
    return [message for conversation in conversations for message in world.messages(conversation["id"])]


def test_without_agents_phones_a_call_greets_and_goes_straight_to_voicemail(world: World) -> None:
    call = world.phones.call(ADA, VOICE)

    assert call.over
    assert call.heard
    assert call.heard[0]
    assert call.dialled == []
    assert len(call.recordings) == 1


def test_a_voicemail_is_a_message_with_the_recording_as_attachment(world: World) -> None:
    world.phones.call(GRACE, VOICE)

    message = until(
        lambda: next((m for m in calls_of(world, GRACE) if m["kind"] == "voicemail" and m["attachments"]), None),
        20,
        "a voicemail with its recording",
    )
    assert message["channel_type"] == "voice"
    assert message["channel"] == "phone"
    assert message["direction"] == "in"
    assert message["from"] == GRACE
    [recording] = message["attachments"]
    assert recording["sha256"] == sha256(world.phones.voice).hexdigest()


def test_a_caller_who_hangs_up_is_visible_as_a_missed_call(world: World) -> None:
    world.phones.call(EDSGER, VOICE, hangs_up=True)

    message = until(lambda: next(iter(calls_of(world, EDSGER)), None), 20, "the missed call")
    assert message["kind"] == "call"
    assert message["attachments"] == []


def test_a_caller_is_the_customer_with_that_verified_number(world: World) -> None:
    customer = world.customer("Hedy", sms="+4915112345671")

    world.phones.call("+4915112345671", VOICE)

    until(lambda: world.rest.everything("conversations", customer_id=customer["id"]), 20, "Hedy's conversation")


@pytest.mark.parametrize("action", ["call", "status"])
def test_a_forged_call_is_403(world: World, action: str) -> None:
    params = {"CallSid": "CA" + "1" * 32, "AccountSid": world.twilio.account, "From": ADA, "To": VOICE}

    assert world.twilio.post(f"/hooks/phone/{action}", params, sign="").status == 403


def test_a_call_by_get_is_405(world: World) -> None:
    assert world.rest.ask("GET", "/hooks/phone/call").status == 405
