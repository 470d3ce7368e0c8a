"""Who lands what was read, and how long the next one rests while webhooks crowd for their "ok"."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from hub.inbound.intake import Intake

LAND_AT_ONCE = 2  # of those read; more would queue for the one writer, and webhooks behind them
BREATHS = 39  # while webhooks crowd for their "ok": rest so many times as long as one reading took
LONGEST_BREATH = 1.0  # seconds


async def breathe(begun: float) -> None:
    """A rest after what was begun then (time.monotonic), short however long it took."""
    await asyncio.sleep(min(BREATHS * (time.monotonic() - begun), LONGEST_BREATH))


@dataclass(eq=False)
class Turns:
    """A crowd of webhooks may come when many units are read already, and shall not wait until all are landed."""

    intake: Intake
    _free: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(LAND_AT_ONCE))

    @asynccontextmanager
    async def next(self) -> AsyncIterator[None]:
        async with self._free:
            begun = time.monotonic()
            yield
            if self.intake.crowded:
                await breathe(begun)
