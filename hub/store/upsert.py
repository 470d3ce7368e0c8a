"""Insert unless it is there: the database decides who was first, on both engines in one statement."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_or_skip(conn: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """True when the row is ours, False when one with the same key stood there first (or came first just now)."""
    return conn.execute(_insert(conn, table).on_conflict_do_nothing(), row).rowcount == 1


def insert_missing(conn: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        conn.execute(_insert(conn, table).on_conflict_do_nothing(), list(rows))


def _insert(conn: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    return postgresql.insert(table) if conn.dialect.name == "postgresql" else sqlite.insert(table)
