"""Starts the hub with one of its safeguards taken out, to show that the proofs notice.

Used as `python tests/promises/sabotage.py no-ledger serve ...`. no-ledger: sending no longer writes `committing` before
the byte that cannot be taken back. late-ledger: a batch of a campaign is marked after its bodies have left instead of
before. Only the proofs start this; the hub itself has no such switch.
"""

import asyncio
import sys
from collections.abc import Sequence

from hub.cli import main
from hub.outbound.bulk import BulkLane
from hub.outbound.bulk_ledger import Ready
from hub.outbound.sender import Worker
from hub.platform import crash
from hub.store.deliveries import Delivery
from hub.store.standing import Standing

_in_order = BulkLane.stroke


async def _without_ledger(self: Worker, delivery: Delivery, standing: Standing) -> None:
    crash.point("outbox.committing")


async def _turned_round(self: BulkLane, going: Sequence[Ready]) -> None:
    if going:
        self.launch(going)
        await asyncio.gather(*self.flights)
    await _in_order(self, going)


if __name__ == "__main__":
    if sys.argv.pop(1) == "no-ledger":
        Worker._commit = _without_ledger  # type: ignore[method-assign]
    else:
        BulkLane.stroke = _turned_round  # type: ignore[method-assign]
    main()
