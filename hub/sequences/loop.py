"""The loop that keeps sequences going: looks at what happened, does what is due by the hub's clock."""

import asyncio
import logging
from collections.abc import Sequence

from hub.campaigns.approved import ask_for_approved
from hub.campaigns.content import words_of
from hub.context import Hub
from hub.errors import StoreUnavailable
from hub.platform import crash
from hub.reasons import Reason
from hub.sequences.entering import look_for_entries
from hub.sequences.falling import fall_back
from hub.sequences.starting import has_news, look_at_events
from hub.sequences.steps import StepDeps, take_all
from hub.store.sequences import Run, end_run, list_due_runs
from hub.store.step_falls import list_due

LOOK_EVERY = 0.25  # seconds between looks while things happen
BATCH = 100
TOGETHER = 20

log = logging.getLogger("hub.sequences")


async def run(hub: Hub) -> None:
    """Endless."""
    deps = StepDeps(hub.outbox_deps, words_of(hub))
    while True:
        news = hub.live.news
        if not await advance(hub, deps):
            await hub.live.wait(news)
            await asyncio.sleep(LOOK_EVERY)  # a campaign wakes us hundreds of times a second


async def advance(hub: Hub, deps: StepDeps) -> bool:
    """Begin and continue runs; whether there is more to do at once."""
    busy = False
    if await hub.store.read(has_news):
        busy = await hub.store.write(look_at_events, hub.clock.now())
    if await hub.store.read(list_due, hub.clock.now(), 1):
        await ask_for_approved(hub.channels.values())
        busy |= await hub.store.write(fall_back, deps, hub.clock.now())
        hub.live.wake()
    busy |= await look_for_entries(hub.store, deps.words.settings.company.timezone, hub.clock.now())
    due = await hub.store.read(list_due_runs, hub.clock.now(), BATCH)
    if due:
        await ask_for_approved(hub.channels.values())
    for first in range(0, len(due), TOGETHER):
        crash.point("sequence.due")
        await _take_together(hub, deps, due[first : first + TOGETHER])
        hub.live.wake()
    return busy or len(due) == BATCH


async def _take_together(hub: Hub, deps: StepDeps, runs: Sequence[Run]) -> None:
    """One transaction for some customers; when it breaks, one for each, so that one spoils no other."""
    now = hub.clock.now()
    try:
        await hub.store.write(take_all, deps, runs, now)
    except StoreUnavailable:
        raise
    except Exception:
        log.exception("%d due runs cannot be taken together", len(runs))
        for one in runs:
            await _take_alone(hub, deps, one, now)


async def _take_alone(hub: Hub, deps: StepDeps, run: Run, now: int) -> None:
    """A run that breaks our code ends visibly instead of coming back for ever."""
    try:
        await hub.store.write(take_all, deps, [run], now)
    except StoreUnavailable:
        raise
    except Exception as bug:
        await hub.store.write(end_run, run.id, "failed", Reason(detail=f"{type(bug).__name__}: {bug}"), now)
