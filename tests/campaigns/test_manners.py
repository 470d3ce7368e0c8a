"""hub.outbound.manners: quiet hours where the customer lives, and no more advertising than the house sends."""

from dataclasses import replace
from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from hub.campaigns import lifecycle
from hub.campaigns.check import check_campaign
from hub.clock import DAY, HOUR, MINUTE, instant_of
from hub.complaints import Complained, begin, solve
from hub.config import AdvertisingSettings, load_settings
from hub.conversations import start
from hub.errors import ConfigError
from hub.goals import Goals
from hub.model import DeliveryState, Lane
from hub.outbound.compose import Reply
from hub.outbound.mail_headers import TEST
from hub.outbound.manners import Manners, well_mannered
from hub.outbound.outbox import queue_message
from hub.outbound.sending_again import send_again
from hub.outbound.verdicts import GO, NotBefore, Refused
from hub.reasons import Why
from hub.store.deliveries import LANES, NewDelivery, list_unknown
from hub.store.goals import Goal
from hub.store.standing import Standing
from hub.store.tables import deliveries
from tests.campaigns.test_leaving import ADA, BERLIN, GRACE, HONOLULU, campaign, gone, put_clock, sequence, two_people
from tests.campaigns.test_leaving import _rows as rows

NIGHT = {"sms": "21:00-08:00"}


def under(world, **said):
    """The same hub with that `[advertising]`."""
    settings = world.hub.settings.model_copy(update={"advertising": AdvertisingSettings(**said)})
    hub = replace(world.hub, settings=settings)
    return replace(world, hub=hub, office=replace(world.office, leave_rule=hub.leave_rule))


@pytest.mark.parametrize("way", [campaign, sequence])
async def test_advertising_waits_for_the_customers_morning(world, way):
    quiet = under(world, quiet=NIGHT)
    put_clock(quiet, 22, 30)
    await way(quiet, await two_people(quiet))
    await quiet.send()
    assert gone(quiet) == [GRACE]
    [ada, _] = await quiet.read(rows)
    assert (ada.state, ada.reason) == (DeliveryState.HELD, Why.QUIET_HOURS)

    quiet.clock.forward(9 * HOUR + 30 * MINUTE)
    await quiet.send()
    assert gone(quiet) == [ADA, GRACE]


@pytest.mark.parametrize("named", ["line", "telnyx", "sms"])
def test_night_is_kept_whoever_carries_the_texts(named):
    """By the channel's name, its type, or the kind of address it writes to."""
    who = {"message_id": "m" * 32, "customer_id": "c" * 32, "conversation_id": None, "kind": "sms", "handle": ADA}
    over = {"channel": "line", "channel_type": "telnyx", "lane": LANES[Lane.CAMPAIGN], "purpose": "news"}
    draft = NewDelivery(**who, **over, state=DeliveryState.QUEUED, due_at=0, give_up_at=1, created_at=0)
    rule = well_mannered(lambda item, standing, at: GO, Manners({named: (time(21), time(8))}))
    night = instant_of(datetime(2026, 11, 28, 23, tzinfo=ZoneInfo(BERLIN)))

    assert isinstance(rule(draft, Standing(timezone=BERLIN), night), NotBefore)


async def test_what_a_person_writes_leaves_at_night(world):
    quiet = under(world, quiet=NIGHT, at_most=1)
    put_clock(quiet, 23)
    for id in await two_people(quiet):
        for _ in range(2):
            await quiet.write(
                queue_message, quiet.hub.outbox_deps, id, Reply(text="Hello", channel="sms"), quiet.clock.now()
            )
    await quiet.send()
    assert gone(quiet) == [ADA, ADA, GRACE, GRACE]


