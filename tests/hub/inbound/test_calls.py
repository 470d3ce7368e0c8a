"""hub.inbound.calls: the webhooks of one call are read side by side and in any order; the call ends up the same."""

import asyncio
from dataclasses import replace
from itertools import permutations

import pytest

from hub.clock import MINUTE
from hub.errors import ReadDeferred
from hub.inbound.calls import CallDeps, land_call
from hub.model import Attachment, CallUpdate, DeliveryState, Direction, Lane, MessageKind, RemoteFile
from hub.outbound.plan import Dispatch, may_leave, plan
from hub.outbound.verdicts import LeaveRule
from hub.reasons import NO_REASON, Why
from hub.store.blobs import list_attachments
from hub.store.calls import find_call
from hub.store.conversations import get_conversation
from hub.store.customers import find_customer
from hub.store.deliveries import add_delivery, get_delivery, mark_state
from hub.store.events import list_events, number_events
from hub.store.messages import Message, NewMessage, append_message, get_message, list_messages
from tests.pager import PagerChannel, PagerSettings
from tests.people import ADA

AGENT = "+12025550150"


def told(call_id: str) -> list[CallUpdate]:
    """What the webhooks of an answered call say."""
    of_it = {"call_id": call_id, "customer": ADA.voice_address, "direction": Direction.IN, "line": "+12025550100"}
    return [
        CallUpdate(**of_it, state="ringing"),
        CallUpdate(**of_it, state="answered", agent=AGENT),
        CallUpdate(**of_it, state="missed"),  # the line's own report knows nothing of the talk
        CallUpdate(**of_it, state="completed", agent=AGENT, duration=65),
    ]


async def land(store, update: CallUpdate, at: int, sound: Attachment | None = None) -> None:
    named = {update.recording.reference: sound} if sound else {}
    await store.write(land_call, CallDeps("DE", 14, "phone", "voice"), "raw", update, named, at)


async def messages_of(store, call_id: str) -> list[Message]:
    """All that stands in the call's conversation."""
    call = await store.read(find_call, "phone", call_id)
    conversation_id = (await store.read(get_message, call.message_id)).conversation_id
    return await store.read(list_messages, conversation_id)


async def assert_completed(store, call_id: str) -> None:
    call = await store.read(find_call, "phone", call_id)
    assert (call.state, call.agent, call.duration) == ("completed", AGENT, 65)
    parts = (await store.read(get_message, call.message_id)).parts
    assert (parts["state"], parts["agent"], parts["duration"]) == ("completed", AGENT, 65)


async def test_webhooks_side_by_side_lose_nothing(store, clock):
    calls = [f"CA{number}" for number in range(12)]
    await asyncio.gather(*(land(store, told(call_id)[0], clock.now()) for call_id in calls))
    await asyncio.gather(*(land(store, update, clock.now()) for call_id in calls for update in told(call_id)))

    for call_id in calls:
        await assert_completed(store, call_id)


async def test_webhooks_in_any_order_end_alike(store, clock):
    for number, order in enumerate(permutations(range(4))):
        updates = told(f"CA{number}")
        for index in order:
            await land(store, updates[index], clock.now())
        await assert_completed(store, f"CA{number}")


@pytest.mark.parametrize("state", ["missed", "failed"])
async def test_a_call_nobody_took_has_no_duration(store, clock, state):
    ringing, *_ = told("CA1")
    await land(store, ringing, clock.now())
    await land(store, CallUpdate("CA1", ADA.voice_address, Direction.IN, state=state), clock.now())

    call = await store.read(find_call, "phone", "CA1")
    assert (call.state, call.duration, call.ended_at) == (state, None, clock.now())
    customer_id = await store.read(find_customer, ADA.voice_address)
    assert customer_id == call.customer_id


async def test_a_customer_who_was_talked_with_waits_no_more_when_only_the_end_is_told(store, clock):
    ringing, _, _, completed = told("CA1")
    await land(store, ringing, clock.now())
    [message] = await messages_of(store, "CA1")
    assert (await store.read(get_conversation, message.conversation_id)).waiting_since
    await land(store, completed, clock.now())

    assert (await store.read(get_conversation, message.conversation_id)).waiting_since is None


async def test_who_writes_after_a_talk_still_waits_when_the_talk_is_told_late(store, clock):
    ringing, *_, completed = told("CA1")
    await land(store, ringing, clock.now())
    clock.forward(MINUTE)
    await land(store, replace(ringing, call_id="CA2"), clock.now())
    await land(store, completed, clock.now())

    *_, later = await messages_of(store, "CA1")
    assert (await store.read(get_conversation, later.conversation_id)).waiting_since == later.occurred_at


