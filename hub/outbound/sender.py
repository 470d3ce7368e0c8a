"""Hands over what the outbox holds: one worker per channel claims small batches, best lane first, and settles each.

Sending is at least recorded, never blindly repeated: `committing` is durable before the byte that cannot be
taken back, and an attempt that dies there is `unknown`, not retried. Nothing that can fail stands between the
provider's answer and the ledger.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from hub.channel import Channel
from hub.clock import SECOND, Clock
from hub.errors import SendDeferred, SendDoubtful, SendRejected, StoreUnavailable
from hub.live import Live
from hub.model import DeliveryState, Outbound, Sent
from hub.outbound.compose import build
from hub.outbound.ledger import Ledger, Settled
from hub.outbound.pacing import Breaker, Pacing, Speed, back_off
from hub.outbound.plan import LeaveRule, claim_deliveries, may_leave
from hub.outbound.turns import Turns
from hub.platform import crash
from hub.platform.logs import bound
from hub.platform.meters import ATTEMPTS
from hub.signing import Signer
from hub.store.database import Store
from hub.store.deliveries import Delivery, find_next_due
from hub.store.outbox import Outcome

BATCH = 250
AHEAD = 0.5  # seconds of work claimed beforehand: so long a pause or an agent's reply waits at most
IDLE = 1.0  # seconds between looks when nothing is known to be due
STORE_AWAY = 1.0

log = logging.getLogger("hub.outbound.sender")

Personalise = Callable[[Sequence[Delivery]], Awaitable[Mapping[str, Outbound | str]]]


@dataclass(frozen=True, slots=True)
class SenderDeps:
    """What every worker needs. personalise renders a batch of campaign deliveries (text = why it cannot).

    shaken is set when a claim may have been written that nobody here follows up: the store was away, or we stumbled.
    """

    store: Store
    live: Live
    clock: Clock
    signer: Signer
    pacing: Pacing
    process_id: str
    base_url: str
    company: str
    personalise: Personalise
    leave_rule: LeaveRule = may_leave
    shaken: asyncio.Event = field(default_factory=asyncio.Event)


class LeaseLost(Exception):
    """Others took this process for dead and settled the delivery: it must not be sent from here."""


class Worker:
    """Sends for one channel until stopped; `stop()` lets what has begun come to its end."""

    def __init__(self, deps: SenderDeps, channel: Channel) -> None:
        self.deps = deps
        self.channel = channel
        self.breaker = Breaker()
        self._slots = channel.capabilities.concurrency
        self._turns = asyncio.Semaphore(self._slots)
        self._ledger = Ledger(deps.store, deps.clock)
        self._running: set[asyncio.Task[None]] = set()
        self._low = 0
        self._room_made = asyncio.Event()
        self._speed = Speed()
        self._handles = Turns()
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        while not self._stopping.is_set():
            news = self.deps.live.news
            try:
                wait = await self._round()
            except StoreUnavailable:
                self.deps.shaken.set()
                wait = STORE_AWAY
            except Exception:
                log.exception("the worker of %s stumbled", self.channel.name)
                self.deps.shaken.set()
                wait = STORE_AWAY
            if wait > 0:
                await self._pause(news, wait)
        await asyncio.gather(*self._running, return_exceptions=True)

    def stop(self) -> None:
        self._stopping.set()
        self.deps.live.wake()

    async def _pause(self, news: asyncio.Event, wait: float) -> None:
        waiting = [asyncio.ensure_future(news.wait()), asyncio.ensure_future(self._room_made.wait())]
        await asyncio.wait(waiting, timeout=wait, return_when=asyncio.FIRST_COMPLETED)
        for one in waiting:
            one.cancel()

    async def _round(self) -> float:
        """Claim what there is room for; seconds to wait until it is worth looking again."""
        resting = self.breaker.resting()
        if resting > 0:
            return min(resting, IDLE)
        room = self._room()
        self._low, self._room_made = room // 2, asyncio.Event()
        if len(self._running) > self._low:
            return IDLE
        deps = self.deps
        name, room = self.channel.name, room - len(self._running)
        claim = await deps.store.write(claim_deliveries, deps.leave_rule, name, deps.process_id, deps.clock.now(), room)
        if claim.others:
            deps.live.wake()
        if not claim.leased:
            return 0.0 if claim.others else await self._until_due()
        claimed = claim.leased
        crash.point("outbox.claimed")
        for delivery, outbound in zip(claimed, await self._prepare(claimed), strict=True):
            task = asyncio.create_task(self._in_turn(delivery, outbound))
            self._running.add(task)
            task.add_done_callback(self._done)
        return 0.0

    def _room(self) -> int:
        """How many may be claimed at a time: what leaves in AHEAD seconds, never fewer than can leave at once."""
        if self.breaker.probing:
            return 1
        if self.channel.rate > 0:
            return max(1, min(self._slots, int(self.channel.rate)))
        return min(BATCH, max(self._slots, int(self._speed.per_second() * AHEAD)))

    def _done(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._speed.count()
        if len(self._running) <= self._low:
            self._room_made.set()

    async def _until_due(self) -> float:
        due_at = await self.deps.store.read(find_next_due, self.channel.name)
        if due_at is None:
            return IDLE
        return min(max((due_at - self.deps.clock.now()) / SECOND, 0.02), IDLE)

    async def _prepare(self, claimed: Sequence[Delivery]) -> list[Outbound | str]:
        campaigns = [item for item in claimed if item.campaign_id]
        rendered = await self.deps.personalise(campaigns) if campaigns else {}
        prepared: list[Outbound | str] = []
        for item in claimed:
            if item.campaign_id:
                prepared.append(rendered.get(item.id, "the campaign cannot be rendered"))
            else:
                prepared.append(
                    await self.deps.store.read(build, self.deps.signer, self.deps.base_url, item, self.channel)
                )
        return prepared

    async def _in_turn(self, delivery: Delivery, outbound: Outbound | str) -> None:
        """Two messages to one address keep their order."""
        async with self._handles.of(delivery.handle):
            with bound(channel=self.channel.name, message_id=delivery.message_id, delivery_id=delivery.id):
                await self._attempt(delivery, outbound)

    async def _attempt(self, delivery: Delivery, outbound: Outbound | str) -> None:
        try:
            if isinstance(outbound, str):
                await self._settle(delivery, DeliveryState.FAILED, "failed", outbound)
            else:
                await self._deliver(delivery, outbound)
        except StoreUnavailable as away:
            log.warning("delivery %s is settled when the store is back: %s", delivery.id, away)

    async def _deliver(self, delivery: Delivery, outbound: Outbound) -> None:
        await self._pace()
        try:
            async with self._turns:
                sent = await self.channel.send(outbound, lambda: self._commit(delivery))
        except LeaseLost:
            return
        except SendDeferred as deferred:
            await self._retry_later(delivery, deferred)
        except StoreUnavailable as away:  # raised by _commit: nothing has left
            await self._retry_later(delivery, SendDeferred(f"the ledger is away: {away}", retry_after=STORE_AWAY))
        except SendRejected as rejected:
            self.breaker.succeeded()
            await self._settle(delivery, DeliveryState.FAILED, "failed", str(rejected), bounced=rejected.bounced)
        # Doubt is never put back in the queue: what may have left would leave twice. hub.outbound.reconcile asks.
        except SendDoubtful as doubt:
            self.breaker.failed()
            await self._settle(delivery, DeliveryState.UNKNOWN, "unknown", str(doubt))
        except Exception as bug:  # what it did before it broke is anybody's guess
            log.exception("channel %s broke on delivery %s", self.channel.name, delivery.id)
            await self._settle(delivery, DeliveryState.UNKNOWN, "unknown", f"{type(bug).__name__}: {bug}")
        else:
            crash.point("outbox.handed")
            self.breaker.succeeded()
            await self._sent(delivery, sent)
            crash.point("outbox.sent")

    async def _commit(self, delivery: Delivery) -> None:
        # Durable before the byte that cannot be taken back, and asked of the store, not of memory: others may have
        # taken this process for dead and handed the delivery to somebody who is sending it now.
        assert delivery.attempt_id is not None
        if not await self._ledger.commit(delivery.attempt_id):
            raise LeaseLost
        crash.point("outbox.committing")

    async def _pace(self) -> None:
        rate = self.channel.rate
        wait = await self.deps.pacing.take(self.channel.name, rate, burst=max(1, int(rate)))
        while wait > 0:
            await asyncio.sleep(min(wait, 1.0))
            wait = await self.deps.pacing.take(self.channel.name, rate, burst=max(1, int(rate)))

    async def _retry_later(self, delivery: Delivery, deferred: SendDeferred) -> None:
        if deferred.retry_after is not None:
            self.breaker.rest(deferred.retry_after)
        else:
            self.breaker.failed()
        now = self.deps.clock.now()
        due_at = now + round(SECOND * (deferred.retry_after or back_off(delivery.attempts)))
        if due_at >= delivery.give_up_at:
            await self._settle(delivery, DeliveryState.FAILED, "failed", f"gave up: {deferred}")
        else:
            await self._settle(delivery, DeliveryState.QUEUED, "failed", str(deferred), due_at=due_at)

    async def _sent(self, delivery: Delivery, sent: Sent) -> None:
        outcome = Outcome(delivery.id, delivery.attempt_id or "", sent.state, "sent", "", sent.provider_id)
        await self._write(delivery, outcome, bounced=False)

    async def _settle(
        self,
        delivery: Delivery,
        state: DeliveryState,
        phase: str,
        reason: str,
        *,
        bounced: bool = False,
        due_at: int | None = None,
    ) -> None:
        outcome = Outcome(delivery.id, delivery.attempt_id or "", state, phase, reason, due_at=due_at)
        await self._write(delivery, outcome, bounced)

    async def _write(self, delivery: Delivery, outcome: Outcome, bounced: bool) -> None:
        """The answer is known: it is written down however long the store is away."""
        while True:
            try:
                await self._ledger.settle(Settled(delivery, outcome, bounced))
                break
            except StoreUnavailable:
                if self._stopping.is_set():
                    raise
                await asyncio.sleep(STORE_AWAY)
        ATTEMPTS.labels(self.channel.name, outcome.phase).inc()
        level = logging.DEBUG if delivery.campaign_id else logging.INFO
        about = {"state": str(outcome.state), "reason": outcome.result, "provider_id": outcome.provider_id}
        log.log(level, "delivery settled", extra=about)
        self.deps.live.wake()
