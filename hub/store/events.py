"""Everything that happened, in order: the truth behind live updates, `GET /events` and outgoing webhooks.

`seq` is given after commit, in order, by whoever reads next: on PostgreSQL a sequence drawn inside the
transactions would let a reader's cursor pass a number whose transaction has not committed yet.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, text

from hub.ids import new_id, new_ids
from hub.store.dialect import insert_many
from hub.store.tables import events
from hub.store.visibility import Visibility, list_seen_conversations, list_seen_customers

NUMBERED_AT_ONCE = 5_000
_APPEND = insert(events)
_UNNUMBERED = select(events.c.id).where(events.c.seq.is_(None)).limit(1)
_HIGHEST = select(func.max(events.c.seq))
_NUMBER = text(
    "UPDATE events SET seq = fresh.number FROM "
    "(SELECT id, :highest + row_number() OVER (ORDER BY id) AS number FROM events WHERE seq IS NULL "
    "ORDER BY id LIMIT :most) AS fresh WHERE events.id = fresh.id"
)
_COLUMNS = (
    events.c.seq,
    events.c.id,
    events.c.type,
    events.c.customer_id,
    events.c.conversation_id,
    events.c.message_id,
    events.c.agent_id,
    events.c.data,
    events.c.at,
)
_SINCE = (
    select(*_COLUMNS)
    .where(events.c.seq > bindparam("since"))
    .order_by(events.c.seq)
    .limit(bindparam("limit", type_=events.c.seq.type))
)


@dataclass(frozen=True, slots=True)
class Happening:
    """One row of the event table; type is e.g. "message.received", "conversation.closed", "delivery.sent"."""

    seq: int
    id: str
    type: str
    customer_id: str | None
    conversation_id: str | None
    message_id: str | None
    agent_id: str | None
    data: dict[str, Any]
    at: int


def append_event(
    conn: Connection,
    type: str,
    *,
    at: int,
    customer_id: str | None = None,
    conversation_id: str | None = None,
    message_id: str | None = None,
    agent_id: str | None = None,
    data: dict[str, Any] | None = None,
) -> None:
    row = {
        "id": new_id(),
        "seq": None,
        "type": type,
        "customer_id": customer_id,
        "conversation_id": conversation_id,
        "message_id": message_id,
        "agent_id": agent_id,
        "data": data or {},
        "at": at,
    }
    conn.execute(_APPEND, row)


def append_events(conn: Connection, happened: Sequence[Mapping[str, Any]], at: int) -> None:
    """Many at once: type, customer_id, conversation_id, message_id, data."""
    ids = new_ids(len(happened))
    insert_many(conn, events, [{**row, "id": id, "at": at} for row, id in zip(happened, ids, strict=True)])


def has_unnumbered(conn: Connection) -> bool:
    return conn.scalar(_UNNUMBERED) is not None


def number_events(conn: Connection) -> int:
    """Give committed events their numbers; returns the highest. Call it inside a write, before list_events."""
    if conn.dialect.name == "postgresql":
        conn.execute(text("SELECT pg_advisory_xact_lock(7306)"))
    highest = conn.scalar(_HIGHEST) or 0
    return highest + conn.execute(_NUMBER, {"highest": highest, "most": NUMBERED_AT_ONCE}).rowcount


def list_events(conn: Connection, since: int, limit: int = 500) -> list[Happening]:
    """Numbered events after `since`, oldest first."""
    return [Happening(*row) for row in conn.execute(_SINCE, {"since": since, "limit": limit})]


def list_all_numbered(conn: Connection, since: int, limit: int = 500) -> list[Happening] | None:
    """The same; None when some have no number yet."""
    return None if has_unnumbered(conn) else list_events(conn, since, limit)


def list_seen_events(conn: Connection, visibility: Visibility, page: Sequence[Happening]) -> list[Happening]:
    """Those of the page that concern a conversation, or else a customer, who may be seen."""
    held = {one.conversation_id for one in page if one.conversation_id}
    about = {one.customer_id for one in page if one.customer_id and not one.conversation_id}
    seen = list_seen_conversations(conn, visibility, held) | list_seen_customers(conn, visibility, about)
    return [one for one in page if (one.conversation_id or one.customer_id) in seen | {None}]


def last_seq(conn: Connection) -> int:
    return conn.scalar(_HIGHEST) or 0
