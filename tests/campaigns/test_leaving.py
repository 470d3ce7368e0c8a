"""One rule about what may leave, given in one place, holds for replies, campaigns and sequences alike."""

import re
from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from hub.campaigns import trying
from hub.clock import HOUR, MINUTE, instant_of
from hub.model import Address
from hub.outbound import plan
from hub.outbound.compose import Reply
from hub.outbound.outbox import queue_message
from hub.outbound.plan import NotAllowed, may_leave
from hub.outbound.sending_again import send_again
from hub.outbound.verdicts import GO, NotBefore, Refused
from hub.reasons import Reason, Why
from hub.sequences import lifecycle as follow_ups
from hub.store.customers import mark_address, mark_customer
from hub.store.deliveries import Delivery, get_delivery, mark_cancelled
from hub.store.events import append_event
from hub.store.sequences import list_runs, list_sequences
from hub.store.tables import deliveries

ADA, GRACE = "+12025550101", "+12025550102"
BERLIN, HONOLULU = "Europe/Berlin", "Pacific/Honolulu"
MORNING, EVENING = 8, 21
FOLLOW_UP = {
    "name": "Welcome",
    "trigger": {"event": "customer.created"},
    "steps": [{"kind": "message", "text": "Welcome, {{ customer.first_name }}", "channel": "sms", "purpose": "news"}],
    "exits": [],
}


def no_sms_at_night(item, standing, at):
    """The rule as somebody would add it to `may_leave`: from nine in the evening SMS wait until eight."""
    verdict = may_leave(item, standing, at)
    local = datetime.fromtimestamp(at / 1000, ZoneInfo(standing.timezone))
    if item.kind != "sms" or isinstance(verdict, Refused) or MORNING <= local.hour < EVENING:
        return verdict
    day = local.date() + timedelta(days=local.hour >= EVENING)
    morning = datetime(day.year, day.month, day.day, MORNING, tzinfo=local.tzinfo)
    return NotBefore(instant_of(morning), "night")


def as_shown(item, standing, at):
    """The paragraph that hub.outbound.plan shows to whoever wants such a rule, word for word, above its last line."""
    verdict = may_leave(item, standing, at)
    if verdict is not GO:
        return verdict
    [shown] = re.findall(r"(?:^ {4}.*\n)+", plan.__doc__, re.MULTILINE)
    names = {"datetime": datetime, "timedelta": timedelta, "time": time, "ZoneInfo": ZoneInfo, "instant_of": instant_of}
    exec(f"def rule(item, standing, at):\n{shown}", names | {"NotBefore": NotBefore}, found := {})
    return found["rule"](item, standing, at) or GO


@pytest.fixture(params=[no_sms_at_night, as_shown])
def ruled(world, request):
    """The same hub with that one rule."""
    return by(world, request.param)


def by(world, rule):
    hub = replace(world.hub, rule=rule)
    return replace(world, hub=hub, office=replace(world.office, leave_rule=hub.leave_rule))


def put_clock(world, hour, minute=0):
    world.clock.instant = instant_of(datetime(2026, 11, 28, hour, minute, tzinfo=ZoneInfo(BERLIN)))


async def two_people(world):
    """One where it is night, of whom nobody knows where they live, and one far away where it is not."""
    ids = [
        await world.customer("Ada Lovelace", email="", sms=ADA, preferred="sms"),
        await world.customer("Grace Hopper", email="", sms=GRACE, preferred="sms"),
    ]
    await world.write(mark_customer, ids[1], world.clock.now(), timezone=HONOLULU)
    return ids


async def reply(world, people):
    for id in people:
        await world.write(
            queue_message, world.hub.outbox_deps, id, Reply(text="Hello", channel="sms"), world.clock.now()
        )


async def campaign(world, people):
    await world.schedule(await world.campaign(channel="sms"))
    await world.expand()


async def sequence(world, people):
    made = await world.write(follow_ups.write_down, FOLLOW_UP, world.clock.now())
    await world.write(follow_ups.start, made, world.clock.now())
    for id in people:
        await world.write(append_event, "customer.created", at=world.clock.now(), customer_id=id)
    await world.follow_up()


WAYS = [reply, campaign, sequence]


