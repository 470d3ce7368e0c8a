"""Remembers single facts about this store: its secret, whether it may send."""

from typing import Any

from sqlalchemy import Connection, delete, select

from hub.store.dialect import upsert
from hub.store.tables import settings_rows

DISARMED = "disarmed"
SECRET = "secret"  # noqa: S105 - what everything is signed with that leaves the house, locked


def find_setting(conn: Connection, key: str) -> Any:
    """The value, or None."""
    return conn.scalar(select(settings_rows.c.value).where(settings_rows.c.key == key))


def mark_setting(conn: Connection, key: str, value: Any) -> None:
    statement = upsert(conn, settings_rows).values(key=key, value=value)
    conn.execute(statement.on_conflict_do_update(index_elements=["key"], set_={"value": value}))


def add_setting(conn: Connection, key: str, value: Any) -> Any:
    """The value that counts: ours, unless somebody was faster."""
    conn.execute(upsert(conn, settings_rows).values(key=key, value=value).on_conflict_do_nothing())
    return find_setting(conn, key)


def forget_setting(conn: Connection, key: str) -> bool:
    return conn.execute(delete(settings_rows).where(settings_rows.c.key == key)).rowcount > 0


def is_armed(conn: Connection) -> bool:
    """A copy restored from a backup sends nothing until somebody says so: the original may still be running."""
    return find_setting(conn, DISARMED) is None


def disarm(conn: Connection, why: str, at: int) -> None:
    mark_setting(conn, DISARMED, {"why": why, "at": at})


def arm(conn: Connection) -> bool:
    """Whether it was disarmed."""
    return forget_setting(conn, DISARMED)
