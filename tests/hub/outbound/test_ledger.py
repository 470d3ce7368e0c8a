"""hub.outbound.ledger: attempts that wait together share a transaction; one that cannot be settled spoils no other."""

import asyncio

import pytest

from hub.outbound.ledger import Gatherer


async def test_what_comes_while_the_store_is_busy_forms_one_group():
    groups, begun, gate = [], asyncio.Event(), asyncio.Event()

    async def work(items):
        groups.append(list(items))
        begun.set()
        await gate.wait()
        return [item * 2 for item in items]

    gather = Gatherer(work)
    first = asyncio.create_task(gather(1))
    await begun.wait()
    others = [asyncio.create_task(gather(number)) for number in range(2, 30)]
    await asyncio.sleep(0)
    gate.set()

    assert await first == 2
    assert await asyncio.gather(*others) == [number * 2 for number in range(2, 30)]
    assert [len(group) for group in groups] == [1, 28]


async def test_trouble_reaches_everybody_in_the_group_and_the_next_group_goes_on():
    async def work(items):
        if 13 in items:
            raise ValueError("unlucky")
        return list(items)

    gather = Gatherer(work)
    results = await asyncio.gather(gather(13), gather(1), return_exceptions=True)

    assert [type(result) for result in results] == [ValueError, ValueError]
    assert await gather(2) == 2


async def test_a_caller_who_gives_up_disturbs_nobody():
    gate = asyncio.Event()

    async def work(items):
        await gate.wait()
        return list(items)

    gather = Gatherer(work)
    given_up, waiting = asyncio.create_task(gather(1)), asyncio.create_task(gather(2))
    await asyncio.sleep(0)
    given_up.cancel()
    gate.set()

    assert await waiting == 2
    with pytest.raises(asyncio.CancelledError):
        await given_up
