"""What the two engines do differently, in one place."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, Table, text
from sqlalchemy.dialects import postgresql, sqlite

Insert = postgresql.Insert | sqlite.Insert
INSERTS: Mapping[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def upsert(conn: Connection, table: Table) -> Any:
    """An INSERT that knows ON CONFLICT (`.on_conflict_do_nothing()`, `.on_conflict_do_update()`)."""
    return INSERTS[conn.dialect.name](table)


def insert_or_skip(conn: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """True when the row is ours, False when one with the same key stood there first (or came first just now)."""
    return bool(conn.execute(upsert(conn, table).on_conflict_do_nothing(), row).rowcount == 1)


def insert_missing(conn: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        conn.execute(upsert(conn, table).on_conflict_do_nothing(), list(rows))


def skip_locked(conn: Connection, query: Select[Any]) -> Select[Any]:
    """Rows nobody else is claiming right now; SQLite has one writer, so nobody is."""
    return query.with_for_update(skip_locked=True) if conn.dialect.name == "postgresql" else query


def lock_row(conn: Connection, table: Table, id: str) -> None:
    """Everything else that locks the same row waits until this transaction ends (SQLite: it already does)."""
    if conn.dialect.name == "postgresql":
        conn.execute(text(f"SELECT id FROM {table.name} WHERE id = :id FOR UPDATE"), {"id": id})  # noqa: S608


def database_now(conn: Connection) -> int:
    """Milliseconds by the clock that all processes of one store share."""
    if conn.dialect.name == "postgresql":
        return int(conn.scalar(text("SELECT extract(epoch FROM clock_timestamp()) * 1000")) or 0)
    return time.time_ns() // 1_000_000
