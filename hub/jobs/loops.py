"""Starts and stops what runs beside the web: the reader, a sender for each channel, looking up doubt, what is due.

Each loop survives whatever goes wrong in one of its rounds (hub.platform.guarded).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from hub import overdue
from hub.clock import DAY, HOUR, MINUTE, SECOND
from hub.complaints import alert_missed
from hub.context import Hub
from hub.conversations import wake_due
from hub.jobs import watching
from hub.jobs.channel_pollers import ChannelPollers
from hub.jobs.channel_sync import sync_channels
from hub.jobs.pulse import Pulse
from hub.jobs.sent_copies import copy_sent
from hub.outbound.deps import SenderDeps
from hub.outbound.reconcile import Reconciler
from hub.outbound.recovery import BEAT, beat, enter, leave, reap_dead, reap_lost, renew
from hub.outbound.sender import Worker
from hub.platform.guarded import Guarded
from hub.retention import let_go, usual_rules
from hub.routing import is_due, route_due
from hub.store.blobs import forget_unused
from hub.store.channel_health import forget_hours
from hub.store.idempotency import forget_keys
from hub.store.imports import forget_old_imports, forget_rows
from hub.store.scrub import scrub
from hub.store.search_index import index_pending
from hub.store.search_merge import has_grown, is_unmerged, mark_unmerged, merge_step
from hub.store.sessions import forget_expired_sessions
from hub.store.settings import is_armed
from hub.store.unnamed import forget_digests
from hub.tasks import remind_due

LOOK_UP_EVERY = 2.0
SYNC_EVERY = 2.0
OVERDUE_EVERY = 5.0
KEYS_KEPT = 7 * DAY
UPLOADS_KEPT = DAY
ROWS_KEPT = DAY  # refused rows of an import, and a file that broke off
COUNTS_KEPT = 8 * DAY  # of what passed on each channel
IMPORTS_KEPT = 8 * DAY  # longer than one can be undone
TROUBLE_REST = 1.0

Job = Callable[[], Coroutine[Any, Any, None]]


class Jobs:
    """Everything that runs beside the web server, by role: intake, delivery, scheduler."""

    def __init__(self, hub: Hub, deps: SenderDeps, roles: Iterable[str], extra: Sequence[Job] = ()) -> None:
        """extra: loops of other parts (campaigns, sequences, outgoing webhooks), each endless."""
        self.hub = hub
        self.deps = deps
        self.roles = set(roles)
        self.guarded = Guarded(deps.shaken)
        self.pulse = Pulse(hub.clock, hub.live, hub.intake)
        self.pollers = ChannelPollers(hub, self.guarded)
        self.reconciler = Reconciler(deps, hub.channels, self.guarded)
        self._extra = extra
        self._tasks: list[asyncio.Task[None]] = []
        self._workers: dict[str, tuple[Worker, asyncio.Task[None]]] = {}
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
        self._spawn(self._on_news(SYNC_EVERY, self._sync_channels))
        if "intake" in self.roles:
            self.pollers.attend()
            self._spawn(hub.reader.run(self.guarded))
        if "delivery" in self.roles:
            self._spawn(self._on_news(1.0, self._start_workers))
            self._spawn(self._on_news(LOOK_UP_EVERY, self.reconciler.look_up))
            self._spawn(self._on_news(1.0, self._copy_sent))
        if "scheduler" in self.roles:
            self._spawn(self._on_news(1.0, self._wake_snoozed))
            self._spawn(self._on_news(1.0, self._remind))
            self._spawn(self._on_news(1.0, self._alert))
            self._spawn(self._on_news(OVERDUE_EVERY, self._tell_overdue))
            self._spawn(self._on_news(1.0, self._route))
            self._spawn(self._on_news(1.0, self._index_texts))
            self._spawn(self._on_news(MINUTE / SECOND, self._merge_index))
            self._spawn(self._every(HOUR / SECOND, self._tidy))
            self._spawn(self._every(HOUR / SECOND, self._let_go))
        self._spawn(self._forever(partial(watching.run, hub)))
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
        await asyncio.gather(*self._tasks, self.hub.reader.stop(), return_exceptions=True)
        await self.guarded(partial(watching.write_down, self.hub))
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
            await self.guarded(job)
            await asyncio.sleep(TROUBLE_REST)

    async def _every(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            await self.guarded(work)
            await asyncio.sleep(seconds)

    async def _on_news(self, rest: float, work: Callable[[], Awaitable[object]]) -> None:
        """At every wake-up, but only once in `rest` seconds: a campaign wakes us hundreds of times a second. When the
        work says that more is to come, or has failed, it goes on without being woken."""
        more: object = True

        async def once() -> None:
            nonlocal more
            more = await work()

        while True:
            news, more = self.hub.live.news, True
            await self.guarded(once)
            await asyncio.sleep(rest)
            if not more:
                await self.hub.live.wait(news)

    async def _beat(self) -> None:
        store, process_id = self.hub.store, self.hub.process_id
        if self.deps.shaken.is_set():
            self.deps.shaken.clear()
            self.pulse.forget()
            try:
                await renew(store, process_id, self.hub.clock)
            except BaseException:
                self.deps.shaken.set()  # our leases wait for it
                raise
        else:
            self.pulse.hear(await beat(store, process_id))

    async def _copy_sent(self) -> bool:
        return await copy_sent(self.hub)

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
        if not self.pulse.alone and await reap_dead(self.hub.store, self.hub.clock, self.hub.process_id):
            self.hub.live.wake()

    async def _reap_lost(self) -> None:
        if await reap_lost(self.hub.store, self.hub.clock):
            self.hub.live.wake()

    async def _wake_snoozed(self) -> None:
        if await self.hub.store.write(wake_due, self.hub.clock.now()):
            self.hub.live.wake()

    async def _remind(self) -> None:
        if await self.hub.store.write(remind_due, self.hub.clock.now()):
            self.hub.live.wake()

    async def _alert(self) -> None:
        if await self.hub.store.write(alert_missed, self.hub.clock.now()):
            self.hub.live.wake()

    async def _tell_overdue(self) -> bool:
        """Whether there may be more to tell."""
        settings, now = self.hub.settings, self.hub.clock.now()
        goal = settings.inbox.goal_minutes, ZoneInfo(settings.company.timezone)
        if not await self.hub.store.read(overdue.is_due, *goal, now):
            return False
        told = await self.hub.store.write(overdue.tell_due, *goal, now)
        if told:
            self.hub.live.wake()
        return told > 0

    async def _route(self) -> bool:
        """Whether there may be more to give out."""
        if not await self.hub.store.read(is_due, self.hub.clock.now()):
            return False
        changed = await self.hub.store.write(route_due, self.hub.clock.now())
        if changed:
            self.hub.live.wake()
        return changed > 0

    async def _index_texts(self) -> None:
        """Newest first, and with a rest after each batch: a long backlog must not hold up who writes."""
        started, some = time.monotonic(), False
        while await self.hub.store.write(index_pending):
            some = True
            await asyncio.sleep(time.monotonic() - started)
            started = time.monotonic()
        if some and await self.hub.store.read(has_grown):
            await self.hub.store.write(mark_unmerged)

    async def _merge_index(self) -> None:
        """What was erased leaves the search index in small steps, and then the journal; what has grown becomes one."""
        store, merged = self.hub.store, False
        started = time.monotonic()
        while await store.read(is_unmerged):
            merged = not await store.write(merge_step)
            await asyncio.sleep(time.monotonic() - started)
            started = time.monotonic()
        if merged:
            await asyncio.to_thread(scrub, store.url, TROUBLE_REST)

    async def _tidy(self) -> None:
        """Answers kept for repeated API requests are let go, sessions that are over, files nobody sent, and old
        notes."""
        now = self.hub.clock.now()
        await self.hub.store.write(forget_keys, now - KEYS_KEPT)
        await self.hub.store.write(forget_expired_sessions, now, now - self.hub.settings.accounts.idle)
        await self.hub.store.write(forget_hours, now - COUNTS_KEPT)
        await self.hub.store.write(forget_rows, now - ROWS_KEPT)
        while await self.hub.store.write(forget_old_imports, now - IMPORTS_KEPT):
            continue
        while await self.hub.store.write(forget_unused, now - UPLOADS_KEPT):
            continue

    async def _let_go(self) -> None:
        usual = usual_rules(self.hub.settings.accounts.audit_months)
        await let_go(self.hub.store, usual, self.hub.clock.now())
        while await self.hub.store.write(forget_digests, self.hub.clock.now()):
            continue
