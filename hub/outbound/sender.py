"""Hands over what the outbox holds: one worker per channel claims small batches, best lane first, and settles each.

Sending is at least recorded, never blindly repeated: `committing` is durable before the byte that cannot be
taken back, and an attempt that dies there is `unknown`, not retried. Nothing that can fail stands between the
provider's answer and the ledger.
"""

import asyncio
import logging

from hub.channel import Channel
from hub.clock import SECOND
from hub.errors import SendDeferred, StoreUnavailable
from hub.live import POLL
from hub.model import Outbound, Sent
from hub.outbound.bulk import BulkLane
from hub.outbound.claim import claim_deliveries
from hub.outbound.compose import finish_all
from hub.outbound.deps import SenderDeps
from hub.outbound.ledger import STORE_AWAY, Ledger
from hub.outbound.outcomes import Answer, Settled, failed, settled
from hub.outbound.pacing import Breaker, in_time
from hub.outbound.room import Room
from hub.outbound.turns import Turns
from hub.platform import crash
from hub.platform.logs import bound
from hub.reasons import Reason
from hub.store.deliveries import Delivery
from hub.store.outbox import ALL_LANES, ONE_BY_ONE
from hub.store.standing import Standing
from hub.watch import OUT

log = logging.getLogger("hub.outbound.sender")


class NotOurs(Exception):
    """It must not be sent from here: others took this process for dead, or it is claimed anew."""


class Worker:
    """Sends for one channel until stopped; `stop()` lets what has begun come to its end."""

    def __init__(self, deps: SenderDeps, channel: Channel) -> None:
        self.deps = deps
        self.channel = channel
        self.breaker = Breaker(deps.watch.way(channel.name, OUT))
        self._slots = asyncio.Semaphore(channel.capabilities.concurrency)
        self._ledger = Ledger(deps.store, deps.clock, deps.leave_rule)
        self._room = Room(channel.capabilities.concurrency)
        self._turns = Turns()
        self._stopping = asyncio.Event()
        self._bulk = BulkLane(deps, channel, channel.bulk, self.breaker) if channel.bulk else None

    async def run(self) -> None:
        many = asyncio.create_task(self._bulk.run()) if self._bulk else None
        await self._one_by_one()
        if many:
            await many

    async def _one_by_one(self) -> None:
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
        if self._bulk:
            self._bulk.stop()
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
        asked = (deps.leave_rule, name, deps.process_id, deps.clock.now(), room)
        claim = await deps.store.write(claim_deliveries, *asked, ONE_BY_ONE if self._bulk else ALL_LANES)
        if self._bulk and claim.crowd:
            self._bulk.look()
        if claim.others:
            deps.live.wake()
        if not claim.leased:
            return 0.0 if claim.others else self._until(claim.next_at)
        crash.point("outbox.claimed")
        outbounds = await finish_all(deps, self.channel, claim.leased)
        for delivery, standing, outbound in zip(claim.leased, claim.standings, outbounds, strict=True):
            self._room.add(asyncio.create_task(self._in_turn(delivery, standing, outbound)))
        return 0.0

    def _until(self, next_at: int | None) -> float:
        return POLL if next_at is None else min(max(next_at - self.deps.clock.now(), 0) / SECOND, POLL)

    async def _in_turn(self, delivery: Delivery, standing: Standing, outbound: Outbound | Reason) -> None:
        """Two messages to one address keep their order."""
        async with self._turns.of(delivery.handle):
            with bound(channel=self.channel.name, message_id=delivery.message_id, delivery_id=delivery.id):
                await self._attempt(delivery, standing, outbound)

    async def _attempt(self, delivery: Delivery, standing: Standing, outbound: Outbound | Reason) -> None:
        try:
            if isinstance(outbound, Reason):
                await self._settle(failed(delivery, outbound))
            else:
                await self._deliver(delivery, standing, outbound)
        except StoreUnavailable as away:
            log.warning("delivery %s is settled when the store is back: %s", delivery.id, away)

    async def _deliver(self, delivery: Delivery, standing: Standing, outbound: Outbound) -> None:
        await in_time(self.deps.pacing, self.channel.name, self.channel.rate)
        answer: Answer
        try:
            async with self._slots:
                answer = await self.channel.send(outbound, lambda: self._commit(delivery, standing))
        except NotOurs:
            return
        except StoreUnavailable as away:  # raised by _commit: nothing has left
            answer = SendDeferred(f"the ledger is away: {away}", retry_after=STORE_AWAY, of_provider=False)
        except Exception as trouble:
            answer = trouble
        if isinstance(answer, Sent):
            crash.point("outbox.handed")
        lifetime = 0 if delivery.campaign_id else self.channel.capabilities.lifetime
        await self._settle(settled(delivery, answer, self.breaker, self.deps.clock.now(), lifetime))
        if isinstance(answer, Sent):
            crash.point("outbox.sent")

    async def _commit(self, delivery: Delivery, standing: Standing) -> None:
        # Durable before the byte that cannot be taken back, and asked of the store, not of memory: others may have
        # taken this process for dead and be sending it now, or a STOP came while it waited for its turn.
        if await self._ledger.commit((delivery, standing)):
            return crash.point("outbox.committing")
        self.deps.live.wake()
        raise NotOurs

    async def _settle(self, ended: Settled) -> None:
        await self._ledger.write_down(ended, self._stopping)
        self.deps.live.wake()
