"""The row that messages belong to which somebody sends to try them, where the address is no customer's.

It counts as erased, so that no list, audience, search or export ever holds it.
"""

from sqlalchemy import Connection

from hub.store.dialect import insert_or_skip
from hub.store.tables import customers

NOBODY = "0" * 32


def keep_nobody(conn: Connection, at: int) -> str:
    """Its id; the row is there from the first test on."""
    insert_or_skip(conn, customers, {"id": NOBODY, "created_at": at, "updated_at": at, "erased_at": at})
    return NOBODY
