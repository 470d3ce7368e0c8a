"""hub.campaigns.falling: by e-mail, else by SMS, else on Telegram, each link once, and never on a guess."""

import asyncio

import pytest
from sqlalchemy import select, update

from hub.campaigns import lifecycle, track
from hub.campaigns.check import check_campaign
from hub.campaigns.clicks import Visit, click
from hub.campaigns.content import Contents
from hub.campaigns.falling import fall_back
from hub.clock import DAY, HOUR, MINUTE
from hub.model import DeliveryState, Receipt
from hub.outbound.receipts import apply_receipt
from hub.store.audience import list_taken
from hub.store.campaigns import get_campaign
from hub.store.consents import WITHDRAWN, Consent, append_consent
from hub.store.customers import list_addresses
from hub.store.deliveries import get_delivery
from hub.store.falls import Tried, count_tried
from hub.store.recipients import list_recipients
from hub.store.tables import deliveries, messages, sequence_runs
from tests.campaigns.conftest import Recorder
from tests.campaigns.test_sequences import active

CHAIN = {"channels": ["sms", "bot"], "hours": 0}
PATIENT = {"channels": ["sms"], "hours": 24}


async def told(world, campaign, state, channel="mail", *, bounced=False):
    """The provider says so of everything that went there."""
    for message in world.channels[channel].sent:
        receipt = Receipt(f"p-{message.delivery_id}", state, bounced=bounced, reference=message.delivery_id)
        await world.write(apply_receipt, world.hub.signer, channel, receipt, world.clock.now())
    return await again(world, campaign)


async def again(world, campaign):
    await world.expand()
    await world.send()
    await world.expand()
    return await world.read(get_campaign, campaign.id)


async def in_hours(world, campaign, hours):
    for _ in range(6 * hours):
        world.clock.forward(10 * MINUTE)
        campaign = await again(world, campaign)
    return campaign


async def sent(world):
    """Channel -> how many left."""
    return {name: len(channel.sent) for name, channel in world.channels.items() if channel.sent}


async def person(world, **more):
    return await world.customer("Ada Lovelace", sms="+4915112345678", telegram="77", **more)


async def follow(world, delivery):
    """The recipient clicks the first link."""
    await world.write(click, Visit(delivery, 0, world.clock.now(), world.hub.signer.key("clicks")))


async def rows(world, campaign):
    return await world.read(list_recipients, campaign.id)


async def test_each_failure_is_followed_by_the_next_channel_and_the_last_by_nothing(world):
    await person(world)
    campaign = await world.deliver(fallback=CHAIN)
    assert (await sent(world), campaign.state) == ({"mail": 1}, "sent")
    await told(world, campaign, DeliveryState.FAILED, bounced=True)
    assert await sent(world) == {"mail": 1, "sms": 1}
    [row] = await rows(world, campaign)
    assert (row.kind, row.state) == ("sms", "sent")
    await told(world, campaign, DeliveryState.FAILED, "sms")
    assert await sent(world) == {"mail": 1, "sms": 1, "bot": 1}
    await told(world, campaign, DeliveryState.FAILED, "bot")
    assert await sent(world) == {"mail": 1, "sms": 1, "bot": 1}
    report = await world.report(campaign)
    assert (report.recipients, report.failed + report.bounced) == (1, 1)


async def test_what_reached_them_is_told_and_each_counts_once(world):
    await person(world)
    await world.customer("Grace Hopper", email="", sms="+4915112345679")
    campaign = await world.deliver(fallback=CHAIN)
    await told(world, campaign, DeliveryState.FAILED, bounced=True)
    found = {one.channel: one for one in await world.read(count_tried, campaign.id)}
    assert found == {"mail": Tried("mail", 1, 0, 0), "sms": Tried("sms", 2, 2, 0)}
    report = await world.report(campaign)
    assert (report.recipients, report.sent) == (2, 2)


