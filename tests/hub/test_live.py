"""hub.live: whoever follows hears of every event once, in order, with and without Redis, also after Redis was away."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from sqlalchemy import Connection

from hub.live import Live
from hub.store.database import Store
from hub.store.events import append_event, list_events, number_events
from tests import servers

Opener = Callable[[str], "asyncio.Future[Live]"]


@pytest.fixture(params=["alone", "redis"])
def bus(request: pytest.FixtureRequest) -> str:
    """The Redis URL, or nothing: every live test runs both ways."""
    return "" if request.param == "alone" else str(request.getfixturevalue("redis_url"))


@pytest.fixture
async def live(store: Store, bus: str) -> AsyncIterator[Live]:
    opened = Live(store, bus)
    await opened.open()
    yield opened
    await opened.close()


def happen(conn: Connection, *names: str) -> None:
    for name in names:
        append_event(conn, name, at=1)


async def hear(live: Live, since: int | None, wanted: int) -> list[str]:
    heard: list[str] = []
    async with asyncio.timeout(60):
        async for page in live.follow(since):
            heard += [event.type for event in page]
            if len(heard) >= wanted:
                return heard
    raise AssertionError("unreachable")


async def test_follower_hears_everything_once_and_in_order(store: Store, live: Live) -> None:
    await store.write(happen, "before")
    start = await store.write(number_events)
    following = asyncio.create_task(hear(live, start, 60))
    for n in range(20):
        await store.write(happen, f"{n}a", f"{n}b", f"{n}c")
        live.wake()

    assert await following == [f"{n}{letter}" for n in range(20) for letter in "abc"]


async def test_reader_that_comes_back_misses_nothing(store: Store, live: Live) -> None:
    await store.write(happen, "one", "two")
    first = await live.since(0)
    await store.write(happen, "three")

    assert [event.type for event in first] == ["one", "two"]
    assert [event.type for event in await live.since(first[-1].seq)] == ["three"]


async def test_many_writers_leave_no_gap_and_no_repeat(store: Store, live: Live) -> None:
    following = [asyncio.create_task(hear(live, 0, 100)) for _ in range(3)]

    async def write(n: int) -> None:
        await store.write(happen, f"event {n}")
        live.wake()

    await asyncio.gather(*(write(n) for n in range(100)))
    heard = await asyncio.gather(*following)
    assert sorted(heard[0]) == sorted(f"event {n}" for n in range(100))
    assert heard[0] == heard[1] == heard[2]
    seqs = [event.seq for event in await store.read(list_events, 0, 1000)]
    assert seqs == list(range(1, 101))


async def test_wake_up_reaches_another_process_through_redis(store: Store, redis_url: str) -> None:
    here, there = Live(store, redis_url), Live(store, redis_url)
    await here.open()
    await there.open()
    async with asyncio.timeout(60):
        while not there.redis_ok:  # noqa: ASYNC110 - subscribing has no signal of its own
            await asyncio.sleep(0.01)
        news = there.news
        here.wake()
        await news.wait()
    await here.close()
    await there.close()


async def test_lost_redis_costs_a_delay_and_nothing_else(store: Store) -> None:
    with servers.redis() as url:
        live = Live(store, url)
        await live.open()
        await store.write(happen, "while it runs")
    following = asyncio.create_task(hear(live, 0, 2))
    await store.write(happen, "while it is gone")
    live.wake()

    assert await following == ["while it runs", "while it is gone"]
    await live.close()
