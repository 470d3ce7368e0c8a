"""Wakes whoever waits for news: in this process by asyncio, across processes through Redis Pub/Sub.

A wake-up carries nothing; the truth is the event table. Losing Redis costs nothing but a delay of POLL seconds.
A whisper carries a few words that are not worth remembering ("Lena is writing"); it may get lost.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from typing import Any

from redis import asyncio as aioredis
from redis.exceptions import RedisError

from hub.errors import StoreUnavailable
from hub.ids import new_id
from hub.store.database import Store
from hub.store.events import Happening, has_unnumbered, last_seq, list_events, number_events

CHANNEL = "hub:wake"
WHISPERS = "hub:whisper"
POLL = 2.0  # seconds between looks when nobody wakes us
BACK_OFF = 1.0  # seconds before a lost Redis is tried again
PAGE = 500

Whisper = Mapping[str, str]

log = logging.getLogger("hub.live")


class Live:
    """`wake()` after a write that appended events; `follow()` gives events to one reader, in order."""

    def __init__(self, store: Store, redis_url: str = "") -> None:
        self._store = store
        self._redis: Any = aioredis.Redis.from_url(redis_url) if redis_url else None
        self._news = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._publishing = asyncio.Event()
        self._woken = False
        self._unsaid: list[str] = []
        self._ears: set[Callable[[Whisper], None]] = set()
        self._name = new_id()
        self.redis_ok = not redis_url

    async def open(self) -> None:
        if self._redis is not None:
            self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._publish())]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._redis is not None:
            await self._redis.aclose()
        self._wake_here()

    def wake(self) -> None:
        """Cheap and never fails: many wake-ups in a row become one."""
        self._wake_here()
        self._woken = True
        self._publishing.set()

    def whisper(self, words: Whisper) -> None:
        """Tell every process at once; nothing is kept."""
        self._tell(words)
        if self._redis is not None:
            self._unsaid.append(json.dumps({**words, "by": self._name}))
            self._publishing.set()

    def overhear(self, ear: Callable[[Whisper], None]) -> Callable[[], None]:
        """Call `ear` with every whisper from now on; returns how to stop."""
        self._ears.add(ear)
        return lambda: self._ears.discard(ear)

    @property
    def news(self) -> asyncio.Event:
        """Set at the next wake-up. Take it before you look, wait for it after: then nothing falls between."""
        return self._news

    async def wait(self, news: asyncio.Event, seconds: float = POLL) -> None:
        """Return at the wake-up, or after so many seconds."""
        with suppress(TimeoutError):
            await asyncio.wait_for(news.wait(), seconds)

    async def follow(self, since: int | None = None) -> AsyncIterator[list[Happening]]:
        """Pages of events after `since` (None: from now on), for ever; an empty page every POLL seconds of silence."""
        cursor = await self.last() if since is None else since
        while True:
            news = self.news
            try:
                page = await self.since(cursor)
            except StoreUnavailable:
                page = []
            if page:
                cursor = page[-1].seq
            else:
                await self.wait(news)
            yield page

    async def since(self, cursor: int, limit: int = PAGE) -> list[Happening]:
        """Every committed event after the cursor, oldest first, at most `limit`."""
        if await self._store.read(has_unnumbered):
            await self._store.write(number_events)
        return await self._store.read(list_events, cursor, limit)

    async def last(self) -> int:
        """The number of the newest event."""
        if await self._store.read(has_unnumbered):
            await self._store.write(number_events)
        return await self._store.read(last_seq)

    def _wake_here(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    def _tell(self, words: Whisper) -> None:
        for ear in tuple(self._ears):
            ear(words)

    async def _publish(self) -> None:
        while True:
            await self._publishing.wait()
            self._publishing.clear()
            woken, self._woken = self._woken, False
            unsaid, self._unsaid = self._unsaid, []
            try:
                if woken:
                    await self._redis.publish(CHANNEL, b"")
                for words in unsaid:
                    await self._redis.publish(WHISPERS, words)
            except (RedisError, OSError):
                self.redis_ok = False

    def _hear(self, heard: Mapping[str, Any]) -> None:
        if heard["channel"] != WHISPERS.encode():
            self._wake_here()
        elif heard["type"] == "message":
            words = json.loads(heard["data"])
            if words.pop("by") != self._name:
                self._tell(words)

    async def _listen(self) -> None:
        while True:
            try:
                async with self._redis.pubsub() as pubsub:
                    await pubsub.subscribe(CHANNEL, WHISPERS)
                    self.redis_ok = True
                    self._wake_here()  # whatever was published while we were away
                    async for heard in pubsub.listen():
                        self._hear(heard)
            except (RedisError, OSError) as trouble:
                self.redis_ok = False
                log.warning("redis is away, looking every %s s instead: %s", POLL, trouble)
                await asyncio.sleep(BACK_OFF)
