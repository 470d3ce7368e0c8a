"""One at a time or many together: calls that arrive while others are being worked on become the next group."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from hub.errors import StoreUnavailable

GROUP = 250
T = TypeVar("T")
R = TypeVar("R")

log = logging.getLogger("hub.platform.batching")


def at_most(items: Sequence[object]) -> int:
    """How many of those who wait go together, unless somebody counts otherwise."""
    return min(len(items), GROUP)


class Batcher(Generic[T, R]):
    """work: what is done with some items together, a result for each, all or nothing. first_of: how many of those who
    wait go together, at least one.

    Each caller hears of their own item only: when a group fails, its items are tried one by one, unless the store is
    away for all of them.
    """

    def __init__(
        self,
        work: Callable[[Sequence[T]], Awaitable[Sequence[R]]],
        first_of: Callable[[Sequence[T]], int] = at_most,
    ) -> None:
        self._work, self._first_of = work, first_of
        self._items: list[T] = []
        self._futures: list[asyncio.Future[R]] = []
        self._busy: asyncio.Task[None] | None = None

    async def __call__(self, item: T) -> R:
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._items.append(item)
        self._futures.append(future)
        if self._busy is None or self._busy.done():
            self._busy = asyncio.create_task(self._drain())
        # Never `await self._busy` instead: who gives up would cancel the work of everybody in the group.
        return await future

    async def _drain(self) -> None:
        """Nothing may be awaited between the last look at the items and the end: whoever came in that moment would
        see a task that is not done yet, start none, and wait for ever."""
        while self._items:
            await asyncio.sleep(0)  # whoever is ready this instant comes along
            count = self._first_of(self._items)
            items, futures = self._items[:count], self._futures[:count]
            del self._items[:count], self._futures[:count]
            await self._work_on(items, futures)

    async def _work_on(self, items: Sequence[T], futures: Sequence[asyncio.Future[R]]) -> None:
        try:
            results = await self._work(items)
        except Exception as trouble:
            if len(items) > 1 and not isinstance(trouble, StoreUnavailable):
                log.warning("%d cannot be done together, each is tried alone: %s", len(items), trouble)
                for item, future in zip(items, futures, strict=True):
                    await self._work_on([item], [future])
                return
            for future in futures:
                if not future.done():
                    future.set_exception(trouble)
        else:
            for future, result in zip(futures, results, strict=True):
                if not future.done():  # who asked may have gone
                    future.set_result(result)
