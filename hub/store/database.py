"""The two verbs of the store: read and write. What runs inside them is plain synchronous SQLAlchemy Core."""

from collections import Counter
from collections.abc import Callable
from importlib import import_module
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy import Connection

P = ParamSpec("P")
T = TypeVar("T")
Query = Callable[Concatenate[Connection, P], T]


class Store(Protocol):
    """One database. A `write` has committed durably when it returns; a `read` sees one consistent snapshot.

    Both raise StoreUnavailable when the database is away or its disk full, and whatever the function raised
    (then nothing of it is kept). A write may be run again after a deadlock: the function must touch nothing
    but its connection.
    """

    dialect: str
    url: str
    calls: Counter[str]  # how often each function was called by this process

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def read(self, fn: Query[P, T], *args: P.args, **kwargs: P.kwargs) -> T: ...

    async def write(self, fn: Query[P, T], *args: P.args, **kwargs: P.kwargs) -> T: ...

    async def write_first(self, fn: Query[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """A short write somebody waits for this instant (a provider wants to hear "ok"): it overtakes the others."""
        ...

    def has_room(self, size: int) -> bool:
        """May we promise to keep `size` more bytes?"""
        ...


def name_of(fn: Callable[..., object]) -> str:
    """As it is counted."""
    return getattr(fn, "__name__", type(fn).__name__)


def open_store(url: str, pool: int = 10) -> Store:
    """A store that is not open yet. Only the engine asked for is loaded (asyncpg alone costs 16 MB)."""
    name, engine = ("postgres", "Postgres") if url.startswith("postgresql") else ("sqlite", "SQLite")
    build: Callable[..., Any] = getattr(import_module(f"hub.store.{name}"), engine)
    store: Store = build(url, pool)
    return store
