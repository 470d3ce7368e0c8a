"""The lane for many: campaigns are claimed, rendered, marked, handed over and settled in batches, without a task each.

Beside the one-to-one path and through the same ledger: every recipient has its own row, before -> committing -> sent,
failed or unknown, and nothing of a batch leaves before the whole batch is `committing`. What is ahead of the wire is
what leaves in a moment, so that a pause waits no longer and a kill leaves no more behind as unknown.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import Any

from hub.bulk import Bulk
from hub.channel import Channel
from hub.errors import SendDoubtful, SendRejected, StoreUnavailable
from hub.live import POLL
from hub.model import Outbound, Sent
from hub.outbound.compose import finish_all
from hub.outbound.deps import SenderDeps
from hub.outbound.ledger import STORE_AWAY, count_and_log, finish
from hub.outbound.outcomes import Answer, Settled, failed, settled
from hub.outbound.pacing import Breaker, in_time
from hub.outbound.plan import Claimed
from hub.outbound.turnover import Ready, Turn, Turned, turn_over
from hub.platform import crash
from hub.reasons import Reason, Why
from hub.store.deliveries import Delivery

AHEAD = 0.3  # seconds: what is committing is what leaves in that time
AT_ONCE = 25  # sealed before others have their turn
SETTLE_AFTER = 0.2  # seconds that a known outcome waits for others to be written down with it

log = logging.getLogger("hub.outbound.bulk")


class BulkLane:
    """`look()` says that something may be due; `stop()` lets what is committing come to its end."""

    def __init__(self, deps: SenderDeps, channel: Channel, bulk: Bulk, breaker: Breaker) -> None:
        self.deps, self.channel, self.bulk, self.breaker = deps, channel, bulk, breaker
        self._ready: list[Ready] = []
        self._ended: list[Settled] = []
        self._flying = self._low = 0
        self.flights: set[asyncio.Task[None]] = set()
        self._fewest = self._most = min(bulk.width, channel.capabilities.concurrency)
        self._wanted = self._stopping = False
        self._stirred = asyncio.Event()

    def look(self) -> None:
        self._wanted = True
        self._stirred.set()

    def stop(self) -> None:
        self._stopping = True
        self._stirred.set()

    async def run(self) -> None:
        overdue = False
        while not self._stopping:
            self._stirred.clear()
            try:
                wait = await self._round(overdue)
            except Exception as trouble:
                await self._stumble(trouble)
                continue
            overdue = wait > 0 and not await self._is_stirred(wait)
        await asyncio.gather(*self.flights)
        if self._ended:
            await self.turn([], 0)

    async def _is_stirred(self, seconds: float) -> bool:
        """Waits for it, that long at most."""
        try:
            async with asyncio.timeout(seconds):
                return await self._stirred.wait()
        except TimeoutError:
            return False

    async def _stumble(self, trouble: Exception) -> None:
        """What was claimed is settled like a dead process's (hub.outbound.recovery.renew): nobody here knows what of it
        the store still kept. What has ended is written down, each by itself where one of them is the trouble."""
        self._ready.clear()
        self._wanted = True
        self.deps.shaken.set()
        if not isinstance(trouble, StoreUnavailable):
            log.error("the bulk lane of %s stumbled", self.channel.name, exc_info=trouble)
            ended, self._ended = self._ended, []
            for one in ended:
                try:
                    await self.deps.store.write(finish, [one], self.deps.clock.now())
                except Exception:
                    log.exception("how delivery %s ended cannot be written down", one.delivery.id)
        await asyncio.sleep(STORE_AWAY)

    async def _round(self, overdue: bool) -> float:
        """One transaction, if there is enough for it; seconds to wait until it is worth looking again. overdue: what
        has ended waits no longer to be written down."""
        resting, most = self.breaker.resting(), self._limit()
        going = [] if resting else self._going(most)
        limit = max(1, most // 2) if self._wanted and not resting and len(going) == len(self._ready) else 0
        if going or limit or (self._ended and (overdue or not self._flying)):
            claim = await self.turn(going, limit)
            if limit:
                self._wanted = bool(claim.leased or claim.others)
                self._ready = await self._prepare(claim)
            return 0.0
        self._low = most - min(len(self._ready), max(1, most // 2)) if self._ready else 0
        return min(SETTLE_AFTER if self._ended else POLL, resting or POLL)

    def _limit(self) -> int:
        """How many may be committing."""
        if self.breaker.probing:
            return 1
        if self.channel.rate > 0:
            return max(1, min(self._fewest, int(self.channel.rate * AHEAD)))
        return self._most

    def _learn(self, count: int, seconds: float) -> None:
        """That many were gone after that long: so it is seen how many leave in AHEAD. Never more than the channel hands
        over at once: so many may stand as unknown after a kill."""
        if seconds > AHEAD:
            self._most = max(self._fewest, self._most // 2)
        elif seconds < AHEAD / 2 and count >= self._most // 2:
            self._most = min(self.channel.capabilities.concurrency, self._most * 2)

    def _going(self, most: int) -> list[Ready]:
        """As many as there is room for, or none where it is not worth a transaction yet."""
        room = most - self._flying
        return self._ready[:room] if room >= min(len(self._ready), max(1, most // 2)) else []

    async def turn(self, going: Sequence[Ready], limit: int) -> Claimed:
        deps = self.deps
        for _ in going:
            await in_time(deps.pacing, self.channel.name, self.channel.rate)
        ended, self._ended = self._ended, []
        turn = Turn(self.channel.name, deps.process_id, ended, going, limit)
        try:
            turned = await deps.store.write(turn_over, deps.leave_rule, turn, deps.clock.now())
        except BaseException:
            self._ended = ended + self._ended  # they are known: they are written down later
            raise
        self._tell(ended, turned)
        del self._ready[: len(going)]
        if turned.leaving:
            self.launch(turned.leaving)
        return turned.claim

    def _tell(self, ended: Sequence[Settled], turned: Turned) -> None:
        if turned.leaving:
            crash.point("outbox.committing")
        if turned.claim.leased:
            crash.point("outbox.claimed")
        if any(one.outcome.phase == "sent" for one in ended):
            crash.point("outbox.sent")
        count_and_log(ended)
        if ended or turned.claim.others:
            self.deps.live.wake()

    async def _prepare(self, claim: Claimed) -> list[Ready]:
        ready: list[Ready] = []
        outbounds = await finish_all(self.deps, self.channel, claim.leased)
        for place, (item, standing) in enumerate(zip(claim.leased, claim.standings, strict=True)):
            sealed = self._seal(item, outbounds[place])
            if isinstance(sealed, Settled):
                self._ended.append(sealed)
            else:
                ready.append(Ready(item, standing, sealed))
            if place % AT_ONCE == 0:
                await asyncio.sleep(0)
        return ready

    def _seal(self, item: Delivery, outbound: Outbound | Reason) -> Any:
        """As it travels; Settled where it cannot be sent at all."""
        if isinstance(outbound, Reason):
            return failed(item, outbound)
        try:
            return self.bulk.seal(outbound)
        except SendRejected as refused:
            return settled(item, refused, self.breaker, self.deps.clock.now())
        except Exception as bug:
            log.exception("channel %s cannot write delivery %s", self.channel.name, item.id)
            return failed(item, Reason(Why.UNRENDERED, f"{type(bug).__name__}: {bug}"))

    def launch(self, batch: Sequence[Ready]) -> None:
        self._flying += len(batch)
        flight = asyncio.create_task(self._carry(batch))
        self.flights.add(flight)
        flight.add_done_callback(self.flights.discard)

    async def _carry(self, batch: Sequence[Ready]) -> None:
        waiting = dict(enumerate(batch))

        def ended(place: int, answer: Answer) -> None:
            one = waiting.pop(place, None)
            if one is not None:
                self._land(one.delivery, answer)

        began = time.monotonic()
        silent: Answer = SendDoubtful("the channel did not say what became of it")
        try:
            await self.bulk.carry([one.sealed for one in batch], ended)
        except Exception as bug:
            silent = bug
        for place in list(waiting):
            ended(place, silent)
        self._learn(len(batch), time.monotonic() - began)

    def _land(self, delivery: Delivery, answer: Answer) -> None:
        if isinstance(answer, Sent):
            crash.point("outbox.handed")
        self._ended.append(settled(delivery, answer, self.breaker, self.deps.clock.now()))
        self._flying -= 1
        if self._flying <= self._low:
            self._stirred.set()
