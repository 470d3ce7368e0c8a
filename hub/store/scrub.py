"""Takes what rows held before out of SQLite's file and journal: secrets that stood in clear, people who were erased."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from sqlalchemy import Connection

SECONDS = 10.0  # for readers of other processes to end


def scrub(url: str, seconds: float = SECONDS) -> bool:
    """Brings the journal into the file and empties it; False while another process reads. Blocks. PostgreSQL is left
    to its own vacuum: to write tables anew would hold up every other process."""
    if url.startswith("postgresql"):
        return True
    file = url.removeprefix("sqlite:///").partition("?")[0]
    with closing(sqlite3.connect(file, timeout=seconds)) as conn:
        busy, _, _ = conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


@contextmanager
def written_over(conn: Connection) -> Iterator[None]:
    """SQLite: what rows held before is overwritten with zeros (sqlite.org/pragma.html#pragma_secure_delete)."""
    if conn.dialect.name != "sqlite":
        yield
        return
    before = conn.exec_driver_sql("PRAGMA secure_delete").scalar_one()
    conn.exec_driver_sql("PRAGMA secure_delete=ON")
    try:
        yield
    finally:
        conn.exec_driver_sql(f"PRAGMA secure_delete={('OFF', 'ON', 'FAST')[before]}")
