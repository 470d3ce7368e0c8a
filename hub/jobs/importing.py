"""The loop that carries imports: reads what arrived, tries what was decided, brings it in, takes it back."""

import asyncio
import logging

from hub.context import Hub
from hub.exchange.carrying import carry
from hub.store.imports import TakenOver, claim_import, has_due_imports

log = logging.getLogger("hub.jobs.importing")

REST = 0.1  # seconds after a wake-up: campaigns wake us often


async def run(hub: Hub) -> None:
    """Endless; one import after the other."""
    while True:
        news = hub.live.news
        if not await advance(hub):
            await hub.live.wait(news)
            await asyncio.sleep(REST)


async def advance(hub: Hub) -> bool:
    """Whether there was one to carry on with."""
    if not await hub.store.read(has_due_imports):
        return False
    one = await hub.store.write(claim_import, hub.process_id)
    if one is None:
        return False
    try:
        await carry(hub.store, hub.clock, one)
    except TakenOver as elsewhere:
        log.info("%s: %s", one.id, elsewhere)
    hub.live.wake()
    return True
