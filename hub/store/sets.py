"""Statements over many rows of values at once, spelled once for both engines: `v` is the table of the values.

One step of the driver for all rows. A statement for each row would let another thread run between any two of them
(docs/decisions/0010-intake-in-batches.md), and be planned, bound and counted as often.
"""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection


class _OverRows:
    """columns: their names with PostgreSQL's types, "delivery text, due bigint"."""

    def __init__(self, columns: str) -> None:
        named = [column.split() for column in columns.split(", ")]
        names = ", ".join(name for name, _ in named)
        parts = ", ".join(f"json_extract(value, '$[{n}]')" for n in range(len(named)))
        arrays = ", ".join(f"${n}::{kind}[]" for n, (_, kind) in enumerate(named, 1))
        self.on_sqlite = f"WITH v({names}) AS (SELECT {parts} FROM json_each(?))"  # noqa: S608 - our words
        self.on_postgres = f"WITH v({names}) AS (SELECT * FROM unnest({arrays}))"  # noqa: S608


class SetStatement(_OverRows):
    """statement: an INSERT, UPDATE or DELETE that reads from v."""

    def __init__(self, columns: str, statement: str) -> None:
        super().__init__(columns)
        self._statement = statement

    def __call__(self, conn: Connection, rows: Sequence[Sequence[Any]]) -> int:
        """How many rows it changed. rows: values in the order of the columns."""
        if not rows:
            return 0
        if conn.dialect.name == "postgresql":
            return conn.exec_driver_sql(f"{self.on_postgres} {self._statement}", _by_column(rows)).rowcount
        return conn.exec_driver_sql(f"{self.on_sqlite} {self._statement}", (json.dumps(rows),)).rowcount


class SetQuery(_OverRows):
    """results, source: what stands between SELECT and FROM, and behind it; source reads from v."""

    def __init__(self, columns: str, results: str, source: str) -> None:
        super().__init__(columns)
        self._results, self._source = results, source

    def __call__(self, conn: Connection, rows: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
        """What it found. On SQLite as one text: the driver lets go of the interpreter before each row it returns."""
        if not rows:
            return []
        if conn.dialect.name == "postgresql":
            query = f"{self.on_postgres} SELECT {self._results} FROM {self._source}"  # noqa: S608 - our words
            return [tuple(row) for row in conn.exec_driver_sql(query, _by_column(rows))]
        query = f"{self.on_sqlite} SELECT json_group_array(json_array({self._results})) FROM {self._source}"  # noqa: S608
        found: list[Sequence[Any]] = json.loads(conn.exec_driver_sql(query, (json.dumps(rows),)).scalar_one())
        return found


def _by_column(rows: Sequence[Sequence[Any]]) -> tuple[list[Any], ...]:
    return tuple(map(list, zip(*rows, strict=True)))