async def test_the_chain_goes_before_what_the_customer_prefers(world):
    await person(world, preferred="telegram")
    await world.deliver(fallback=CHAIN)
    assert await sent(world) == {"mail": 1}


async def test_consent_is_asked_anew_for_each_link(world):
    customer = await person(world)
    campaign = await world.deliver(fallback=CHAIN)
    await world.write(append_consent, customer, Consent("sms", "news", WITHDRAWN, "test"), world.clock.now())
    await told(world, campaign, DeliveryState.FAILED)
    assert await sent(world) == {"mail": 1, "bot": 1}


async def test_who_unsubscribed_is_followed_up_nowhere(world):
    await person(world)
    campaign = await world.deliver(fallback=CHAIN)
    [mail] = world.channels["mail"].sent
    proof = track.Proof("unsubscribe link", "", "")
    delivery = await world.read(get_delivery, mail.delivery_id)
    await world.write(track.unsubscribe, delivery, proof, world.clock.now())
    await told(world, campaign, DeliveryState.FAILED)
    assert await sent(world) == {"mail": 1}


async def test_what_nobody_knows_of_is_followed_by_nothing_until_somebody_does(world):
    await person(world)
    world.channels["mail"].hangs_up = True
    campaign = await world.deliver(fallback=PATIENT)
    world.clock.forward(3 * DAY)
    await again(world, campaign)
    assert await sent(world) == {}
    [delivery] = await world.read(lambda conn: list(conn.execute(select(deliveries.c.id, deliveries.c.state))))
    assert delivery.state == "unknown"
    receipt = Receipt("p", DeliveryState.FAILED, reference=delivery.id)
    await world.write(apply_receipt, world.hub.signer, "mail", receipt, world.clock.now())
    await again(world, campaign)
    assert await sent(world) == {"sms": 1}


async def test_silence_is_followed_once_its_hours_are_over(world):
    await person(world)
    await world.customer("Grace Hopper", email="grace@example.com")
    campaign = await world.deliver(fallback=PATIENT)
    assert campaign.state == "sending"
    world.clock.forward(23 * HOUR)
    await world.answer("grace@example.com", text="I have seen it")
    await again(world, campaign)
    assert await sent(world) == {"mail": 2}
    world.clock.forward(2 * HOUR)
    await again(world, campaign)
    assert await sent(world) == {"mail": 2, "sms": 1}
    world.clock.forward(MINUTE)
    done = await again(world, campaign)
    assert done.state == "sent"
    await told(world, campaign, DeliveryState.FAILED)  # late: the SMS has gone already
    assert await sent(world) == {"mail": 2, "sms": 1}


@pytest.mark.parametrize("reaction", ["click", "reply", "read"])
async def test_who_reacts_in_time_has_been_reached(world, reaction):
    await world.agree(await person(world, email="ada@example.com"))
    campaign = await world.deliver(fallback=PATIENT)
    [mail] = world.channels["mail"].sent
    if reaction == "click":
        await follow(world, await world.read(get_delivery, mail.delivery_id))
    elif reaction == "reply":
        world.clock.forward(HOUR)
        await world.answer("ada@example.com", answers=mail)
    else:
        await told(world, campaign, DeliveryState.READ)
    world.clock.forward(2 * DAY)
    done = await again(world, campaign)
    assert (await sent(world), done.state) == ({"mail": 1}, "sent")


async def test_a_last_link_that_fails_leaves_what_did_arrive(world):
    await person(world)
    campaign = await world.deliver(fallback=PATIENT)
    world.clock.forward(2 * DAY)
    await again(world, campaign)
    await told(world, campaign, DeliveryState.FAILED, "sms")
    [row] = await rows(world, campaign)
    assert (row.kind, row.state) == ("email", "sent")


async def test_a_bounce_told_a_week_late_is_written_down_and_no_more(world):
    await person(world)
    campaign = await world.deliver(fallback=CHAIN)
    world.clock.forward(8 * DAY)
    await told(world, campaign, DeliveryState.FAILED, bounced=True)
    assert await sent(world) == {"mail": 1}
    [row] = await rows(world, campaign)
    assert row.state == "bounced"


