"""What somebody does enters the audit log in the transaction that does it: neither is there without the other."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import TypeVar

from sqlalchemy import Connection

from hub.store.audit import Deed, Entry, add_audit
from hub.store.database import Store

T = TypeVar("T")
Waiting = list[tuple[Entry, int]]  # with the time; one, or none when it was kept
_waiting: ContextVar[Waiting | None] = ContextVar("waiting", default=None)


@contextmanager
def intending(entry: Entry, at: int) -> Iterator[Waiting]:
    """The first write inside keeps the entry as well, and takes it out of the list."""
    waiting: Waiting = [(entry, at)]
    before = _waiting.set(waiting)
    try:
        yield waiting
    finally:
        _waiting.reset(before)


@asynccontextmanager
async def together(store: Store, entry: Entry, at: int) -> AsyncIterator[None]:
    """Where nothing is written but read, the entry is kept in the end."""
    with intending(entry, at) as waiting:
        yield
    await keep(store, waiting)


async def keep(store: Store, waiting: Waiting) -> None:
    for entry, at in waiting:
        await store.write(add_audit, entry, at)


async def audit_now(store: Store) -> None:
    """For what is handed out piece by piece, before the first: whoever breaks off has had some of it."""
    waiting = _waiting.get() or []
    taken = waiting[:]
    waiting.clear()  # else the write that keeps it would keep it twice
    await keep(store, taken)


def audit_about(about: str, deed: Deed | None = None) -> None:
    """What the entry is about, and which deed it is, as known by whoever is just doing it: before the write that keeps
    it, or within."""
    waiting = _waiting.get()
    if waiting:
        [(entry, at)] = waiting
        waiting[0] = (replace(entry, about=about, deed=deed or entry.deed), at)


def with_audit(run: Callable[[Connection], T]) -> Callable[[Connection], T]:
    """For the engines: what a write runs. It may be run again after a deadlock."""
    waiting = _waiting.get()
    if not waiting:
        return run

    def both(conn: Connection) -> T:
        before = _waiting.set(waiting)  # the engine may run it elsewhere
        try:
            result = run(conn)
        finally:
            _waiting.reset(before)
        for entry, at in waiting:
            add_audit(conn, entry, at)
        waiting.clear()
        return result

    return both
