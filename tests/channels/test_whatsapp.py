"""channels.whatsapp against the Twilio sandbox: the prefix, the profile, the ticks."""

from collections.abc import AsyncIterator

import pytest

from hub.clock import HOUR, FakeClock
from hub.errors import SendDeferred
from hub.model import Address, DeliveryState, Inbound, Outbound
from hub.sandbox.twilio import Trouble
from tests.doors import Ledger
from tests.people import ADA
from tests.twilio import LINE, Outside, outside

WA_LINE, WA_ADA = f"whatsapp:{LINE}", f"whatsapp:{ADA.phone}"
REPLY = Outbound("d" * 32, ADA.whatsapp_address, "On its way")


@pytest.fixture
async def world(clock: FakeClock) -> AsyncIterator[Outside]:
    async with outside("whatsapp", clock) as opened:
        yield opened


async def test_a_message_is_read_without_the_prefix_and_with_the_profile(world):
    message = await world.twilio.text(WA_ADA, WA_LINE, "Hallo 👋", profile_name="Ada L.")

    [event] = world.door.events("line")
    assert isinstance(event, Inbound)
    assert (event.sender, event.recipient, event.sender_name) == (ADA.whatsapp_address, LINE, "Ada L.")
    assert (event.text, event.provider_id) == ("Hallo 👋", message.sid)
    assert event.parts["WaId"] == ADA.phone[1:]


async def test_a_voice_note_comes_along_as_a_file(world):
    await world.twilio.text(WA_ADA, WA_LINE, "", [("audio/ogg", b"OggS" + bytes(40))])

    [event] = world.door.events("line")
    assert (await world.channel.fetch(event.files[0])).content == b"OggS" + bytes(40)


async def test_the_prefix_is_added_on_the_way_out(world):
    await world.channel.send(REPLY, Ledger())

    [message] = world.twilio.sent_to(WA_ADA)
    assert (message.from_, message.body) == (WA_LINE, "On its way")


async def test_ticks_go_as_far_as_read(world):
    await world.twilio.text(WA_ADA, WA_LINE, "Where is it?")
    await world.channel.send(REPLY, Ledger())
    await world.twilio.idle()

    states = [receipt.state for receipt in world.door.events("line")[1:]]
    assert states == [DeliveryState.SENT, DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.READ]


async def test_ticks_in_reverse_order_all_arrive(world):
    await world.twilio.text(WA_ADA, WA_LINE, "Where is it?")
    world.twilio.inject(Trouble.REORDER_CALLBACKS)
    await world.channel.send(REPLY, Ledger())
    await world.twilio.idle()

    assert world.door.events("line")[1].state == DeliveryState.READ


async def test_free_text_outside_the_window_fails_in_words(world):
    world.twilio.inject(Trouble.FAILED, code=63016)
    await world.channel.send(REPLY, Ledger())
    await world.twilio.idle()

    assert "within 24 hours" in world.door.events("line")[-1].reason


async def test_until_our_number_is_connected_to_whatsapp_messages_wait(world):
    world.twilio.state.numbers.clear()
    with pytest.raises(SendDeferred, match="63007"):
        await world.channel.send(REPLY, Ledger())


async def test_a_lost_message_is_found_without_the_prefix(world, clock):
    world.twilio.inject(Trouble.LOSE_WEBHOOK)
    lost = await world.twilio.text(WA_ADA, WA_LINE, "anybody there?")

    [raw] = await world.channel.backfill(clock.now() - HOUR)
    [event] = world.channel.read(raw)
    assert (event.provider_id, event.sender) == (lost.sid, ADA.whatsapp_address)


async def test_a_doubtful_message_is_looked_up_with_the_prefix(world, clock):
    sent = await world.channel.send(REPLY, Ledger())

    assert (await world.channel.look_up(REPLY, clock.now())).provider_id == sent.provider_id
    stranger = Outbound("d" * 32, Address("whatsapp", "+12025550199"), "On its way")
    assert await world.channel.look_up(stranger, clock.now()) is None
