"""Lets go what the rules of the house keep no longer: kind by kind, a little at a time, with a rest after each."""

import asyncio
import time
from collections.abc import Mapping

from hub.clock import DAY
from hub.store.database import Store
from hub.store.retention import AUDIT, forget_due, load_rules


async def let_go(store: Store, usual: Mapping[str, int], now: int) -> None:
    """usual: kind -> days where the house has no rule. Killed in between, the next round goes on: what is gone is gone,
    and the rest is found again."""
    rules = {**usual, **await store.read(load_rules)}
    for kind, days in rules.items():
        after, started = "", time.monotonic()
        while after := await store.write(forget_due, kind, now - days * DAY, after, now):
            await asyncio.sleep(time.monotonic() - started)
            started = time.monotonic()


def usual_rules(audit_months: int) -> dict[str, int]:
    """What is let go though no rule was made."""
    return {AUDIT: audit_months * 31}
