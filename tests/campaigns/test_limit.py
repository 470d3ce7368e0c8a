"""A campaign with a limit: never more in an hour than was said, across pauses and processes that know nothing."""

import pytest
from sqlalchemy import select, update

from hub.campaigns import lifecycle
from hub.campaigns.content import Contents
from hub.campaigns.expand import advance
from hub.clock import HOUR, MINUTE
from hub.sequences.starting import start_for_campaign
from hub.store.bench_data import add_readers
from hub.store.campaigns import TRYING, get_campaign
from hub.store.tables import addresses, customers
from hub.store.variants import count_variants

WHOLE, LIMIT = 40, 12


async def _pass(world, minutes):
    """Minute by minute, each by a process that knows nothing of the last; how many had left after each."""
    told = []
    for _ in range(minutes):
        await _write(world)
        await world.send()
        told.append(len(world.channels["mail"].sent))
        world.clock.forward(MINUTE)
    return told


async def _write(world):
    while await advance(world.hub, Contents(world.hub.store, world.words), start_for_campaign):
        pass


async def _hold_up(world, minutes):
    """The channel hands over nothing meanwhile."""
    for _ in range(minutes):
        await _write(world)
        world.clock.forward(MINUTE)


async def _begin(world, number=WHOLE, **changes):
    await world.write(add_readers, range(number), "many", "news", world.clock.now())
    return await world.schedule(await world.campaign(audience={"labels": ["many"]}, **{"hourly": LIMIT, **changes}))


async def test_no_hour_sees_more_than_was_said_and_all_get_it_once(world):
    campaign = await _begin(world)
    told = await _pass(world, 60 * 4)

    in_an_hour = [later - earlier for earlier, later in zip(told, told[59:], strict=False)]
    assert max(in_an_hour) <= LIMIT
    assert told[-1] == WHOLE == len({mail.recipient.handle for mail in world.channels["mail"].sent})
    assert (await world.read(get_campaign, campaign.id)).state == "sent"


async def test_what_was_paused_is_not_caught_up_with(world):
    campaign = await _begin(world)
    await _pass(world, 10)
    await world.write(lifecycle.pause, campaign.id, world.clock.now())
    world.clock.forward(5 * HOUR)
    await world.write(lifecycle.resume, campaign.id, world.clock.now())
    told = await _pass(world, 60)

    assert told[-1] - told[0] < LIMIT


async def test_what_waited_counts_once_it_leaves(world):
    campaign = await _begin(world)
    await _hold_up(world, 70)
    told = await _pass(world, 60 * 4)

    assert told[0] == LIMIT
    in_an_hour = [later - earlier for earlier, later in zip([0, *told], told[59:], strict=False)]
    assert max(in_an_hour) <= LIMIT
    assert told[-1] == WHOLE
    assert (await world.read(get_campaign, campaign.id)).state == "sent"


@pytest.mark.parametrize(("number", "share", "drawn"), [(6, 20, 2), (40, 50, 20), (30, 100, 30)])
async def test_what_is_tried_is_drawn_from_all_and_leaves_within_the_limit(world, number, share, drawn):
    test = {"variants": [{"subject": "The other news"}], "share": share, "hours": 1, "measure": "replies"}
    campaign = await _begin(world, number, test=test)
    told = await _pass(world, 60 * 3)
    tallies = await world.read(count_variants, campaign.id)

    assert sum(tally.reached for tally in tallies.values()) == drawn
    assert tallies["a"].reached == tallies["b"].reached
    in_an_hour = [later - earlier for earlier, later in zip([0, *told], told[59:], strict=False)]
    assert max(in_an_hour) <= LIMIT


async def test_those_who_cannot_be_reached_keep_nobody_from_being_drawn(world):
    test = {"variants": [{"subject": "The other news"}], "share": 50, "hours": 1, "measure": "replies"}
    campaign = await _begin(world, 30, test=test, hourly=60)

    def close(conn):
        ids = sorted(conn.scalars(select(customers.c.id)))[::2]
        conn.execute(update(addresses).where(addresses.c.customer_id.in_(ids)).values(state="bounced"))

    await world.write(close)
    await _pass(world, 20)
    tallies = await world.read(count_variants, campaign.id)
    assert tallies["a"].reached == tallies["b"].reached in (3, 4)
    assert (await world.read(get_campaign, campaign.id)).test_stage == TRYING
