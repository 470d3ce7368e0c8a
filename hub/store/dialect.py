"""What the two engines do differently, in one place."""

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    ColumnElement,
    Connection,
    LargeBinary,
    Select,
    String,
    Table,
    case,
    cast,
    false,
    func,
    literal,
    literal_column,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite

from hub.store.quick_json import dumps

Insert = postgresql.Insert | sqlite.Insert
Fit = Callable[[Any], Any]
ROWS, AT_ONCE = 512, 256  # of one statement
_SERVERS_NOW: ColumnElement[int] = literal_column("floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint")


def upsert(conn: Connection, table: Table) -> Any:
    """An INSERT that knows ON CONFLICT (`.on_conflict_do_nothing()`, `.on_conflict_do_update()`)."""
    return postgresql.insert(table) if conn.dialect.name == "postgresql" else sqlite.insert(table)


def holds_octets(conn: Connection, column: ColumnElement[Any], octets: bytes) -> ColumnElement[bool]:
    """Do these stand anywhere in the column?"""
    sought = literal(octets, LargeBinary)
    found = func.position(sought.op("IN")(column)) if conn.dialect.name == "postgresql" else func.instr(column, sought)
    return found > 0


def text_under(dialect: str, column: ColumnElement[Any], key: str) -> ColumnElement[str]:
    """What stands under the key of a JSON object, as text; NULL where nothing does. SQLite's paths look for a key as it
    is spelled in the stored JSON, where quotation marks, umlauts and others are escaped: there it is sought among the
    keys as they read."""
    if dialect == "postgresql" or json.dumps(key) == f'"{key}"':
        return cast(column[key].as_string(), String)
    held = func.json_each(column).table_valued("key", "value")
    return select(cast(held.c.value, String)).where(held.c.key == key).scalar_subquery()


def holds_text(dialect: str, column: ColumnElement[str], sought: str, *, anywhere: bool) -> ColumnElement[bool]:
    """Does it stand there (or at the beginning), in small letters or capital ones? SQLite, and PostgreSQL in the locale
    C, know those of ASCII only: where there are others, a pattern names both of each letter."""
    cases = [_cases(letter) for letter in sought]
    if all(len(both) == 1 or both.isascii() for both in cases):
        return column.icontains(sought, autoescape=True) if anywhere else column.istartswith(sought, autoescape=True)
    if dialect == "postgresql":
        signs = (f"[{both}]" if len(both) > 1 else re.sub(r"[!-/:-@\[-`{-~]", r"\\\g<0>", both) for both in cases)
        pattern = ("" if anywhere else "^") + "".join(signs)
        short = func.length(column) < len(sought)  # asked before: a long pattern costs much
        return case((short, false()), else_=column.regexp_match(pattern))
    signs = (f"[{both}]" if len(both) > 1 or both in "*?[" else both for both in cases)
    return column.bool_op("GLOB")(("*" if anywhere else "") + "".join(signs) + "*")


def _cases(letter: str) -> str:
    """Small and capital, where those are single letters; every other sign is itself."""
    if letter in "ßẞ":
        return "ßẞ"
    both = {letter, letter.lower(), letter.upper()}
    return "".join(sorted(one for one in both if len(one) == 1))


def insert_or_skip(conn: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """True when the row is ours, False when one with the same key stood there first (or came first just now)."""
    return bool(conn.execute(upsert(conn, table).on_conflict_do_nothing(), row).rowcount == 1)


def insert_missing(conn: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        conn.execute(upsert(conn, table).on_conflict_do_nothing(), list(rows))


def insert_fresh(conn: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> set[str]:
    """Insert rows of equal columns in one statement; the ids of those whose keys did not stand there yet.

    In SQLite a statement that returns rows lets other Python threads run at each of them, which takes ten times as
    long as the statement: there the rows are counted, and looked up only when some were not taken.
    """
    if conn.dialect.name == "postgresql":
        statement = postgresql.insert(table).on_conflict_do_nothing().returning(table.c.id)
        return set(conn.scalars(statement, rows))
    ids, left = [row["id"] for row in rows], len(rows)
    for start in range(0, len(rows), ROWS):
        some = rows[start : start + ROWS]
        left -= _insert_together(conn, table, some, " ON CONFLICT DO NOTHING")
    return set(conn.scalars(select(table.c.id).where(table.c.id.in_(ids)))) if left else set(ids)


def insert_many(conn: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows of equal columns; on SQLite in few statements, as in `insert_fresh`."""
    if conn.dialect.name == "postgresql":
        if rows:
            conn.execute(postgresql.insert(table), rows)
        return
    start = 0
    while start < len(rows):  # in powers of two: the driver keeps each statement it has prepared, and they are long
        count = min(AT_ONCE, 1 << ((len(rows) - start).bit_length() - 1))
        _insert_together(conn, table, rows[start : start + count], "")
        start += count


def _insert_together(conn: Connection, table: Table, rows: Sequence[Mapping[str, Any]], otherwise: str) -> int:
    names = tuple(rows[0])
    sql, fits = _insert_sql(table, names, len(rows))
    values = [value for row in map(itemgetter(*names), rows) for value in row]
    for place, fit in fits:
        values[place :: len(names)] = map(fit, values[place :: len(names)])
    return conn.exec_driver_sql(sql + otherwise, tuple(values)).rowcount


@lru_cache(maxsize=1024)
def _insert_sql(table: Table, names: tuple[str, ...], count: int) -> tuple[str, list[tuple[int, Fit]]]:
    """The statement for that many rows, and the places of the columns whose values the driver does not take as they
    are."""
    dialect = sqlite.dialect()
    found: list[Fit | None] = [table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in names]
    flags = [isinstance(table.c[name].type, Boolean) for name in names]
    groups = [isinstance(table.c[name].type, JSON) for name in names]
    fits = [
        (place, int if flags[place] else _group(fit) if groups[place] else fit)
        for place, fit in enumerate(found)
        if fit is not None
    ]
    row = f"({', '.join('?' * len(names))})"
    columns, values = ", ".join(names), ", ".join([row] * count)
    return f"INSERT INTO {table.name} ({columns}) VALUES {values}", fits  # noqa: S608


def _group(fit: Fit) -> Fit:
    return lambda value: dumps(value) if type(value) is dict else fit(value)


def skip_locked(conn: Connection, query: Select[Any]) -> Select[Any]:
    """Rows nobody else is claiming right now; SQLite has one writer, so nobody is."""
    return query.with_for_update(skip_locked=True) if conn.dialect.name == "postgresql" else query


def lock_row(conn: Connection, table: Table, id: str) -> None:
    """Everything else that locks the same row waits until this transaction ends (SQLite: it already does)."""
    if conn.dialect.name == "postgresql":
        conn.execute(text(f"SELECT id FROM {table.name} WHERE id = :id FOR UPDATE"), {"id": id})  # noqa: S608


def lock_name(conn: Connection, name: str) -> None:
    """Whoever locks the same name waits until this transaction ends (SQLite has one writer: it already does)."""
    if conn.dialect.name == "postgresql":
        conn.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})


def database_now(conn: Connection) -> int:
    """Milliseconds by the clock that all processes of one store share."""
    return int(conn.scalar(select(_SERVERS_NOW)) or 0) if conn.dialect.name == "postgresql" else _now()


def now_of_database(conn: Connection) -> Any:
    """The same, to be written by a statement that need not ask first."""
    return _SERVERS_NOW if conn.dialect.name == "postgresql" else _now()


def _now() -> int:
    return time.time_ns() // 1_000_000
