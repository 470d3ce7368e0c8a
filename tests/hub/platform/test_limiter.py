"""hub.platform.limiter: a try is counted before it is answered, also a hundred at once; Redis counts for all."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from hub.clock import MINUTE, FakeClock
from hub.platform.limiter import Limit, Limiter, LocalLimiter, open_limiter

SIX = [Limit("ada", 6)]


@pytest.fixture(params=["alone", "shared"])
async def limiter(request: pytest.FixtureRequest, clock: FakeClock) -> AsyncIterator[Limiter]:
    url = request.getfixturevalue("redis_url") if request.param == "shared" else ""
    limiter = open_limiter(url, clock)
    yield limiter
    await limiter.close()


async def test_of_a_hundred_at_once_only_the_allowed_pass(limiter):
    waits = await asyncio.gather(*(limiter.take(SIX) for _ in range(100)))
    assert waits.count(0) == 6
    assert min(wait for wait in waits if wait) > 2 * MINUTE


async def test_wait_that_was_named_is_long_enough_and_not_too_long(limiter, clock):
    for _ in range(6):
        await limiter.take(SIX)
    wait = await limiter.take(SIX)
    clock.forward(wait + 1)
    assert await limiter.take(SIX) == 0
    assert await limiter.take(SIX) > 0


async def test_try_that_was_given_back_does_not_count(limiter):
    for _ in range(50):
        assert await limiter.take(SIX) == 0
        await limiter.refund(SIX)


async def test_one_limit_that_is_reached_counts_none_of_the_others(limiter):
    few, many = Limit("few", 1), Limit("many", 3)
    waits = [await limiter.take([few, many]) for _ in range(5)]
    assert [wait > 0 for wait in waits] == [False, True, True, True, True]
    assert [await limiter.take([many]) for _ in range(2)] == [0, 0]


async def test_what_weighs_more_takes_the_place_of_as_many(limiter):
    two, five = [Limit("ada", 6, weight=weight) for weight in (2, 5)]
    waits = [await limiter.take([one]) for one in (five, two, *SIX, *SIX)]
    assert [wait > 0 for wait in waits] == [False, True, False, True]
    await limiter.refund([five])
    assert await limiter.take([five]) == 0


async def test_keys_do_not_count_for_each_other(limiter):
    for _ in range(6):
        await limiter.take(SIX)
    assert await limiter.take([Limit("grace", 6)]) == 0


async def test_processes_that_share_a_redis_count_together(redis_url, clock):
    one, other = open_limiter(redis_url, clock), open_limiter(redis_url, clock)
    waits = [await limiter.take(SIX) for limiter in (one, other) * 4]
    assert waits.count(0) == 6
    await one.close()
    await other.close()


async def test_each_process_counts_for_itself_while_redis_is_away(clock):
    limiter = open_limiter("redis://127.0.0.1:1/0", clock)
    waits = [await limiter.take(SIX) for _ in range(8)]
    assert waits.count(0) == 6
    await limiter.refund(SIX)
    assert await limiter.take(SIX) == 0
    await limiter.close()


async def test_made_up_keys_do_not_fill_the_memory(clock):
    limiter = LocalLimiter(clock)
    for number in range(25_000):
        await limiter.take([Limit(f"stranger {number}", 6)])
    assert limiter.remembered <= 20_000


async def test_made_up_keys_push_nobody_out_who_has_tried_too_often(clock):
    limiter = LocalLimiter(clock)
    for _ in range(6):
        await limiter.take(SIX)
    for number in range(25_000):
        await limiter.take([Limit(f"stranger {number}", 6)])
    assert await limiter.take(SIX) > 0
