"""Settles doubt: asks providers that can be asked (`Capabilities.lookup`) about deliveries that stand as `unknown`.

Two functions make a delivery unknown: `settled` of hub.outbound.outcomes, for what leaves one by one and in batches,
when the answer to the last byte never came or the adapter broke with any other error than those it may raise; and
`recover` of hub.store.outbox, called by hub.outbound.recovery, when the process died there. Nothing else writes it,
and no receipt can say it. Who settles it: a receipt that comes after all, a bounce by mail too (hub.outbound.receipts);
what becomes of the call (`_settle` of hub.inbound.calls); the sender's own outcome where it was only taken for dead
(`mark_outcomes` of hub.store.outbox); this look-up, within an hour. Nothing else: it stays unknown then, also when a
person sends the message again, which is a delivery of its own (hub.outbound.sending_again).
"""

from functools import partial

from sqlalchemy import Connection

from hub.channel import Channel
from hub.clock import HOUR, SECOND
from hub.model import DeliveryState, Outbound
from hub.outbound.compose import build
from hub.outbound.delivery_events import append_delivery_event
from hub.outbound.deps import SenderDeps
from hub.platform.guarded import Guarded
from hub.reasons import Reason, Why
from hub.registry import Registry
from hub.store.deliveries import (
    Delivery,
    find_by_provider_id,
    list_attempts,
    list_unknown,
    mark_provider_id,
    mark_state,
)

FIRST_WAIT = 5 * SECOND  # before a provider is asked again about the same delivery
MOST_ASKED = 10_000


class Reconciler:
    """guarded: asks one question and survives whatever goes wrong with it."""

    def __init__(self, deps: SenderDeps, channels: Registry, guarded: Guarded) -> None:
        self.deps = deps
        self.channels = channels
        self._guarded = guarded
        self._asked: dict[str, tuple[int, int]] = {}  # delivery id -> (not again before, then wait so long)

    async def look_up(self) -> bool:
        """One round over everything that became unknown within the last hour; whether there is anything."""
        now, found = self.deps.clock.now(), False
        for channel in list(self.channels.values()):  # some may be added meanwhile
            if channel.capabilities.lookup:
                found |= await self._look_up(channel, now)
        return found

    async def _look_up(self, channel: Channel, now: int) -> bool:
        last = ""
        while page := await self.deps.store.read(list_unknown, channel.name, now - HOUR, last):
            for delivery in page:
                if self._is_asked_again(delivery, now):
                    await self._guarded(partial(self._settle, channel, delivery))
            last = page[-1].id
        return last != ""

    def _is_asked_again(self, delivery: Delivery, now: int) -> bool:
        """At once, then after waits that double: many doubts at once must not become a storm of questions."""
        due_at, wait = self._asked.get(delivery.id, (0, FIRST_WAIT))
        if now < due_at:
            return False
        if len(self._asked) > MOST_ASKED:
            self._asked.clear()
        self._asked[delivery.id] = (now + wait, wait * 2)
        return True

    async def _settle(self, channel: Channel, delivery: Delivery) -> None:
        deps = self.deps
        outbound = await deps.store.read(build, deps.signer, deps.base_url, delivery, channel)
        if not isinstance(outbound, Outbound):
            return
        attempts = (await deps.store.read(list_attempts, [delivery.id])).get(delivery.id, [])
        sent = await channel.look_up(outbound, attempts[-1].started_at if attempts else delivery.created_at)
        known = await deps.store.read(find_by_provider_id, channel.name, sent.provider_id) if sent else None
        if sent is not None and (known is None or known.id == delivery.id):
            await deps.store.write(_found, delivery, sent.provider_id, sent.state, deps.clock.now())
            deps.live.wake()


def _found(conn: Connection, delivery: Delivery, provider_id: str, state: DeliveryState, at: int) -> None:
    mark_provider_id(conn, delivery.id, provider_id)
    found = Reason(Why.FOUND)
    if mark_state(conn, delivery.id, state, found, at):
        append_delivery_event(conn, delivery, state, found, at)
