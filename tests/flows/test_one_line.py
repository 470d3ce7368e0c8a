"""A line that has two spellings in E.164 is one customer on every channel, answered at the spelling he wrote from."""

from collections.abc import AsyncIterator

import pytest

from hub.model import Address, DeliveryState, MessageKind
from hub.sandbox.twilio import Caller
from hub.store.consents import Consent, append_consent, list_consent_states
from hub.store.customers import find_customer, list_addresses
from hub.store.whole_customers import count_customers
from tests.running import until
from tests.texting import WA_LINE, World, open_world
from tests.twilio import ACCOUNT, LINE, TOKEN

LINES = [
    ("+5511987654321", "+551187654321"),
    ("+525512345678", "+5215512345678"),
    ("+5491123456789", "+541123456789"),
    ("+2290197123456", "+22997123456"),
    ("+2250707123456", "+22507123456"),
]
ODD = ["12345", "MARKE", "+999123456789", "+4999912345678", "+551187654321", "+54111523456789", "+490151123456"]


@pytest.fixture
async def world(store_url: str) -> AsyncIterator[World]:
    phone = {"type": "voice", "account_sid": ACCOUNT, "auth_token": TOKEN, "from": LINE}
    async with open_world(store_url, more={"phone": phone}) as opened:
        opened.twilio.connect(LINE, calls=opened.office.hooks("phone"), messages=opened.office.hooks("sms"))
        yield opened


async def write(world: World, handle: str, text: str, by: str = "sms") -> str:
    """The customer it lands with."""
    sent = (f"whatsapp:{handle}", WA_LINE) if by == "whatsapp" else (handle, LINE)
    await world.twilio.text(*sent, text)
    await world.message(text, Address(by, handle))
    return await world.office.hub.store.read(find_customer, Address(by, handle)) or ""


async def answer(world: World, address: Address, text: str, channel: str) -> None:
    conversation = await world.conversation(address)
    assert conversation
    queued = await world.office.reply(conversation, text=text, channel=channel)
    await world.office.delivery(queued, DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.READ)


@pytest.mark.parametrize(("today", "other"), LINES)
async def test_a_line_is_one_customer_and_each_channel_answers_where_they_wrote_from(world, today, other):
    by_whatsapp = await write(world, other, "by whatsapp", "whatsapp")
    by_sms = await write(world, today, "by sms")

    assert by_whatsapp == by_sms
    assert await world.office.hub.store.read(count_customers) == 1
    await answer(world, Address("sms", today), "to whatsapp", "wa")
    await answer(world, Address("sms", today), "to sms", "sms")
    assert [message.body for message in world.twilio.sent_to(f"whatsapp:{other}")] == ["to whatsapp"]
    assert [message.body for message in world.twilio.sent_to(today)] == ["to sms"]


@pytest.mark.parametrize(("today", "other"), LINES[:2])
async def test_each_message_is_answered_at_its_spelling_whichever_came_first(world, today, other):
    await write(world, today, "by sms")
    await write(world, other, "by whatsapp", "whatsapp")
    await write(world, today, "again by sms")

    await answer(world, Address("sms", today), "to whatsapp", "wa")
    await answer(world, Address("sms", today), "to sms", "")
    assert [message.body for message in world.twilio.sent_to(f"whatsapp:{other}")] == ["to whatsapp"]
    assert [message.body for message in world.twilio.sent_to(today)] == ["to sms"]


@pytest.mark.parametrize(("today", "other"), LINES[:3])
async def test_a_call_from_the_other_spelling_stands_in_the_same_conversation(world, today, other):
    await write(world, today, "by sms")
    await world.twilio.call(other, LINE, Caller(patience=2))

    async def called() -> bool:
        conversation = await world.conversation(Address("sms", today))
        found = await world.office.messages(conversation.id) if conversation else []
        return any(message.kind == MessageKind.CALL and message.peer == other for message in found)

    assert await until(called, "call in the conversation")
    assert await world.office.hub.store.read(count_customers) == 1


@pytest.mark.parametrize(("today", "other"), LINES[:3])
async def test_stop_from_one_spelling_shuts_the_line(world, today, other):
    customer_id = await write(world, today, "by sms")
    await world.office.hub.store.write(append_consent, customer_id, Consent("sms", "news", "granted"), 0)
    await world.twilio.text(other, LINE, "STOP")

    async def shut() -> bool:
        reached = await world.office.hub.store.read(list_addresses, customer_id)
        mine = [one for one in reached if one.kind == "sms"]
        return {one.handle for one in mine} == {today, other} and all(one.state == "blocked" for one in mine)

    assert await until(shut, "line that is shut")
    assert await world.office.hub.store.read(list_consent_states, customer_id) == [("sms", "news", "withdrawn")]


@pytest.mark.parametrize("handle", ODD)
async def test_whatever_a_provider_delivers_lands_and_is_kept_as_it_came(world, handle):
    await world.twilio.text(handle, LINE, "I am here")

    kept = handle if handle.startswith("+") else handle.lower()
    assert (await world.message("I am here", Address("sms", kept))).from_handle == kept
