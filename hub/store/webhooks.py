"""Outgoing webhooks: who is told of which events, how far they have been told, what went wrong.

`retry_at` is also the lease: whoever tells a subscriber moves it forward first, so that nobody else does.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, or_, select, update

from hub.errors import NotFound
from hub.ids import new_id
from hub.store.events import last_seq
from hub.store.settings import is_armed
from hub.store.tables import webhooks


@dataclass(frozen=True, slots=True)
class Webhook:
    """types: empty means every event; cursor: the last event told; problem: why the last attempt failed."""

    id: str
    url: str
    secret: str
    types: Sequence[str]
    cursor: int
    failures: int
    retry_at: int | None
    problem: str
    enabled: bool
    created_at: int


_ENABLED = select(webhooks.c.id).where(webhooks.c.enabled).limit(1)
_WEBHOOKS = select(*(webhooks.c[name] for name in Webhook.__dataclass_fields__))


def list_webhooks(conn: Connection, after: str | None = None, limit: int = 100) -> list[Webhook]:
    query = _WEBHOOKS.where(webhooks.c.id > after) if after else _WEBHOOKS
    return [Webhook(*row) for row in conn.execute(query.order_by(webhooks.c.id).limit(limit))]


def get_webhook(conn: Connection, id: str) -> Webhook:
    row = conn.execute(_WEBHOOKS.where(webhooks.c.id == id)).first()
    if row is None:
        raise NotFound("there is no such webhook")
    return Webhook(*row)


def add_webhook(conn: Connection, url: str, types: Sequence[str], secret: str, at: int) -> Webhook:
    """Told of what happens from now on."""
    row = {
        "id": new_id(),
        "url": url,
        "secret": secret or secrets.token_urlsafe(32),
        "types": list(types),
        "cursor": last_seq(conn),
        "created_at": at,
    }
    conn.execute(webhooks.insert(), row)
    return get_webhook(conn, str(row["id"]))


def mark_webhook(conn: Connection, id: str, changes: Mapping[str, Any]) -> Webhook:
    """Change url, types, enabled or cursor; whatever was wrong is tried again at once."""
    fresh = {"failures": 0, "retry_at": None, "problem": ""}
    conn.execute(update(webhooks).where(webhooks.c.id == id).values({**fresh, **changes}))
    return get_webhook(conn, id)


def forget_webhook(conn: Connection, id: str) -> None:
    if conn.execute(delete(webhooks).where(webhooks.c.id == id)).rowcount == 0:
        raise NotFound("there is no such webhook")


def has_webhooks(conn: Connection) -> bool:
    """Is anybody to be told of anything?"""
    return conn.scalar(_ENABLED) is not None


def claim_webhooks(conn: Connection, newest: int, now: int, lease: int) -> list[Webhook]:
    """Those with something to tell whose turn it is; nobody else gets them for `lease` milliseconds.

    Nobody in a restored copy: its original has told them.
    """
    if not is_armed(conn):
        return []
    due = (
        update(webhooks)
        .where(webhooks.c.enabled, webhooks.c.cursor < newest)
        .where(or_(webhooks.c.retry_at.is_(None), webhooks.c.retry_at <= now))
        .values(retry_at=now + lease)
        .returning(*(webhooks.c[name] for name in Webhook.__dataclass_fields__))
    )
    return [Webhook(*row) for row in conn.execute(due)]


def mark_told(conn: Connection, hook: Webhook, cursor: int, retry_at: int | None) -> None:
    """This far; retry_at: how long the lease goes on, None gives it back. A cursor set back meanwhile stays so."""
    mine = (webhooks.c.id == hook.id) & (webhooks.c.cursor >= hook.cursor)
    conn.execute(update(webhooks).where(mine).values(cursor=cursor, failures=0, problem="", retry_at=retry_at))


def mark_failed(conn: Connection, hook: Webhook, problem: str, retry_at: int, enabled: bool) -> None:
    conn.execute(
        update(webhooks)
        .where(webhooks.c.id == hook.id, webhooks.c.url == hook.url)
        .values(failures=webhooks.c.failures + 1, problem=problem[:500], retry_at=retry_at, enabled=enabled)
    )
