"""What a process does for a channel as long as it is there: opens its door, polls it, asks for what webhooks lost."""

import asyncio
import logging
from collections.abc import Sequence
from functools import partial

from hub.channel import Channel, FoundInPart, Raw
from hub.clock import DAY, HOUR, MINUTE, SECOND
from hub.context import Hub
from hub.errors import ReadDeferred
from hub.platform.guarded import Guarded
from hub.store.calls import list_open_calls
from hub.store.raw import find_cursor, find_last_received
from hub.store.settings import find_setting, mark_setting
from hub.telephony import PhoneChannel
from hub.watch import IN

OVERLAP = 10 * MINUTE  # of a back-fill with what is stored
POLL_REST = 1.0
LOOK_REST = 5.0
CLOSED_REST = 5.0  # seconds before a port that was taken is tried again

log = logging.getLogger("hub.jobs.channel_pollers")


class ChannelPollers:
    """guarded: runs one round of a loop and survives whatever goes wrong in it."""

    def __init__(self, hub: Hub, guarded: Guarded) -> None:
        self.hub = hub
        self.closed_rest = CLOSED_REST
        self.look_rest = LOOK_REST
        self._guarded = guarded
        self._loops: dict[Channel, list[asyncio.Task[None]]] = {}
        self._listening: set[Channel] = set()

    async def listen(self) -> None:
        """Channels with a door of their own open it."""
        await asyncio.gather(*(self._guarded(partial(self._listen, channel)) for channel in self._present()))

    def attend(self) -> None:
        """Begin with the channels that came, leave those that went. A restored copy rests: it calls no provider."""
        if self.hub.channels.resting:
            return
        present = self._present()
        for channel in [channel for channel in self._loops if channel not in present]:
            self._listening.discard(channel)
            for task in self._loops.pop(channel):
                task.cancel()
        for channel in present:
            if channel not in self._loops:
                loops = (self._poll_loop(channel), self._backfill_loop(channel), self._look_loop(channel))
                self._loops[channel] = [asyncio.create_task(loop) for loop in loops]

    async def stop(self) -> None:
        tasks = [task for tasks in self._loops.values() for task in tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _present(self) -> list[Channel]:
        return list(self.hub.channels.values())

    async def _listen(self, channel: Channel) -> None:
        try:
            await channel.listen(partial(self._accept, channel))
        except OSError as taken:
            self.hub.watch.way(channel.name, IN).failed(self.hub.clock.now(), f"cannot listen: {taken}", units=0)
            log.error("%s cannot listen, trying again in %d s: %s", channel.name, self.closed_rest, taken)
        else:
            self._listening.add(channel)
            self.hub.watch.way(channel.name, IN).recovered()

    async def _accept(self, channel: Channel, raws: Sequence[Raw]) -> None:
        await self.hub.intake.accept(channel.name, raws)

    async def _poll_loop(self, channel: Channel) -> None:
        while channel not in self._listening:
            await self._guarded(partial(self._listen, channel))
            await asyncio.sleep(0 if channel in self._listening else self.closed_rest)
        while True:
            await self._guarded(partial(self._poll, channel))
            await asyncio.sleep(POLL_REST)

    async def _poll(self, channel: Channel) -> None:
        units = channel.poll(await self.hub.store.read(find_cursor, channel.name))
        if units is None:
            await asyncio.sleep(HOUR / SECOND)
            return
        async for cursor, raws in units:
            await self.hub.intake.accept_polled(channel.name, cursor, raws)

    async def _backfill_loop(self, channel: Channel) -> None:
        seconds = float(getattr(channel.settings, "backfill_seconds", 0) or 0)
        while seconds:
            await self._guarded(partial(self._backfill, channel))
            await asyncio.sleep(seconds)

    async def _look_loop(self, channel: Channel) -> None:
        """What its adapter says of itself; asks nobody."""
        way = self.hub.watch.way(channel.name, IN)
        while True:
            if channel.standstill:
                way.failed(self.hub.clock.now(), channel.standstill, units=0)
            elif channel.standstill == "":
                way.works()
            await asyncio.sleep(self.look_rest)

    async def _backfill(self, channel: Channel) -> None:
        way = self.hub.watch.way(channel.name, IN)
        try:
            await self._find_lost(channel)
            await self._find_ends(channel)
        except ReadDeferred as trouble:
            way.failed(self.hub.clock.now(), str(trouble), units=0)
            raise
        way.works()

    async def _find_lost(self, channel: Channel) -> None:
        """From the last stored message minus 10 minutes, at most 24 hours back - or from the last time that this
        succeeded, if that is longer ago: a message may have come by webhook since the one that was lost."""
        store, now = self.hub.store, self.hub.clock.now()
        last = await store.read(find_last_received, channel.name, "message") or 0
        complete = await store.read(find_setting, f"backfilled:{channel.name}")
        since = max(min(last, complete or 0) - OVERLAP, now - DAY)
        raws, rest = await _found(channel, since)
        if raws:
            await self.hub.intake.accept(channel.name, raws, pushed=False)
        if rest:  # it is asked for again, from the same moment on
            raise rest
        await store.write(mark_setting, f"backfilled:{channel.name}", now)

    async def _find_ends(self, channel: Channel) -> None:
        """A call whose end the provider never told keeps its agent busy."""
        if not isinstance(channel, PhoneChannel):
            return
        talks = await self.hub.store.read(list_open_calls, channel.name, self.hub.clock.now())
        if talks and (over := await channel.ends(talks)):
            await self.hub.intake.accept(channel.name, over, pushed=False)


async def _found(channel: Channel, since: int) -> tuple[Sequence[Raw], FoundInPart | None]:
    try:
        return await channel.backfill(since), None
    except FoundInPart as part:
        return part.found, part
