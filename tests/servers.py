"""Starts the real servers the tests need, throw-away: PostgreSQL and Redis, each on a free port of its own.

A missing server is a failure that names the package, never a skip.
"""

import asyncio
import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
from redis import Redis

from hub.store.migrate import revisions
from hub.store.tables import metadata

START_SECONDS = 30
STOP_SECONDS = 10
NOT_ROOT = ("postgres", "nobody")
_SIZES = (
    "SELECT relname, pg_relation_size(oid) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace "
    "AND relname <> 'alembic_version'"
)
_REVISION = "SELECT version_num FROM alembic_version"
_LATEST = revisions()[-1]
_KNOWN_TABLES = sorted(metadata.tables)
_SMALL = 262_144  # octets of a table; of a larger one the rows are not deleted, its files are made anew
HASTY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class ServerMissing(Exception):
    """A server the tests need is not installed; the message names the package."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(ready: Callable[[], bool], what: str, seconds: float = START_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} took longer than {seconds:.0f} s")
        time.sleep(0.02)


@contextmanager
def postgresql(durable: bool = False) -> Iterator[str]:
    """A fresh cluster; yields the URL of its server without a database name. durable=False trades fsync for speed."""
    programs = _postgresql_programs()
    folder = Path(tempfile.mkdtemp(prefix="hub-postgresql-"))
    owner = _owner(folder)
    data = folder / "data"
    try:
        initdb = [programs / "initdb", "-D", data, "-U", "hub", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"]
        subprocess.run(initdb, cwd=folder, check=True, capture_output=True, **owner)
        with _postgres(programs, folder, owner, {} if durable else HASTY) as port:
            yield f"postgresql://hub@127.0.0.1:{port}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _postgres(programs: Path, folder: Path, owner: dict[str, Any], settings: dict[str, str]) -> Iterator[int]:
    port = free_port()
    settings = {
        "port": str(port),
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "max_connections": "200",
        "shared_buffers": "64MB",
        **settings,
    }
    command = [programs / "postgres", "-D", folder / "data"]
    command += [f"--{key}={value}" for key, value in settings.items()]
    ready = [programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port), "-t", "1"]
    with running(command, folder / "log", stop=signal.SIGINT, cwd=folder, **owner):
        wait_until(lambda: subprocess.run(ready, check=False).returncode == 0, "the start of PostgreSQL")
        yield port


@contextmanager
def redis() -> Iterator[str]:
    """A redis-server that keeps nothing; yields its URL."""
    program = shutil.which("redis-server")
    if not program:
        raise ServerMissing("redis-server is not installed: apt install redis-server")
    folder = Path(tempfile.mkdtemp(prefix="hub-redis-"))
    port = free_port()
    command = [program, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"]
    try:
        with running(command, folder / "log", cwd=folder):
            wait_until(lambda: accepts(port), "the start of redis-server")
            yield f"redis://127.0.0.1:{port}/0"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def execute(server: str, *statements: str) -> None:
    """Runs statements outside a transaction."""
    apart(asyncio.run, _execute(f"{server}/postgres", statements))


def copy_database(server: str, template: str, name: str) -> None:
    """A copy of the files: the other way (from PostgreSQL 15) writes all of it into the log first."""
    apart(asyncio.run, _copy(f"{server}/postgres", template, name))


async def _copy(url: str, template: str, name: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        how = "STRATEGY FILE_COPY" if connection.get_server_version().major >= 15 else ""
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} {how}")
    finally:
        await connection.close()


def empty_database(server: str, name: str) -> bool:
    """Takes out every row, a hundred times cheaper than a new copy; False when the schema is no longer the same."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, _empty(f"{server}/{name}")).result()


async def _empty(url: str) -> bool:
    """What has no octets was never written to. TRUNCATE makes new files for a table, its indexes and all that refer
    to it, which takes PostgreSQL longer than most tests."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        sizes = dict(await connection.fetch(_SIZES))
        if await connection.fetchval(_REVISION) != _LATEST or sorted(sizes) != _KNOWN_TABLES:
            return False
        if large := [table for table, size in sizes.items() if size > _SMALL]:
            await connection.execute(f"TRUNCATE {', '.join(large)} CASCADE")
        written = [f"DELETE FROM {table}" for table, size in sizes.items() if 0 < size <= _SMALL]
        await connection.execute("; ".join(["SET session_replication_role = replica", *written]))  # in any order
        return True
    finally:
        await connection.close()


def apart(fn: Callable[[Any], None], argument: Any) -> None:
    """In a thread of its own, so that asyncio.run leaves the tests' event loop alone."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(fn, argument).result()


async def _execute(url: str, statements: tuple[str, ...]) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def flush(redis_url: str) -> None:
    with Redis.from_url(redis_url) as client:
        client.flushall()


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def running(command: list[Any], log: Path, *, stop: signal.Signals = signal.SIGTERM, **options: Any) -> Iterator[int]:
    """Runs a server, yields its pid, ends it; it also ends when the tests are killed (on Linux)."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            **options,
        )
    try:
        yield process.pid
    except TimeoutError as late:
        raise TimeoutError(f"{late}; its log ends:\n{log.read_text(errors='replace')[-2000:]}") from late
    finally:
        process.send_signal(stop)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _postgresql_programs() -> Path:
    """The folder of initdb and postgres: Debian keeps them off the PATH."""
    on_path = shutil.which("initdb")
    places = [Path(on_path).resolve().parent] if on_path else []
    for pattern in (
        "/usr/lib/postgresql/*/bin",
        "/opt/homebrew/opt/postgresql@*/bin",
        "/usr/local/opt/postgresql@*/bin",
    ):
        places += sorted(Path("/").glob(pattern.lstrip("/")), reverse=True)
    found = next((place for place in places if (place / "postgres").exists()), None)
    if found is None:
        raise ServerMissing("PostgreSQL is not installed: apt install postgresql")
    return found


def _owner(folder: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root: hand the folder to somebody else and run as them."""
    if os.getuid() != 0:
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    somebody = pwd.getpwnam(next(name for name in NOT_ROOT if name in names))
    os.chown(folder, somebody.pw_uid, somebody.pw_gid)
    return {"user": somebody.pw_uid, "group": somebody.pw_gid, "extra_groups": []}


def _die_with_parent() -> None:
    """prctl(PR_SET_PDEATHSIG): a killed test run leaves no servers behind."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)
