"""SQLite: one writer thread takes many waiting calls into one transaction and one fsync; readers run beside it.

Every call gets a SAVEPOINT of its own, so one failing call undoes only itself. `synchronous=FULL` in WAL mode
means a commit survives power loss (sqlite.org/pragma.html#pragma_synchronous); the group pays for one fsync.
What somebody waits for is written past the thread while it rests (docs/decisions/0010-intake-in-batches.md).
"""

import asyncio
import os
import shutil
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, NullPool, create_engine
from sqlalchemy.exc import DatabaseError, OperationalError

from hub.errors import StoreUnavailable
from hub.store.compiled import COMPILED
from hub.store.database import P, Query, T, name_of
from hub.store.once import as_asked
from hub.store.write_queue import WriteQueue

GROUP = 256  # calls in one transaction at most
READERS = 3
BUSY_MS = 10_000
LOOK = 0.2  # seconds
SPARE_BYTES = 48_000_000  # left free on the disk: WAL, temporary files, the database's own growth


@dataclass(slots=True)
class QueuedWrite:
    run: Callable[[Connection], Any]
    future: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None


class SQLite:
    """The embedded store in one file. Opening creates the file's folder but not the schema."""

    dialect = "sqlite"

    def __init__(self, url: str, pool: int = READERS) -> None:
        self.url = url
        location, _, query = url.removeprefix("sqlite:///").partition("?")
        self.path = Path(location)
        self._synchronous = _synchronous(query)
        self._queue: WriteQueue[QueuedWrite] = WriteQueue(GROUP)
        self._local = threading.local()
        self._connections: list[Connection] = []
        self._readers = ThreadPoolExecutor(READERS, "hub-read")
        self._writer: threading.Thread | None = None
        self._pen = threading.Lock()  # held by the thread that has a transaction open
        self._committer = ThreadPoolExecutor(1, "hub-commit")
        self._looked_at, self._free, self.spare_bytes = float("-inf"), 0, SPARE_BYTES
        self.calls: Counter[str] = Counter()

    async def open(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._engine = create_sqlite_engine(self.path)
        self._door = self._connect("PRAGMA busy_timeout=0")
        self._writer = threading.Thread(target=self._write_loop, name="hub-write", daemon=True)
        self._writer.start()

    async def close(self) -> None:
        """Everything already asked for is still done."""
        writer, self._writer = self._writer, None
        if writer is None:
            return
        self._queue.close()
        await asyncio.to_thread(writer.join)
        await asyncio.to_thread(self._committer.shutdown)
        await asyncio.to_thread(self._readers.shutdown)
        self._door.close()
        for conn in self._connections:
            conn.close()
        self._engine.dispose()

    def has_room(self, size: int) -> bool:
        """Asks the file system at most once in LOOK seconds."""
        now = time.monotonic()
        if now - self._looked_at > LOOK:
            self._looked_at, self._free = now, shutil.disk_usage(self.path.parent).free
        if self._free - size < self.spare_bytes:
            return False
        self._free -= size
        return True

    async def read(self, fn: Query[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        if self._writer is None:
            raise StoreUnavailable("the store is closed")
        self.calls[name_of(fn)] += 1
        return await self._loop.run_in_executor(self._readers, self._read, lambda conn: fn(conn, *args, **kwargs))

    async def write(self, fn: Query[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        self.calls[name_of(fn)] += 1
        result: T = await self._put(as_asked(lambda conn: fn(conn, *args, **kwargs)), first=False)
        return result

    async def write_first(self, fn: Query[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Short statements run here, in the thread of the event loop, and only the commit in another: two threads that
        both want to run Python cost more than the statements. While somebody else writes, they wait in the lane.
        """
        self.calls[name_of(fn)] += 1
        if not self._begin_here():
            waiting: T = await self._put(lambda conn: fn(conn, *args, **kwargs), first=True)
            return waiting
        try:
            result = fn(self._door, *args, **kwargs)
        except BaseException as trouble:
            self._give_up()
            raise _translated(trouble) from trouble
        # Shielded: a caller who gives up would cancel a commit that has not begun, and the pen would never be put down.
        await asyncio.shield(asyncio.wrap_future(self._committer.submit(self._commit)))
        return result

    def _begin_here(self) -> bool:
        """Whether nobody else is writing, in this process or in another."""
        if self._writer is None or not self._pen.acquire(blocking=False):
            return False
        try:
            _driver(self._door).execute("BEGIN IMMEDIATE")
        except sqlite3.Error:  # the writer thread meets the same trouble, and has the time to wait
            self._pen.release()
            return False
        return True

    def _commit(self) -> None:
        try:
            _driver(self._door).execute("COMMIT")
        except sqlite3.Error as trouble:
            self._give_up()
            raise _unavailable(trouble) from trouble
        self._pen.release()

    def _give_up(self) -> None:
        try:
            if _driver(self._door).in_transaction:
                _driver(self._door).execute("ROLLBACK")
        finally:
            self._pen.release()

    def _put(self, run: Callable[[Connection], Any], *, first: bool) -> asyncio.Future[Any]:
        if self._writer is None or not self._writer.is_alive():
            raise StoreUnavailable("the store is closed")
        call = QueuedWrite(run, self._loop.create_future())
        self._queue.put(call, first)
        return call.future

    def _read(self, run: Callable[[Connection], T]) -> T:
        conn: Connection | None = getattr(self._local, "conn", None)
        try:
            if conn is None:
                conn = self._local.conn = self._connect("PRAGMA query_only=ON")
                self._connections.append(conn)
            driver = _driver(conn)
            driver.execute("BEGIN")
            try:
                return run(conn)
            finally:
                driver.execute("COMMIT")
        except (sqlite3.OperationalError, OperationalError) as trouble:
            raise _unavailable(trouble) from trouble

    def _connect(self, *pragmas: str) -> Connection:
        conn = self._engine.connect()
        driver = _driver(conn)
        for pragma in (f"PRAGMA synchronous={self._synchronous}", *pragmas):
            driver.execute(pragma)
        return conn

    def _write_loop(self) -> None:
        conn: Connection | None = None
        while (call := self._queue.take()) is not None:
            calls = [call]
            try:
                conn = conn or self._connect()
                with self._pen:
                    _commit_group(conn, calls, self._queue)
            except BaseException as trouble:  # the group as a whole failed: everybody hears it, nothing is kept
                error = _unavailable(trouble)
                for call in calls:
                    call.error, call.result = error, None
            self._loop.call_soon_threadsafe(_settle, calls)
        if conn is not None:
            conn.close()


def create_sqlite_engine(path: Path) -> Engine:
    """Connections in autocommit at driver level: transactions are begun and ended by hand."""
    return create_engine(
        f"sqlite:///{path}",
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",
        connect_args={"timeout": BUSY_MS / 1000, "check_same_thread": False, "cached_statements": 512},
        execution_options={"compiled_cache": COMPILED},
        hide_parameters=True,
    )


def prepare(driver: sqlite3.Connection) -> None:
    """What stays in the file: WAL. Done once, by the migration."""
    driver.execute("PRAGMA journal_mode=WAL")


def _commit_group(conn: Connection, calls: list[QueuedWrite], queue: WriteQueue[QueuedWrite]) -> None:
    """Run the call given and those that wait behind it; calls grows by what was taken into the transaction."""
    driver = _driver(conn)
    driver.execute("BEGIN IMMEDIATE")
    try:
        if not (queue.overtaking and _run_together(conn, driver, calls, queue)):
            _run_apart(conn, driver, calls, queue)
        driver.execute("COMMIT")
    except BaseException:
        if driver.in_transaction:
            driver.execute("ROLLBACK")
        raise


def _run_together(
    conn: Connection, driver: sqlite3.Connection, calls: list[QueuedWrite], queue: WriteQueue[QueuedWrite]
) -> bool:
    """Without savepoints, as the short calls of the first lane hardly ever fail; False: nothing of it is kept."""
    call: QueuedWrite | None = calls[0]
    try:
        while call is not None:
            call.result = call.run(conn)
            if (call := queue.more()) is not None:
                calls.append(call)
    except Exception:
        if driver.in_transaction:
            driver.execute("ROLLBACK")
        driver.execute("BEGIN IMMEDIATE")
        return False
    return True


def _run_apart(
    conn: Connection, driver: sqlite3.Connection, calls: list[QueuedWrite], queue: WriteQueue[QueuedWrite]
) -> None:
    """Each in a savepoint of its own: one that fails undoes only itself."""
    for call in calls:  # grows while it is walked
        _run_one(conn, driver, call)
        if call is calls[-1] and (further := queue.more()) is not None:
            calls.append(further)


def _run_one(conn: Connection, driver: sqlite3.Connection, call: QueuedWrite) -> None:
    driver.execute("SAVEPOINT one")
    try:
        call.result = call.run(conn)
    except Exception as error:
        call.error = error
        if not driver.in_transaction:  # SQLite gave the whole transaction up (disk full, I/O error)
            raise
        driver.execute("ROLLBACK TO one")  # the savepoint itself stays open: RELEASE below is for both ways
    driver.execute("RELEASE one")


def _settle(calls: Sequence[QueuedWrite]) -> None:
    for call in calls:
        if call.future.cancelled():
            continue
        if call.error is None:
            call.future.set_result(call.result)
        else:
            call.future.set_exception(_translated(call.error))


def _translated(error: BaseException) -> BaseException:
    signs = ("full", "disk I/O", "locked", "readonly", "unable to open")
    full = isinstance(error, OperationalError | sqlite3.OperationalError) and any(sign in str(error) for sign in signs)
    return StoreUnavailable(str(error)) if full else error


def _unavailable(trouble: BaseException) -> BaseException:
    if isinstance(trouble, sqlite3.Error | DatabaseError | OSError):
        return StoreUnavailable(f"SQLite: {trouble}")
    return trouble


def _driver(conn: Connection) -> sqlite3.Connection:
    driver = conn.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


def _synchronous(query: str) -> str:
    """FULL, always; the power-loss proof shows with ?synchronous=NORMAL that it can fail."""
    if query == "synchronous=NORMAL" and os.environ.get("HUB_TESTING") == "1":
        return "NORMAL"
    return "FULL"
