"""The two engines keep the same promises: all or nothing per call, one bad call harms no other."""

import asyncio

import pytest
from sqlalchemy import Connection, insert, select, text
from sqlalchemy.exc import IntegrityError

from hub.errors import ConfigError
from hub.ids import new_id
from hub.store.database import Store, open_store
from hub.store.migrate import is_current, migrate
from hub.store.sets import SetStatement
from hub.store.tables import labels
from tests import servers


def add(conn: Connection, name: str) -> str:
    conn.execute(insert(labels), {"id": new_id(), "name": name, "created_at": 1})
    return name


def add_and_fail(conn: Connection, name: str) -> None:
    add(conn, name)
    raise ValueError(name)


def names(conn: Connection) -> list[str]:
    return sorted(conn.scalars(select(labels.c.name)))


async def test_error_of_a_statement_tells_none_of_its_values(store: Store) -> None:
    """An error nobody expected is logged whole."""
    row = {"id": new_id(), "name": "what a customer wrote", "created_at": 1}
    with pytest.raises(IntegrityError) as told:
        await store.write(lambda conn: conn.execute(insert(labels), [row, row | {"name": "Another"}]))

    assert "INSERT INTO labels" in str(told.value)
    assert "customer" not in str(told.value)


async def test_failing_call_undoes_only_itself(store: Store) -> None:
    calls = [store.write(add, f"good {n:03}") for n in range(50)]
    calls.insert(25, store.write(add_and_fail, "bad"))  # type: ignore[arg-type]

    answers = await asyncio.gather(*calls, return_exceptions=True)

    assert [type(answer) for answer in answers if isinstance(answer, Exception)] == [ValueError]
    assert await store.read(names) == [f"good {n:03}" for n in range(50)]


async def test_write_is_seen_by_a_read_that_begins_after_it(store: Store) -> None:
    for n in range(20):
        await store.write(add, f"{n:02}")
        assert f"{n:02}" in await store.read(names)


async def test_what_was_written_is_there_after_reopening(store_url: str) -> None:
    first = open_store(store_url)
    await first.open()
    await first.write(add, "kept")
    await first.close()

    second = open_store(store_url)
    await second.open()
    assert await second.read(names) == ["kept"]
    assert await second.read(is_current)
    await second.close()


async def test_database_of_a_newer_hub_is_refused(store: Store, store_url: str) -> None:
    def age(conn: Connection) -> None:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    await store.write(age)

    with pytest.raises(ConfigError, match="newer than this hub"):
        await asyncio.to_thread(servers.apart, migrate, store_url)


async def test_migrating_twice_changes_nothing(store_url: str) -> None:
    await asyncio.to_thread(servers.apart, migrate, store_url)
    store = open_store(store_url)
    await store.open()
    assert await store.read(is_current)
    await store.close()


async def test_failing_call_of_those_who_overtake_undoes_only_itself(store: Store) -> None:
    calls = [store.write_first(add, f"good {n:03}") for n in range(50)]
    calls.insert(25, store.write_first(add_and_fail, "bad"))  # type: ignore[arg-type]

    answers = await asyncio.gather(*calls, return_exceptions=True)

    assert [type(answer) for answer in answers if isinstance(answer, Exception)] == [ValueError]
    assert await store.read(names) == [f"good {n:03}" for n in range(50)]


_RENAME = SetStatement("was text, becomes text", "UPDATE labels SET name = v.becomes FROM v WHERE labels.name = v.was")


async def test_a_statement_over_many_rows_counts_what_it_changed(store: Store) -> None:
    for name in ("a", "b", "c"):
        await store.write(add, name)

    assert await store.write(_RENAME, [("a", "x"), ("b", "y"), ("nobody", "z")]) == 2
    assert await store.write(_RENAME, []) == 0
    assert await store.read(names) == ["c", "x", "y"]
