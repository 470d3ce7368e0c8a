"""Brings SQLite's search index into one piece, a few pages at a time: what was erased leaves it for good, and a word is
looked up in one place.

FTS5 notes that a word is gone and keeps it in its pages until it merges them next (sqlite.org/fts5.html, section
6.9): after an erasure all of them are merged, so that no octet of a person is left. Each batch of texts begins a piece
of its own, and every word that is asked for is looked up in each of them. PostgreSQL's index holds numbers, in a tree.
"""

from sqlalchemy import Connection, text

from hub.store.scrub import written_over
from hub.store.settings import find_setting, forget_setting, mark_setting

KEY, BEGUN = "search_merge", "begun"
DONE, ROWS = "search_merged", "rows"
FEWEST, SHARE = 10_000, 4  # so many texts, and a quarter of those that are in one piece, are worth a merge
INDEXES = ("message_search", "customer_search")
PAGES = 200  # that one step writes


def mark_unmerged(conn: Connection) -> None:
    """Words were taken out that must leave nothing behind."""
    if conn.dialect.name == "sqlite":
        mark_setting(conn, KEY, {BEGUN: False})


def has_grown(conn: Connection, fewest: int = FEWEST) -> bool:
    """Since it was in one piece, by so much that a search is slower."""
    if conn.dialect.name != "sqlite":
        return False
    merged = int((find_setting(conn, DONE) or {ROWS: 0})[ROWS])
    return _rows(conn) - merged >= max(fewest, merged // SHARE)


def _rows(conn: Connection) -> int:
    return conn.scalar(text("SELECT max(n) FROM message_words")) or 0


def is_unmerged(conn: Connection) -> bool:
    return find_setting(conn, KEY) is not None


def merge_step(conn: Connection) -> bool:
    """Whether more is to be done."""
    state = find_setting(conn, KEY)
    if state is None:
        return False
    pages = PAGES if state[BEGUN] else -PAGES  # the first says that all of it is to be merged
    with written_over(conn):
        changed = [_merge(conn, name, pages) for name in INDEXES]
    if state[BEGUN] and not any(changed):
        mark_setting(conn, DONE, {ROWS: _rows(conn)})
        return not forget_setting(conn, KEY)
    mark_setting(conn, KEY, {BEGUN: True})
    return True


def _merge(conn: Connection, name: str, pages: int) -> bool:
    before = conn.scalar(text("SELECT total_changes()")) or 0
    conn.execute(text(f"INSERT INTO {name}({name}, rank) VALUES ('merge', :pages)"), {"pages": pages})  # noqa: S608 - our own words
    return (conn.scalar(text("SELECT total_changes()")) or 0) - before > 1
