"""Calls on the running hub: in and out, answered and missed, with the message somebody left."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import pytest

from hub.clock import SystemClock
from hub.desk import Telephone
from hub.model import Address, DeliveryState, MessageKind
from hub.reasons import Why
from hub.sandbox.twilio import Caller, Trouble, TwilioSandbox, answers, busy
from hub.store.blobs import get_content, list_attachments
from hub.store.calls import Call, list_calls, list_telephones, mark_call
from hub.store.conversations import Conversation, list_customer_conversations
from hub.store.customers import find_customer
from hub.store.messages import Message
from tests.people import ADA, GRACE
from tests.running import Office, open_office, until
from tests.twilio import ACCOUNT, AGENT, LINE, SECOND_AGENT, TOKEN


@dataclass
class World:
    office: Office
    twilio: TwilioSandbox

    async def conversation(self, address: Address = ADA.voice_address) -> Conversation | None:
        customer_id = await self.office.hub.store.read(find_customer, address)
        found = await self.office.hub.store.read(list_customer_conversations, customer_id) if customer_id else []
        return found[0] if found else None

    async def messages(self, kind: MessageKind, address: Address = ADA.voice_address) -> list[Message]:
        conversation = await self.conversation(address)
        found = await self.office.messages(conversation.id) if conversation else []
        return [message for message in found if message.kind == kind]

    async def call(self, *states: str, address: Address = ADA.voice_address) -> Call:
        """The one call with that customer, once it stands in one of these states."""

        async def look() -> Call | None:
            found = await self.messages(MessageKind.CALL, address)
            calls = await self.office.hub.store.read(list_calls, [message.id for message in found])
            return next((call for call in calls.values() if call.state in states), None)

        return await until(look, f"call that is {' or '.join(states)}")


@asynccontextmanager
async def open_world(
    store_url: str, templates: object = None, transcription: object = None, **settings: object
) -> AsyncIterator[World]:
    twilio = TwilioSandbox(ACCOUNT, TOKEN, SystemClock())
    account = {"account_sid": ACCOUNT, "auth_token": TOKEN, "from": LINE, "api_base": await twilio.start()}
    channels = {"phone": {"type": "voice", **account, **settings}, "sms": {"type": "sms", **account}}
    async with AsyncExitStack() as stack:
        stack.push_async_callback(twilio.stop)
        office = await stack.enter_async_context(
            open_office(store_url, channels, templates=templates, transcription=transcription)
        )
        stack.push_async_callback(twilio.idle)
        twilio.connect(LINE, calls=office.hooks("phone"), messages=office.hooks("sms"))
        yield World(office, twilio)
        assert not twilio.alerts


@pytest.fixture
async def world(store_url: str) -> AsyncIterator[World]:
    async with open_world(store_url, phones=[AGENT, SECOND_AGENT]) as opened:
        yield opened


async def test_a_call_is_answered_by_the_second_phone(world):
    await world.twilio.call(ADA.phone, LINE, Caller(), {AGENT: busy(), SECOND_AGENT: answers(talk=65)})

    call = await world.call("completed")
    assert (call.agent, call.duration, call.direction) == (SECOND_AGENT, 65, "in")
    [message] = await world.messages(MessageKind.CALL)
    assert (message.from_handle, message.to_handle, message.channel_type) == (ADA.phone, LINE, "voice")
    assert (message.parts["state"], message.parts["duration"], message.parts["agent"]) == (
        "completed",
        65,
        SECOND_AGENT,
    )


async def test_a_caller_who_finds_nobody_leaves_a_message_that_can_be_heard(world):
    await world.twilio.call(ADA.phone, LINE, Caller(voicemail=7))

    async def look() -> list[Message]:
        return await world.messages(MessageKind.VOICEMAIL)

    [voicemail] = await until(look, "voicemail")
    assert (await world.call("missed")).agent == ""
    assert (voicemail.channel_type, voicemail.parts["duration"]) == ("voice", 7)
    store = world.office.hub.store
    [file] = (await store.read(list_attachments, [voicemail.id]))[voicemail.id]
    [recording] = world.twilio.recordings
    assert await store.read(get_content, file.sha256) == recording.content
    assert (file.filename, file.content_type) == ("recording.wav", "audio/x-wav")


async def test_a_message_whose_recording_cannot_be_had_is_still_there(world):
    call = await world.twilio.call(ADA.phone, LINE, Caller(patience=2))
    gone = {"AccountSid": ACCOUNT, "CallSid": call.sid, "From": ADA.phone, "To": LINE, "RecordingSid": "RE1"}
    form = gone | {"RecordingUrl": "http://127.0.0.1:1/RE1", "RecordingDuration": "7"}
    url = f"{world.office.hooks('phone')}/voicemail"
    async with world.office.hub.session.post(url, data=form, headers=world.twilio.sign(url, form)) as answer:
        assert answer.status == 200

    async def look() -> list[Message]:
        return await world.messages(MessageKind.VOICEMAIL)

    [voicemail] = await until(look, "voicemail")
    assert [lost["filename"] for lost in voicemail.parts["lost_files"]] == ["recording"]


async def test_everything_told_twice_stands_once(world):
    world.twilio.inject(Trouble.DUPLICATE_CALLBACK, times=20)
    await world.twilio.call(ADA.phone, LINE, Caller(voicemail=3))
    await world.call("missed")

    async def look() -> list[Message]:
        return await world.messages(MessageKind.VOICEMAIL)

    assert len(await until(look, "voicemail")) == 1
    assert len(await world.messages(MessageKind.CALL)) == 1


@pytest.mark.parametrize("patience", [2, 30])
async def test_a_caller_who_hangs_up_is_a_missed_call(world, patience):
    await world.twilio.call(ADA.phone, LINE, Caller(patience=patience))

    call = await world.call("missed")
    assert (call.duration, call.answered_at) == (None, None)
    assert not await world.messages(MessageKind.VOICEMAIL)


async def test_a_call_and_a_text_of_one_number_are_one_conversation(world):
    await world.twilio.text(ADA.phone, LINE, "Please call me")
    await world.twilio.call(ADA.phone, LINE, Caller(patience=3))
    await world.call("missed")

    conversation = await world.conversation(ADA.sms_address)
    kinds = [message.kind for message in await world.office.messages(conversation.id)]
    assert sorted(kinds) == ["call", "text"]


async def test_without_phones_callers_go_straight_to_the_message(store_url):
    async with open_world(store_url, greeting="Hello & welcome") as world:
        call = await world.twilio.call(GRACE.phone, LINE, Caller(voicemail=4))

        assert [what for what, _ in call.heard] == ["Say", "Beep", "Record"]
        assert call.heard[0] == ("Say", "Hello & welcome")
        assert await world.call("missed", address=GRACE.voice_address)


async def test_click_to_call_connects_agent_and_customer(world):
    await world.twilio.text(ADA.phone, LINE, "Please call me")

    async def look() -> Conversation | None:
        return await world.conversation(ADA.sms_address)

    conversation = await until(look, "conversation")
    world.twilio.phone(AGENT, answers(talk=600))
    world.twilio.phone(ADA.phone, answers(talk=90))

    queued = await world.office.reply(
        conversation, kind=MessageKind.CALL, channel="phone", options={"agent_phone": AGENT}
    )

    await world.office.delivery(queued, DeliveryState.DELIVERED)
    call = await world.call("completed")
    assert (call.direction, call.duration, call.message_id) == ("out", 90, queued.message_id)
    assert [one.to for one in world.twilio.calls] == [AGENT, ADA.phone]
    assert len(await world.messages(MessageKind.CALL)) == 1


async def test_a_call_nobody_takes_is_failed_with_the_reason(world):
    await world.twilio.text(ADA.phone, LINE, "Please call me")

    async def look() -> Conversation | None:
        return await world.conversation(ADA.sms_address)

    conversation = await until(look, "conversation")
    queued = await world.office.reply(
        conversation, kind=MessageKind.CALL, channel="phone", options={"agent_phone": AGENT}
    )

    delivery = await world.office.delivery(queued, DeliveryState.FAILED)
    assert delivery.reason == Why.AGENT_SILENT
    assert (await world.call("failed")).direction == "out"


async def test_a_call_during_an_outage_is_found_later(store_url):
    async with open_world(store_url, backfill_seconds=1) as world:
        world.twilio.inject(Trouble.LOSE_WEBHOOK)
        await world.twilio.call(ADA.phone, LINE)

        assert (await world.call("missed")).direction == "in"


async def test_a_call_whose_end_was_never_told_keeps_its_agent_busy_only_until_the_provider_is_asked(store_url):
    async with open_world(store_url, backfill_seconds=1, phones=[AGENT]) as world:
        await world.twilio.call(ADA.phone, LINE, Caller(), {AGENT: answers(talk=65)})
        call = await world.call("completed")
        store, never_told = world.office.hub.store, {"state": "answered", "ended_at": None, "duration": None}
        await store.write(mark_call, call.message_id, answered_at=call.ended_at - 65_000, **never_told)
        assert not (await telephone(world)).free

        again = await world.call("completed")

        assert (again.duration, again.agent) == (65, AGENT)
        assert (await telephone(world)).free


async def telephone(world: World) -> Telephone:
    now = world.office.hub.clock.now()
    [one] = await world.office.hub.store.read(list_telephones, "", [AGENT], now, 0)
    return one


async def test_a_recorded_conversation_hangs_on_its_call(store_url):
    async with open_world(store_url, phones=[AGENT], record=True) as world:
        await world.twilio.call(ADA.phone, LINE, Caller(), {AGENT: answers(talk=12)})
        call = await world.call("completed")

        async def look() -> list[object]:
            return (await world.office.hub.store.read(list_attachments, [call.message_id])).get(call.message_id, [])

        [file] = await until(look, "recording")
        assert file.content_type == "audio/x-wav"