@pytest.mark.parametrize("waits", [DeliveryState.QUEUED, DeliveryState.TO_PRINT])
async def test_what_still_waits_is_taken_back_when_the_first_proves_to_have_arrived(world, waits):
    """Also in the tray, where a letter waits."""
    await person(world)
    campaign = await world.deliver(fallback=CHAIN)
    [mail] = world.channels["mail"].sent
    for state in (DeliveryState.FAILED, DeliveryState.DELIVERED):
        receipt = Receipt("p", state, reference=mail.delivery_id)
        await world.write(apply_receipt, world.hub.signer, "mail", receipt, world.clock.now())
        lies = update(deliveries).where(deliveries.c.state == "queued").values(state=waits)
        await world.write(lambda conn, lies=lies: conn.execute(lies))
        await world.expand()
    await world.send()
    await world.expand()
    assert await sent(world) == {"mail": 1}
    [row] = await rows(world, campaign)
    assert (row.kind, row.state) == ("email", "delivered")


async def test_a_paused_or_stopped_campaign_goes_on_nowhere(world):
    await person(world)
    campaign = await world.deliver(fallback=PATIENT)
    await world.write(lifecycle.pause, campaign.id, world.clock.now())
    world.clock.forward(2 * DAY)
    await told(world, campaign, DeliveryState.FAILED)
    assert await sent(world) == {"mail": 1}
    await world.write(lifecycle.resume, campaign.id, world.clock.now())
    await again(world, campaign)
    assert await sent(world) == {"mail": 1, "sms": 1}


async def test_who_was_silent_while_the_hour_was_full_is_not_forgotten(world):
    for number in range(4):
        await world.customer(f"Person {number}", sms=f"+49151123456{number:02}")
    campaign = await world.deliver(fallback=PATIENT, hourly=2)
    await in_hours(world, campaign, 4)
    await world.write(lifecycle.pause, campaign.id, world.clock.now())
    world.clock.forward(3 * DAY)
    await world.write(lifecycle.resume, campaign.id, world.clock.now())
    campaign = await in_hours(world, campaign, 6)
    assert await sent(world) == {"mail": 4, "sms": 4}
    assert campaign.state == "sent"


async def test_what_was_refused_long_after_it_was_written_is_followed_by_the_next(world):
    await person(world)
    campaign = await world.deliver(fallback=CHAIN)
    late = {"sent_at": None, "state": "failed", "created_at": world.clock.now() - 9 * DAY}
    await world.write(lambda conn: conn.execute(update(deliveries).values(**late)))
    await again(world, campaign)
    assert await sent(world) == {"mail": 1, "sms": 1}


async def test_two_rounds_at_once_write_the_next_link_once(world):
    await person(world)
    campaign = await world.deliver(fallback=CHAIN)
    [mail] = world.channels["mail"].sent
    receipt = Receipt("p", DeliveryState.FAILED, reference=mail.delivery_id)
    await world.write(apply_receipt, world.hub.signer, "mail", receipt, world.clock.now())
    await asyncio.gather(world.expand(), world.expand(), world.expand())
    await again(world, campaign)
    written = await world.read(lambda conn: list(conn.scalars(select(messages.c.channel))))
    assert sorted(written) == ["mail", "sms"]


