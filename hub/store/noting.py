"""Notes what somebody does in the transaction that does it: what is not done is not noted, and the other way round."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import TypeVar

from sqlalchemy import Connection

from hub.store.audit import Entry, add_note
from hub.store.database import Store

T = TypeVar("T")
Waiting = list[tuple[Entry, int]]  # with the time
_waiting: ContextVar[Waiting | None] = ContextVar("waiting", default=None)


@asynccontextmanager
async def together(store: Store, entry: Entry, at: int) -> AsyncIterator[None]:
    """The first write inside keeps the note as well; where nothing is written but read, it is kept in the end."""
    waiting: Waiting = [(entry, at)]
    before = _waiting.set(waiting)
    try:
        yield
    finally:
        _waiting.reset(before)
    if waiting:
        await store.write(add_note, entry, at)


def with_notes(run: Callable[[Connection], T]) -> Callable[[Connection], T]:
    """For the engines: what a write runs. It may be run again after a deadlock."""
    waiting = _waiting.get()
    if not waiting:
        return run
    notes = tuple(waiting)

    def both(conn: Connection) -> T:
        for entry, at in notes:
            add_note(conn, entry, at)
        result = run(conn)
        waiting.clear()
        return result

    return both
