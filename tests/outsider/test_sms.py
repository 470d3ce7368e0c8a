"""Contract, "Twilio" and "Fetching": SMS and MMS, in and out, forged and repeated."""

from hashlib import sha256

import pytest

from tests.outsider.outside.loop import until
from tests.outsider.outside.twilio_words import refusal, signature
from tests.outsider.outside.world import SMS, World

ADA, PNG = "+4915112345678", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4


@pytest.fixture(scope="module")
def conversation(world: World) -> str:
    world.twilio.text("sms", ADA, SMS, "hello")
    return str(world.found("hello")["conversation_id"])


def test_a_signed_message_is_stored_once_with_its_sid(world: World) -> None:
    name = world.twilio.text("sms", ADA, SMS, "stored once")

    message = world.found("stored once")
    assert message["direction"] == "in"
    assert message["kind"] == "text"
    assert message["channel"] == "sms"
    assert message["channel_type"] == "sms"
    assert message["from"] == ADA
    assert message["to"] == SMS
    assert message["provider_id"] == name
    assert world.count(name) == 1


def test_a_repeated_message_gets_the_same_answer_and_is_stored_once(world: World) -> None:
    params = world.twilio.inbound(ADA, SMS, "again and again")
    answers = [world.twilio.post("/hooks/sms/message", params) for _ in range(4)]

    assert {answer.status for answer in answers} == {answers[0].status}
    world.found("again and again")
    assert world.count(params["MessageSid"]) == 1


def sign(world: World, params: dict[str, str], token: str = "") -> str:
    return signature(token or world.twilio.token, f"{world.base}/hooks/sms/message", params)


@pytest.mark.parametrize("forgery", ["none", "wrong", "other token", "added field", "other url"])
def test_a_forged_message_is_403_and_not_stored(world: World, forgery: str) -> None:
    params = world.twilio.inbound(ADA, SMS, f"forged {forgery}")
    world.twilio.messages.pop(params["MessageSid"])
    options = {
        "none": {"sign": ""},
        "wrong": {"sign": "AAAAAAAAAAAAAAAAAAAAAAAAAAA="},
        "other token": {"sign": sign(world, params, "0" * 32)},
        "added field": {"sign": sign(world, params)},
        "other url": {"url": "https://evil.example/hooks/sms/message"},
    }[forgery]
    sent = params | ({"Extra": "1"} if forgery == "added field" else {})

    assert world.twilio.post("/hooks/sms/message", sent, **options).status == 403

    world.twilio.text("sms", ADA, SMS, f"after {forgery}")
    world.found(f"after {forgery}")
    assert world.count(params["MessageSid"]) == 0
    assert world.query(f"select count(*) from raw_inbound where provider_id = '{params['MessageSid']}'") == [["0"]]


def test_another_accounts_message_is_403_although_signed(world: World) -> None:
    params = world.twilio.inbound(ADA, SMS, "other account")
    params["AccountSid"] = "AC" + "0" * 32
    world.twilio.messages.pop(params["MessageSid"])

    assert world.twilio.post("/hooks/sms/message", params).status == 403
    assert world.count(params["MessageSid"]) == 0


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("action", ["message", "status"])
def test_another_method_is_405(world: World, method: str, action: str) -> None:
    assert world.rest.ask(method, f"/hooks/sms/{action}").status == 405


def test_the_query_is_part_of_what_is_signed(world: World) -> None:
    params = world.twilio.inbound(ADA, SMS, "with a query")

    good = world.twilio.post("/hooks/sms/message?tenant=1", params)
    bad = world.twilio.post("/hooks/sms/message?tenant=2", params, sign=sign(world, params))

    assert good.status in (200, 204)
    assert bad.status == 403


def test_forwarded_headers_of_strangers_do_not_count(world: World) -> None:
    params = world.twilio.inbound(ADA, SMS, "behind a proxy")
    forged = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}

    good = world.twilio.post("/hooks/sms/message", params, headers=forged)
    bad = world.twilio.post("/hooks/sms/message", params, headers=forged, url="https://evil.example/hooks/sms/message")

    assert good.status in (200, 204)
    assert bad.status == 403


def test_media_is_fetched_with_the_login_and_kept_byte_for_byte(world: World) -> None:
    world.twilio.text("sms", ADA, SMS, "look", (PNG, "image/png"))

    message = until(lambda: found if (found := world.found("look"))["attachments"] else None)
    [attachment] = message["attachments"]
    assert attachment["sha256"] == sha256(PNG).hexdigest()
    assert attachment["size"] == len(PNG)
    assert attachment["content_type"] == "image/png"


def test_media_from_another_private_address_is_not_fetched(world: World) -> None:
    inside = world.base + "/healthz"
    more = {"NumMedia": "1", "MediaUrl0": inside, "MediaContentType0": "image/png"}
    world.twilio.text("sms", ADA, SMS, "ssrf", **more)

    assert world.found("ssrf")["attachments"] == []


