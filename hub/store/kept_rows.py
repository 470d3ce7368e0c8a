"""What people and programs change: held while one of them saves, and told apart by a mark of what stands in it."""

import json
from collections.abc import Mapping
from hashlib import blake2s
from typing import Any

from sqlalchemy import Connection, select

from hub.store.customers import list_customer_labels
from hub.store.dialect import lock_name, lock_row
from hub.store.settings import find_setting
from hub.store.tables import metadata

LABELLED, DESCRIBED = "customers", "fields"  # labels stand beside them; one setting holds them all
KEYS = {
    **dict.fromkeys(("customers", "macros", "snippets", "templates", "segments", "tasks"), "id"),
    **{"channels": "name", DESCRIBED: "key"},
}
BY_ITSELF = ("updated_at", "counted_at", "members", "reminded_at")  # columns that the hub changes


def lock_kept(conn: Connection, what: str, key: str) -> None:
    """Nobody else saves it meanwhile. what: one of KEYS, or another table with an id."""
    if KEYS.get(what, "id") == "id":
        lock_row(conn, metadata.tables[what], key)
    else:
        lock_name(conn, what)


def find_mark(conn: Connection, what: str, key: str) -> str:
    """Another one whenever somebody has changed it; empty where there is none."""
    found = _row(conn, what, key)
    if found is None:
        return ""
    labels = sorted(list_customer_labels(conn, [key]).get(key, ())) if what == LABELLED else []
    words = json.dumps([found, labels], default=str, sort_keys=True)
    return blake2s(words.encode(), digest_size=12).hexdigest()


def _row(conn: Connection, what: str, key: str) -> Mapping[str, Any] | None:
    if what == DESCRIBED:
        return next((one for one in find_setting(conn, DESCRIBED) or () if one["key"] == key), None)
    rows = metadata.tables[what]
    row = conn.execute(select(rows).where(rows.c[KEYS[what]] == key)).mappings().first()
    return None if row is None else {name: value for name, value in row.items() if name not in BY_ITSELF}
