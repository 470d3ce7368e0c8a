"""Knows who is in the chat: wakes a visitor's sockets when something is there for them, and keeps their number small.

A socket is only told to look; what there is it reads from the store, at its own pace. So a slow visitor costs
nothing but their own delay.
"""

import asyncio
import logging
from collections import Counter, defaultdict
from contextlib import suppress
from typing import Protocol

from aiohttp import web

from hub.context import Hub
from hub.live import Ephemeral
from hub.platform.limiter import LocalLimiter
from hub.store.webchat import SHOWN_BY
from hub.webchat.presence import AGENT_TYPES

MOST_SOCKETS = 5_000  # in this process
TROUBLE_REST = 1.0

log = logging.getLogger("hub.web.chat")


class Listener(Protocol):
    """One open socket."""

    visitor_id: str

    def wake(self) -> None: ...

    def show_typing(self, author: str) -> None: ...

    async def go_away(self) -> None: ...


class Rooms:
    """The sockets of this process, by customer. hello_within: seconds in which a new one has to say who is there."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self.hello_within = 15.0
        self._per_network: Counter[str] = Counter()
        self._by_customer: defaultdict[str, set[Listener]] = defaultdict(set)
        self._all: set[Listener] = set()
        self._task: asyncio.Task[None] | None = None
        self._stop_hearing = hub.live.on_ephemeral(self._hear)
        self.frames = LocalLimiter(hub.clock)  # what this process is told; what is said is counted by hub.limiter

    def admit(self, network: str, most: int) -> bool:
        """May one more socket be opened from there?"""
        if self._per_network[network] >= most or self._per_network.total() >= MOST_SOCKETS:
            return False
        self._per_network[network] += 1
        return True

    @property
    def count(self) -> int:
        """Open sockets."""
        return self._per_network.total()

    def dismiss(self, network: str) -> None:
        self._per_network[network] -= 1
        if not self._per_network[network]:
            del self._per_network[network]

    def join(self, listener: Listener, customer_id: str | None) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._follow())
        self._all.add(listener)
        if customer_id:
            self._by_customer[customer_id].add(listener)

    def leave(self, listener: Listener, customer_id: str | None) -> None:
        self._all.discard(listener)
        if customer_id:
            self._by_customer[customer_id].discard(listener)
            if not self._by_customer[customer_id]:
                del self._by_customer[customer_id]

    async def close(self) -> None:
        """The server stops: every visitor is sent away, to come back to the next one."""
        self._stop_hearing()
        await asyncio.gather(*(listener.go_away() for listener in self._all), return_exceptions=True)
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _follow(self) -> None:
        while True:
            try:
                async for page in self._hub.live.follow():
                    for happening in page:
                        self._wake(happening.type, happening.customer_id)
            except Exception:
                log.exception("following the events stumbled")
                await asyncio.sleep(TROUBLE_REST)

    def _wake(self, type: str, customer_id: str | None) -> None:
        if type in SHOWN_BY:
            for listener in self._by_customer.get(customer_id or "", ()):
                listener.wake()
        elif type.startswith("customer."):  # merged: what belonged to one belongs to another now
            for listener in self._all:
                listener.wake()

    def _hear(self, words: Ephemeral) -> None:
        if words.get("what") == AGENT_TYPES and words.get("kind") == "webchat":
            for listener in [one for one in self._all if one.visitor_id == words.get("handle")]:
                listener.show_typing(words.get("author", ""))


ROOMS = web.AppKey("rooms", Rooms)


def set_up(app: web.Application, hub: Hub) -> None:
    rooms = app[ROOMS] = Rooms(hub)

    async def close(_: web.Application) -> None:
        await rooms.close()

    app.on_shutdown.append(close)
