"""Contract, "Twilio": WhatsApp rides on the same API; the hub adds and removes the whatsapp: prefix."""

import pytest

from tests.outsider.outside.loop import until
from tests.outsider.outside.world import WHATSAPP, World

ADA = "+4915112345678"
PREFIXED = f"whatsapp:{ADA}"


@pytest.fixture(scope="module")
def conversation(world: World) -> str:
    world.twilio.text("wa", PREFIXED, f"whatsapp:{WHATSAPP}", "hello", ProfileName="Ada", WaId=ADA[1:])
    return str(world.found("hello")["conversation_id"])


def test_an_inbound_message_carries_the_plain_number(world: World, conversation: str) -> None:
    [message] = world.messages(conversation)

    assert message["channel_type"] == "whatsapp"
    assert message["from"] == ADA
    assert message["to"] == WHATSAPP


def test_the_senders_profile_names_the_customer(world: World, conversation: str) -> None:
    [message] = world.messages(conversation)

    assert world.rest.get(f"customers/{message['customer_id']}")["name"] == "Ada"


def test_the_hub_adds_the_prefix_on_the_way_out(world: World, conversation: str) -> None:
    sent = world.reply(conversation, "hello Ada")

    assert sent["channel"] == "wa"
    world.delivery(sent["id"], "sent")
    [message] = world.twilio.sent(PREFIXED)
    assert message.params["From"] == f"whatsapp:{WHATSAPP}"
    assert message.params["StatusCallback"].startswith(f"{world.base}/hooks/wa/status")


def test_read_receipts_show_as_read(world: World, conversation: str) -> None:
    sent = world.reply(conversation, "read me")
    message = until(lambda: next((m for m in world.twilio.sent(PREFIXED) if m.text == "read me"), None))
    world.delivery(sent["id"], "sent")

    for status in ("sent", "delivered", "read"):
        assert world.twilio.status(message.sid, status).status in (200, 204)

    assert world.delivery(sent["id"], "read")


def test_a_signature_for_the_other_channels_path_is_403(world: World) -> None:
    params = world.twilio.inbound(PREFIXED, f"whatsapp:{WHATSAPP}", "wrong path")

    answer = world.twilio.post("/hooks/wa/message", params, url=f"{world.base}/hooks/sms/message")

    assert answer.status == 403
