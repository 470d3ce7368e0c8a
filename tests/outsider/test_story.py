"""One customer, every channel, one conversation, each answer out - on both engines."""

import pytest

from tests.outsider.outside.letters import letter
from tests.outsider.outside.loop import until
from tests.outsider.outside.smtp import post
from tests.outsider.outside.visitor import Visitor
from tests.outsider.outside.world import INFO, SMS, SUPPORT, VOICE, WHATSAPP, World

pytestmark = pytest.mark.parametrize("engine", ["sqlite", "postgresql"], indirect=True, scope="module")

PHONE, MAIL, CHAT = "+4915112345678", "ada@example.com", 555_000_111


@pytest.fixture(scope="module")
def ada(world: World) -> str:
    made = world.customer(sms=PHONE, email=MAIL, telegram=str(CHAT))
    return str(made["id"])


def test_one_phone_number_reaches_sms_whatsapp_and_voice(world: World, ada: str) -> None:
    world.twilio.text("sms", PHONE, SMS, "by sms")
    world.twilio.text("wa", f"whatsapp:{PHONE}", f"whatsapp:{WHATSAPP}", "by whatsapp", ProfileName="Ada", WaId="1")
    world.phones.call(PHONE, VOICE)

    assert world.found("by sms")["customer_id"] == ada
    assert world.found("by whatsapp")["customer_id"] == ada
    conversation = world.found("by sms")["conversation_id"]
    calls = until(lambda: [m for m in world.messages(conversation) if m["channel_type"] == "voice"])
    assert calls[0]["customer_id"] == ada


def test_mail_by_listener_and_by_mailbox_joins_the_same_customer(world: World, ada: str) -> None:
    assert post(world.listen, MAIL, SUPPORT, letter(f"Ada <{MAIL}>", SUPPORT, "by listener")).startswith("250")
    world.mailbox.receive(letter(f"Ada <{MAIL}>", INFO, "by mailbox").as_bytes())

    assert world.found("by listener")["customer_id"] == ada
    assert world.found("by mailbox", 30)["customer_id"] == ada


def test_telegram_joins_by_the_numeric_id(world: World, ada: str) -> None:
    world.telegram.text(CHAT, "by telegram")

    assert world.found("by telegram")["customer_id"] == ada


def test_it_is_all_one_conversation_in_time_order(world: World, ada: str) -> None:
    listed = world.rest.everything("conversations", customer_id=ada)
    assert len(listed) == 1
    messages = world.messages(listed[0]["id"])

    assert {"by sms", "by whatsapp", "by listener", "by mailbox", "by telegram"} <= {
        m["text"].strip() for m in messages
    }
    assert [m["occurred_at"] for m in messages] == sorted(m["occurred_at"] for m in messages)
    assert {"sms", "whatsapp", "email", "telegram", "voice"} <= {m["channel_type"] for m in messages}
    assert {"sms", "wa", "mail", "post", "bot"} <= {m["channel"] for m in messages}


@pytest.mark.parametrize("channel", ["sms", "wa", "mail", "bot"])
def test_the_agent_answers_on_each_channel_by_name(world: World, ada: str, channel: str) -> None:
    conversation = world.rest.everything("conversations", customer_id=ada)[0]["id"]

    sent = world.reply(conversation, f"answer by {channel}", channel=channel)

    assert sent["direction"] == "out"
    assert sent["channel"] == channel
    assert world.delivery(sent["id"], "sent", "delivered")["state"] in ("sent", "delivered")
    arrived = {
        "sms": lambda: [m for m in world.twilio.sent(PHONE) if m.text == "answer by sms"],
        "wa": lambda: [m for m in world.twilio.sent(f"whatsapp:{PHONE}") if m.text == "answer by wa"],
        "mail": lambda: [m for m in world.relay.to(MAIL) if "answer by mail" in m.text],
        "bot": lambda: [m for m in world.telegram.sent if m.get("text") == "answer by bot"],
    }[channel]()
    assert len(arrived) == 1


def test_a_channel_may_be_named_by_its_type(world: World, ada: str) -> None:
    conversation = world.rest.everything("conversations", customer_id=ada)[0]["id"]

    sent = world.reply(conversation, "by type", channel="telegram")

    assert sent["channel"] == "bot"
    assert until(lambda: [m for m in world.telegram.sent if m.get("text") == "by type"])


def test_without_a_channel_the_preferred_one_is_taken(world: World, ada: str) -> None:
    conversation = world.rest.everything("conversations", customer_id=ada)[0]["id"]
    world.rest.patch(f"customers/{ada}", {"preferred_channel": "sms"})

    sent = world.reply(conversation, "as you prefer")

    assert sent["channel"] == "sms"


def test_an_answer_to_the_hubs_mail_returns_to_the_conversation_even_from_a_stranger(world: World, ada: str) -> None:
    answer = next(mail for mail in world.relay.to(MAIL) if "answer by mail" in mail.text)
    headers = answer.parsed
    reply_to = headers["Reply-To"].addresses[0].addr_spec if headers["Reply-To"] else SUPPORT

    back = letter(MAIL, reply_to, "thanks!", In_Reply_To=headers["Message-ID"], References=headers["Message-ID"])
    assert post(world.listen, MAIL, reply_to, back).startswith("250")

    assert world.found("thanks!")["conversation_id"] == world.found("by sms")["conversation_id"]


def test_receipts_move_the_ticks(world: World, ada: str) -> None:
    conversation = world.rest.everything("conversations", customer_id=ada)[0]["id"]
    sent = world.reply(conversation, "did it arrive?", channel="sms")
    world.delivery(sent["id"], "sent")
    message = next(m for m in world.twilio.sent(PHONE) if m.text == "did it arrive?")

    assert world.twilio.status(message.sid, "delivered").status in (200, 204)

    assert world.delivery(sent["id"], "delivered")


def test_a_web_visitor_chats_and_is_answered(world: World) -> None:
    visitor = Visitor(world.loop, world.base, "chat")
    visitor.arrive()
    visitor.say("by web chat")
    message = world.found("by web chat")

    world.reply(message["conversation_id"], "hello visitor")

    assert visitor.wait("message", text="hello visitor")["author"] is not None
    visitor.leave()


def test_provider_ids_are_kept_as_received(world: World, ada: str) -> None:
    name = world.twilio.text("sms", PHONE, SMS, "with an id")
    mail = letter(MAIL, SUPPORT, "with a message id")
    post(world.listen, MAIL, SUPPORT, mail)
    world.found("with an id")

    assert world.found("with a message id")["provider_id"] == mail["Message-ID"].strip("<>")
    assert world.count(name) == 1
    assert world.count(mail["Message-ID"].strip("<>")) == 1


def test_everything_that_happened_is_in_the_events_in_order(world: World, ada: str) -> None:
    items = world.rest.everything("events", since=0, limit=100)

    numbers = [event["seq"] for event in items]
    assert numbers == sorted(set(numbers))
    assert ada in {event.get("customer_id") for event in items}
    rest = world.rest.get("events", since=numbers[-3])["items"]
    assert [event["seq"] for event in rest][:2] == numbers[-2:]
