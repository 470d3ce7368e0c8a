"""hub.campaigns.local_times: nine o'clock is nine o'clock where each recipient lives."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hub.campaigns import lifecycle
from hub.clock import HOUR, instant_of
from hub.errors import Conflict
from hub.store.campaigns import get_campaign
from hub.store.customers import mark_customer

ZONES = {"Berlin": "Europe/Berlin", "Lisbon": "Europe/Lisbon", "New York": "America/New_York"}


async def people(world, zones=ZONES):
    for name, zone in zones.items():
        id = await world.customer(name, email=f"{name.split()[0].lower()}@example.com")
        await world.write(mark_customer, id, world.clock.now(), timezone=zone)


def nine(world, zone="Europe/Berlin", days=3):
    day = datetime.fromtimestamp(world.clock.now() / 1000, UTC).date() + timedelta(days=days)
    return instant_of(datetime.combine(day, datetime.min.time().replace(hour=9), ZoneInfo(zone)))


async def scheduled(world, at, **changes):
    made = await world.campaign(**changes)
    now = world.clock.now()
    prepared = await world.read(lifecycle.prepare, world.words, world.hub.outbox_deps, made.id, now, anyway=True)
    return await world.write(lifecycle.schedule, prepared, at, now, local=True)


async def hours(world, number):
    """What leaves in so many hours: address -> when, by the clock of Berlin."""
    found = {}
    for _ in range(number):
        world.clock.forward(HOUR)
        await world.expand()
        await world.send()
        for mail in world.channels["mail"].sent:
            found.setdefault(mail.recipient.handle.partition("@")[0], world.clock.now())
    return found


def at_home(zone, at):
    return datetime.fromtimestamp(at / 1000, ZoneInfo(zone)).strftime("%H:%M")


async def test_t_m7_berlin_lisbon_and_new_york_get_it_at_nine_of_their_own(world):
    await people(world)
    campaign = await scheduled(world, nine(world))
    world.clock.forward(campaign.scheduled_at - HOUR - world.clock.now())
    left = await hours(world, 30)
    assert {name: at_home(ZONES[{"new": "New York"}.get(name, name.title())], at) for name, at in left.items()} == {
        "berlin": "09:00",
        "lisbon": "09:00",
        "new": "09:00",
    }
    assert (await world.read(get_campaign, campaign.id)).state == "sent"


async def test_who_lives_nowhere_known_gets_it_when_the_company_would(world):
    await people(world, {"Berlin": ""})
    at = nine(world, world.words.settings.company.timezone)
    campaign = await scheduled(world, at)
    world.clock.forward(campaign.scheduled_at - HOUR - world.clock.now())
    assert await hours(world, 30) == {"berlin": at}


async def test_what_waits_for_its_morning_is_stopped_and_goes_back_to_draft_before_it_begins(world):
    await people(world)
    campaign = await scheduled(world, nine(world))
    drafted = await world.write(lifecycle.put_back, campaign.id, world.clock.now())
    assert (drafted.state, drafted.local_at) == ("draft", "")
    again = await scheduled(world, nine(world))
    world.clock.forward(again.scheduled_at - world.clock.now())
    await world.expand()
    await world.write(lifecycle.stop, again.id, world.clock.now())
    assert await hours(world, 30) == {}


@pytest.mark.parametrize("more", [{"hourly": 10}, {"test": {"variants": [{"subject": "B"}], "share": 20}}])
async def test_beside_a_limit_or_a_test_it_is_refused(world, more):
    await people(world)
    with pytest.raises(Conflict, match="one time for all"):
        await scheduled(world, nine(world), **more)
