"""A new sending address gets known slowly, nobody is dropped, and the day on which all is done is told before."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hub.campaigns import lifecycle
from hub.campaigns.warming import foresee
from hub.clock import DAY, HOUR, MINUTE, instant_of
from hub.errors import Conflict
from hub.model import DeliveryState
from hub.store.campaigns import get_campaign
from hub.store.recipients import list_recipients
from hub.store.warm_ups import WarmUp, load_warm_ups, mark_warm_up
from tests.campaigns.conftest import NEWS
from tests.campaigns.test_fallback import again, told
from tests.campaigns.test_pages import FORM, press

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = instant_of(datetime(2026, 11, 30, 9, 30, tzinfo=BERLIN))
PLAN = WarmUp(first=4, growth=50, until=100, started="2026-11-30")  # 4, 6, 9, 13


@pytest.fixture
async def crowd(world):
    world.clock.instant = MONDAY
    return [await world.customer(f"Reader {n:02}", email=f"r{n}@example.com", consents=["email"]) for n in range(20)]


async def go(world):
    await world.expand()
    await world.send()
    await world.expand()


async def test_each_day_has_its_number_and_nobody_is_dropped(world, crowd):
    await world.write(mark_warm_up, "mail", PLAN)
    made = await world.schedule(await world.campaign())
    arrived = []
    for _ in range(5):
        for _ in range(2):  # what is asked again on the same day finds no place
            await go(world)
            world.clock.forward(HOUR)
        arrived.append(len(world.channels["mail"].sent))
        world.clock.forward(DAY - 2 * HOUR)
    assert arrived == [4, 10, 19, 20, 20]
    assert len({mail.recipient.handle for mail in world.channels["mail"].sent}) == 20
    assert (await world.read(get_campaign, made.id)).state == "sent"
    assert {row.customer_id for row in await world.read(list_recipients, made.id)} == set(crowd)


async def test_it_goes_on_at_the_time_at_which_it_began(world, crowd):
    await world.write(mark_warm_up, "mail", PLAN)
    made = await world.schedule(await world.campaign())
    await go(world)
    world.clock.instant = MONDAY + DAY - MINUTE
    await go(world)
    assert len(world.channels["mail"].sent) == 4
    assert (await world.read(get_campaign, made.id)).next_at == MONDAY + DAY
    world.clock.instant = MONDAY + DAY
    await go(world)
    assert len(world.channels["mail"].sent) == 10


async def test_two_campaigns_share_the_places_of_a_day(world, crowd):
    await world.write(mark_warm_up, "mail", PLAN)
    for name in ("One", "Two"):
        await world.schedule(await world.campaign(name=name))
    await go(world)
    assert len(world.channels["mail"].sent) == 4


async def test_a_test_of_two_subjects_waits_for_its_places(world, crowd):
    await world.write(mark_warm_up, "mail", PLAN)
    test = {"variants": [{"subject": "Other"}], "share": 50, "hours": 1, "measure": "replies"}
    made = await world.schedule(await world.campaign(test=test))
    for _ in range(5):
        await go(world)
        world.clock.forward(2 * HOUR)
        await go(world)
        world.clock.forward(DAY - 2 * HOUR)
    assert len({mail.recipient.handle for mail in world.channels["mail"].sent}) == 20
    assert (await world.read(get_campaign, made.id)).state == "sent"


async def test_another_channel_is_not_slowed_down(world):
    world.clock.instant = MONDAY
    for n in range(6):
        await world.customer(f"Reader {n}", email="", sms=f"+4930123450{n}", consents=["sms"], preferred="sms")
    await world.write(mark_warm_up, "mail", PLAN)
    await world.deliver(channel="preferred")
    assert len(world.channels["sms"].sent) == 6


async def test_a_plan_that_ends_lets_go_at_once(world, crowd):
    await world.write(mark_warm_up, "mail", PLAN)
    await world.schedule(await world.campaign())
    await go(world)
    await world.write(mark_warm_up, "mail", None)
    await go(world)
    assert (len(world.channels["mail"].sent), await world.read(load_warm_ups)) == (20, {})


async def test_the_day_on_which_it_is_done_is_told_and_kept(world, crowd):
    await world.write(mark_warm_up, "mail", PLAN)
    now = world.clock.now()
    [told] = await world.read(foresee, {"mail": 20}, now, now, BERLIN)
    assert (told.today, told.left, told.done) == (4, 4, date(2026, 12, 3))  # a Thursday
    await world.schedule(await world.campaign())
    while len(world.channels["mail"].sent) < 20:
        await go(world)
        last = world.clock.now()
        world.clock.forward(DAY)
    assert datetime.fromtimestamp(last / 1000, BERLIN).date() == told.done


@pytest.mark.parametrize(("first", "growth", "until"), [(1, 1, 3), (10, 100, 80), (5, 50, 5)])
def test_a_plan_grows_every_day_until_there_is_no_limit(first, growth, until):
    plan = WarmUp(first, growth, until, "2026-11-30")
    days = [plan.allows(date(2026, 11, 30) + timedelta(days=n)) for n in range(50)]
    limited = [n for n in days if n is not None]
    assert days == limited + [None] * (50 - len(limited))
    assert sorted(set(limited)) == limited
    assert all(n < until for n in limited)


async def test_where_each_lives_is_refused_while_it_warms_up(world, crowd):
    await world.write(mark_warm_up, "mail", PLAN)
    made = await world.campaign(template=NEWS)
    now = world.clock.now()
    prepared = await world.read(lifecycle.prepare, world.words, world.hub.outbox_deps, made.id, now)
    at = instant_of(datetime(2026, 12, 10, 9, tzinfo=UTC))
    with pytest.raises(Conflict, match="warms up"):
        await world.write(lifecycle.schedule, prepared, at, now, local=True)


async def test_a_plan_is_made_and_changed_in_the_browser_and_shown_before_sending(world, crowd, visit):
    max = await visit()
    page = "/campaigns/warm-up"
    odd = {"channel": "mail", "first": "none", "growth": "50", "until": "100", "action": "save"}
    answer = await max.post(page, odd, page=page)
    said = await answer.text()
    assert (answer.status, await world.read(load_warm_ups)) == (422, {})
    assert "Give a whole number from 1 to 1,000,000." in said
    assert 'value="none"' in said
    await press(max, page, page, odd | {"first": "4"})
    assert await world.read(load_warm_ups) == {"mail": PLAN}

    here = await press(max, "/campaigns", "/campaigns", {"name": "November"})
    await press(max, here, here, FORM | {"action": "save"})
    _, sheet = await max.get(f"{here}/send")
    assert "20 customers: done on Thursday" in sheet
    assert 'name="local"' not in sheet

    await press(max, page, page, odd | {"first": "10"})
    _, shown = await max.get(page)
    assert "today 10, of which 10 have not left yet" in shown
    await press(max, page, page, {"channel": "mail", "action": "end"})
    assert await world.read(load_warm_ups) == {}
    assert (await max.post(page, odd | {"channel": "nowhere"}, page=page)).status == 404


async def test_a_fallback_keeps_to_the_places_of_each_day(world):
    world.clock.instant = MONDAY
    for n in range(9):
        await world.customer(f"R{n}", email=f"r{n}@example.com", sms=f"+4930123450{n}", consents=["email", "sms"])
    await world.write(mark_warm_up, "sms", WarmUp(first=2, growth=50, until=100, started="2026-11-30"))  # 2, 3, 4
    made = await world.deliver(fallback={"channels": ["sms"], "hours": 0})
    arrived = []
    for _ in range(3):
        for _ in range(3):
            made = await told(world, made, DeliveryState.FAILED)
            world.clock.forward(HOUR)
        arrived.append(len(world.channels["sms"].sent))
        world.clock.forward(DAY - 3 * HOUR)
    assert arrived == [2, 5, 9]


async def test_a_campaign_is_not_over_while_a_fallback_waits_for_its_place(world):
    world.clock.instant = MONDAY
    for n in range(3):
        await world.customer(f"R{n}", email=f"r{n}@example.com", sms=f"+4930123450{n}", consents=["email", "sms"])
    await world.write(mark_warm_up, "sms", WarmUp(first=2, growth=50, until=100, started="2026-11-30"))
    made = await world.schedule(await world.campaign(fallback={"channels": ["sms"], "hours": 0}))
    await world.expand()
    await world.send()
    assert (await told(world, made, DeliveryState.FAILED)).state == "sending"
    world.clock.forward(DAY)
    assert (await again(world, made)).state == "sent"
    assert len(world.channels["sms"].sent) == 3
