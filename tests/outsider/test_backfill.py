"""Contract, "Twilio": what the webhooks lost is found by listing, at start and every backfill_seconds."""

from datetime import UTC, datetime, timedelta

from tests.outsider.outside.world import SMS, World

ADA = "+4915112345678"


def test_a_message_from_before_the_start_is_found(quiet_world: World) -> None:
    world = quiet_world
    missed = world.twilio.inbound(ADA, SMS, "while you were away")
    old = world.twilio.inbound(ADA, SMS, "the day before yesterday")
    world.twilio.messages[old["MessageSid"]].at = datetime.now(UTC) - timedelta(hours=30)

    world.start()

    assert world.found("while you were away")["provider_id"] == missed["MessageSid"]
    assert world.count(old["MessageSid"]) == 0


def test_a_message_whose_webhook_was_lost_is_found_later(quiet_world: World) -> None:
    world = quiet_world
    missed = world.twilio.inbound(ADA, SMS, "nobody told you")

    assert world.found("nobody told you")["provider_id"] == missed["MessageSid"]


def test_a_message_that_came_both_ways_is_stored_once(quiet_world: World) -> None:
    world = quiet_world
    params = world.twilio.inbound(ADA, SMS, "both ways")
    world.found("both ways")

    assert world.twilio.post("/hooks/sms/message", params).status in (200, 204)

    world.twilio.text("sms", ADA, SMS, "later")
    world.found("later")
    assert world.count(params["MessageSid"]) == 1


def test_media_of_a_found_message_is_not_forgotten(quiet_world: World) -> None:
    world = quiet_world
    world.twilio.inbound(ADA, SMS, "with a picture", (b"GIF89a picture", "image/gif"))

    message = world.found("with a picture")
    assert [attachment["size"] for attachment in message["attachments"]] == [14]


def test_a_long_absence_is_listed_page_by_page(quiet_world: World) -> None:
    world = quiet_world
    world.hub.stop()
    texts = [f"piled up {number}" for number in range(120)]
    for text in texts:
        world.twilio.inbound("+4915100000001", SMS, text)

    world.start()

    world.found(texts[0], 30)
    conversation = world.found(texts[-1], 30)["conversation_id"]
    assert sorted(m["text"] for m in world.messages(conversation)) == sorted(texts)