async def test_a_campaign_leaves_out_whom_it_said_it_would(world):
    """The number on the button is the number sent."""
    limited = under(world, at_most=1, days=7)
    put_clock(limited, 12)
    await two_people(limited)
    await limited.deliver(channel="sms")
    draft = await limited.campaign(channel="sms")
    asked = (limited.words, limited.hub.outbox_deps, draft, limited.clock.now())
    foreseen = (await limited.read(check_campaign, *asked, exact=True)).reach
    second = await limited.deliver(channel="sms")

    assert gone(limited) == [ADA, GRACE]
    assert (await limited.report(second)).excluded == {"too_often": 2}
    assert (foreseen.reachable, foreseen.excluded) == (0, {"too_often": 2})
    assert (await limited.report(second)).excluded == {"too_often": 2}

    limited.clock.forward(7 * DAY)
    await limited.deliver(channel="sms")
    assert gone(limited) == [ADA, ADA, GRACE, GRACE]


async def test_a_follow_up_waits_until_there_is_room(world):
    limited = under(world, at_most=1, days=7)
    put_clock(limited, 12)
    people = await two_people(limited)
    await limited.deliver(channel="sms")
    await sequence(limited, people)
    await limited.send()
    held = [row for row in await limited.read(rows) if row.state == DeliveryState.HELD]
    assert gone(limited) == [ADA, GRACE]
    assert [row.reason for row in held] == [Why.TOO_OFTEN, Why.TOO_OFTEN]

    limited.clock.forward(7 * DAY)
    await limited.send()
    assert gone(limited) == [ADA, ADA, GRACE, GRACE]


async def test_of_two_campaigns_planned_for_the_same_minute_one_gives_way(world):
    """Planned before there was a limit, or by two processes at once: the claim still keeps to it."""
    limited = under(world, at_most=1, days=7)
    put_clock(limited, 12)
    await two_people(limited)
    for _ in range(2):
        await campaign(world, ())
    await limited.send()

    assert gone(limited) == [ADA, GRACE]
    told = sorted((row.state, row.reason) for row in await limited.read(rows))
    assert told == [("cancelled", Why.TOO_OFTEN)] * 2 + [("sent", "")] * 2


async def test_what_never_left_does_not_count(world):
    limited = under(world, at_most=1, days=7)
    put_clock(limited, 12)
    await two_people(limited)
    stopped = await limited.campaign(channel="sms")
    await limited.schedule(stopped)
    await limited.expand()
    await limited.write(lifecycle.stop, stopped.id, limited.clock.now())
    await limited.expand()
    await limited.deliver(channel="sms")

    assert gone(limited) == [ADA, GRACE]


async def test_what_was_read_counts_and_counts_from_when_it_left(world):
    limited = under(world, at_most=1, days=7)
    put_clock(limited, 12)
    await two_people(limited)
    await limited.schedule(await limited.campaign(channel="sms"))
    await limited.expand()
    limited.clock.forward(5 * DAY)  # it was planned five days before it left
    await limited.send()
    await limited.write(lambda conn: conn.execute(deliveries.update().values(state="read")))
    assert gone(limited) == [ADA, GRACE]

    limited.clock.forward(6 * DAY)
    await limited.deliver(channel="sms")
    assert gone(limited) == [ADA, GRACE]


async def test_what_failed_can_be_sent_again(world):
    limited = under(world, at_most=1, days=7)
    put_clock(limited, 12)
    await two_people(limited)
    limited.channels["sms"].hangs_up = True
    await limited.deliver(channel="sms")
    limited.channels["sms"].hangs_up = False
    old, _ = await limited.read(list_unknown, "sms", 0)
    await limited.write(send_again, limited.hub.outbox_deps, old.id, limited.clock.now())
    await limited.send()

    assert len(gone(limited)) == 1


@pytest.mark.parametrize(("ahead", "reached"), [(1, 0), (6, 0), (8, 2)])
async def test_what_is_to_leave_within_those_days_counts(world, ahead, reached):
    limited = under(world, at_most=1, days=7)
    put_clock(limited, 12)
    await two_people(limited)
    await limited.schedule(await limited.campaign(channel="sms"))
    await limited.expand()
    later = limited.clock.now() + ahead * DAY
    await limited.write(lambda conn: conn.execute(deliveries.update().values(state="held", due_at=later)))
    asked = (limited.words, limited.hub.outbox_deps, await limited.campaign(channel="sms"), limited.clock.now())
    assert (await limited.read(check_campaign, *asked, exact=True)).reach.reachable == reached


