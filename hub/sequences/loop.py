"""The loop that keeps sequences going: looks at what happened, does what is due by the hub's clock."""

from sqlalchemy import Connection

from hub import crash
from hub.campaigns.content import words_of
from hub.context import Hub
from hub.errors import Conflict
from hub.sequences.starting import begin_looking, has_news, look_at_events
from hub.sequences.steps import Desk, take
from hub.store.events import append_event
from hub.store.sequences import StoredSequence, get_sequence, list_due_runs, mark_sequence

IDLE = 1.0
BATCH = 100


async def run(hub: Hub) -> None:
    """Endless."""
    while True:
        news = hub.live.news
        if not await advance(hub):
            await hub.live.wait(news, IDLE)


async def advance(hub: Hub) -> bool:
    """Begin and continue runs; whether there is more to do at once."""
    busy = False
    if await hub.store.read(has_news):
        busy = await hub.store.write(look_at_events, hub.clock.now())
    due = await hub.store.read(list_due_runs, hub.clock.now(), BATCH)
    desk = Desk(hub.door, words_of(hub))
    for one, _ in due:
        crash.point("sequence.due")
        if await hub.store.write(take, desk, one, hub.clock.now()):
            hub.live.wake()
    return busy or len(due) == BATCH


def start(conn: Connection, id: str, now: int) -> StoredSequence:
    """draft or paused -> active. Raises Conflict when it has no step."""
    if not get_sequence(conn, id).steps:
        raise Conflict("the sequence has no steps")
    begin_looking(conn)
    started = mark_sequence(conn, id, now, ("draft", "paused"), state="active", started_at=now)
    append_event(conn, "sequence.started", at=now, data={"sequence": id})
    return started


def pause(conn: Connection, id: str, now: int) -> StoredSequence:
    """Nobody gets in and nothing is sent; whoever waits goes on when it is started again."""
    paused = mark_sequence(conn, id, now, ("active",), state="paused")
    append_event(conn, "sequence.paused", at=now, data={"sequence": id})
    return paused
