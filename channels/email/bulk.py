"""Hands over many mails over the kept connections, which stay in use from batch to batch."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence

from hub.errors import SendDeferred, SendError
from hub.model import Outbound, Sent

from .conveyor import Batch, Conveyor, Ended, Job, Letter
from .smtp import SmtpPool

LINGER = 0.25  # seconds a connection is held without a mail: another batch is about to come
QUICK = 0.1  # seconds in which a batch is gone where few connections are enough


class SmtpBulk:
    """As many carriers as the letters need; a letter that is lost before it left goes to the next.

    Half as many connections as letters where envelopes ride behind bodies: each has one leaving and one announced. Half
    as many again where the server answers at once: then nearly every envelope rides.
    """

    def __init__(self, pool: SmtpPool, seal: Callable[[Outbound], Letter]) -> None:
        self.seal, self.pool = seal, pool
        self._jobs: deque[Job] = deque()
        self._under_way = 0
        self._quick = False
        self._carriers: set[asyncio.Task[None]] = set()
        self._conveyors: set[Conveyor] = set()
        self._resting: list[Conveyor] = []
        self._sweep: asyncio.TimerHandle | None = None
        pool.on_awaited = self._make_room

    @property
    def width(self) -> int:
        return self.pool.settings.connections

    async def carry(self, sealed: Sequence[Letter], ended: Ended) -> None:
        def one_ended(place: int, answer: Sent | SendError) -> None:
            self._under_way -= 1
            ended(place, answer)

        batch = Batch(len(sealed), one_ended)
        self._under_way += len(sealed)
        self._jobs.extend(Job(letter, place, batch) for place, letter in enumerate(sealed))
        slow = sum(conveyor.is_slow() for conveyor in self._conveyors)
        deep = (4 if self._quick else 2) if all(conveyor.pipelining for conveyor in self._conveyors) else 1
        wanted = min(self.width, slow + -(-self._under_way // deep))
        self._wake_resting(wanted)
        while len(self._carriers) < wanted and self._jobs:
            carrier = asyncio.create_task(self._carry())
            self._carriers.add(carrier)
        began = time.monotonic()
        await batch.done
        self._quick = time.monotonic() - began < QUICK

    async def close(self) -> None:
        """What rests is given back."""
        if self._sweep:
            self._sweep.cancel()
            self._sweep = None  # a connection that is being opened comes to rest later
        while self._resting:
            self._resting.pop().finish()
        await asyncio.gather(*self._carriers)

    def _rests(self, conveyor: Conveyor) -> None:
        self._resting.append(conveyor)
        if self._sweep is None:
            self._sweep = asyncio.get_running_loop().call_later(LINGER, self._tidy)

    def _tidy(self) -> None:
        self._sweep = None
        since = time.monotonic() - LINGER
        tired = [one for one in self._resting if one.rests_since <= since]
        self._resting = [one for one in self._resting if one.rests_since > since]
        for one in tired:
            one.finish()
        if self._resting:
            self._sweep = asyncio.get_running_loop().call_later(LINGER, self._tidy)

    def _make_room(self) -> None:
        """A single mail waits for a connection."""
        if self._resting:
            self._resting.pop().finish()

    def _wake_resting(self, wanted: int) -> None:
        """Until so many are at work."""
        while self._resting and self._jobs and len(self._carriers) - len(self._resting) < wanted:
            conveyor = self._resting.pop()
            if not conveyor.finished.done():
                conveyor.go_on()

    async def _carry(self) -> None:
        try:
            while self._jobs:
                async with self.pool.lent() as connection:
                    conveyor = Conveyor(connection, self._jobs, self.pool.is_awaited, self._rests)
                    self._conveyors.add(conveyor)
                    try:
                        await conveyor.run()
                    finally:
                        self._conveyors.discard(conveyor)
        except Exception as trouble:
            self._give_up(trouble)
        finally:
            self._carriers.discard(asyncio.current_task())

    def _give_up(self, trouble: Exception) -> None:
        """No connection for this carrier: the others go on, or nothing can leave now."""
        if len(self._carriers) > 1:
            self._wake_resting(self.width)
            return
        away = trouble if isinstance(trouble, SendDeferred) else SendDeferred(f"{type(trouble).__name__}: {trouble}")
        while self._jobs:
            self._jobs.popleft().end(away)
