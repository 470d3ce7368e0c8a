"""How fast a channel may send: the generic cell rate algorithm in memory (`shared_pacing`: in Redis); and a breaker.

GCRA (ITU-T I.371) keeps one number per key: the theoretical time at which the next cell would be on schedule.
"""

import asyncio
import random
import time
from typing import Protocol

from hub.watch import Way

OPEN_AFTER = 4  # failures in a row before a channel rests
BACK_OFF = (2.0, 900.0)  # seconds: the first retry, the longest wait between two
REST_SECONDS = (2.0, 60.0)  # the first rest, the longest


class Pacing(Protocol):
    async def take(self, key: str, per_second: float, burst: int = 1) -> float:
        """Seconds to wait before asking again; 0 = a message may leave now, and is counted."""
        ...


async def in_time(pacing: Pacing, key: str, rate: float) -> None:
    """Returns when a message may leave."""
    burst = max(1, int(rate))
    wait = await pacing.take(key, rate, burst)
    while wait > 0:
        await asyncio.sleep(min(wait, 1.0))
        wait = await pacing.take(key, rate, burst)


class LocalPacing:
    """One process."""

    def __init__(self) -> None:
        self._next: dict[str, float] = {}

    async def take(self, key: str, per_second: float, burst: int = 1) -> float:
        if per_second <= 0:
            return 0.0
        now, step = time.monotonic(), 1 / per_second
        due = max(self._next.get(key, now), now)
        wait = due - now - step * (burst - 1)
        if wait > 1e-9:
            return wait
        self._next[key] = due + step
        return 0.0


class Breaker:
    """One dead provider must not eat the hub's time: after some failures in a row its channel rests, then one
    message tries again."""

    def __init__(self, way: Way | None = None) -> None:
        """way: is told how the channel is."""
        self.way = way or Way()
        self._failures = 0
        self._until = 0.0

    def resting(self) -> float:
        """Seconds this channel still rests."""
        return max(0.0, self._until - time.monotonic())

    def rest(self, seconds: float) -> None:
        """The provider said how long (429 with Retry-After)."""
        self._until = max(self._until, time.monotonic() + seconds)

    @property
    def probing(self) -> bool:
        """Only one message may try now."""
        return self._failures >= OPEN_AFTER

    def failed(self) -> None:
        if self.probing and self.resting():
            return  # begun before: many that fail together are one failure
        self._failures += 1
        if self._failures >= OPEN_AFTER:
            first, longest = REST_SECONDS
            self.rest(min(first * 2.0 ** (self._failures - OPEN_AFTER), longest))

    def succeeded(self) -> None:
        self._failures = 0


def back_off(attempts: int) -> float:
    """Seconds before the next try: doubling, capped, with full jitter on the upper half."""
    first, longest = BACK_OFF
    wait = min(first * 2.0 ** (attempts - 1), longest)
    return wait * (0.5 + random.random() / 2)  # noqa: S311 - spreads load, guards nothing
