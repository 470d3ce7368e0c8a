"""Writes down what becomes of attempts, many at a time: those that wait together share one transaction.

Nothing is told before it is durable. A single attempt is written at once; under load the ones that come while the
store is busy form the next group.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import Connection

from hub.clock import Clock
from hub.errors import StoreUnavailable
from hub.outbound.receipts import append_delivery_events, mark_bounced
from hub.store.database import Store
from hub.store.deliveries import Delivery
from hub.store.messages import mark_provider_ids
from hub.store.outbox import Outcome, mark_all_committing, mark_outcomes

GROUP = 250
T = TypeVar("T")
R = TypeVar("R")

log = logging.getLogger("hub.outbound.ledger")


@dataclass(frozen=True, slots=True)
class Settled:
    """How one attempt ended."""

    delivery: Delivery
    outcome: Outcome
    bounced: bool = False


class Gatherer(Generic[T, R]):
    """Calls that arrive while a group is being worked on wait together and become the next one."""

    def __init__(self, work: Callable[[Sequence[T]], Awaitable[Sequence[R]]]) -> None:
        self._work = work
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._busy: asyncio.Task[None] | None = None

    async def __call__(self, item: T) -> R:
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._busy is None or self._busy.done():
            self._busy = asyncio.create_task(self._drain())
        return await future

    async def _drain(self) -> None:
        while self._waiting:
            await asyncio.sleep(0)  # whoever is ready this instant comes along
            group, self._waiting = self._waiting[:GROUP], self._waiting[GROUP:]
            try:
                results = await self._work([item for item, _ in group])
            except Exception as trouble:
                _tell(group, trouble)
            else:
                for (_, future), result in zip(group, results, strict=True):
                    if not future.done():
                        future.set_result(result)


def _tell(group: Sequence[tuple[T, asyncio.Future[R]]], trouble: Exception) -> None:
    for _, future in group:
        if not future.done():
            future.set_exception(trouble)


class Ledger:
    """commit: the next byte cannot be taken back. settle: how it ended."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self.commit: Gatherer[str, bool] = Gatherer(self._commit)
        self.settle: Gatherer[Settled, None] = Gatherer(self._settle)

    async def _commit(self, attempt_ids: Sequence[str]) -> Sequence[bool]:
        """False for those whose lease was lost: they must not be sent."""
        held = set(await self._store.write(mark_all_committing, attempt_ids))
        return [id in held for id in attempt_ids]

    async def _settle(self, group: Sequence[Settled]) -> Sequence[None]:
        try:
            await self._store.write(finish, group, self._clock.now())
        except StoreUnavailable:
            raise
        except Exception:
            if len(group) == 1:
                raise
            log.exception("a group of %d attempts cannot be settled together", len(group))
            for one in group:
                await self._store.write(finish, [one], self._clock.now())
        return [None] * len(group)


def finish(conn: Connection, group: Sequence[Settled], at: int) -> None:
    """Ledger, deliveries, messages and events of some attempts, together."""
    mark_outcomes(conn, [one.outcome for one in group], at)
    named = {
        one.delivery.message_id: one.outcome.provider_id
        for one in group
        if one.outcome.provider_id and not one.delivery.part
    }
    mark_provider_ids(conn, named)
    for one in group:
        if one.bounced:
            mark_bounced(conn, one.delivery, one.outcome.result, at)
    append_delivery_events(conn, [(one.delivery, one.outcome.state, one.outcome.result) for one in group], at)
