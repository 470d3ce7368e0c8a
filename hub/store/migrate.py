"""Brings a database up to date, and refuses one that is newer than this hub.

Alembic is loaded only when there is something to do: asking costs one SELECT.
"""

import asyncio
import re
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, inspect, text
from sqlalchemy.exc import DatabaseError, DBAPIError

from hub.errors import ConfigError, StoreUnavailable
from hub.store.sqlite import prepare
from hub.store.tables import metadata

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

OTHERS = stat.S_IRWXG | stat.S_IRWXO
FOLDER = Path(__file__).parent / "migrations"
_REVISION = re.compile(r"^(\d{4})_\w+\.py$")


def revisions() -> list[str]:
    """Ours, oldest first."""
    return sorted(found[1] for path in (FOLDER / "versions").iterdir() if (found := _REVISION.match(path.name)))


def find_revision(conn: Connection) -> str | None:
    """What the database is at; None when it is empty."""
    if not inspect(conn).has_table("alembic_version"):
        return None
    found: str | None = conn.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def is_current(conn: Connection) -> bool:
    return find_revision(conn) == revisions()[-1]


def migrate(url: str) -> None:
    """Raises ConfigError when the database is newer than this hub. Not from inside a running event loop."""
    if url.startswith("postgresql"):
        try:
            asyncio.run(_migrate_postgres(url))
        except OSError as away:
            raise StoreUnavailable(f"PostgreSQL: {away}") from away
        except DBAPIError as trouble:
            reason = import_module("hub.store.postgres").in_words(trouble)
            raise ConfigError(f"store.url: PostgreSQL: {reason}") from trouble
        return
    path = Path(url.removeprefix("sqlite:///").partition("?")[0])
    try:
        _migrate_sqlite(path)
    except (sqlite3.DatabaseError, DatabaseError) as trouble:
        reason = str(trouble).partition("\n")[0]
        raise ConfigError(f"store.url: {path} cannot be used: {reason}") from trouble


def _migrate_sqlite(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        f"sqlite:///{path}", isolation_level="AUTOCOMMIT", connect_args={"timeout": 60}, hide_parameters=True
    )
    try:
        with engine.connect() as conn:
            prepare(conn.connection.driver_connection)  # type: ignore[arg-type]  # it is sqlite3's
            if _behind(conn):
                with _locked(engine) as locked:
                    _upgrade(locked)
            keep_private(path)
    finally:
        engine.dispose()


def keep_private(path: Path) -> None:
    """A store holds what customers wrote: the files of one that others could read are taken from them."""
    for file in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))):
        if file.exists() and file.stat().st_mode & OTHERS:
            file.chmod(stat.S_IMODE(file.stat().st_mode) & ~OTHERS)


@contextmanager
def _locked(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as conn:
        conn.exec_driver_sql("BEGIN IMMEDIATE")
        try:
            yield conn
        except BaseException:
            conn.exec_driver_sql("ROLLBACK")
            raise
        conn.exec_driver_sql("COMMIT")


async def _migrate_postgres(url: str) -> None:
    alchemy: Any = import_module("sqlalchemy.ext.asyncio")  # brings the ORM along: 6 MB that SQLite needs not pay
    asyncpg = url.replace("postgresql://", "postgresql+asyncpg://", 1)
    engine: AsyncEngine = alchemy.create_async_engine(asyncpg, hide_parameters=True)
    try:
        async with engine.begin() as conn:
            await conn.execute(text("SELECT pg_advisory_xact_lock(7305)"))
            if await conn.run_sync(_behind):
                await conn.run_sync(_upgrade)
    finally:
        await engine.dispose()


def _behind(conn: Connection) -> bool:
    found, known = find_revision(conn), revisions()
    if found is not None and found not in known:
        raise ConfigError(f"the database is at revision {found}, newer than this hub ({known[-1]}): update the hub")
    if found is None and (foreign := metadata.tables.keys() & set(inspect(conn).get_table_names())):
        raise ConfigError(f"store.url: the database belongs to another program: it has a table {min(foreign)}")
    return found != known[-1]


def _upgrade(conn: Connection) -> None:
    alembic_config: Any = import_module("alembic.config")
    command: Any = import_module("alembic.command")
    config = alembic_config.Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = conn
    command.upgrade(config, "head")
