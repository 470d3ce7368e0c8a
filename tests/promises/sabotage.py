"""Starts the hub with one of its safeguards taken out, to show that the proofs notice.

Used as `python tests/promises/sabotage.py no-ledger serve ...`: sending no longer writes `committing` before
the byte that cannot be taken back. Only the proofs start this; the hub itself has no such switch.
"""

import sys

from hub.cli import main
from hub.outbound.sender import Worker
from hub.platform import crash
from hub.store.deliveries import Delivery


async def _without_ledger(self: Worker, delivery: Delivery) -> None:
    crash.point("outbox.committing")


if __name__ == "__main__":
    assert sys.argv.pop(1) == "no-ledger"
    Worker._commit = _without_ledger  # type: ignore[method-assign]
    main()
