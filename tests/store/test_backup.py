"""hub.store.backup: a copy is complete and consistent, fits either engine, and does not send."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import select

from hub.errors import HubError, NotFound
from hub.model import Address
from hub.store.backup import backup, restore
from hub.store.customers import NewCustomer, add_owner, list_addresses
from hub.store.database import open_store
from hub.store.processes import add_process
from hub.store.settings import is_armed
from hub.store.tables import addresses, blobs, customers
from tests.people import ADA


@pytest.fixture
def file(tmp_path) -> Path:
    return tmp_path / "hub.backup"


def add_ada(conn):
    conn.execute(blobs.insert(), {"sha256": "0" * 64, "size": 3, "content": b"\x00\xff\x01"})
    new = NewCustomer(name=ADA.name, fields={"plan": ["gold", None, 3]})
    return add_owner(conn, ADA.mail_address, new, 7, "test")[0]


async def filled(url):
    store = open_store(url)
    await store.open()
    ada = await store.write(add_ada)
    await store.close()
    return ada


async def look(url, fn, *args):
    store = open_store(url)
    await store.open()
    try:
        return await store.read(fn, *args)
    finally:
        await store.close()


def test_copy_holds_everything_on_either_engine(store_url, other_url, file):
    ada = asyncio.run(filled(store_url))

    backup(store_url, file)
    restore(file, other_url)

    def whole(conn):
        return {table.name: [tuple(row) for row in conn.execute(select(table))] for table in (customers, blobs)}

    assert asyncio.run(look(other_url, whole)) == asyncio.run(look(store_url, whole))
    [address] = asyncio.run(look(other_url, list_addresses, ada))
    assert address.address == Address("email", ADA.email)


def test_copy_is_not_armed_but_its_original_stays_so(store_url, other_url, file):
    asyncio.run(filled(store_url))

    backup(store_url, file)
    restore(file, other_url)

    assert not asyncio.run(look(f"sqlite:///{file}", is_armed))
    assert not asyncio.run(look(other_url, is_armed))
    assert asyncio.run(look(store_url, is_armed))


def test_store_that_holds_something_is_not_overwritten(store_url, file):
    ada = asyncio.run(filled(store_url))
    backup(store_url, file)

    with pytest.raises(HubError, match="not empty"):
        restore(file, store_url)

    assert asyncio.run(look(store_url, list_addresses, ada))


async def test_store_a_hub_is_running_on_is_not_overwritten(store, store_url, file):
    await asyncio.to_thread(backup, store_url, file)
    await store.write(add_process, "0" * 32, "here", 1)

    with pytest.raises(HubError, match="a hub is running"):
        await asyncio.to_thread(restore, file, store_url)


def test_file_that_is_no_backup_is_refused(tmp_path, file):
    url = f"sqlite:///{tmp_path}/new.db"
    for content in (None, b"", b"SQLite format 3\0 but not really" * 100):
        if content is not None:
            file.write_bytes(content)
        with pytest.raises(NotFound, match="no backup"):
            restore(file, url)
    with sqlite3.connect(file.with_name("foreign.db")) as foreign:
        foreign.execute("CREATE TABLE things (id INTEGER)")
    foreign.close()
    with pytest.raises(NotFound, match="no backup"):
        restore(file.with_name("foreign.db"), url)


async def test_copy_made_while_writing_is_consistent(store, store_url, file):
    """Every customer is added together with an address: a copy must never show one without the other."""
    halt = asyncio.Event()

    async def write():
        number = 0
        while not halt.is_set():
            number += 1
            await store.write(add_owner, Address("email", f"{number}@example.com"), NewCustomer(), 0, "test")

    writing = asyncio.create_task(write())
    for _ in range(5):
        await asyncio.to_thread(backup, store_url, file)
        with sqlite3.connect(file) as copy:
            [(people, reached)] = copy.execute(
                f"SELECT (SELECT count(*) FROM {customers.name}), (SELECT count(*) FROM {addresses.name})"
            )
        copy.close()
        assert people == reached
    halt.set()
    await writing
    assert people > 0


def test_backup_of_a_store_that_is_not_there_says_so(tmp_path, file):
    with pytest.raises(NotFound, match="no store"):
        backup(f"sqlite:///{tmp_path}/nothing.db", file)
    assert not file.exists()
