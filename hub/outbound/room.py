"""How many deliveries a worker claims beforehand: what leaves in a moment, so that a pause or a person's reply waits no
longer than that."""

import asyncio
import time

BATCH = 250
AHEAD = 0.5  # seconds of work claimed beforehand: so long a pause or an agent's reply waits at most
MOMENT = 0.1  # seconds over which speed is measured


class Room:
    """What a worker has begun, and room for more. slots: how many may leave at once; made: set when it is worth
    claiming again."""

    def __init__(self, slots: int) -> None:
        self.made = asyncio.Event()
        self._slots = slots
        self._running: set[asyncio.Task[None]] = set()
        self._low = 0
        self._speed = Speed()

    def look(self, rate: float, *, probing: bool) -> int:
        """How many more may be claimed now, 0 as long as more than half of the last ones run."""
        most = 1 if probing else self._most(rate)
        self._low, self.made = most // 2, asyncio.Event()
        return most - len(self._running) if len(self._running) <= self._low else 0

    def _most(self, rate: float) -> int:
        """What leaves in AHEAD seconds, never fewer than can leave at once."""
        if rate > 0:
            return max(1, min(self._slots, int(rate)))
        return min(BATCH, max(self._slots, int(self._speed.per_second() * AHEAD)))

    def add(self, task: asyncio.Task[None]) -> None:
        self._running.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._speed.count()
        if len(self._running) <= self._low:
            self.made.set()

    async def emptied(self) -> None:
        """What has begun has come to its end."""
        await asyncio.gather(*self._running, return_exceptions=True)


class Speed:
    """How many a second, over the last moments."""

    def __init__(self) -> None:
        self._since = time.monotonic()
        self._count = 0
        self._known = 0.0

    def count(self) -> None:
        self._count += 1

    def per_second(self) -> float:
        seconds = time.monotonic() - self._since
        if seconds >= MOMENT:
            self._known = 0.5 * self._known + 0.5 * self._count / seconds
            self._since, self._count = time.monotonic(), 0
        return self._known
