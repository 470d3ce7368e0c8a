"""Statements over many rows of values at once, spelled once for both engines: `v` is the table of the values.

One step of the driver for all rows. A statement for each row would let another thread run between any two of them
(docs/decisions/0010-intake-in-batches.md), and be planned, bound and counted as often.
"""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from hub.store.quick_json import dumps, loads


class _OverRows:
    """columns: their names with PostgreSQL's types, "delivery text, due bigint"."""

    def __init__(self, columns: str) -> None:
        named = _named(columns)
        names = ", ".join(name for name, _ in named)
        parts = ", ".join(f"json_extract(value, '$[{n}]') AS {name}" for n, (name, _) in enumerate(named))
        arrays = ", ".join(f"${n}::{kind}[]" for n, (_, kind) in enumerate(named, 1))
        self._on_sqlite = f"(SELECT {parts} FROM json_each(?1)) AS v"  # noqa: S608 - our words
        self._on_postgres = f"unnest({arrays}) AS v({names})"

    def spelled(self, statement: str) -> tuple[str, str]:
        """For SQLite and for PostgreSQL, with the values in the place of v. Not as WITH v AS ... in front: Python 3.11
        counts changed rows only of what begins with INSERT, UPDATE or DELETE."""
        return statement.replace("FROM v", f"FROM {self._on_sqlite}"), statement.replace(
            "FROM v", f"FROM {self._on_postgres}"
        )


class SetStatement(_OverRows):
    """statement: an INSERT, UPDATE or DELETE that reads FROM v, once. shared: values that are the same for all rows,
    ":name" in the statement: each that need not stand in every row saves as much as a column of it costs. Of two
    columns the first, a text, is another one in each row: names with values are read in half of the time."""

    def __init__(self, columns: str, statement: str, shared: str = "") -> None:
        super().__init__(columns)
        self._pairs = columns.count(", ") == 1
        if self._pairs:
            (name, _), (other, _) = _named(columns)
            self._on_sqlite = f"(SELECT key AS {name}, value AS {other} FROM json_each(?1)) AS v"  # noqa: S608
        self._sqlite, self._postgres = self.spelled(statement)
        first = len(_named(columns)) + 1
        for place, (name, kind) in enumerate(_named(shared)):
            self._sqlite = re.sub(rf":{name}\b", f"?{place + 2}", self._sqlite)
            self._postgres = re.sub(rf":{name}\b", f"${first + place}::{kind}", self._postgres)

    def __call__(self, conn: Connection, rows: Sequence[Sequence[Any]], *shared: Any) -> int:
        """How many rows it changed. rows: values in the order of the columns."""
        if not rows:
            return 0
        if conn.dialect.name == "postgresql":
            return conn.exec_driver_sql(self._postgres, (*_by_column(rows), *shared)).rowcount
        written = dumps(dict(zip(*_by_column(rows), strict=True)) if self._pairs else rows)
        return int(_driver(conn).execute(self._sqlite, (written, *shared)).rowcount)


class SetQuery(_OverRows):
    """results, source: what stands between SELECT and FROM, and behind it; source reads from v, which comes first."""

    def __init__(self, columns: str, results: str, source: str) -> None:
        super().__init__(columns)
        self._sqlite, _ = self.spelled(f"SELECT json_group_array(json_array({results})) FROM {source}")  # noqa: S608
        _, self._postgres = self.spelled(f"SELECT {results} FROM {source}")  # noqa: S608 - our words

    def __call__(self, conn: Connection, rows: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
        """What it found. On SQLite as one text: the driver lets go of the interpreter before each row it returns."""
        if not rows:
            return []
        if conn.dialect.name == "postgresql":
            return [tuple(row) for row in conn.exec_driver_sql(self._postgres, _by_column(rows))]
        found: list[Sequence[Any]] = loads(_driver(conn).execute(self._sqlite, (dumps(rows),)).fetchone()[0])
        return found


def _named(columns: str) -> list[list[str]]:
    return [column.split() for column in columns.split(", ") if column]


def _driver(conn: Connection) -> Any:
    """SQLite's own connection: SQLAlchemy would take longer than a statement about a few rows."""
    return conn.connection.driver_connection


def _by_column(rows: Sequence[Sequence[Any]]) -> tuple[list[Any], ...]:
    return tuple(map(list, zip(*rows, strict=True)))
