"""Takes what was erased out of SQLite's search index for good, a few pages at a time.

FTS5 notes that a word is gone and keeps it in its pages until it merges them next (sqlite.org/fts5.html, section
6.9): after an erasure all of them are merged, so that no octet of a person is left. PostgreSQL's index holds numbers.
"""

from sqlalchemy import Connection, text

from hub.store.scrub import written_over
from hub.store.settings import find_setting, forget_setting, mark_setting

KEY, BEGUN = "search_merge", "begun"
INDEXES = ("message_search", "customer_search")
PAGES = 200  # that one step writes


def mark_unmerged(conn: Connection) -> None:
    """Words were taken out that must leave nothing behind."""
    if conn.dialect.name == "sqlite":
        mark_setting(conn, KEY, {BEGUN: False})


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
        return not forget_setting(conn, KEY)
    mark_setting(conn, KEY, {BEGUN: True})
    return True


def _merge(conn: Connection, name: str, pages: int) -> bool:
    before = conn.scalar(text("SELECT total_changes()")) or 0
    conn.execute(text(f"INSERT INTO {name}({name}, rank) VALUES ('merge', :pages)"), {"pages": pages})  # noqa: S608 - our own words
    return (conn.scalar(text("SELECT total_changes()")) or 0) - before > 1
