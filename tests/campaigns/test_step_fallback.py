"""hub.sequences.falling: a step by e-mail, else by SMS, else on Telegram, each link once, and never on a guess."""

import asyncio

import pytest

from hub.clock import DAY, HOUR
from hub.errors import Conflict
from hub.model import DeliveryState, Receipt
from hub.outbound.receipts import apply_receipt
from hub.sequences import lifecycle
from hub.store.consents import WITHDRAWN, Consent, append_consent
from tests.campaigns.test_branches import ADDED, WAIT, begin, label, says
from tests.campaigns.test_fallback import person, sent
from tests.campaigns.test_sequences import active, pass_time

CHAIN = {"channels": ["sms", "bot"], "hours": 0}
PATIENT = {"channels": ["sms"], "hours": 24}


def chained(fallback=CHAIN, text="Look", **more):
    return says(text) | {"channel": "mail", "fallback": fallback} | more


async def told(world, state, channel="mail"):
    """The provider says so of everything that went there."""
    for message in world.channels[channel].sent:
        receipt = Receipt(f"p-{message.delivery_id}", state, reference=message.delivery_id)
        await world.write(apply_receipt, world.hub.signer, channel, receipt, world.clock.now())
    await pass_time(world, 0)


async def test_each_failure_is_followed_by_the_next_channel_and_the_last_by_nothing(world):
    ada = await person(world)
    await begin(world, [chained(), WAIT, label("later")], ada)
    assert await sent(world) == {"mail": 1}
    await told(world, DeliveryState.FAILED)
    assert await sent(world) == {"mail": 1, "sms": 1}
    await told(world, DeliveryState.FAILED, "sms")
    assert await sent(world) == {"mail": 1, "sms": 1, "bot": 1}
    await told(world, DeliveryState.FAILED, "bot")
    assert await sent(world) == {"mail": 1, "sms": 1, "bot": 1}


async def test_the_chain_goes_before_what_the_customer_prefers_and_skips_what_cannot_be_used(world):
    ada = await person(world, preferred="telegram")
    grace = await world.customer("Grace", email="", telegram="78")
    await begin(world, [chained()], ada, grace)
    assert await sent(world) == {"mail": 1, "bot": 1}


async def test_consent_is_asked_anew_for_each_link(world):
    ada = await person(world)
    await begin(world, [chained()], ada)
    await world.write(append_consent, ada, Consent("sms", "news", WITHDRAWN, "test"), world.clock.now())
    await told(world, DeliveryState.FAILED)
    assert await sent(world) == {"mail": 1, "bot": 1}


async def test_silence_is_followed_once_its_hours_are_over(world):
    ada = await person(world)
    grace = await world.customer("Grace", email="grace@example.com", sms="+4915112345679")
    await begin(world, [chained(PATIENT)], ada, grace)
    await pass_time(world, 23 * HOUR)
    await world.answer("grace@example.com")
    await pass_time(world, HOUR)
    assert await sent(world) == {"mail": 2, "sms": 1}
    await pass_time(world, 30 * DAY)
    await told(world, DeliveryState.FAILED)  # late: the SMS has gone already
    assert await sent(world) == {"mail": 2, "sms": 1}


async def test_a_failure_told_a_week_late_or_of_one_who_has_left_is_followed_by_nothing(world):
    ada = await person(world)
    await begin(world, [chained(), WAIT, label("later")], ada, exits=["reply"])
    world.clock.forward(1000)
    await world.answer("person1@example.com")
    await told(world, DeliveryState.FAILED)
    assert await sent(world) == {"mail": 1}
    await begin(world, [chained()], ada)
    world.clock.forward(8 * DAY)
    await told(world, DeliveryState.FAILED)
    assert await sent(world) == {"mail": 2}


async def test_a_paused_sequence_goes_on_nowhere_until_it_is_started_again(world):
    ada = await person(world)
    sequence = await begin(world, [chained()], ada)
    await world.write(lifecycle.pause, sequence.id, world.clock.now())
    await told(world, DeliveryState.FAILED)
    assert await sent(world) == {"mail": 1}
    prepared = await world.read(lifecycle.prepare, world.words, world.hub.channels, sequence.id)
    await world.write(lifecycle.start, prepared, world.clock.now())
    await pass_time(world, 0)
    assert await sent(world) == {"mail": 1, "sms": 1}


@pytest.mark.parametrize(
    ("fallback", "state", "went"),
    [
        (CHAIN, DeliveryState.DELIVERED, {"mail": 1}),
        (CHAIN, DeliveryState.READ, {"mail": 1}),
        ({**PATIENT}, DeliveryState.DELIVERED, {"mail": 1, "sms": 1}),
    ],
)
async def test_what_still_waits_is_taken_back_when_an_earlier_one_proves_to_have_arrived(world, fallback, state, went):
    ada = await person(world)
    await begin(world, [chained(fallback)], ada)
    [mail] = world.channels["mail"].sent
    for told in (DeliveryState.FAILED, state):
        receipt = Receipt("p", told, reference=mail.delivery_id)
        await world.write(apply_receipt, world.hub.signer, "mail", receipt, world.clock.now())
        await world.follow_up()
    await world.send()
    assert await sent(world) == went
    await pass_time(world, DAY)
    assert await sent(world) == went


async def test_two_rounds_at_once_write_the_next_link_once(world):
    people = [await world.customer(f"Person {n}", sms=f"+491511234567{n}") for n in range(4)]
    await begin(world, [chained()], *people)
    for message in world.channels["mail"].sent:
        receipt = Receipt("p", DeliveryState.FAILED, reference=message.delivery_id)
        await world.write(apply_receipt, world.hub.signer, "mail", receipt, world.clock.now())
    await asyncio.gather(world.follow_up(), world.follow_up())
    await world.send()
    assert await sent(world) == {"mail": 4, "sms": 4}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"channel": "preferred"}, "needs a channel to begin with"),
        ({"fallback": {"channels": ["mail"]}}, "stands twice"),
        ({"fallback": {"channels": ["fax"]}}, "there is no channel"),
    ],
)
async def test_a_chain_that_cannot_be_gone_along_keeps_it_from_starting(world, changes, said):
    with pytest.raises(Conflict, match=said):
        await active(world, trigger=ADDED, steps=[chained(**changes)])
