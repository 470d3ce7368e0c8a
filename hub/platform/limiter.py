"""Slows down guessing and pushing: every try is counted before any work is done for it, and given back if it was fine.

GCRA (ITU-T I.371): one number per key, the time at which the next try would be on schedule; as many tries as are
allowed may come at once, then one after the other. `shared_limiter` counts the same in Redis, for all processes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import nlargest
from importlib import import_module
from typing import Protocol

from hub.clock import MINUTE, Clock

KEYS = 20_000  # remembered at most; those that may try soonest anyway are forgotten first
WINDOW = 15 * MINUTE


@dataclass(frozen=True, slots=True)
class Limit:
    """So many tries in a window (milliseconds) for one key; weight: as how many of them one counts."""

    key: str
    allowed: int
    window: int = WINDOW
    weight: int = 1

    @property
    def step(self) -> float:
        return self.window / self.allowed * self.weight


class Limiter(Protocol):
    async def take(self, limits: Sequence[Limit]) -> int:
        """Milliseconds to wait; 0 = go ahead, and one try is counted against each of the limits."""
        ...

    async def refund(self, limits: Sequence[Limit]) -> None:
        """The try was no guess: it does not count."""
        ...

    async def close(self) -> None: ...


class LocalLimiter:
    """Counts in this process. Nothing is awaited between looking and counting: a thousand at once are counted too."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._due: dict[str, float] = {}

    async def take(self, limits: Sequence[Limit]) -> int:
        now = self._clock.now()
        due = [min(max(self._due.get(limit.key, now), now), now + limit.window) for limit in limits]
        wait = max(at - now - (limit.window - limit.step) for at, limit in zip(due, limits, strict=True))
        if wait >= 1:
            return int(wait)
        for at, limit in zip(due, limits, strict=True):
            self._due[limit.key] = at + limit.step
        if len(self._due) > KEYS:
            self._forget(now)
        return 0

    async def refund(self, limits: Sequence[Limit]) -> None:
        for limit in limits:
            if limit.key in self._due:
                self._due[limit.key] -= limit.step

    def _forget(self, now: float) -> None:
        """A quarter at once: whoever has tried often stays, however many strangers make up keys."""
        owing = ((key, due) for key, due in self._due.items() if due > now)
        self._due = dict(nlargest(KEYS * 3 // 4, owing, key=lambda one: one[1]))

    @property
    def remembered(self) -> int:
        """Keys it holds."""
        return len(self._due)

    async def close(self) -> None:
        self._due.clear()


def open_limiter(redis_url: str, clock: Clock) -> Limiter:
    """Shared through Redis where there is one."""
    if not redis_url:
        return LocalLimiter(clock)
    limiter: Limiter = import_module("hub.platform.shared_limiter").SharedLimiter(redis_url, clock)
    return limiter
