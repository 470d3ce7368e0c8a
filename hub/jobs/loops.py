"""The loops of a process: read what came in, send, look up doubt, wake what is due, stay alive.

Each loop survives whatever goes wrong in one of its rounds: the trouble is logged and the next round comes.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from typing import Any

from hub.clock import DAY, HOUR, MINUTE, SECOND
from hub.context import Hub
from hub.conversations import wake_due
from hub.errors import HubError, StoreUnavailable
from hub.jobs.channel_pollers import ChannelPollers
from hub.jobs.channel_sync import sync_channels
from hub.outbound.reconcile import Reconciler
from hub.outbound.recovery import BEAT, beat, enter, leave, reap_dead, reap_lost, renew
from hub.outbound.sender import SenderDeps, Worker
from hub.store.idempotency import forget_keys
from hub.store.raw import StoredRaw, claim_raws, mark_waiting
from hub.store.search_index import index_pending
from hub.store.settings import is_armed

READ_AT_ONCE = 48
BREATHS = 39  # while webhooks crowd for their "ok": rest so many times as long as one reading took
LONGEST_BREATH = 1.0  # seconds
READ_IDLE = 0.5  # seconds between looks for raws that another process accepted
LOOK_AGAIN = MINUTE  # before a unit whose channel is not open is claimed again
LOOK_UP_EVERY = 2.0
SYNC_EVERY = 2.0
KEYS_KEPT = 7 * DAY
TROUBLE_REST = 1.0

log = logging.getLogger("hub.jobs.loops")

Job = Callable[[], Coroutine[Any, Any, None]]


class Jobs:
    """Everything that runs beside the web server, by role: intake, delivery, scheduler."""

    def __init__(self, hub: Hub, deps: SenderDeps, roles: Iterable[str], extra: Sequence[Job] = ()) -> None:
        """extra: loops of other parts (campaigns, sequences, outgoing webhooks), each endless."""
        self.hub = hub
        self.deps = deps
        self.roles = set(roles)
        self.pollers = ChannelPollers(hub, self._guarded)
        self.reconciler = Reconciler(deps, hub.channels, self._guarded)
        self._extra = extra
        self._tasks: list[asyncio.Task[None]] = []
        self._workers: dict[str, tuple[Worker, asyncio.Task[None]]] = {}
        self._reads: set[asyncio.Task[None]] = set()
        self._stopping = False

    async def listen(self) -> None:
        """Before the web says that this process is ready."""
        if "intake" in self.roles:
            await self.pollers.listen()

    async def start(self) -> None:
        hub = self.hub
        await enter(hub.store, hub.process_id)
        self._spawn(self._every(BEAT, self._beat))
        self._spawn(self._every(1.0, self._reap))
        self._spawn(self._every(MINUTE / SECOND, self._reap_lost))
        self._spawn(self._every(SYNC_EVERY, self._sync_channels))
        if "intake" in self.roles:
            self.pollers.attend()
            self._spawn(self._read_loop())
        if "delivery" in self.roles:
            self._spawn(self._every(1.0, self._start_workers))
            self._spawn(self._every(LOOK_UP_EVERY, self.reconciler.look_up))
        if "scheduler" in self.roles:
            self._spawn(self._every(1.0, self._wake_snoozed))
            self._spawn(self._every(1.0, self._index_texts))
            self._spawn(self._every(HOUR / SECOND, self._tidy))
        for job in self._extra:
            self._spawn(self._forever(job))

    async def stop(self) -> None:
        """What has begun comes to its end; the rest is left to others or to the next start."""
        self._stopping = True
        for worker, _ in self._workers.values():
            worker.stop()
        await asyncio.gather(*(task for _, task in self._workers.values()), return_exceptions=True)
        for task in self._tasks:
            task.cancel()
        await self.pollers.stop()
        await asyncio.gather(*self._tasks, *self._reads, return_exceptions=True)
        await leave(self.hub.store, self.hub.process_id, self.hub.clock)

    async def _sync_channels(self) -> None:
        """Channels added or removed in the browser, by whichever process; and a restored copy that was armed."""
        if self.hub.channels.resting and await self.hub.store.read(is_armed):
            await self.hub.channels.open()
        await sync_channels(self.hub)
        if "intake" in self.roles:
            self.pollers.attend()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(asyncio.create_task(work))

    async def _forever(self, job: Job) -> None:
        while True:
            await self._guarded(job)
            await asyncio.sleep(TROUBLE_REST)

    async def _every(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            await self._guarded(work)
            await asyncio.sleep(seconds)

    async def _guarded(self, work: Callable[[], Awaitable[None]]) -> bool:
        """Did it come to its end?"""
        try:
            await work()
            return True
        except StoreUnavailable as away:
            self.deps.shaken.set()
            log.warning("the store is away: %s", away)
        except HubError as trouble:  # a provider that is away, not a bug of ours
            log.warning("%s", trouble)
        except Exception:
            log.exception("a job stumbled")
        return False

    async def _beat(self) -> None:
        store, process_id = self.hub.store, self.hub.process_id
        if self.deps.shaken.is_set():
            self.deps.shaken.clear()
            await renew(store, process_id, self.hub.clock)
        else:
            await beat(store, process_id)

    # what came in

    async def _read_loop(self) -> None:
        intake = self.hub.intake
        while True:
            intake.news.clear()
            room = READ_AT_ONCE - len(self._reads)
            if intake.crowded:
                await self._read_in_passing()
                continue
            if room <= 0:
                await asyncio.wait(self._reads, return_when=asyncio.FIRST_COMPLETED)
                continue
            if not await self._read_some(room):
                await self._for_news(intake.news)

    async def _read_in_passing(self) -> None:
        """While webhooks crowd for their "ok", reading takes a small share of the time: one unit, then a breath,
        which is short however long that unit took (the store may have been away, a child may have had to start)."""
        begun = time.monotonic()
        if len(self._reads) < READ_AT_ONCE:
            await self._read_some(1)
        if self._reads:
            await asyncio.wait(self._reads, timeout=LONGEST_BREATH, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.sleep(min(BREATHS * (time.monotonic() - begun), LONGEST_BREATH))

    async def _read_some(self, room: int) -> int:
        """Begin to read up to `room` units; how many."""
        hub = self.hub
        try:
            claimed = await hub.store.write(claim_raws, hub.process_id, hub.clock.now(), room)
        except StoreUnavailable as away:
            self.deps.shaken.set()
            log.warning("the store is away: %s", away)
            await asyncio.sleep(TROUBLE_REST)
            return 0
        for kept in claimed:
            task = asyncio.create_task(self._read(kept))
            self._reads.add(task)
            task.add_done_callback(self._reads.discard)
        return len(claimed)

    async def _for_news(self, news: asyncio.Event) -> None:
        try:
            async with asyncio.timeout(READ_IDLE):
                await news.wait()
        except TimeoutError:
            return

    async def _read(self, kept: StoredRaw) -> None:
        """Whatever happens, the unit does not stay ours."""
        hub = self.hub
        channel = hub.channels.get(kept.channel)
        if channel is None:  # it was taken out of the configuration: its raws wait for it to come back
            given_back = hub.store.write(mark_waiting, kept.id, hub.clock.now() + LOOK_AGAIN, "its channel is not open")
            done = await self._guarded(lambda: given_back)
        else:
            done = await self._guarded(lambda: hub.intake.land(channel, kept))
        if not done:
            self.deps.shaken.set()

    # what goes out

    async def _start_workers(self) -> None:
        """One worker per channel, as long as this store may send at all."""
        armed = await self.hub.store.read(is_armed)
        for name, channel in list(self.hub.channels.items()):
            if armed and not self._stopping and name not in self._workers:
                worker = Worker(self.deps, channel)
                self._workers[name] = (worker, asyncio.create_task(worker.run()))
        for name in [name for name in self._workers if name not in self.hub.channels or not armed]:
            self._workers.pop(name)[0].stop()

    async def _reap(self) -> None:
        if await reap_dead(self.hub.store, self.hub.clock, self.hub.process_id):
            self.hub.live.wake()

    async def _reap_lost(self) -> None:
        if await reap_lost(self.hub.store, self.hub.clock):
            self.hub.live.wake()

    async def _wake_snoozed(self) -> None:
        if await self.hub.store.write(wake_due, self.hub.clock.now()):
            self.hub.live.wake()

    async def _index_texts(self) -> None:
        """Newest first, and with a rest after each batch: a long backlog must not hold up who writes."""
        started = time.monotonic()
        while await self.hub.store.write(index_pending):
            await asyncio.sleep(time.monotonic() - started)
            started = time.monotonic()

    async def _tidy(self) -> None:
        """Answers kept for repeated API requests are let go."""
        await self.hub.store.write(forget_keys, self.hub.clock.now() - KEYS_KEPT)