async def test_what_a_pause_keeps_back_takes_nobodys_place(world):
    limited = under(world, at_most=1, days=7)
    put_clock(limited, 12)
    await two_people(limited)
    paused = await limited.schedule(await limited.campaign(channel="sms"))
    await limited.expand()
    asked = (limited.words, limited.hub.outbox_deps, await limited.campaign(channel="sms"), limited.clock.now())
    assert (await limited.read(check_campaign, *asked, exact=True)).reach.reachable == 0

    await limited.write(lifecycle.pause, paused.id, limited.clock.now())
    assert (await limited.read(check_campaign, *asked, exact=True)).reach.reachable == 2


class Item:
    purpose, channel, channel_type, kind, lane, payload = "news", "texts", "sms", "sms", LANES[Lane.CAMPAIGN], {}

    def __init__(self, **changes):
        vars(self).update(changes)


def verdict(at, manners, item=None, **standing):
    rule = well_mannered(lambda *asked: GO, manners)
    return rule(item or Item(), Standing("ok", timezone=standing.pop("zone", BERLIN), **standing), at)


def on(day, hour, minute=0, zone=BERLIN, fold=0):
    return instant_of(datetime(*day, hour, minute, tzinfo=ZoneInfo(zone), fold=fold))


SPRING, AUTUMN, DAY_BEFORE, USUAL = (2026, 3, 29), (2026, 10, 25), (2026, 10, 24), (2026, 11, 28)
OVER_NIGHT, AT_NOON, TO_HALF_PAST_TWO = (time(21), time(8)), (time(12), time(14)), (time(22), time(2, 30))


@pytest.mark.parametrize(
    ("hours", "at", "until"),
    [
        (OVER_NIGHT, on(USUAL, 20, 59), None),
        (OVER_NIGHT, on(USUAL, 8), None),
        (OVER_NIGHT, on(USUAL, 7, 59), on(USUAL, 8)),
        (OVER_NIGHT, on(DAY_BEFORE, 21), on(AUTUMN, 8)),
        (AT_NOON, on(USUAL, 12), on(USUAL, 14)),
        (AT_NOON, on(USUAL, 14), None),
        (TO_HALF_PAST_TWO, on(SPRING, 1, 30), on(SPRING, 3, 30)),  # 02:30 does not come
        (TO_HALF_PAST_TWO, on(AUTUMN, 2, 10), on(AUTUMN, 2, 30)),
        (TO_HALF_PAST_TWO, on(AUTUMN, 2, 10, fold=1), on(AUTUMN, 2, 30, fold=1)),  # 02:10 comes twice
    ],
)
def test_quiet_hours_end_where_the_customer_lives(hours, at, until):
    expected = NotBefore(until, Why.QUIET_HOURS) if until else GO
    assert verdict(at, Manners({"sms": hours})) == expected


def test_a_channels_own_hours_come_before_those_of_its_type():
    manners = Manners({"texts": AT_NOON, "sms": OVER_NIGHT})
    assert verdict(on(USUAL, 23), manners) == GO
    assert verdict(on(USUAL, 13), manners) == NotBefore(on(USUAL, 14), Why.QUIET_HOURS)
    assert verdict(on(USUAL, 13), manners, zone=HONOLULU) == GO


@pytest.mark.parametrize(
    "other",
    [
        Item(purpose=""),
        Item(lane=LANES[Lane.AGENT]),
        Item(payload={TEST: True}),
        Item(channel_type="email", kind="email"),
    ],
)
def test_quiet_hours_are_for_advertising_on_that_channel(other):
    assert verdict(on(USUAL, 23), Manners({"sms": OVER_NIGHT}, at_most=0), other) == GO


