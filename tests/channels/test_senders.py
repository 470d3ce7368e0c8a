"""One SMS channel with a number for each country it texts to."""

from dataclasses import replace

import pytest

from channels._fates import SetUpWrongly
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


SERVICE = "MG" + "a" * 32


@pytest.fixture
async def pool(clock: FakeClock):
    """Two numbers behind one messaging service."""
    async with outside("sms", clock, messaging_service_sid=SERVICE) as opened:
        opened.twilio.connect(GERMAN, messages=opened.door.hooks("line"))
        opened.twilio.state.services[SERVICE] = [GERMAN, LINE]
        yield opened


async def test_the_service_chooses_a_number_and_keeps_to_it(pool):
    for text in ("It left", "It is there"):
        await pool.channel.send(Outbound("d" * 32, ADA.sms_address, text), Ledger())

    sent = pool.twilio.sent_to(ADA.phone)
    assert [(one.from_, one.messaging_service_sid) for one in sent] == [(GERMAN, SERVICE)] * 2


async def test_who_writes_to_a_number_of_the_service_is_answered_from_it(pool):
    await pool.twilio.text(ADA.phone, LINE, "Hello")
    [event] = pool.door.events("line")
    answer = Outbound("d" * 32, ADA.sms_address, "Hi", options={"reply_via": event.parts["reply_via"]})
    await pool.channel.send(answer, Ledger())

    assert [one.from_ for one in pool.twilio.sent_to(ADA.phone)] == [LINE]


async def test_what_left_through_the_service_is_found_after_doubt(pool, clock):
    message = Outbound("d" * 32, ADA.sms_address, "It left")
    await pool.channel.send(message, Ledger())

    assert await pool.channel.look_up(message, clock.now() - HOUR)


async def test_a_service_without_numbers_says_what_to_do(pool):
    pool.twilio.state.services[SERVICE] = []
    with pytest.raises(SetUpWrongly, match="has no number"):
        await pool.channel.send(Outbound("d" * 32, ADA.sms_address, "It left"), Ledger())


@pytest.mark.parametrize("sid", ["MG", "AC" + "a" * 32, SERVICE + "b"])
def test_what_is_no_messaging_service_is_refused(sid):
    section = {"account_sid": ACCOUNT, "auth_token": TOKEN, "from": LINE, "messaging_service_sid": sid}
    with pytest.raises(ValueError, match="messaging_service_sid"):
        SmsChannel.Settings.model_validate(section)


def test_a_prefix_that_is_none_is_refused():
    section = {"account_sid": ACCOUNT, "auth_token": TOKEN, "from": LINE, "senders": {"49": GERMAN}}
    with pytest.raises(ValueError, match="senders"):
        SmsChannel.Settings.model_validate(section)
