"""Reads what intake kept, in a loop of its own: claims units, has the channel read them, lands what they hold.

What cannot be read is tried again later or set aside with the reason, and blocks nobody. hub.inbound.processing says
what becomes of what was read; hub.inbound.at_once waits for one unit instead.
"""

import asyncio
import logging
import time
from contextlib import nullcontext
from dataclasses import dataclass, field

from hub.channel import Channel
from hub.cleaning import clean, cleaned
from hub.clock import HOUR, MINUTE, SECOND, Clock
from hub.errors import ReadDeferred, StoreUnavailable, Unreadable
from hub.inbound.intake import Intake
from hub.inbound.landed import log_landed
from hub.inbound.media import FILES, as_received, bring
from hub.inbound.parse_pool import Reading
from hub.inbound.processing import ProcessingDeps, land
from hub.inbound.transcription import SPOKEN, Scribe
from hub.inbound.turns import LONGEST_BREATH, Turns, breathe
from hub.live import Live
from hub.platform import crash
from hub.platform.guarded import Guarded
from hub.platform.logs import bound
from hub.platform.meters import LANDED
from hub.registry import Registry
from hub.store.database import Store
from hub.store.raw import StoredRaw, claim_raws, mark_read, mark_read_later, mark_set_aside, mark_waiting

READ_AT_ONCE = 48
LOOK_AGAIN = MINUTE  # before a unit whose channel is not open is claimed again
TROUBLE_REST = 1.0
TRIES = 8  # of reading one raw unit before it is set aside
MOST_BEGUN = 8 * TRIES  # beyond that, reading it ends whoever reads it; fewer would blame what was begun beside it
RECEIPT_TRIES = 5  # of matching a receipt to a delivery before it is filed as unmatched

log = logging.getLogger("hub.inbound.reader")


@dataclass(eq=False)
class Reader:
    """intake: wakes this one, and says when others come first; reading: runs `channel.read` where it does no harm."""

    store: Store
    clock: Clock
    live: Live
    channels: Registry
    intake: Intake
    deps: ProcessingDeps
    reading: Reading
    process_id: str
    turns: Turns
    scribe: Scribe
    _begun: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self, guarded: Guarded) -> None:
        """For ever; `stop` waits for what has begun."""
        while True:
            self.intake.news.clear()
            room = READ_AT_ONCE - len(self._begun)
            if self.intake.crowded:
                await self._read_in_passing(guarded)
                continue
            if room <= 0:
                await asyncio.wait(self._begun, return_when=asyncio.FIRST_COMPLETED)
                continue
            if not await self._read_some(guarded, room):
                await self.live.wait(self.intake.news)

    async def stop(self) -> None:
        await asyncio.gather(*self._begun, return_exceptions=True)

    async def _read_in_passing(self, guarded: Guarded) -> None:
        """While webhooks crowd for their "ok", reading takes a small share of the time: one unit, then a breath,
        which is short however long that unit took (the store may have been away, a child may have had to start)."""
        begun = time.monotonic()
        if len(self._begun) < READ_AT_ONCE:
            await self._read_some(guarded, 1)
        if self._begun:
            await asyncio.wait(self._begun, timeout=LONGEST_BREATH, return_when=asyncio.FIRST_COMPLETED)
        await breathe(begun)

    async def _read_some(self, guarded: Guarded, room: int) -> int:
        """Begin to read up to `room` units; how many."""
        try:
            claimed = await self.store.write(claim_raws, self.process_id, self.clock.now(), room)
        except StoreUnavailable as away:
            guarded.shaken.set()
            log.warning("the store is away: %s", away)
            await asyncio.sleep(TROUBLE_REST)
            return 0
        for kept in claimed:
            task = asyncio.create_task(self._read(guarded, kept))
            self._begun.add(task)
            task.add_done_callback(self._begun.discard)
        return len(claimed)

    async def _read(self, guarded: Guarded, kept: StoredRaw) -> None:
        """Whatever happens, the unit does not stay ours."""
        channel = self.channels.get(kept.channel)
        if channel is None:  # it was taken out of the configuration: its raws wait for it to come back
            why, again = "its channel is not open", self.clock.now() + LOOK_AGAIN
            done = await guarded(lambda: self.store.write(mark_waiting, kept.id, again, why))
        else:
            done = await guarded(lambda: self.read(channel, kept))
        if not done:
            guarded.shaken.set()

    async def read(self, channel: Channel, kept: StoredRaw, *, waits: bool = True) -> None:
        """Read one claimed unit and tell the browsers. waits: for its turn, as nobody waits for this very unit."""
        with bound(raw_id=kept.id, channel=channel.name):
            if await self.read_and_land(channel, kept, waits=waits):
                self.live.wake()

    async def read_and_land(self, channel: Channel, kept: StoredRaw, *, waits: bool = True) -> bool:
        """Read one claimed unit and land what it holds; whether anything happened that others want to hear of.

        Whatever goes wrong is written to the unit itself: it is tried again later or set aside, and blocks nobody.
        """
        crash.point("intake.reading")
        try:
            if kept.attempts > MOST_BEGUN:
                raise Unreadable(f"reading it was begun {kept.attempts - 1} times and never came to an end")
            if kept.raw.kind == SPOKEN:
                return await self.scribe.write_down(kept, self.clock.now())
            events = cleaned(await self.reading.read(channel, as_received(kept.raw)))
            brought = await bring(channel, kept, events)
            now, deps = self.clock.now, self.deps
            async with self.turns.next() if waits else nullcontext():
                landed = await self.store.write(land, deps, channel.name, channel.type, kept, brought, now())
            crash.point("intake.appended")
        except StoreUnavailable:
            raise
        except ReadDeferred as deferred:
            log.info("read later: %s", deferred)
            await self._later(kept, str(deferred))
            return False
        except Unreadable as unreadable:
            await self.store.write(mark_set_aside, kept.id, clean(str(unreadable)))
            log.warning("set aside raw %s of %s: %s", kept.id, kept.channel, unreadable)
            LANDED.labels(channel.name, "set aside").inc()
            return True
        except Exception as bug:
            log.exception("raw %s of %s cannot be landed", kept.id, kept.channel)
            await self._later(kept, f"{type(bug).__name__}: {bug}")
            return False
        LANDED.labels(channel.name, "landed").inc()
        for one in landed:
            log_landed(one)
        return True

    async def _later(self, kept: StoredRaw, problem: str) -> None:
        """Again after 1 s, 2 s, 4 s ... An unmatched receipt is filed away after some tries, anything else set aside;
        files that come late have their own end."""
        problem = clean(problem)
        if kept.raw.kind == "status" and kept.attempts >= RECEIPT_TRIES:
            await self.store.write(mark_read, kept.id, problem)
        elif kept.attempts >= TRIES and kept.raw.kind not in (FILES, SPOKEN):
            await self.store.write(mark_set_aside, kept.id, problem)
        else:
            due_at = self.clock.now() + min(2**kept.attempts * SECOND // 2, HOUR)
            await self.store.write(mark_read_later, kept.id, due_at, problem)
