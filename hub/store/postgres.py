"""PostgreSQL through asyncpg: the same synchronous functions, run on an async connection."""

from collections import Counter
from typing import Any

from asyncpg import exceptions as pg
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.ext.asyncio import create_async_engine

from hub.errors import StoreUnavailable
from hub.store.compiled import COMPILED
from hub.store.database import P, Query, T, name_of
from hub.store.once import as_asked

TRIES = 6  # of one write, when transactions got in each other's way
RUN_AGAIN = {"40001", "40P01"}  # serialization_failure, deadlock_detected
# SQLSTATE classes: connection, log-in, no such database, operator intervention, resources, system error
AWAY_STATES = ("08", "28", "3D", "57P", "53", "58")
AWAY_ERRORS = (
    OSError,
    TimeoutError,
    NoConnectionFree,
    InterfaceError,
    pg.InterfaceError,
    pg.InternalClientError,  # the server's last words were cut off
)


class Postgres:
    """The scale-out store; many processes share it."""

    dialect = "postgresql"

    def __init__(self, url: str, pool: int = 10) -> None:
        self.url = url
        self.calls: Counter[str] = Counter()
        self._engine = create_async_engine(
            url.replace("postgresql://", "postgresql+asyncpg://", 1),
            pool_size=pool,
            max_overflow=0,
            pool_timeout=10,
            pool_pre_ping=False,
            hide_parameters=True,
            connect_args={"timeout": 10, "server_settings": {"synchronous_commit": "on", "jit": "off"}},
            execution_options={"compiled_cache": COMPILED},
        )
        self._reading = self._engine.execution_options(isolation_level="AUTOCOMMIT")

    async def open(self) -> None:
        """Connections are made on use: a database that is away now may be back in a moment."""

    async def close(self) -> None:
        await self._engine.dispose()

    def has_room(self, size: int) -> bool:
        """The server watches its own disk and refuses with SQLSTATE 53100."""
        return True

    async def read(self, fn: Query[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        self.calls[name_of(fn)] += 1
        try:
            async with self._reading.connect() as conn:
                return await conn.run_sync(fn, *args, **kwargs)
        except Exception as trouble:
            raise _translated(trouble) from trouble

    async def write(self, fn: Query[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        self.calls[name_of(fn)] += 1
        run = as_asked(lambda conn: fn(conn, *args, **kwargs))
        for left in range(TRIES - 1, -1, -1):
            try:
                async with self._engine.begin() as conn:
                    return await conn.run_sync(run)
            except Exception as trouble:
                # Only what the server says it rolled back. A connection that broke may have committed: run again, the
                # same would be written twice.
                if left and _state(trouble) in RUN_AGAIN:
                    continue
                raise _translated(trouble) from trouble
        raise AssertionError("unreachable")

    async def write_first(self, fn: Query[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Connections write side by side here: nobody needs to be overtaken."""
        return await self.write(fn, *args, **kwargs)


def _state(trouble: BaseException) -> str:
    original: Any = trouble.orig if isinstance(trouble, DBAPIError) else trouble
    return str(getattr(original, "sqlstate", None) or getattr(original, "pgcode", None) or "")


def _translated(trouble: Exception) -> Exception:
    away = isinstance(trouble, AWAY_ERRORS)
    lost = isinstance(trouble, DBAPIError) and trouble.connection_invalidated
    if away or lost or _state(trouble).startswith(AWAY_STATES) or _state(trouble) in RUN_AGAIN:
        return StoreUnavailable(f"PostgreSQL: {in_words(trouble)}")
    return trouble


def in_words(trouble: Exception) -> str:
    """What the server itself said, in one line."""
    original = trouble.orig if isinstance(trouble, DBAPIError) else trouble
    said = getattr(original, "__cause__", None) or original
    return str(said).partition("\n")[0] or type(said).__name__
