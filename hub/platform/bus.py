"""Carries words between processes through Redis Pub/Sub. Nothing is kept; what is lost is only late.

Loaded only when Redis is configured: the client costs memory and time at start.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from redis import asyncio as aioredis
from redis.exceptions import RedisError

BACK_OFF = 1.0  # seconds before a lost Redis is tried again
MAX_UNSAID = 1000

log = logging.getLogger("hub.platform.bus")


class Bus:
    """hear(topic, words) is called for everything any process says, our own words included; ("", "") means that
    something may have been missed."""

    def __init__(self, url: str, topics: tuple[str, ...], hear: Callable[[str, str], None]) -> None:
        self.ok = False
        self._redis: Any = aioredis.Redis.from_url(url)
        self._topics = topics
        self._hear = hear
        self._unsaid: dict[tuple[str, str], None] = {}
        self._news = asyncio.Event()
        self._closing = False
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._speak())]

    async def close(self) -> None:
        self._closing = True  # the client may swallow a cancellation that meets one of its own timeouts
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._redis.aclose()

    def say(self, topic: str, words: str = "") -> None:
        """Cheap and never fails; equal words that wait become one."""
        if len(self._unsaid) < MAX_UNSAID:
            self._unsaid[topic, words] = None
            self._news.set()

    async def _speak(self) -> None:
        while not self._closing:
            await self._news.wait()
            self._news.clear()
            unsaid, self._unsaid = self._unsaid, {}
            try:
                for topic, words in unsaid:
                    await self._redis.publish(topic, words)
            except (RedisError, OSError):
                self.ok = False

    async def _listen(self) -> None:
        while not self._closing:
            try:
                async with self._redis.pubsub() as pubsub:
                    await pubsub.subscribe(*self._topics)
                    self.ok = True
                    self._hear("", "")
                    async for heard in pubsub.listen():
                        if heard["type"] == "message":
                            self._hear(heard["channel"].decode(), heard["data"].decode())
            except (RedisError, OSError) as trouble:
                self.ok = False
                log.warning("redis is away: %s", trouble)
                await asyncio.sleep(BACK_OFF)