async def test_each_variant_is_followed_by_its_own(world):
    for number in range(4):
        await world.customer(f"Person {number}", sms=f"+49151123456{number:02}")
    test = {"variants": [{"subject": "Other"}], "share": 100, "hours": 1}
    campaign = await world.deliver(fallback=CHAIN, test=test)
    await told(world, campaign, DeliveryState.FAILED)
    assert await sent(world) == {"mail": 4, "sms": 4}
    assert sorted(row.variant for row in await rows(world, campaign)) == ["a", "a", "b", "b"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"channel": "preferred"}, "needs a channel to begin with"),
        ({"fallback": {"channels": ["mail"], "hours": 0}}, "stands twice"),
        ({"fallback": {"channels": ["email"], "hours": 0}}, "stands twice"),
        ({"fallback": {"channels": ["fax"], "hours": 0}}, "no channel “fax”"),
    ],
)
async def test_a_chain_that_cannot_be_gone_along_is_named_before(world, changes, said):
    await person(world)
    campaign = await world.campaign(**{"fallback": CHAIN, **changes})
    check = await world.read(check_campaign, world.words, world.hub.outbox_deps, campaign, world.clock.now())
    assert any(said in str(problem) for problem in check.problems)


async def test_a_second_channel_of_the_same_kind_reaches_an_address_without_proof(world):
    """The recipient's own row is no other claimant's."""
    spare = world.channels["spare"] = Recorder("spare", "email")
    world.hub.channels.admit(spare)
    await person(world, verified=False, email="ada@example.com")
    campaign = await world.deliver(fallback={"channels": ["spare", "sms"], "hours": 0})
    await told(world, campaign, DeliveryState.FAILED)
    assert await sent(world) == {"mail": 1, "spare": 1}


async def test_an_address_that_a_chain_has_left_behind_is_not_written_to_for_another_claimant(world):
    ada = await person(world, verified=False, email="shared@example.com")
    campaign = await world.deliver(fallback=CHAIN)
    await told(world, campaign, DeliveryState.FAILED)
    assert await sent(world) == {"mail": 1, "sms": 1}
    [shared] = [one for one in await world.read(list_addresses, ada) if one.kind == "email"]
    assert await world.read(list_taken, campaign.id, [shared]) == {("email", "shared@example.com"): ada}


class Meanwhile(Contents):
    """Something happens while it is asked for the words of the next link."""

    def __init__(self, world, act):
        super().__init__(world.hub.store, world.words)
        self.act = act

    async def get(self, campaign, variant=""):
        await self.act()
        return await super().get(campaign, variant)


@pytest.mark.parametrize("what", ["arrives", "click", "reply"])
async def test_what_is_told_while_the_next_link_is_decided_is_heard(world, what):
    await world.agree(await person(world, email="ada@example.com"))
    campaign = await world.deliver(fallback=PATIENT)
    [mail] = world.channels["mail"].sent
    delivery = await world.read(get_delivery, mail.delivery_id)

    async def heard():
        if what == "arrives":
            receipt = Receipt("p", DeliveryState.DELIVERED, reference=mail.delivery_id)
            await world.write(apply_receipt, world.hub.signer, "mail", receipt, world.clock.now())
        elif what == "click":
            await follow(world, delivery)
        else:
            await world.answer("ada@example.com")

    world.clock.forward(HOUR if what == "arrives" else 2 * DAY)
    if what == "arrives":
        receipt = Receipt("p", DeliveryState.FAILED, reference=mail.delivery_id)
        await world.write(apply_receipt, world.hub.signer, "mail", receipt, world.clock.now())
    assert not await fall_back(world.hub, Meanwhile(world, heard), campaign, 10)
    await again(world, campaign)
    assert await sent(world) == {"mail": 1}
    [row] = await rows(world, campaign)
    assert row.kind == "email"


async def test_who_is_waited_for_in_a_sequence_is_waited_for_since_what_did_arrive(world):
    await person(world)
    await active(world)
    campaign = await world.deliver(fallback=PATIENT)
    [mail] = world.channels["mail"].sent
    world.clock.forward(2 * DAY)
    await again(world, campaign)
    await told(world, campaign, DeliveryState.FAILED, "sms")
    delivery = await world.read(get_delivery, mail.delivery_id)
    found = await world.read(lambda conn: list(conn.execute(select(sequence_runs.c.trigger_id, sequence_runs.c.state))))
    assert found == [(delivery.message_id, "waiting")]