def test_the_limit_counts_and_says_when_there_is_room():
    manners, noon = Manners(at_most=2, days=3), on(USUAL, 12)
    follow_up, had = Item(lane=LANES[Lane.AUTOMATIC]), (noon - 2 * DAY, noon - DAY, noon - HOUR)
    assert verdict(noon, manners, advertised=had[:1]) == GO
    assert verdict(noon, manners, advertised=had[:2]) == Refused(Why.TOO_OFTEN, DeliveryState.CANCELLED)
    assert verdict(noon, manners, follow_up, advertised=had) == NotBefore(noon + 2 * DAY, Why.TOO_OFTEN)


def test_the_later_of_two_waits_counts():
    night, follow_up = on(USUAL, 23), Item(lane=LANES[Lane.AUTOMATIC])
    manners = Manners({"sms": OVER_NIGHT}, at_most=1, days=1)
    assert verdict(night, manners, follow_up, advertised=(night - HOUR,)).reason == Why.TOO_OFTEN
    assert verdict(night, manners, follow_up, advertised=(night - DAY + HOUR,)).reason == Why.QUIET_HOURS


def test_a_rule_that_refuses_is_not_overruled():
    no = Refused("no")
    asked = well_mannered(lambda *given: no, Manners({"sms": OVER_NIGHT}))(Item(), Standing("ok"), 0)
    assert asked is no


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ('quiet = { smss = "21:00-08:00" }', "advertising.quiet: there is no channel 'smss', by name or type"),
        ('quiet = { sms = "9-8" }', "advertising.quiet.sms: are no hours like 21:00-08:00 (got '9-8')"),
        ('quiet = { sms = "09:00-09:00" }', "are no hours like 21:00-08:00"),
        ("at_most = -1", "advertising.at_most"),
    ],
)
def test_hours_nobody_can_keep_stop_the_start(tmp_path, said, told):
    file = tmp_path / "config.toml"
    file.write_text(f"[advertising]\n{said}\n")
    with pytest.raises(ConfigError) as wrong:
        load_settings(file, {})
    assert told in str(wrong.value)


@pytest.mark.parametrize("way", [campaign, sequence])
async def test_who_complains_gets_no_advertising_until_the_complaint_is_closed(world, way):
    put_clock(world, 12)
    people = await two_people(world)
    complaint = await world.write(complain, people[0], world.clock.now())
    await way(world, people)
    await world.send()
    assert gone(world) == [GRACE]

    await world.write(solve, complaint, "", world.clock.now(), None)
    world.clock.forward(HOUR)
    await world.send()
    assert gone(world) == ([GRACE] if way is campaign else [ADA, GRACE])


async def test_campaign_that_was_planned_before_somebody_complains_leaves_them_out(world):
    put_clock(world, 12)
    people = await two_people(world)
    await campaign(world, people)
    await world.write(complain, people[0], world.clock.now())
    await world.send()
    [ada, _] = await world.read(rows)
    assert (gone(world), ada.state, ada.reason) == ([GRACE], DeliveryState.CANCELLED, Why.OPEN_COMPLAINT)


async def test_check_counts_and_names_whom_a_complaint_leaves_out(world):
    put_clock(world, 12)
    people = await two_people(world)
    await world.write(complain, people[0], world.clock.now())
    made = await world.campaign(channel="sms")
    asked = (world.words, world.hub.outbox_deps, made, world.clock.now())
    foreseen = (await world.read(check_campaign, *asked, exact=True)).reach
    assert (foreseen.reachable, foreseen.excluded) == (1, {"open_complaint": 1})
    await world.schedule(made)
    await world.expand()
    assert (await world.report(made)).excluded == {"open_complaint": 1}


def complain(conn, customer, at):
    conversation = start(conn, customer, "Parcel", at)
    goals = Goals(Goal(60), {}, ZoneInfo(BERLIN))
    return begin(conn, goals, conversation.id, Complained("delivery"), at, None).id
