"""Wakes whoever waits for news: in this process by asyncio, across processes through Redis Pub/Sub.

A wake-up carries nothing; the truth is the event table. Without Redis another process hears of it when it looks
(hub.jobs.pulse), and whoever is not woken at all looks every POLL seconds.
An ephemeral event carries a few words that are not worth remembering ("Lena is writing"); it may get lost.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from importlib import import_module
from typing import Any

from hub.clock import iso
from hub.errors import StoreUnavailable
from hub.ids import new_id
from hub.store.database import Store
from hub.store.events import Happening, has_unnumbered, last_seq, list_all_numbered, list_events, number_events

CHANNEL = "hub:wake"
EPHEMERAL = "hub:whisper"
POLL = 15.0  # seconds between looks when nobody wakes us
PAGE = 500
GATHER = 0.02  # seconds between pages: what happens meanwhile is numbered in one transaction

Ephemeral = Mapping[str, str]


class Live:
    """`wake()` after a write that appended events; `follow()` gives events to one reader, in order."""

    def __init__(self, store: Store, redis_url: str = "") -> None:
        self._store = store
        self._news = asyncio.Event()
        self._ears: set[Callable[[Ephemeral], None]] = set()
        self._name = new_id()
        self._bus: Any = None
        if redis_url:
            self._bus = import_module("hub.platform.bus").Bus(redis_url, (CHANNEL, EPHEMERAL), self._hear)

    @property
    def redis_ok(self) -> bool:
        return self._bus is None or bool(self._bus.ok)

    async def open(self) -> None:
        if self._bus is not None:
            await self._bus.open()

    async def close(self) -> None:
        if self._bus is not None:
            await self._bus.close()
        self.wake_here()

    def wake(self) -> None:
        """Cheap and never fails: many wake-ups in a row become one."""
        self.wake_here()
        if self._bus is not None:
            self._bus.say(CHANNEL)

    def wake_here(self) -> None:
        """Only this process."""
        self._news.set()
        self._news = asyncio.Event()

    def send_ephemeral(self, words: Ephemeral) -> None:
        """Tell every process at once; nothing is kept."""
        self._tell(words)
        if self._bus is not None:
            self._bus.say(EPHEMERAL, json.dumps({**words, "by": self._name}))

    def on_ephemeral(self, ear: Callable[[Ephemeral], None]) -> Callable[[], None]:
        """Call `ear` with every ephemeral event from now on; returns how to stop."""
        self._ears.add(ear)
        return lambda: self._ears.discard(ear)

    @property
    def news(self) -> asyncio.Event:
        """Set at the next wake-up. Take it before you look, wait for it after: then nothing falls between."""
        return self._news

    async def wait(self, news: asyncio.Event, seconds: float = POLL) -> None:
        """Return at the wake-up, or after so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):  # wait_for of Python 3.11 may swallow a cancellation
                await news.wait()

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
            if 0 < len(page) < PAGE:
                await asyncio.sleep(GATHER)

    async def since(self, cursor: int, limit: int = PAGE) -> list[Happening]:
        """Every committed event after the cursor, oldest first, at most `limit`."""
        page = await self._store.read(list_all_numbered, cursor, limit)
        if page is None:
            await self._store.write(number_events)
            page = await self._store.read(list_events, cursor, limit)
        return page

    async def last(self) -> int:
        """The number of the newest event."""
        if await self._store.read(has_unnumbered):
            await self._store.write(number_events)
        return await self._store.read(last_seq)

    def _tell(self, words: Ephemeral) -> None:
        for ear in tuple(self._ears):
            ear(words)

    def _hear(self, topic: str, words: str) -> None:
        """Anything that is no ephemeral event may mean news."""
        if topic != EPHEMERAL:
            self.wake_here()
            return
        heard = json.loads(words)
        if heard.pop("by") != self._name:
            self._tell(heard)


def described(event: Happening) -> dict[str, Any]:
    """An event as other programs are told of it: the API's /events and outgoing webhooks alike."""
    return {
        "seq": event.seq,
        "id": event.id,
        "type": event.type,
        "customer_id": event.customer_id,
        "conversation_id": event.conversation_id,
        "message_id": event.message_id,
        "agent_id": event.agent_id,
        "data": event.data,
        "at": iso(event.at),
    }
