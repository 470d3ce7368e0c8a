"""The loop that keeps sequences going: looks at what happened, does what is due by the hub's clock."""

import asyncio
import logging
from collections.abc import Sequence

from sqlalchemy import Connection

from hub.campaigns.content import words_of
from hub.context import Hub
from hub.errors import Conflict, StoreUnavailable
from hub.platform import crash
from hub.sequences.starting import begin_looking, has_news, look_at_events
from hub.sequences.steps import StepDeps, take_all
from hub.store.events import append_event
from hub.store.sequences import Run, StoredSequence, get_sequence, list_due_runs, mark_sequence, settle_run

IDLE = 1.0
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
            await hub.live.wait(news, IDLE)
            await asyncio.sleep(LOOK_EVERY)  # a campaign wakes us hundreds of times a second


async def advance(hub: Hub, deps: StepDeps) -> bool:
    """Begin and continue runs; whether there is more to do at once."""
    busy = False
    if await hub.store.read(has_news):
        busy = await hub.store.write(look_at_events, hub.clock.now())
    due = await hub.store.read(list_due_runs, hub.clock.now(), BATCH)
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
        await hub.store.write(settle_run, run.id, "failed", f"{type(bug).__name__}: {bug}"[:500], now)


def start(conn: Connection, id: str, now: int) -> StoredSequence:
    """draft or paused -> active. Raises Conflict when it has no step."""
    if not get_sequence(conn, id).steps:
        raise Conflict("the sequence has no steps", "no_words")
    begin_looking(conn)
    started = mark_sequence(conn, id, now, ("draft", "paused"), state="active", started_at=now)
    append_event(conn, "sequence.started", at=now, data={"sequence": id})
    return started


def pause(conn: Connection, id: str, now: int) -> StoredSequence:
    """Nobody gets in and nothing is sent; whoever waits goes on when it is started again."""
    paused = mark_sequence(conn, id, now, ("active",), state="paused")
    append_event(conn, "sequence.paused", at=now, data={"sequence": id})
    return paused
