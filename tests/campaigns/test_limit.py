"""A campaign with a limit: never more in an hour than was said, across pauses and processes that know nothing."""

from hub.campaigns import lifecycle
from hub.campaigns.content import Contents
from hub.campaigns.expand import advance
from hub.clock import HOUR, MINUTE
from hub.sequences.starting import start_for_campaign
from hub.store.bench_data import add_readers
from hub.store.campaigns import get_campaign

WHOLE, LIMIT = 40, 12


async def _pass(world, minutes):
    """Minute by minute, each by a process that knows nothing of the last; how many had left after each."""
    told = []
    for _ in range(minutes):
        while await advance(world.hub, Contents(world.hub.store, world.words), start_for_campaign):
            pass
        await world.send()
        told.append(len(world.channels["mail"].sent))
        world.clock.forward(MINUTE)
    return told


async def _begin(world, **changes):
    await world.write(add_readers, range(WHOLE), "many", "news", world.clock.now())
    return await world.schedule(await world.campaign(audience={"labels": ["many"]}, hourly=LIMIT, **changes))


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