def test_every_message_sent_carries_a_status_callback(world: World, conversation: str) -> None:
    sent = world.reply(conversation, "with a callback", channel="sms")
    world.delivery(sent["id"], "sent")

    message = next(m for m in world.twilio.sent(ADA) if m.text == "with a callback")
    assert message.params["From"] == SMS
    assert message.params["StatusCallback"].startswith(f"{world.base}/hooks/sms/status")
    assert world.rest.get(f"messages/{sent['id']}")["provider_id"] == message.sid
    assert world.count(message.sid) == 1


def test_an_attachment_leaves_as_media_that_twilio_can_fetch(world: World, conversation: str) -> None:
    file = world.rest.upload("cat.png", PNG, "image/png")

    sent = world.reply(conversation, "a cat", channel="sms", attachments=[file["id"]])

    world.delivery(sent["id"], "sent")
    message = next(m for m in world.twilio.sent(ADA) if m.text == "a cat")
    assert message.fetched == [PNG]


@pytest.mark.parametrize(
    ("statuses", "state"),
    [
        (["sent", "delivered"], "delivered"),
        (["delivered", "sent", "queued"], "delivered"),
        (["read", "delivered"], "read"),
        (["undelivered"], "failed"),
        (["failed"], "failed"),
        (["undelivered", "sent"], "failed"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else value,
)
def test_a_state_never_goes_back(world: World, conversation: str, statuses: list[str], state: str) -> None:
    text = f"states {' '.join(statuses)}"
    sent = world.reply(conversation, text, channel="sms")
    world.delivery(sent["id"], "sent")
    message = next(m for m in world.twilio.sent(ADA) if m.text == text)

    for status in statuses:
        more = {"ErrorCode": "30003"} if status in ("undelivered", "failed") else {}
        assert world.twilio.status(message.sid, status, **more).status in (200, 204)

    delivery = world.delivery(sent["id"], state)
    assert bool(delivery["reason"]) == (state == "failed")
    world.twilio.text("sms", ADA, SMS, f"after {text}")
    world.found(f"after {text}")
    assert world.rest.get(f"messages/{sent['id']}")["deliveries"][0]["state"] == state


def test_a_forged_status_changes_nothing(world: World, conversation: str) -> None:
    sent = world.reply(conversation, "forged status", channel="sms")
    world.delivery(sent["id"], "sent")
    message = next(m for m in world.twilio.sent(ADA) if m.text == "forged status")
    params = {"MessageSid": message.sid, "MessageStatus": "failed", "AccountSid": world.twilio.account}

    path = message.params["StatusCallback"].removeprefix(world.base)
    assert world.twilio.post(path, params, sign="").status == 403

    assert world.rest.get(f"messages/{sent['id']}")["deliveries"][0]["state"] == "sent"


def test_a_refusal_for_good_is_failed_with_a_reason(world: World, conversation: str) -> None:
    world.twilio.answers = [refusal(400, 21610, "Attempt to send to unsubscribed recipient")]

    sent = world.reply(conversation, "to somebody who left", channel="sms")

    assert world.delivery(sent["id"], "failed")["reason"]
    assert not [m for m in world.twilio.sent(ADA) if m.text == "to somebody who left"]


def test_429_is_tried_again_and_arrives_once(world: World, conversation: str) -> None:
    world.twilio.answers = [refusal(429, 20429, "Too many requests", Retry_After="1")]

    sent = world.reply(conversation, "patience", channel="sms")

    delivery = world.delivery(sent["id"], "sent", seconds=30)
    assert len(delivery["attempts"]) == 2
    assert len([m for m in world.twilio.sent(ADA) if m.text == "patience"]) == 1


def test_a_lost_answer_is_not_sent_again_blindly(world: World, conversation: str) -> None:
    world.twilio.answers = ["lose the answer"]

    sent = world.reply(conversation, "did you get it?", channel="sms")

    world.delivery(sent["id"], "unknown", "sent", "delivered", seconds=30)
    world.reply(conversation, "a later one", channel="sms")
    until(lambda: [m for m in world.twilio.sent(ADA) if m.text == "a later one"])
    assert len([m for m in world.twilio.sent(ADA) if m.text == "did you get it?"]) == 1


def test_a_message_held_back_can_be_cancelled_before_it_leaves(world: World, conversation: str) -> None:
    sent = world.reply(conversation, "wait, no", channel="sms", hold_seconds=60)
    assert sent["deliveries"][0]["state"] == "held"

    world.rest.post(f"messages/{sent['id']}/cancel")

    assert world.rest.get(f"messages/{sent['id']}")["deliveries"][0]["state"] == "cancelled"
    assert not [m for m in world.twilio.sent(ADA) if m.text == "wait, no"]


def test_a_reply_can_be_called_off_when_the_customer_writes_first(world: World, conversation: str) -> None:
    sent = world.reply(
        conversation, "still there?", channel="sms", not_before="2099-01-01T00:00:00Z", cancel_on_inbound=True
    )

    world.twilio.text("sms", ADA, SMS, "yes, here")

    world.found("yes, here")
    assert world.delivery(sent["id"], "cancelled")


def test_nothing_is_sent_by_itself(world: World) -> None:
    world.twilio.text("sms", "+4915199999999", SMS, "anybody there?")

    world.found("anybody there?")
    assert world.twilio.sent("+4915199999999") == []
