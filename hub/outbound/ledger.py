"""Writes down what becomes of attempts, many at a time: those that wait together share one transaction.

Nothing is told before it is durable. A single attempt is written at once; under load the ones that come while the
store is busy form the next group.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence

from sqlalchemy import Connection

from hub.clock import Clock
from hub.errors import StoreUnavailable
from hub.outbound.address_state import mark_bounced
from hub.outbound.claim import commit
from hub.outbound.delivery_events import append_delay, append_delivery_events
from hub.outbound.outcomes import Settled
from hub.outbound.verdicts import LeaveRule
from hub.platform.batching import Batcher
from hub.platform.meters import ATTEMPTS
from hub.reasons import say
from hub.store.database import Store
from hub.store.deliveries import Delivery
from hub.store.messages import mark_provider_ids
from hub.store.outbox import mark_attempts, mark_outcomes
from hub.store.sent_copies import mark_uncopied
from hub.store.standing import Standing

STORE_AWAY = 1.0  # seconds before it is tried again

log = logging.getLogger("hub.outbound.ledger")


class Ledger:
    """commit: the next byte cannot be taken back. settle: how it ended."""

    def __init__(self, store: Store, clock: Clock, rule: LeaveRule) -> None:
        self._store, self._clock, self._rule = store, clock, rule
        self.commit: Batcher[tuple[Delivery, Standing], bool] = Batcher(self._commit)
        self.settle: Batcher[Settled, None] = Batcher(self._settle)

    async def write_down(self, settled: Settled, stopping: asyncio.Event) -> None:
        """The answer is known: it is written down however long the store is away, unless we stop."""
        while True:
            try:
                await self.settle(settled)
                break
            except StoreUnavailable:
                if stopping.is_set():
                    raise
                await asyncio.sleep(STORE_AWAY)
        count_and_log([settled])

    async def _commit(self, claimed: Sequence[tuple[Delivery, Standing]]) -> Sequence[bool]:
        """False for those that must not be sent from here: others settle them."""
        held = await self._store.write(commit, self._rule, claimed, self._clock.now())
        return [item.attempt_id in held for item, _ in claimed]

    async def _settle(self, group: Sequence[Settled]) -> Sequence[None]:
        await self._store.write(finish, group, self._clock.now())
        return [None] * len(group)


def finish(conn: Connection, group: Sequence[Settled], at: int) -> None:
    """Ledger, deliveries, messages and events of some attempts, together."""
    mark_attempts(conn, [one.outcome for one in group], at)
    follow(conn, group, at)


def follow(conn: Connection, group: Sequence[Settled], at: int) -> None:
    """What follows from what the ledger says already: deliveries, messages and events."""
    changed = mark_outcomes(conn, [one.outcome for one in group], at)
    named = {
        one.delivery.message_id: one.outcome.provider_id
        for one in group
        if one.outcome.provider_id and not one.delivery.parcel
    }
    mark_provider_ids(conn, named)
    for one in group:
        if one.bounced:
            mark_bounced(conn, one.delivery, one.outcome.why.detail, at)
    kept = (one for one in group if one.is_sent and one.delivery.kind == "email" and not one.delivery.campaign_id)
    mark_uncopied(conn, [one.delivery.id for one in kept if not one.delivery.is_copy], at)
    told = [(one.delivery, one.outcome.state, one.outcome.why) for one in group if one.delivery.id in changed]
    append_delivery_events(conn, told, at)
    for one in group:
        if one.is_delayed_now and one.delivery.id in changed:
            append_delay(conn, one.delivery, one.outcome.why, at)


def count_and_log(group: Sequence[Settled]) -> None:
    """Count them and say so in the log."""
    for (channel, phase), count in Counter((one.delivery.channel, one.outcome.phase) for one in group).items():
        ATTEMPTS.labels(channel, phase).inc(count)
    for one in group:
        level = logging.DEBUG if one.delivery.campaign_id else logging.INFO
        if log.isEnabledFor(level):
            outcome = one.outcome
            about = {"state": str(outcome.state), "reason": say(outcome.why), "provider_id": outcome.provider_id}
            log.log(level, "delivery settled", extra=about)