def gone(world):
    return sorted(message.recipient.handle for message in world.channels["sms"].sent)


def _rows(conn):
    columns = [deliveries.c[name] for name in Delivery.__dataclass_fields__]
    return [Delivery(*row) for row in conn.execute(select(*columns).order_by(deliveries.c.handle))]


@pytest.mark.parametrize("way", WAYS)
async def test_a_message_written_at_night_waits_for_the_customers_morning(ruled, way):
    put_clock(ruled, 22, 30)
    await way(ruled, await two_people(ruled))
    await ruled.send()
    assert gone(ruled) == [GRACE]

    [ada, grace] = await ruled.read(_rows)
    assert (ada.state, ada.reason, grace.state, grace.reason) == ("held", "night", "sent", "")
    ruled.clock.forward(9 * HOUR)
    await ruled.send()
    assert gone(ruled) == [GRACE]

    ruled.clock.forward(HOUR // 2)
    await ruled.send()
    assert gone(ruled) == [ADA, GRACE]


@pytest.mark.parametrize("way", WAYS)
async def test_a_message_that_is_still_waiting_when_night_falls_waits_until_morning(ruled, way):
    put_clock(ruled, 20, 59)
    await way(ruled, await two_people(ruled))
    assert [row.state for row in await ruled.read(_rows)] == ["queued", "queued"]

    ruled.clock.forward(2 * MINUTE)
    await ruled.send()
    [ada, grace] = await ruled.read(_rows)
    assert (ada.state, ada.reason, grace.state) == ("held", "night", "sent")
    assert ada.due_at - ruled.clock.now() == 11 * HOUR - MINUTE

    ruled.clock.forward(11 * HOUR)
    await ruled.send()
    assert gone(ruled) == [ADA, GRACE]


@pytest.mark.parametrize("way", WAYS)
async def test_stop_wins_over_what_waits_for_the_morning(ruled, way):
    put_clock(ruled, 22, 30)
    [ada, _] = people = await two_people(ruled)
    await way(ruled, people)
    await ruled.send()
    await ruled.write(mark_address, ada, Address("sms", ADA), "blocked", "STOP")
    ruled.clock.forward(12 * HOUR)
    await ruled.send()

    assert gone(ruled) == [GRACE]
    assert (await ruled.read(_rows))[0].why == Reason(Why.ADDRESS_BLOCKED, "STOP")


def never_to_ada(item, standing, at):
    return Refused("not to Ada") if item.handle == ADA else may_leave(item, standing, at)


async def test_a_rule_that_refuses_is_told_wherever_a_message_is_written(world):
    ruled = by(world, never_to_ada)
    put_clock(ruled, 20)  # nowhere night: whatever other rule there is, it is this one that refuses
    people = await two_people(ruled)

    with pytest.raises(NotAllowed, match="not to Ada"):
        await reply(ruled, people)
    made = await ruled.deliver(channel="sms")
    await sequence(ruled, people)
    await ruled.send()

    assert gone(ruled) == [GRACE, GRACE]
    assert (await ruled.report(made)).excluded == {"not_allowed": 1}
    assert sorted(await ruled.read(_runs)) == [("done", ""), ("failed", "not to Ada")]


def _runs(conn):
    return [(run.state, run.reason) for one in list_sequences(conn) for run in list_runs(conn, one.id)]


async def test_a_test_and_what_is_sent_again_keep_to_the_rule(ruled):
    put_clock(ruled, 22, 30)
    await two_people(ruled)
    draft = await ruled.campaign(channel="sms")
    now = ruled.clock.now()
    tried = await ruled.write(
        trying.send_test, ruled.words, ruled.hub.outbox_deps, draft, Address("sms", ADA), None, now
    )
    assert (await ruled.read(get_delivery, tried.delivery_id)).state == "held"

    await ruled.write(mark_cancelled, [tried.delivery_id], "taken back", now)
    again = await ruled.write(send_again, ruled.hub.outbox_deps, tried.delivery_id, now)
    assert (await ruled.read(get_delivery, again)).state == "held"


async def test_nothing_of_the_kind_is_switched_on_by_itself(world):
    put_clock(world, 3)
    await reply(world, await two_people(world))
    await world.send()

    assert gone(world) == [ADA, GRACE]
