"""Brings past messages in, a batch at a time, or only looks at them.

What is in already is passed by, so an import that was interrupted is simply begun again.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Protocol

from hub.channel import Channel
from hub.clock import Clock
from hub.history.boxes import Kept
from hub.history.landing import Landed, Threads, land_past
from hub.history.mails import read_kept
from hub.history.ours import Ours
from hub.history.past import Brought, LeftOut, Past
from hub.history.told import Told, read_told
from hub.inbound.parse_pool import Reading
from hub.inbound.processing import ProcessingDeps
from hub.model import Address, Direction
from hub.store.database import Store

AT_ONCE = 64  # mails read and written together
CONVERSATIONS_AT_ONCE = 8  # asked for at once


class System(Protocol):
    """Another system that holds conversations."""

    def conversations(self) -> AsyncIterator[Mapping[str, Any]]: ...

    async def messages(self, conversation: Mapping[str, Any]) -> list[Told]: ...


@dataclass(frozen=True, slots=True)
class Batch:
    """size: how much of the source was read for it, in whatever the source is measured in."""

    past: Sequence[Past]
    left: Sequence[LeftOut]
    size: int


@dataclass
class Seen:
    """What would come in. first, last: instants, 0 where there is nothing."""

    came: int = 0
    went: int = 0
    first: int = 0
    last: int = 0
    people: set[Address] = field(default_factory=set)

    def count(self, past: Sequence[Past]) -> None:
        for one in past:
            self.came += one.direction == Direction.IN
            self.went += one.direction == Direction.OUT
            self.first, self.last = min(self.first or one.at, one.at), max(self.last, one.at)
            self.people.add(one.said.sender)


async def read_mails(
    kept: Iterator[Kept | LeftOut], reading: Reading, channel: Channel, ours: Ours
) -> AsyncGenerator[Batch, None]:
    """Sizes are octets."""
    while batch := list(islice(kept, AT_ONCE)):
        mails = [one for one in batch if isinstance(one, Kept)]
        read = await asyncio.gather(*(read_kept(reading, channel, ours, one) for one in mails))
        left = [one for one in (*batch, *read) if isinstance(one, LeftOut)]
        yield Batch([one for one in read if isinstance(one, Past)], left, sum(one.octets for one in mails))


async def read_system(
    system: System, reading: Reading, mails: Channel, channel_of: Callable[[str], str]
) -> AsyncGenerator[Batch, None]:
    """Sizes are conversations. mails: what reads HTML; channel_of: to which channel messages of a type belong."""

    async def read(row: Mapping[str, Any]) -> Sequence[Past | LeftOut]:
        try:
            told = await system.messages(row)
        except (LookupError, TypeError, ValueError, AttributeError) as odd:
            what = f"conversation {str(row)[:80]}"
            return [LeftOut(what, f"it is not told as it should be ({type(odd).__name__}: {odd})")]
        return await asyncio.gather(*(read_told(reading, mails, channel_of(one.channel_type), one) for one in told))

    rows = aiter(system.conversations())
    while batch := [row async for row in aislice(rows, CONVERSATIONS_AT_ONCE)]:
        read_all = [one for said in await asyncio.gather(*map(read, batch)) for one in said]
        past = [one for one in read_all if isinstance(one, Past)]
        yield Batch(past, [one for one in read_all if isinstance(one, LeftOut)], len(batch))


async def aislice(rows: AsyncIterator[Mapping[str, Any]], most: int) -> AsyncIterator[Mapping[str, Any]]:
    """The next ones, most at once."""
    for _ in range(most):
        try:
            yield await anext(rows)
        except StopAsyncIteration:
            return


async def look_at(batches: AsyncIterator[Batch], progress: Callable[[int], None]) -> tuple[Seen, Brought]:
    """Nothing is written."""
    seen, brought = Seen(), Brought()
    async for batch in batches:
        seen.count(batch.past)
        brought.leave(batch.left)
        progress(batch.size)
    return seen, brought


async def bring(
    store: Store,
    clock: Clock,
    deps: ProcessingDeps,
    batches: AsyncIterator[Batch],
    source: str,
    progress: Callable[[int], None],
) -> Brought:
    """deps: whose a message is; source: what is said of the addresses of customers it makes."""
    brought, threads = Brought(), Threads()
    async for batch in batches:
        landed: Landed = await store.write(land_past, deps, threads, batch.past, source, clock.now())
        threads |= landed.threads
        brought.count(landed.added, landed.known, landed.conversations, landed.customers)
        brought.leave(batch.left)
        progress(batch.size)
    return brought
