"""The lane for many: campaigns are claimed, rendered, marked, handed over and settled in batches, without a task each.

Beside the one-to-one path and through the same ledger: every recipient has its own row, before -> committing -> sent,
failed or unknown, and nothing of a batch leaves before the whole batch is `committing`. What is claimed ahead may be
much, because it can be given back; what is `committing` is never more than the channel hands over at once.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Sequence
from itertools import islice
from typing import Any

from hub.bulk import Bulk
from hub.channel import Channel
from hub.errors import SendDoubtful, SendRejected, StoreUnavailable
from hub.live import POLL
from hub.model import Outbound, Sent
from hub.outbound.bulk_ledger import Ready, Turn, stroke, turn_over
from hub.outbound.claim import Claimed
from hub.outbound.compose import finish_all
from hub.outbound.deps import SenderDeps
from hub.outbound.ledger import STORE_AWAY, count_and_log, finish
from hub.outbound.outcomes import Answer, Settled, failed, settled
from hub.outbound.pacing import Breaker, in_time
from hub.platform import crash
from hub.reasons import Reason, Why
from hub.store.deliveries import Delivery

AHEAD = 0.3  # seconds: what is committing leaves in that time
CLAIMED = 250  # ahead, which can be given back: so many at most, ...
CLAIMED_SECONDS = 2.0  # ... and as many as leave in that time
QUICK = 0.1  # seconds in which a batch is gone where the wire does not keep us waiting
AT_ONCE = 25  # sealed before others have their turn
TELL_AFTER = 1.0  # seconds after which others hear that something was sent, at the latest
SETTLE_AFTER = 0.2  # seconds that a known outcome waits for others to be written down with it

log = logging.getLogger("hub.outbound.bulk")


class BulkLane:
    """`look()` says that something may be due; `stop()` lets what is committing come to its end."""

    def __init__(self, deps: SenderDeps, channel: Channel, bulk: Bulk, breaker: Breaker) -> None:
        self.deps, self.channel, self.bulk, self.breaker = deps, channel, bulk, breaker
        self._ready: deque[Ready] = deque()
        self._ended: list[Settled] = []  # known, and not written down
        self._sent: list[Settled] = []  # as the ledger knows, and nobody else
        self._flying = self._low = 0
        self.flights: set[asyncio.Task[None]] = set()
        self._fewest = self._most = self._ahead = min(bulk.width, channel.capabilities.concurrency)
        self._claimed_at, self._told_at, self._woke_at, self._quick = 0.0, 0.0, 0.0, False
        self._untold = False  # something that others may wait for
        self._shaken = False  # since the last stroke that was kept
        self._doubted: set[asyncio.Task[None]] = set()  # flights whose deliveries others may have settled
        self._turning: asyncio.Task[None] | None = None
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
        if self._turning:
            await asyncio.wait({self._turning})
        if self._ended:
            await self.stroke([])
        if self._sent:
            await self._turn(0)

    async def _is_stirred(self, seconds: float) -> bool:
        """Waits for it, that long at most."""
        try:
            async with asyncio.timeout(seconds):
                return await self._stirred.wait()
        except TimeoutError:
            return False

    async def _stumble(self, trouble: Exception) -> None:
        """What was claimed, and what only the ledger knows, is settled like a dead process's (`renew` of
        hub.outbound.recovery): nobody here knows what of it the store still kept. What has ended is written down, each
        by itself where one of them is the trouble."""
        self._ready.clear()
        self._sent.clear()
        self._wanted = self._shaken = True
        self._doubted = set(self.flights)
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
        """A stroke, if there is enough for it; seconds to wait until it is worth looking again. overdue: what has ended
        waits no longer to be written down."""
        resting, most = self.breaker.resting(), self._limit()
        self._look_ahead(0 if resting else most, overdue)
        going = [] if resting else self._going(most)
        if going or (self._ended and (overdue or not self._flying)):
            await self.stroke(going)
            return 0.0
        self._tell(idle=not self._is_busy())
        self._low = most - min(len(self._ready), self._worth(most)) if self._ready else 0
        return min(SETTLE_AFTER if self._ended or self._sent else POLL, resting or POLL)

    def _look_ahead(self, most: int, overdue: bool) -> None:
        """Begin the next turn where it is time. most: how many may be committing."""
        if self._turning:
            if not self._turning.done():
                return
            turned, self._turning = self._turning, None
            turned.result()
        low = len(self._ready) <= self._ahead // 2
        limit = (self._ahead if most >= self._fewest else most) if self._wanted and low else 0
        late = overdue or time.monotonic() - self._told_at > TELL_AFTER
        if limit or len(self._sent) >= CLAIMED or (self._sent and late):
            self._turning = asyncio.create_task(self._turn(limit))
            self._turning.add_done_callback(lambda _: self._stirred.set())

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
        self._quick = seconds < QUICK
        if seconds > AHEAD:
            self._most = max(self._fewest, self._most // 2)
        elif seconds < AHEAD / 2 and count >= self._most // 2:
            self._most = min(self.channel.capabilities.concurrency, self._most * 2)

    def _learn_ahead(self, enough: bool) -> None:
        """So much is claimed as leaves until the next claim. enough: there was as much as was asked for."""
        now = time.monotonic()
        seconds, self._claimed_at = now - self._claimed_at, now
        if seconds > CLAIMED_SECONDS:
            self._ahead = max(self._fewest, self._ahead // 2)
        elif enough:
            self._ahead = min(CLAIMED, self._ahead * 2)

    def _going(self, most: int) -> list[Ready]:
        """As many as there is room for, or none where it is not worth a transaction yet."""
        room = most - self._flying
        enough = room >= min(len(self._ready), self._worth(most))
        return list(islice(self._ready, room)) if enough and room > 0 else []

    def _worth(self, most: int) -> int:
        """How many together are worth a transaction: half of them, so that the others keep the wire busy meanwhile, and
        more where it is quick, and our own time is what there is too little of."""
        return max(1, most * 3 // 4 if self._quick else most // 2)

    async def stroke(self, going: Sequence[Ready]) -> None:
        """Write down what has ended, and hand over what may leave."""
        deps = self.deps
        if self.channel.rate > 0:
            for _ in going:
                await in_time(self.deps.pacing, self.channel.name, self.channel.rate)
        ended, self._ended = self._ended, []
        whole, landed = self._shaken or bool(self._doubted), {flight for flight in self._doubted if flight.done()}
        try:
            leaving = await deps.store.write_first(stroke, deps.leave_rule, ended, going, deps.clock.now(), whole=whole)
        except BaseException:
            self._ended = ended + self._ended  # they are known: they are written down later
            raise
        self._shaken, self._doubted = False, self._doubted - landed
        for _ in going:
            self._ready.popleft()
        sent = [one for one in ended if one.is_sent]
        self._sent += sent if not whole else ()
        self._wanted |= len(leaving) < len(going)  # given back: asked for again
        if leaving:
            crash.point("outbox.committing")
        if sent:
            crash.point("outbox.sent")
        count_and_log(ended)
        if whole or len(sent) < len(ended):
            self.deps.live.wake()
        if leaving:
            self.launch(leaving)

    async def _turn(self, limit: int) -> None:
        """Tell of what was sent, and claim so many more."""
        deps = self.deps
        sent, self._sent, self._told_at = self._sent, [], time.monotonic()
        self._wanted &= not limit  # who finds something from now on is heard
        try:
            turn = Turn(self.channel.name, deps.process_id, sent, limit)
            claim = await deps.store.write(turn_over, deps.leave_rule, turn, deps.clock.now())
        except BaseException:
            self._sent = sent + self._sent
            raise
        self._wanted |= bool(claim.leased or claim.others)
        if claim.leased:
            crash.point("outbox.claimed")
        self._untold |= bool(sent or claim.others)
        self._tell(idle=not (claim.leased or self._is_busy()))
        if limit:
            self._learn_ahead(len(claim.leased) == limit)
            await self._prepare(claim)

    def _is_busy(self) -> bool:
        return bool(self._flying or self._ended or self._sent)

    def _tell(self, *, idle: bool) -> None:
        """Wake the others for what they have not heard of. idle: nothing is under way, after which they would hear."""
        now = time.monotonic()
        if self._untold and (idle or now - self._woke_at > TELL_AFTER):
            self._untold, self._woke_at = False, now
            self.deps.live.wake()

    async def _prepare(self, claim: Claimed) -> None:
        outbounds = await finish_all(self.deps, self.channel, claim.leased)
        for place, (item, standing) in enumerate(zip(claim.leased, claim.standings, strict=True)):
            sealed = self._seal(item, outbounds[place])
            if isinstance(sealed, Settled):
                self._ended.append(sealed)
            else:
                self._ready.append(Ready(item, standing, sealed))
            if place % AT_ONCE == AT_ONCE - 1:
                self._stirred.set()
                await asyncio.sleep(0)

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
