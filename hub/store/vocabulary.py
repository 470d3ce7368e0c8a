"""Every plain word of every text, once: which of them begin with some letters, and which hold them inside.

The pieces of four letters of each word are indexed, by FTS5 or by GIN. A word that holds all pieces of a needle nearly
always holds the needle; the engine looks at the word itself before it answers.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, CursorResult, text

from hub.store.words import PART, Needle, parts_of

LAST = "\U0010ffff"
_BEGINNING = "SELECT word FROM word_parts WHERE word >= :letters AND word < :behind LIMIT :limit"
_HOLDING = {
    "sqlite": "SELECT w.word FROM part_search s CROSS JOIN word_parts w ON w.n = s.rowid "
    "WHERE part_search MATCH :pieces AND instr(w.word, :letters) LIMIT :limit",
    "postgresql": "SELECT word FROM word_parts WHERE hub_parts(word) @> CAST(:pieces AS text[]) "
    "AND strpos(word, :letters) > 0 LIMIT :limit",
}
_VALUES = {"sqlite": "json_each(:words)", "postgresql": "json_array_elements_text(CAST(:words AS json)) AS value"}
_ADD = "INSERT INTO word_parts (word) SELECT value FROM {values} WHERE true ON CONFLICT DO NOTHING"
_NEW = "SELECT value FROM {values} WHERE NOT EXISTS (SELECT 1 FROM word_parts WHERE word = value)"
_KNOWN = "SELECT n, word FROM word_parts WHERE word IN (SELECT value FROM {values})"
_TAKE = "DELETE FROM word_parts WHERE word IN (SELECT value FROM {values})"
_PARTS = "INSERT INTO part_search (rowid, parts) VALUES (?, ?)"
_TAKE_PARTS = "INSERT INTO part_search (part_search, rowid, parts) VALUES ('delete', ?, ?)"
EVERY = 2**31 - 1  # as a limit


def words_with(conn: Connection, needle: Needle, limit: int = EVERY) -> list[str]:
    """From four letters on also those that hold it inside."""
    engine, values = conn.dialect.name, {"letters": needle.text, "limit": limit}
    if not needle.is_part:
        return list(conn.scalars(text(_BEGINNING), {**values, "behind": needle.text + LAST}))
    pieces: Any = list(parts_of(needle.text))
    if engine == "sqlite":
        pieces = " AND ".join(f'"{piece}"' for piece in pieces)
    return list(conn.scalars(text(_HOLDING[engine]), {**values, "pieces": pieces}))


def learn(conn: Connection, words: Iterable[str]) -> None:
    new = _run(conn, _NEW, words).scalars().all()
    if new:
        _run(conn, _ADD, new)
        _index(conn, _PARTS, new)


def forget(conn: Connection, words: Sequence[str]) -> None:
    """They leave no trace."""
    if words:
        _index(conn, _TAKE_PARTS, words)
        _run(conn, _TAKE, words)


def _index(conn: Connection, statement: str, words: Iterable[str]) -> None:
    """PostgreSQL does it by itself."""
    if conn.dialect.name == "sqlite":
        rows = [(row.n, " ".join(parts_of(row.word))) for row in _run(conn, _KNOWN, words) if len(row.word) >= PART]
        if rows:
            conn.exec_driver_sql(statement, rows)


def _run(conn: Connection, statement: str, words: Iterable[str]) -> CursorResult[Any]:
    values = _VALUES[conn.dialect.name]
    return conn.execute(text(statement.format(values=values)), {"words": json.dumps(sorted(words))})
