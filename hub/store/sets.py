"""Statements over many rows of values at once, spelled once for both engines: `v` is the table of the values.

One step of the driver for all rows. A statement for each row would let another thread run between any two of them
(docs/decisions/0010-intake-in-batches.md), and be planned, bound and counted as often.
"""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection


class SetStatement:
    """columns: their names with PostgreSQL's types, "delivery text, due bigint"; statement: an INSERT, UPDATE or DELETE
    that reads from v."""

    def __init__(self, columns: str, statement: str) -> None:
        named = [column.split() for column in columns.split(", ")]
        names = ", ".join(name for name, _ in named)
        parts = ", ".join(f"json_extract(value, '$[{n}]')" for n in range(len(named)))
        arrays = ", ".join(f"${n}::{kind}[]" for n, (_, kind) in enumerate(named, 1))
        self._sqlite = f"WITH v({names}) AS (SELECT {parts} FROM json_each(?)) {statement}"  # noqa: S608 - our words
        self._postgres = f"WITH v({names}) AS (SELECT * FROM unnest({arrays})) {statement}"  # noqa: S608

    def __call__(self, conn: Connection, rows: Sequence[Sequence[Any]]) -> int:
        """How many rows it changed. rows: values in the order of the columns."""
        if not rows:
            return 0
        if conn.dialect.name == "postgresql":
            return conn.exec_driver_sql(self._postgres, tuple(map(list, zip(*rows, strict=True)))).rowcount
        return conn.exec_driver_sql(self._sqlite, (json.dumps(rows),)).rowcount
