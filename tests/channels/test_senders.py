"""One SMS channel with a number for each country it texts to."""

from dataclasses import replace

import pytest

from channels.sms import SmsChannel
from hub.clock import HOUR, FakeClock
from hub.model import Outbound
from tests.doors import Ledger
from tests.people import ADA, ALAN, EMMY
from tests.twilio import ACCOUNT, LINE, TOKEN, outside

GERMAN, MOBILE = "+4915228817380", "+4915228817381"
SENDERS = {"+49": GERMAN, "+49152": MOBILE}


@pytest.fixture
async def world(clock: FakeClock):
    async with outside("sms", clock, senders=SENDERS) as opened:
        for number in (GERMAN, MOBILE):
            opened.twilio.connect(number, messages=opened.door.hooks("line"))
        yield opened


@pytest.mark.parametrize(
    ("person", "sender"), [(ADA.phone, LINE), (ALAN.phone, LINE), (EMMY.phone, MOBILE), ("+491701234567", GERMAN)]
)
async def test_the_number_of_the_country_texts(world, person, sender):
    message = Outbound("d" * 32, replace(ADA.sms_address, handle=person), "On its way")
    await world.channel.send(message, Ledger())

    assert [one.from_ for one in world.twilio.sent_to(person)] == [sender]


async def test_who_writes_to_one_of_them_is_answered_from_it(world):
    await world.twilio.text(ADA.phone, GERMAN, "Hello")
    [event] = world.door.events("line")
    answer = Outbound("d" * 32, ADA.sms_address, "Hi", options={"reply_via": event.parts["reply_via"]})
    await world.channel.send(answer, Ledger())

    assert [one.from_ for one in world.twilio.sent_to(ADA.phone)] == [GERMAN]


async def test_what_webhooks_lost_is_found_on_every_number(world, clock):
    for number in (LINE, GERMAN):
        world.twilio.inject("lose_webhook")
        await world.twilio.text(ADA.phone, number, f"to {number}")

    found = await world.channel.backfill(clock.now() - HOUR)

    assert {world.channel.read(raw)[0].recipient for raw in found} == {LINE, GERMAN}


def test_a_prefix_that_is_none_is_refused():
    section = {"account_sid": ACCOUNT, "auth_token": TOKEN, "from": LINE, "senders": {"49": GERMAN}}
    with pytest.raises(ValueError, match="senders"):
        SmsChannel.Settings.model_validate(section)
