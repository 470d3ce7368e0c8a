"""hub.platform.batching: who waits together is served together; one that cannot be served spoils no other."""

import asyncio

import pytest

from hub.errors import StoreUnavailable
from hub.platform.batching import GROUP, Batcher


async def test_what_comes_while_the_store_is_busy_forms_one_group():
    groups, begun, gate = [], asyncio.Event(), asyncio.Event()

    async def work(items):
        groups.append(list(items))
        begun.set()
        await gate.wait()
        return [item * 2 for item in items]

    gather = Batcher(work)
    first = asyncio.create_task(gather(1))
    await begun.wait()
    others = [asyncio.create_task(gather(number)) for number in range(2, 30)]
    await asyncio.sleep(0)
    gate.set()

    assert await first == 2
    assert await asyncio.gather(*others) == [number * 2 for number in range(2, 30)]
    assert [len(group) for group in groups] == [1, 28]


async def test_one_at_fault_hears_so_and_spoils_no_other():
    async def work(items):
        if 13 in items:
            raise ValueError("unlucky")
        return [item * 2 for item in items]

    gather = Batcher(work)
    results = await asyncio.gather(gather(1), gather(13), gather(2), return_exceptions=True)

    assert [results[0], type(results[1]), results[2]] == [2, ValueError, 4]
    assert await gather(3) == 6


async def test_a_store_that_is_away_is_asked_once_for_the_whole_group():
    groups = []

    async def work(items):
        groups.append(len(items))
        raise StoreUnavailable("gone")

    gather = Batcher(work)
    results = await asyncio.gather(*(gather(number) for number in range(10)), return_exceptions=True)

    assert {type(result) for result in results} == {StoreUnavailable}
    assert groups == [10]


async def test_a_group_is_as_large_as_is_said():
    groups = []

    async def work(items):
        groups.append(list(items))
        return items

    counted = Batcher(work, lambda items: 2 if sum(items[:2]) < 10 else 1)
    assert await asyncio.gather(*(counted(number) for number in (1, 2, 9, 3, 4))) == [1, 2, 9, 3, 4]
    assert groups == [[1, 2], [9], [3, 4]]

    groups.clear()
    plain = Batcher(work)
    await asyncio.gather(*(plain(number) for number in range(GROUP + 1)))
    assert [len(group) for group in groups] == [GROUP, 1]


async def test_a_caller_who_gives_up_disturbs_nobody():
    gate = asyncio.Event()

    async def work(items):
        await gate.wait()
        return list(items)

    gather = Batcher(work)
    given_up, waiting = asyncio.create_task(gather(1)), asyncio.create_task(gather(2))
    await asyncio.sleep(0)
    given_up.cancel()
    gate.set()

    assert await waiting == 2
    with pytest.raises(asyncio.CancelledError):
        await given_up
