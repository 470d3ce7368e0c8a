"""Takes what rows held before out of SQLite's journal: after secrets that stood in clear were locked."""

import sqlite3
from contextlib import closing

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
