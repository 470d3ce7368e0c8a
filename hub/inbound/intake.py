"""What comes in is kept before anybody hears "ok"; hub.inbound.reader reads it afterwards."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from hub.channel import Raw
from hub.clock import Clock, Load
from hub.errors import StoreUnavailable
from hub.platform import crash
from hub.platform.batching import Batcher
from hub.platform.meters import ACCEPTED
from hub.store.database import Store
from hub.store.raw import append_polled, append_units
from hub.watch import IN, Watch

CROWD = 8  # webhooks waiting for their "ok" at once
BUSY = 0.4  # of a processor: below that, many who wait only wait for the disk, and reading takes nothing from them
CROWD_LINGERS = 0.1  # seconds
MOST_UNITS, MOST_BYTES = 256, 256_000  # written in one statement

_accepted = lru_cache(ACCEPTED.labels)  # looked up once for each channel


@dataclass(slots=True)
class Arrived:
    """Somebody waits to hear that these units are durable."""

    channel: str
    raws: Sequence[Raw]
    size: int  # octets


@dataclass(eq=False)
class Intake:
    """The way in, as one process holds it. news is set whenever there is something to read."""

    store: Store
    clock: Clock
    watch: Watch = field(default_factory=Watch)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    crowded_at: float = float("-inf")
    load: Load = field(default_factory=Load)

    def __post_init__(self) -> None:
        self._keep: Batcher[Arrived, list[str | None]] = Batcher(self._write, self._first_of)

    @property
    def crowded(self) -> bool:
        """Many want to hear "ok" just now: reading gives way to them. A group commit answers a whole crowd at
        once, so it counts as gone only when it has not come back for a moment."""
        return time.monotonic() - self.crowded_at < CROWD_LINGERS

    async def accept(self, channel: str, raws: Sequence[Raw], *, pushed: bool = True) -> list[str | None]:
        """Durable when it returns: now the provider may hear "ok". Ids of the units that are new, None for repeats.

        Raises StoreUnavailable; then nothing is kept. Whoever comes while others are being written is written with
        the next: one statement and one fsync for all of them. pushed: somebody waits for our "ok"; otherwise we asked
        the provider, who tells again what we may have long since.
        """
        if not raws:
            return []
        size = sum(map(len, [raw.body for raw in raws]))
        if not self.store.has_room(size):
            raise StoreUnavailable("the disk is nearly full")
        if pushed:
            crash.point("intake.received")
        # Whatever says "ok" or wakes a reader stands below this line: before it, a power cut still loses the units.
        ids = await self._keep(Arrived(channel, raws, size))
        if pushed or any(ids):
            crash.point("intake.stored")
        self.count(channel, len(raws))
        self.news.set()
        return ids

    def _first_of(self, arrived: Sequence[Arrived]) -> int:
        """How many one statement takes, at least one. Here it shows whether many wait."""
        if len(arrived) >= CROWD and self.load.share() > BUSY:
            self.crowded_at = time.monotonic()
        count, units, size = 0, 0, 0
        for one in arrived:
            units, size = units + len(one.raws), size + one.size
            if count and (units > MOST_UNITS or size > MOST_BYTES):
                break
            count += 1
        return count

    async def _write(self, together: Sequence[Arrived]) -> list[list[str | None]]:
        units = [(arrived.channel, raw) for arrived in together for raw in arrived.raws]
        # write_first runs in the thread of the event loop: a large unit there would keep everybody from being served.
        small = len(together) > 1 or together[0].size <= MOST_BYTES
        write = self.store.write_first if small else self.store.write
        ids = iter(await write(append_units, units, self.clock.now()))
        return [[next(ids) for _ in arrived.raws] for arrived in together]

    async def accept_polled(self, channel: str, cursor: str, raws: Sequence[Raw]) -> None:
        """The same for a poll, together with how far it came."""
        await self.store.write(append_polled, channel, cursor, raws, self.clock.now())
        if raws:
            self.count(channel, len(raws))
        self.news.set()

    def count(self, channel: str, units: int) -> None:
        """They are kept."""
        _accepted(channel).inc(units)
        self.watch.way(channel, IN).passed(self.clock.now(), units)