async def test_events_tell_the_calls_own_state_and_only_what_changed(store, clock):
    ringing, answered, missed, completed = told("CA1")
    for update in (ringing, completed, answered, missed, completed):
        await land(store, update, clock.now())

    await store.write(number_events)
    happened = await store.read(list_events, 0)
    states = [one.data["state"] for one in happened if one.type == "call.updated"]
    assert states == ["ringing", "completed", "completed"]  # the last: since when they talked, told late


async def a_call_of_ours(store, at: int) -> str:
    """Handed to the provider; answers the delivery's id."""
    await land(store, told("CA0")[0], at)
    [before] = await messages_of(store, "CA0")
    of_it = {"customer_id": before.customer_id, "conversation_id": before.conversation_id, "channel": "phone"}
    new = NewMessage(
        **of_it, channel_type="voice", direction=Direction.OUT, kind=MessageKind.CALL, occurred_at=at, created_at=at
    )
    message_id = await store.write(append_message, new)
    phone = PagerChannel("phone", PagerSettings(), None, "voice")
    dispatch = Dispatch(
        channel=phone,
        to=ADA.voice_address,
        lane=Lane.AGENT,
        customer_id=before.customer_id,
        conversation_id=before.conversation_id,
        message_id=message_id,
    )
    delivery = await store.read(plan, LeaveRule(may_leave), dispatch, at)
    await store.write(add_delivery, delivery)
    await store.write(mark_state, delivery.id, DeliveryState.SENT, NO_REASON, at)
    return delivery.id


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (1, 0, 1)])
@pytest.mark.parametrize("state", ["missed", "failed"])
async def test_why_a_customer_was_not_reached_is_said_in_whatever_order_it_is_told(store, clock, state, order):
    delivery_id = await a_call_of_ours(store, clock.now())
    ours = CallUpdate("CA9", ADA.voice_address, Direction.OUT, reference=delivery_id)
    updates = [replace(ours, state=state, reason_code=Why.CUSTOMER_BUSY), replace(ours, state="failed")]
    for index in order:
        await land(store, updates[index], clock.now())

    assert (await store.read(find_call, "phone", "CA9")).state == state
    delivery = await store.read(get_delivery, delivery_id)
    assert (delivery.state, delivery.reason) == ("failed", Why.CUSTOMER_BUSY)


async def test_a_call_that_ended_without_a_reason_says_so(store, clock):
    delivery_id = await a_call_of_ours(store, clock.now())
    ended = CallUpdate("CA9", ADA.voice_address, Direction.OUT, state="failed", reference=delivery_id)
    await land(store, ended, clock.now())

    assert (await store.read(get_delivery, delivery_id)).reason == Why.CALL_UNANSWERED


# --- recordings ------------------------------------------------------------------------------------------------

SOUND = Attachment("recording.wav", "audio/x-wav", b"RIFF")
LEFT = CallUpdate(
    "CA1",
    ADA.voice_address,
    Direction.IN,
    state="missed",
    duration=7,
    voicemail=True,
    recording=RemoteFile("https://api.example/RE1", "recording"),
    recording_id="RE1",
)
LOST = {"filename": "recording", "reason": "answered 404"}


async def test_a_voicemail_whose_recording_is_lost_stands_in_the_conversation_and_says_so(store, clock):
    await land(store, replace(LEFT, lost="answered 404"), clock.now())

    voicemails = [one for one in await messages_of(store, "CA1") if one.kind == MessageKind.VOICEMAIL]
    assert [(one.parts["duration"], one.parts["lost_files"]) for one in voicemails] == [(7, [LOST])]


async def test_a_recording_that_was_given_up_and_comes_after_all_is_heard(store, clock):
    await land(store, replace(LEFT, lost="answered 404"), clock.now())
    await land(store, LEFT, clock.now(), SOUND)
    await land(store, replace(LEFT, lost="answered 404"), clock.now())

    _, voicemail = await messages_of(store, "CA1")
    [file] = (await store.read(list_attachments, [voicemail.id]))[voicemail.id]
    assert (file.filename, voicemail.parts["lost_files"]) == ("recording.wav", [])


async def test_a_call_says_that_its_recording_is_lost(store, clock):
    await land(store, told("CA1")[3], clock.now())
    recorded = replace(LEFT, state="", duration=None, voicemail=False)
    await land(store, replace(recorded, lost="answered 404"), clock.now())

    [message] = await messages_of(store, "CA1")
    assert (message.parts["state"], message.parts["lost_files"]) == ("completed", [LOST])


async def test_what_a_voicemail_says_stands_in_it_once_it_is_there(store, clock):
    said = replace(LEFT, state="", duration=None, voicemail=False, recording=None, transcript="Please call me.")
    await land(store, told("CA1")[0], clock.now())
    with pytest.raises(ReadDeferred):
        await land(store, said, clock.now())
    await land(store, LEFT, clock.now(), SOUND)
    await land(store, said, clock.now())
    _, voicemail = await messages_of(store, "CA1")
    assert voicemail.text == "Please call me."
