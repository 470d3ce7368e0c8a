"""Finds everything that is locked in the store (hub.vault), so that it can be locked anew with another key."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from hub.store.tables import agents, channel_rows, webhooks

PREFIX = "v1."


@dataclass(frozen=True, slots=True)
class LockedValue:
    """place: what it is bound to; key: of its row."""

    place: str
    key: str
    locked: str


def list_locked(conn: Connection) -> list[LockedValue]:
    apps = conn.execute(select(agents.c.id, agents.c.totp).where(agents.c.totp != ""))
    hooks = conn.execute(select(webhooks.c.id, webhooks.c.secret))
    channels = conn.execute(select(channel_rows.c.name, channel_rows.c.settings))
    return [
        *(LockedValue(f"totp {id}", id, locked) for id, locked in apps),
        *(LockedValue("webhook", id, secret) for id, secret in hooks if secret.startswith(PREFIX)),
        *(LockedValue(f"channel {name}", name, kept["locked"]) for name, kept in channels if set(kept) == {"locked"}),
    ]


def mark_locked(conn: Connection, values: Sequence[tuple[LockedValue, str]]) -> int:
    """Each with what it is locked as from now on; how many were still as they were found."""
    return sum(_mark(conn, value, locked) for value, locked in values)


def _mark(conn: Connection, value: LockedValue, locked: str) -> int:
    kind = value.place.partition(" ")[0]
    if kind == "totp":
        mine = (agents.c.id == value.key) & (agents.c.totp == value.locked)
        return conn.execute(update(agents).where(mine).values(totp=locked)).rowcount
    if kind == "webhook":
        mine = (webhooks.c.id == value.key) & (webhooks.c.secret == value.locked)
        return conn.execute(update(webhooks).where(mine).values(secret=locked)).rowcount
    rows = conn.execute(select(channel_rows.c.settings).where(channel_rows.c.name == value.key).with_for_update())
    if rows.scalar() != {"locked": value.locked}:
        return 0
    changed = update(channel_rows).where(channel_rows.c.name == value.key).values(settings={"locked": locked})
    return conn.execute(changed).rowcount
