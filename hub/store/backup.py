"""Copies a whole store while it runs, and back: the copy is one SQLite file, whichever engine it came from.

So a backup of one engine can be restored on the other. A copy sends nothing until it is armed.
"""

import asyncio
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, create_engine, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from hub.clock import SystemClock, iso
from hub.errors import HubError, NotFound
from hub.store.migrate import migrate
from hub.store.processes import SILENT, list_processes
from hub.store.settings import disarm
from hub.store.tables import agents, blobs, customer_words, customers, message_words, metadata, raw_inbound, word_parts

BATCH = 1000
HEAVY = {blobs.name: 5, raw_inbound.name: 20}  # rows that may hold megabytes each
DERIVED = (customer_words, message_words, word_parts)

Carry = Callable[[Path, Path], object]  # from, to


def backup(url: str, file: Path, seal: Carry | None = None) -> None:
    """Write a consistent copy of the store as it is now; the store keeps running. Replaces the file.

    seal: writes the finished copy; until then it lies beside the store, not where the backup goes.
    """
    part = file.with_name(f"{file.name}.part")
    try:
        if seal is None:
            _copy(url, part)
        else:
            with tempfile.TemporaryDirectory(prefix="hub-backup-", dir=_same_disk(url)) as folder:
                _copy(url, Path(folder) / "hub.db")
                seal(Path(folder) / "hub.db", part)
        _replace(part, file)
    except (sqlite3.Error, SQLAlchemyError, OSError) as trouble:
        raise HubError(f"no backup was made: {trouble}") from trouble
    finally:
        part.unlink(missing_ok=True)


def restore(file: Path, url: str, unseal: Carry | None = None) -> None:
    """Fill an empty store from a backup. Raises HubError when it is not empty or the file is no backup.

    unseal: brings the copy out of a sealed file. Nothing is touched before the copy is whole.
    """
    if not file.is_file():
        raise NotFound(f"{file} is no backup of a hub")
    with tempfile.TemporaryDirectory(prefix="hub-restore-", dir=_same_disk(url)) as folder:
        copy = Path(folder) / "hub.db"
        try:
            (unseal or shutil.copyfile)(file, copy)
            _check_backup(copy, file)
            migrate(f"sqlite:///{copy}")
            _finish(copy, f"restored from {file.name}")
            if url.startswith("sqlite"):
                _put_sqlite(copy, _sqlite_path(url))
            else:
                migrate(url)
                asyncio.run(_fill_postgres(copy, url))
        except (sqlite3.Error, SQLAlchemyError, OSError) as trouble:
            raise HubError(f"nothing was restored: {trouble}") from trouble


def _copy(url: str, part: Path) -> None:
    part.unlink(missing_ok=True)
    if url.startswith("sqlite"):
        _copy_sqlite(_sqlite_path(url), part)
    else:
        migrate(f"sqlite:///{part}")
        asyncio.run(_copy_postgres(url, part))
    _finish(part, f"from a backup of {iso(SystemClock().now())}")


def _copy_sqlite(source: Path, part: Path) -> None:
    if not source.is_file():
        raise NotFound(f"there is no store at {source}")
    with _opened(source) as conn:
        conn.execute("VACUUM INTO ?", (str(part),))


async def _copy_postgres(url: str, part: Path) -> None:
    engine = create_async_engine(_asyncpg(url), isolation_level="REPEATABLE READ", hide_parameters=True)
    try:
        async with engine.connect() as conn:
            await conn.run_sync(_copy_tables, part)
    finally:
        await engine.dispose()


def _copy_tables(source: Connection, part: Path) -> None:
    with _sqlalchemy_on(part) as target:
        _move(source, target)


async def _fill_postgres(copy: Path, url: str) -> None:
    engine = create_async_engine(_asyncpg(url), hide_parameters=True)
    try:
        async with engine.begin() as conn:
            await conn.run_sync(_fill_tables, copy)
    finally:
        await engine.dispose()


def _fill_tables(target: Connection, copy: Path) -> None:
    _check_unused(target)
    with _sqlalchemy_on(copy) as source:
        _move(source, target)


def _move(source: Connection, target: Connection) -> None:
    """Every row of every table, parents first. The search index is made anew: triggers note each row as it comes."""
    for table in metadata.sorted_tables:
        if table in DERIVED:
            continue
        columns = [column for column in table.columns if column.computed is None]
        size = HEAVY.get(table.name, BATCH)
        rows = source.execution_options(yield_per=size).execute(select(*columns).order_by(*table.primary_key.columns))
        for batch in rows.mappings().partitions(size):
            target.execute(table.insert(), [_storable(row) for row in batch])


def _storable(row: Any) -> dict[str, Any]:
    """PostgreSQL keeps no NUL in text; SQLite does."""
    return {key: value.replace("\0", "") if isinstance(value, str) else value for key, value in row.items()}


def _check_unused(conn: Connection) -> None:
    """Raises HubError when there is something to lose, or a hub at work."""

    def count(table: Table) -> int:
        return conn.scalar(select(func.count()).select_from(select(table).limit(1).subquery())) or 0

    if any(count(table) for table in (customers, agents, raw_inbound)):
        raise HubError("the store is not empty: move it away, or name another one in store.url")
    processes, now = list_processes(conn)
    if any(now - process.beat_at < SILENT for process in processes):
        raise HubError("a hub is running on this store: stop it first")


def _put_sqlite(copy: Path, target: Path) -> None:
    if target.exists():
        with _sqlalchemy_on(target) as conn:
            if _is_hub(target):
                _check_unused(conn)
    for leftover in ("-wal", "-shm"):
        target.with_name(target.name + leftover).unlink(missing_ok=True)
    _replace(copy, target)


def _finish(file: Path, why: str) -> None:
    """Take the right to send away, and leave one file without a journal beside it."""
    with _sqlalchemy_on(file) as conn:
        disarm(conn, why, SystemClock().now())
    with _opened(file) as driver:
        driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        driver.execute("PRAGMA journal_mode=DELETE")


def _replace(part: Path, file: Path) -> None:
    with part.open("rb+") as handle:
        os.fsync(handle.fileno())
    part.replace(file)


def _check_backup(copy: Path, file: Path) -> None:
    try:
        if not _is_hub(copy):
            raise NotFound(f"{file} is no backup of a hub")
        with _opened(copy) as conn:
            [[found]] = conn.execute("PRAGMA quick_check(1)")
    except sqlite3.Error as trouble:
        raise NotFound(f"{file} is no backup of a hub, or damaged: {trouble}") from trouble
    if found != "ok":
        raise NotFound(f"{file} is damaged: {found.strip()}")


def _is_hub(file: Path) -> bool:
    with _opened(file) as conn:
        return bool(conn.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone())


def _same_disk(url: str) -> str | None:
    """Beside the store, so that the last step is a rename."""
    if not url.startswith("sqlite"):
        return None
    folder = _sqlite_path(url).parent
    folder.mkdir(parents=True, exist_ok=True)
    return str(folder)


def _sqlite_path(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///").partition("?")[0])


def _asyncpg(url: str) -> str:
    return url.replace("postgresql://", "postgresql+asyncpg://", 1)


@contextmanager
def _opened(file: Path) -> Iterator[sqlite3.Connection]:
    conn = sqlite3.connect(file, isolation_level=None, timeout=60)
    try:
        yield conn
    finally:
        conn.close()


@contextmanager
def _sqlalchemy_on(file: Path) -> Iterator[Connection]:
    engine = create_engine(f"sqlite:///{file}", hide_parameters=True)
    try:
        with engine.begin() as conn:
            yield conn
    finally:
        engine.dispose()
