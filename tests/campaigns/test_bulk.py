"""Campaigns that leave in batches: marked before anything of them leaves, and what changes meanwhile wins."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from hub.campaigns import lifecycle
from hub.channel import Channel
from hub.clock import HOUR, MINUTE
from hub.errors import SendDeferred, SendRejected
from hub.model import Address, AddressState, DeliveryState, Receipt, Sent
from hub.outbound.bulk_ledger import Ready, Turn, stroke, turn_over
from hub.outbound.outcomes import taken
from hub.outbound.pacing import Breaker
from hub.outbound.plan import may_leave
from hub.outbound.receipts import apply_receipt
from hub.outbound.recovery import beat, end_leases, enter, reap, reap_dead, reap_lost
from hub.outbound.sender import Worker
from hub.outbound.verdicts import LeaveRule, NotBefore
from hub.store.consents import WITHDRAWN, Consent, append_consent
from hub.store.customers import mark_address
from hub.store.deliveries import list_attempts
from hub.store.events import list_events, number_events
from hub.store.messages import get_message
from hub.store.outbox import is_crowd_due
from hub.store.processes import SILENT, list_processes
from hub.store.tables import attempts, deliveries, processes


class ManyAtOnce(Channel):
    """Takes campaigns in batches; phases: how the ledger stood of each batch when it was handed over."""

    type = "email"
    width = 20

    def __init__(self, world, answers=()):
        super().__init__("mail", world.channels["mail"].settings, None)
        self.world, self.answers = world, list(answers)
        self.sent, self.phases = [], []
        self.held = asyncio.Event()
        self.held.set()
        self.bulk = self

    def seal(self, message):
        if "nobody" in message.recipient.handle:
            raise SendRejected("no such address", bounced=True)
        return message

    async def carry(self, sealed, ended):
        ids = [message.delivery_id for message in sealed]
        self.phases.append({tries[-1].phase for tries in (await self.world.read(list_attempts, ids)).values()})
        await self.held.wait()
        for place, message in enumerate(sealed):
            answer = self.answers.pop(0) if self.answers else Sent(f"p-{message.delivery_id}")
            if isinstance(answer, Sent):
                self.sent.append(message.recipient.handle)
            ended(place, answer)


def with_bulk(world, *answers):
    channel = ManyAtOnce(world, answers)
    return replace(world, channels={"mail": channel})


async def people(world, count):
    return [await world.customer(f"Reader {n}", email=f"reader{n}@example.com") for n in range(count)]


async def states(world):
    rows = await world.read(lambda conn: conn.execute(select(deliveries.c.handle, deliveries.c.state)).all())
    return dict(map(tuple, rows))


async def test_everybody_gets_one_and_every_batch_was_marked_before(world):
    await people(world, 40)
    world = with_bulk(world)
    done = await world.deliver()

    assert done.state == "sent"
    assert sorted(world.channels["mail"].sent) == sorted(f"reader{n}@example.com" for n in range(40))
    assert set(await states(world)) == set(world.channels["mail"].sent)
    assert set((await states(world)).values()) == {"sent"}
    assert all(phases == {"committing"} for phases in world.channels["mail"].phases)
    assert len(world.channels["mail"].phases) < 40


async def test_each_of_a_batch_ends_as_its_own_answer_says(world):
    await people(world, 3)
    await world.customer("Nobody", email="nobody@example.com")
    world = with_bulk(
        world,
        SendRejected("no store keeps \0 and \ud800"),
        SendDeferred("full", of_provider=False),
        ValueError("a bug"),
    )
    await world.schedule(await world.campaign())
    await world.expand()
    workers = [Worker(world.office, world.channels["mail"])]
    running = asyncio.create_task(workers[0].run())
    async with asyncio.timeout(30):
        while sorted((await states(world)).values()) != ["failed", "failed", "queued", "unknown"]:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    workers[0].stop()
    await running

    assert (await states(world))["nobody@example.com"] == "failed"
    said = await world.read(lambda conn: set(conn.scalars(select(deliveries.c.detail))))
    assert said == {"no such address", "no store keeps  and ?", "full", "ValueError: a bug"}
    await world.write(number_events)
    told = [one.type for one in await world.read(list_events, 0) if one.type.startswith(("delivery", "address"))]
    assert sorted(told) == [
        "address.bounced",
        "delivery.failed",
        "delivery.failed",
        "delivery.queued",
        "delivery.unknown",
    ]


async def claimed(world, channel="mail"):
    """A batch that is claimed and sealed, and not marked yet."""
    claim = await claim_more(world, channel)
    return [Ready(item, standing, item.handle) for item, standing in zip(claim.leased, claim.standings, strict=True)]


async def claim_more(world, channel="mail"):
    turn = Turn(channel, world.office.process_id, [], 10)
    return await world.write(turn_over, world.office.leave_rule, turn, world.clock.now())


async def marked(world, ready, rule=None):
    """Those that may leave."""
    return await world.hub.store.write_first(stroke, rule or world.office.leave_rule, [], ready, world.clock.now())


async def stop(world, customer_id):
    address = Address("email", "reader0@example.com")
    await world.write(mark_address, customer_id, address, AddressState.BLOCKED, "asked us to stop")


async def unsubscribe(world, customer_id):
    now = world.clock.now()
    await world.write(append_consent, customer_id, Consent("email", "news", WITHDRAWN, "test"), now)


@pytest.mark.parametrize(("way", "state"), [(stop, "failed"), (unsubscribe, "cancelled")])
async def test_who_says_stop_after_the_claim_gets_nothing(world, way, state):
    ada, *_ = await people(world, 3)
    await world.schedule(await world.campaign())
    await world.expand()
    ready = await claimed(world)
    await way(world, ada)

    leaving = await marked(world, ready)

    assert sorted(one.sealed for one in leaving) == ["reader1@example.com", "reader2@example.com"]
    claim = await claim_more(world)
    assert (claim.leased, claim.others) == ([], 1)
    assert (await states(world))["reader0@example.com"] == state
    phases = await world.read(lambda conn: sorted(conn.scalars(select(attempts.c.phase))))
    assert phases == ["committing", "committing"]


async def test_stop_by_text_after_the_claim_holds_back_the_text_and_no_mail(world):
    """Each way of being written to has a yes and a no of its own."""
    phone = "+12025550101"
    await world.customer("Ada", email="ada@example.com", sms=phone)
    for channel in ("mail", "sms"):
        await world.schedule(await world.campaign(channel=channel))
    await world.expand()
    mails, texts = await claimed(world), await claimed(world, "sms")
    assert [one.sealed for one in (*mails, *texts)] == ["ada@example.com", phone]

    await world.answer(phone, "sms", "STOP", keyword="stop")

    assert await marked(world, texts) == []
    assert [one.sealed for one in await marked(world, mails)] == ["ada@example.com"]
    claim = await claim_more(world, "sms")
    assert (claim.leased, claim.others) == ([], 1)
    assert await states(world) == {"ada@example.com": "sending", phone: "failed"}


async def test_night_that_fell_after_the_claim_holds_what_was_not_handed_over(world):
    """The provider was away, say: what was claimed by day lies there for minutes."""
    nightfall, morning = world.clock.now() + MINUTE, world.clock.now() + HOUR

    def by_day(item, standing, at):
        return NotBefore(morning, "night") if nightfall <= at < morning else may_leave(item, standing, at)

    night = LeaveRule(by_day)
    await people(world, 3)
    await world.schedule(await world.campaign())
    await world.expand()
    ready = await claimed(world)
    world.clock.forward(MINUTE)

    assert await marked(world, ready, night) == []
    assert set((await states(world)).values()) == {"queued"}
    world.clock.forward(HOUR)
    again = await claimed(world)
    assert len(await marked(world, again, night)) == 3


async def test_a_campaign_paused_after_the_claim_waits_and_goes_on_later(world):
    await people(world, 3)
    campaign = await world.schedule(await world.campaign())
    await world.expand()
    ready = await claimed(world)
    await world.write(lifecycle.pause, campaign.id, world.clock.now())

    assert await marked(world, ready) == []
    assert (await claim_more(world)).leased == []
    assert set((await states(world)).values()) == {"queued"}
    await world.write(lifecycle.resume, campaign.id, world.clock.now())
    again = await claimed(world)
    assert [one.delivery.attempts for one in again] == [1, 1, 1]


async def test_of_campaigns_that_are_all_paused_nothing_is_asked_for(world):
    await people(world, 3)
    first = await world.schedule(await world.campaign())
    await world.expand()
    asked = (is_crowd_due, "mail", world.clock.now())
    assert await world.read(*asked)

    await world.write(lifecycle.pause, first.id, world.clock.now())
    assert not await world.read(*asked)

    await world.schedule(await world.campaign())
    await world.expand()
    assert await world.read(*asked)
    assert not await world.read(is_crowd_due, "sms", world.clock.now())


async def test_a_batch_whose_lease_was_lost_does_not_leave(world):
    await people(world, 3)
    await world.schedule(await world.campaign())
    await world.expand()
    ready = await claimed(world)
    await world.write(end_leases, world.office.process_id, world.clock.now())

    assert await marked(world, ready) == []
    assert set((await states(world)).values()) == {"queued"}


async def test_what_was_sent_while_the_store_was_away_does_not_stay_unknown(world):
    await people(world, 2)
    campaign = await world.schedule(await world.campaign())
    await world.expand()
    first, second = await marked(world, await claimed(world))
    await world.write(end_leases, world.office.process_id, world.clock.now())  # as it is done after the store was away
    assert set((await states(world)).values()) == {"unknown"}

    gone = [taken(first.delivery, "sent", "mail-1@example.com")]
    await world.hub.store.write_first(stroke, world.office.leave_rule, gone, [], world.clock.now(), whole=True)

    assert await states(world) == {first.sealed: "sent", second.sealed: "unknown"}
    assert (await world.report(campaign)).sent == 1


def test_many_that_fail_together_are_one_failure_of_the_provider():
    breaker = Breaker()
    for _ in range(2_000):
        breaker.failed()
    assert 0 < breaker.resting() <= 3


async def test_what_only_the_ledger_knows_when_a_process_dies_is_sent_and_told_of_once(world):
    await people(world, 3)
    campaign = await world.schedule(await world.campaign())
    await world.expand()
    first, second, third = await marked(world, await claimed(world))
    gone = [taken(first.delivery, "sent", "mail-1@example.com")]
    await world.hub.store.write_first(stroke, world.office.leave_rule, gone, [], world.clock.now())
    assert (await world.report(campaign)).sent == 0

    assert await world.write(end_leases, world.office.process_id, world.clock.now()) == 2

    ended = await states(world)
    assert ended == {first.sealed: "sent", second.sealed: "unknown", third.sealed: "unknown"}
    await world.write(number_events)
    told = [one.type for one in await world.read(list_events, 0) if one.type.startswith("delivery")]
    assert sorted(told) == ["delivery.sent", "delivery.unknown", "delivery.unknown"]
    message = await world.read(get_message, first.delivery.message_id)
    assert message.provider_id == "mail-1@example.com"


async def test_nobody_is_told_that_it_left_after_it_arrived_or_for_the_second_time(world):
    await people(world, 3)
    await world.schedule(await world.campaign())
    await world.expand()
    ready = await marked(world, await claimed(world))
    gone = [taken(one.delivery, "sent", f"mail-{number}@example.com") for number, one in enumerate(ready)]
    await world.hub.store.write_first(stroke, world.office.leave_rule, gone, [], world.clock.now())
    arrived = Receipt(reference=ready[0].delivery.id, provider_id="", state=DeliveryState.DELIVERED)
    await world.write(apply_receipt, world.hub.signer, "mail", arrived, world.clock.now())

    for _ in range(2):
        world.clock.forward(1000)
        await world.write(turn_over, world.office.leave_rule, Turn("mail", "us", gone, 0), world.clock.now())

    await world.write(number_events)
    told = [(one.type, one.message_id) for one in await world.read(list_events, 0) if one.type.startswith("delivery")]
    kinds = ["delivery.delivered", "delivery.sent", "delivery.sent"]
    assert told == list(zip(kinds, [one.delivery.message_id for one in ready], strict=True))


class Meanwhile:
    """A store in which something happens between what somebody reads and what they write because of it."""

    def __init__(self, store, happens):
        self.store, self.happens = store, happens

    async def read(self, *asked):
        found = await self.store.read(*asked)
        await self.happens()
        return found

    async def write(self, *asked):
        return await self.store.write(*asked)


async def silent_for(world, milliseconds):
    """Our heartbeat waits for somebody who writes."""
    ago = {"beat_at": processes.c.beat_at - milliseconds}
    await world.write(lambda conn: conn.execute(update(processes).values(**ago)))


async def under_way(world):
    await people(world, 2)
    await world.schedule(await world.campaign())
    await world.expand()
    await enter(world.hub.store, world.office.process_id)
    return await marked(world, await claimed(world))


async def test_who_beats_after_all_before_it_is_buried_keeps_its_batch(world):
    await under_way(world)
    await silent_for(world, SILENT + 1_000)
    late = Meanwhile(world.hub.store, lambda: beat(world.hub.store, world.office.process_id))

    assert await reap_dead(late, world.clock, "other") == 0

    assert set((await states(world)).values()) == {"sending"}
    await silent_for(world, SILENT + 1_000)
    assert await reap_dead(world.hub.store, world.clock, "other") == 2


async def test_who_comes_back_before_its_leases_end_keeps_its_batch(world):
    ready = await under_way(world)
    await world.write(lambda conn: conn.execute(processes.delete()))
    back = Meanwhile(world.hub.store, lambda: beat(world.hub.store, world.office.process_id))

    assert await reap_lost(back, world.clock) == 0

    assert await states(world) == {one.sealed: "sending" for one in ready}


async def test_nobody_is_buried_by_who_waited_for_the_store_as_long_itself(world):
    await under_way(world)
    await silent_for(world, SILENT + 1_000)
    [silent], now = await world.read(list_processes)

    assert await world.write(reap, silent, now - 3_000, world.clock.now()) == 0
    assert await world.write(reap, silent, now, world.clock.now()) == 2


async def test_what_a_buried_process_claimed_leaves_from_the_next_one_only(world):
    await people(world, 2)
    await world.schedule(await world.campaign())
    await world.expand()
    ours = await claimed(world)
    await world.write(end_leases, world.office.process_id, world.clock.now())
    theirs = await claimed(replace(world, office=replace(world.office, process_id="other")))

    assert sorted(one.sealed for one in theirs) == sorted(one.sealed for one in ours)
    assert await marked(world, ours) == []
    assert await marked(world, theirs) == theirs


async def test_what_a_buried_process_still_hears_of_its_batch_counts(world):
    first, second = await under_way(world)
    await world.write(end_leases, world.office.process_id, world.clock.now())
    gone = [taken(first.delivery, "sent", "mail-1@example.com")]

    await world.hub.store.write_first(stroke, world.office.leave_rule, gone, [], world.clock.now())
    await world.write(turn_over, world.office.leave_rule, Turn("mail", "us", gone, 0), world.clock.now())

    assert await states(world) == {first.sealed: "sent", second.sealed: "unknown"}
