"""Hands over what the outbox holds: one worker per channel claims small batches, best lane first, and settles each.

Sending is at least recorded, never blindly repeated: `committing` is durable before the byte that cannot be
taken back, and an attempt that dies there is `unknown`, not retried. Nothing that can fail stands between the
provider's answer and the ledger.
"""

import asyncio
import logging
from collections.abc import Sequence

from hub.channel import Channel
from hub.clock import SECOND
from hub.errors import SendDeferred, SendDoubtful, SendRejected, StoreUnavailable
from hub.live import POLL
from hub.model import DeliveryState, Outbound
from hub.outbound.compose import build
from hub.outbound.deps import SenderDeps
from hub.outbound.ledger import STORE_AWAY, Ledger, Settled
from hub.outbound.pacing import Breaker, back_off, in_time
from hub.outbound.plan import claim_deliveries
from hub.outbound.room import Room
from hub.outbound.turns import Turns
from hub.platform import crash
from hub.platform.logs import bound
from hub.reasons import NO_REASON, Reason, Why
from hub.store.deliveries import Delivery
from hub.store.outbox import Outcome

log = logging.getLogger("hub.outbound.sender")


class LeaseLost(Exception):
    """Others took this process for dead and settled the delivery: it must not be sent from here."""


class Worker:
    """Sends for one channel until stopped; `stop()` lets what has begun come to its end."""

    def __init__(self, deps: SenderDeps, channel: Channel) -> None:
        self.deps = deps
        self.channel = channel
        self.breaker = Breaker()
        self._slots = asyncio.Semaphore(channel.capabilities.concurrency)
        self._ledger = Ledger(deps.store, deps.clock)
        self._room = Room(channel.capabilities.concurrency)
        self._turns = Turns()
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
        await self._room.emptied()

    def stop(self) -> None:
        self._stopping.set()
        self.deps.live.wake()

    async def _pause(self, news: asyncio.Event, wait: float) -> None:
        waiting = [asyncio.ensure_future(news.wait()), asyncio.ensure_future(self._room.made.wait())]
        await asyncio.wait(waiting, timeout=wait, return_when=asyncio.FIRST_COMPLETED)
        for one in waiting:
            one.cancel()

    async def _round(self) -> float:
        """Claim what there is room for; seconds to wait until it is worth looking again."""
        resting = self.breaker.resting()
        if resting > 0:
            return min(resting, POLL)
        room = self._room.look(self.channel.rate, probing=self.breaker.probing)
        if not room:
            return POLL
        deps, name = self.deps, self.channel.name
        claim = await deps.store.write(claim_deliveries, deps.leave_rule, name, deps.process_id, deps.clock.now(), room)
        if claim.others:
            deps.live.wake()
        if not claim.leased:
            return 0.0 if claim.others else self._until(claim.next_at)
        crash.point("outbox.claimed")
        for delivery, outbound in zip(claim.leased, await self._prepare(claim.leased), strict=True):
            self._room.add(asyncio.create_task(self._in_turn(delivery, outbound)))
        return 0.0

    def _until(self, next_at: int | None) -> float:
        return POLL if next_at is None else min(max(next_at - self.deps.clock.now(), 0) / SECOND, POLL)

    async def _prepare(self, claimed: Sequence[Delivery]) -> list[Outbound | Reason]:
        campaigns = [item for item in claimed if item.campaign_id]
        rendered = await self.deps.personalise(campaigns) if campaigns else {}
        about = (self.deps.signer, self.deps.base_url)
        return [
            rendered.get(item.id, Reason(Why.UNRENDERED))
            if item.campaign_id
            else await self.deps.store.read(build, *about, item, self.channel)
            for item in claimed
        ]

    async def _in_turn(self, delivery: Delivery, outbound: Outbound | Reason) -> None:
        """Two messages to one address keep their order."""
        async with self._turns.of(delivery.handle):
            with bound(channel=self.channel.name, message_id=delivery.message_id, delivery_id=delivery.id):
                await self._attempt(delivery, outbound)

    async def _attempt(self, delivery: Delivery, outbound: Outbound | Reason) -> None:
        try:
            if isinstance(outbound, Reason):
                await self._settle(delivery, DeliveryState.FAILED, "failed", outbound)
            else:
                await self._deliver(delivery, outbound)
        except StoreUnavailable as away:
            log.warning("delivery %s is settled when the store is back: %s", delivery.id, away)

    async def _deliver(self, delivery: Delivery, outbound: Outbound) -> None:
        await in_time(self.deps.pacing, self.channel.name, self.channel.rate)
        try:
            async with self._slots:
                sent = await self.channel.send(outbound, lambda: self._commit(delivery))
        except LeaseLost:
            return
        except SendDeferred as deferred:
            await self._retry_later(delivery, deferred)
        except StoreUnavailable as away:  # raised by _commit: nothing has left
            await self._retry_later(delivery, SendDeferred(f"the ledger is away: {away}", retry_after=STORE_AWAY))
        except SendRejected as rejected:
            self.breaker.succeeded()
            await self._settle(
                delivery, DeliveryState.FAILED, "failed", Reason(detail=str(rejected)), bounced=rejected.bounced
            )
        # Doubt is never put back in the queue: what may have left would leave twice. hub.outbound.reconcile asks.
        except SendDoubtful as doubt:
            self.breaker.failed()
            await self._settle(delivery, DeliveryState.UNKNOWN, "unknown", Reason(detail=str(doubt)))
        except Exception as bug:  # what it did before it broke is anybody's guess
            log.exception("channel %s broke on delivery %s", self.channel.name, delivery.id)
            await self._settle(
                delivery, DeliveryState.UNKNOWN, "unknown", Reason(detail=f"{type(bug).__name__}: {bug}")
            )
        else:
            crash.point("outbox.handed")
            self.breaker.succeeded()
            await self._settle(delivery, sent.state, "sent", provider_id=sent.provider_id)
            crash.point("outbox.sent")

    async def _commit(self, delivery: Delivery) -> None:
        # Durable before the byte that cannot be taken back, and asked of the store, not of memory: others may have
        # taken this process for dead and handed the delivery to somebody who is sending it now.
        assert delivery.attempt_id is not None
        if not await self._ledger.commit(delivery.attempt_id):
            raise LeaseLost
        crash.point("outbox.committing")

    async def _retry_later(self, delivery: Delivery, deferred: SendDeferred) -> None:
        if deferred.retry_after is not None:
            self.breaker.rest(deferred.retry_after)
        elif deferred.of_provider:
            self.breaker.failed()
        else:
            self.breaker.succeeded()
        now = self.deps.clock.now()
        due_at = now + round(SECOND * (deferred.retry_after or back_off(delivery.attempts)))
        if due_at >= delivery.give_up_at:
            await self._settle(delivery, DeliveryState.FAILED, "failed", Reason(Why.GAVE_UP, str(deferred)))
        else:
            await self._settle(delivery, DeliveryState.QUEUED, "failed", Reason(detail=str(deferred)), due_at=due_at)

    async def _settle(
        self,
        delivery: Delivery,
        state: DeliveryState,
        phase: str,
        why: Reason = NO_REASON,
        *,
        bounced: bool = False,
        due_at: int | None = None,
        provider_id: str | None = None,
    ) -> None:
        outcome = Outcome(delivery.id, delivery.attempt_id or "", state, phase, why, provider_id, due_at)
        await self._ledger.write_down(Settled(delivery, outcome, bounced), self._stopping)
        self.deps.live.wake()
