"""An inbound message: kept before anybody hears "ok", then read, whose it is, where it belongs, that it lands once."""

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol

from hub.channel import Channel, Raw
from hub.cleaning import clean, cleaned
from hub.clock import HOUR, SECOND, Clock, Load
from hub.errors import ReadDeferred, StoreUnavailable, Unreadable
from hub.inbound.media import FILES, as_received, bring
from hub.inbound.processing import ProcessingDeps, land
from hub.live import Live
from hub.model import Appended, Event
from hub.platform import crash
from hub.platform.batching import Batcher
from hub.platform.logs import bound
from hub.platform.meters import ACCEPTED, LANDED
from hub.store.database import Store
from hub.store.deliveries import Delivery
from hub.store.messages import (
    Message,
    find_raw_message,
)
from hub.store.raw import (
    StoredRaw,
    append_polled,
    append_raws,
    append_units,
    find_raw,
    get_raw,
    mark_read,
    mark_read_later,
    mark_set_aside,
)

TRIES = 8  # of reading one raw unit before it is set aside
MOST_BEGUN = 2 * TRIES  # beyond that, reading it ends whoever reads it: not one attempt came as far as to say so
LANDING_LOOKS, LANDING_LOOK = 100, 0.05  # how often, and every how many seconds, a chat waits for its message
CROWD = 8  # webhooks waiting for their "ok" at once
BUSY = 0.4  # of a processor: below that, many who wait only wait for the disk, and reading takes nothing from them
CROWD_LINGERS = 0.1  # seconds
MOST_UNITS, MOST_BYTES = 256, 256_000  # written in one statement
RECEIPT_TRIES = 5  # of matching a receipt to a delivery before it is filed as unmatched

log = logging.getLogger("hub.inbound.intake")
_accepted = lru_cache(ACCEPTED.labels)  # looked up once for each channel


class Reading(Protocol):
    """Runs `channel.read` where it can do no harm (see hub.inbound.parse_pool)."""

    async def read(self, channel: Channel, raw: Raw) -> tuple[Event, ...]: ...

    async def close(self) -> None: ...


class PlainReading:
    """Reads in this process: for channels whose bytes are small and whose formats are simple."""

    async def read(self, channel: Channel, raw: Raw) -> tuple[Event, ...]:
        return channel.read(raw)

    async def close(self) -> None:
        """Nothing is held."""


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
    live: Live
    deps: ProcessingDeps
    reading: Reading
    process_id: str
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
        _accepted(channel).inc(len(raws))
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
        self.news.set()

    async def accept_now(self, channel: Channel, raw: Raw) -> Message:
        """Keep one unit, read it at once and give the message (web chat waits for it). A repeat gives the first."""
        [raw_id] = await self.store.write_first(append_raws, channel.name, [raw], self.clock.now(), self.process_id)
        crash.point("intake.stored")
        kept = await self.store.read(find_raw, channel.name, raw.kind, raw.provider_id)
        if kept is None:
            raise StoreUnavailable("the message was not kept")
        if raw_id is not None:
            await self.land(channel, kept)
        return await self._landed(kept.id)

    async def land(self, channel: Channel, kept: StoredRaw) -> None:
        """Read one claimed unit and tell the browsers."""
        with bound(raw_id=kept.id, channel=channel.name):
            if await read_and_land(self.store, self.clock, self.deps, self.reading, channel, kept):
                self.live.wake()

    async def _landed(self, raw_id: str) -> Message:
        """The message of a unit that this or another process is reading."""
        for _ in range(LANDING_LOOKS):
            message = await self.store.read(find_raw_message, raw_id)
            if message is not None:
                return message
            kept = await self.store.read(get_raw, raw_id)
            if kept.state == "set_aside":
                raise Unreadable(kept.problem)
            await asyncio.sleep(LANDING_LOOK)
        raise StoreUnavailable("the message is kept, but not read yet")


async def read_and_land(
    store: Store, clock: Clock, deps: ProcessingDeps, reading: Reading, channel: Channel, kept: StoredRaw
) -> bool:
    """Read one claimed unit and land what it holds; whether anything happened that others want to hear of.

    Whatever goes wrong is written to the unit itself: it is tried again later or set aside, and blocks nobody.
    """
    crash.point("intake.reading")
    try:
        if kept.attempts > MOST_BEGUN:
            raise Unreadable(f"reading it was begun {kept.attempts - 1} times and never came to an end")
        events = cleaned(await reading.read(channel, as_received(kept.raw)))
        brought = await bring(channel, kept, events)
        landed = await store.write(land, deps, channel.name, channel.type, kept, brought, clock.now())
        crash.point("intake.appended")
    except StoreUnavailable:
        raise
    except ReadDeferred as deferred:
        log.info("read later: %s", deferred)
        await _later(store, clock, kept, str(deferred))
        return False
    except Unreadable as unreadable:
        await store.write(mark_set_aside, kept.id, clean(str(unreadable)))
        log.warning("set aside raw %s of %s: %s", kept.id, kept.channel, unreadable)
        LANDED.labels(channel.name, "set aside").inc()
        return True
    except Exception as bug:
        log.exception("raw %s of %s cannot be landed", kept.id, kept.channel)
        await _later(store, clock, kept, f"{type(bug).__name__}: {bug}")
        return False
    LANDED.labels(channel.name, "landed").inc()
    for one in landed:
        _tell(one)
    return True


def _tell(one: Appended | Delivery) -> None:
    """The line that ties a message to the bytes it came as, or a receipt to the message it is about."""
    if isinstance(one, Appended):
        ids = {"message_id": one.message_id, "conversation_id": one.conversation_id, "customer_id": one.customer_id}
        log.info("message landed" if one.fresh else "message landed before", extra=ids)
    else:
        ids = {"message_id": one.message_id, "delivery_id": one.id, "state": str(one.state)}
        log.info("receipt landed", extra=ids)


async def _later(store: Store, clock: Clock, kept: StoredRaw, problem: str) -> None:
    """Again after 1 s, 2 s, 4 s ... An unmatched receipt is filed away after some tries, anything else set aside; files
    that come late have their own end."""
    problem = clean(problem)
    if kept.raw.kind == "status" and kept.attempts >= RECEIPT_TRIES:
        await store.write(mark_read, kept.id, problem)
    elif kept.attempts >= TRIES and kept.raw.kind != FILES:
        await store.write(mark_set_aside, kept.id, problem)
    else:
        due_at = clock.now() + min(2**kept.attempts * SECOND // 2, HOUR)
        await store.write(mark_read_later, kept.id, due_at, problem)
