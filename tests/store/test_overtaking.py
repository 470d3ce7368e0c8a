"""SQLite.write_first: short calls run in the event loop's own thread, and only while nobody else writes."""

import asyncio
import shutil
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from hub.store.sqlite import SQLite
from tests.store.test_engines import add, names


@pytest.fixture
async def store(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[SQLite]:
    store = SQLite(f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'hub.db')}")
    await store.open()
    yield store
    await store.close()


async def test_it_waits_for_a_writer_of_another_process(store: SQLite) -> None:
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    call = asyncio.create_task(store.write_first(add, "waits"))
    await asyncio.sleep(0.1)
    assert not call.done()

    other.execute("ROLLBACK")
    other.close()
    await call

    assert await store.read(names) == ["waits"]


async def test_it_waits_for_a_writer_of_its_own_process(store: SQLite) -> None:
    begun, enough = threading.Event(), threading.Event()

    def hold(conn: Connection) -> None:
        begun.set()
        enough.wait(60)
        add(conn, "held")

    long = asyncio.create_task(store.write(hold))
    await asyncio.to_thread(begun.wait, 60)
    call = asyncio.create_task(store.write_first(add, "waits"))
    await asyncio.sleep(0.1)
    assert not call.done()

    enough.set()
    await asyncio.gather(long, call)

    assert await store.read(names) == ["held", "waits"]


async def test_who_leaves_before_the_commit_holds_up_nobody(store: SQLite) -> None:
    for number in range(20):
        call = asyncio.create_task(store.write_first(add, f"gone {number:02}"))
        await asyncio.sleep(0)
        call.cancel()
        await asyncio.wait([call])

    await store.write_first(add, "stays")

    assert "stays" in await store.read(names)


async def test_both_ways_of_writing_go_on_side_by_side(store: SQLite) -> None:
    many = [(store.write_first if number % 2 else store.write)(add, f"{number:03}") for number in range(200)]

    await asyncio.gather(*many)

    assert await store.read(names) == [f"{number:03}" for number in range(200)]
