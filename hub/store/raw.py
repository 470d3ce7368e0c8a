"""Inbound bytes as received: kept before they are understood, claimed for reading, set aside when unreadable."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, LargeBinary, bindparam, func, literal_column, select, update

from hub.channel import Raw
from hub.errors import NotFound
from hub.ids import new_id
from hub.store.dialect import insert_fresh, skip_locked, upsert
from hub.store.tables import cursors, raw_inbound


@dataclass(frozen=True, slots=True)
class StoredRaw:
    """A raw unit in the store."""

    id: str
    channel: str
    raw: Raw
    attempts: int
    received_at: int
    state: str = "new"
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Unread:
    """What is known of a raw unit without its bytes. size: octets."""

    id: str
    channel: str
    kind: str
    envelope: Mapping[str, Any]
    attempts: int
    received_at: int
    state: str
    problem: str
    size: int


_CLAIMED = (
    raw_inbound.c.id,
    raw_inbound.c.channel,
    raw_inbound.c.kind,
    raw_inbound.c.provider_id,
    raw_inbound.c.body,
    raw_inbound.c.envelope,
    raw_inbound.c.attempts,
    raw_inbound.c.received_at,
    raw_inbound.c.state,
    raw_inbound.c.problem,
)
_DUE = (
    select(*_CLAIMED)
    .where(raw_inbound.c.state == "new", raw_inbound.c.owner.is_(None), raw_inbound.c.due_at <= bindparam("now"))
    .order_by(raw_inbound.c.due_at, raw_inbound.c.id)
)


def append_raws(
    conn: Connection, channel: str, raws: Sequence[Raw], at: int, owner: str | None = None
) -> list[str | None]:
    """Keep each unit once; the id of those that are new, None for those we already had. owner: who reads it."""
    return append_units(conn, [(channel, raw) for raw in raws], at, owner)


def append_units(
    conn: Connection, units: Sequence[tuple[str, Raw]], at: int, owner: str | None = None
) -> list[str | None]:
    """The same for units of several channels: (channel, unit) each, written in one statement.

    Written in the order of their keys: two processes that hold the same units wait for each other, never in a circle.
    """
    if not units:
        return []
    rows = [
        {
            "id": new_id(),
            "channel": channel,
            "kind": raw.kind,
            "provider_id": raw.provider_id,
            "envelope": dict(raw.envelope),
            "body": raw.body,
            "due_at": at,
            "owner": owner,
            "received_at": at,
        }
        for channel, raw in units
    ]
    ordered = sorted(rows, key=itemgetter("channel", "kind", "provider_id"))
    fresh = insert_fresh(conn, raw_inbound, ordered)
    return [str(row["id"]) if row["id"] in fresh else None for row in rows]


def find_raw(conn: Connection, channel: str, kind: str, provider_id: str) -> StoredRaw | None:
    row = conn.execute(
        select(*_CLAIMED).where(
            raw_inbound.c.channel == channel, raw_inbound.c.kind == kind, raw_inbound.c.provider_id == provider_id
        )
    ).first()
    return _kept(row) if row else None


def get_raw(conn: Connection, id: str) -> StoredRaw:
    row = conn.execute(select(*_CLAIMED).where(raw_inbound.c.id == id)).first()
    if row is None:
        raise NotFound("there is no such raw message")
    return _kept(row)


def claim_raws(conn: Connection, owner: str, now: int, limit: int, max_bytes: int = 64_000_000) -> list[StoredRaw]:
    """Unread units that are due, now leased to owner; fewer when they are large."""
    query = _DUE.limit(limit)
    claimed: list[StoredRaw] = []
    size = 0
    for row in conn.execute(skip_locked(conn, query), {"now": now}):
        size += len(row.body)
        if claimed and size > max_bytes:
            break
        claimed.append(_kept(row))
    if claimed:
        statement = update(raw_inbound).where(raw_inbound.c.id.in_([kept.id for kept in claimed]))
        conn.execute(statement.values(owner=owner, attempts=raw_inbound.c.attempts + 1))
    return claimed


_READ = (
    update(raw_inbound)
    .where(raw_inbound.c.id == bindparam("raw"), raw_inbound.c.state == "new")
    .values(state="read", owner=None, problem=bindparam("note"))
)


def mark_read(conn: Connection, id: str, note: str = "") -> bool:
    """False when somebody else has read it meanwhile: then append nothing."""
    return conn.execute(_READ, {"raw": id, "note": note}).rowcount == 1


def mark_about(conn: Connection, id: str, customer_id: str) -> None:
    """No message refers to it, but it names somebody: it is forgotten with them."""
    conn.execute(update(raw_inbound).where(raw_inbound.c.id == id).values(about=customer_id))


def mark_set_aside(conn: Connection, id: str, problem: str) -> None:
    conn.execute(
        update(raw_inbound)
        .where(raw_inbound.c.id == id, raw_inbound.c.state == "new")
        .values(state="set_aside", owner=None, problem=problem)
    )


def mark_read_later(conn: Connection, id: str, due_at: int, problem: str) -> None:
    conn.execute(
        update(raw_inbound)
        .where(raw_inbound.c.id == id, raw_inbound.c.state == "new")
        .values(due_at=due_at, owner=None, problem=problem)
    )


def mark_waiting(conn: Connection, id: str, due_at: int, problem: str) -> None:
    """Given back without having been tried."""
    conn.execute(
        update(raw_inbound)
        .where(raw_inbound.c.id == id, raw_inbound.c.state == "new")
        .values(due_at=due_at, owner=None, problem=problem, attempts=raw_inbound.c.attempts - 1)
    )


def mark_unread(conn: Connection, id: str, at: int) -> bool:
    """Replay a unit that was set aside."""
    statement = (
        update(raw_inbound)
        .where(raw_inbound.c.id == id, raw_inbound.c.state == "set_aside")
        .values(state="new", attempts=0, due_at=at, owner=None)
    )
    return conn.execute(statement).rowcount == 1


def list_set_aside(conn: Connection, limit: int = 100) -> list[Unread]:
    query = select(*_UNREAD).where(raw_inbound.c.state == "set_aside").order_by(raw_inbound.c.received_at.desc())
    return [Unread(*row) for row in conn.execute(query.limit(limit))]


def get_unread(conn: Connection, id: str) -> Unread:
    row = conn.execute(select(*_UNREAD).where(raw_inbound.c.id == id)).first()
    if row is None:
        raise NotFound("there is no such raw message")
    return Unread(*row)


def get_raw_piece(conn: Connection, id: str, start: int, octets: int) -> bytes:
    """So many of its octets, from there on; fewer at its end."""
    piece = func.substr(raw_inbound.c.body, start + 1, octets, type_=LargeBinary)
    content: bytes | None = conn.scalar(select(piece).where(raw_inbound.c.id == id))
    if content is None:
        raise NotFound("there is no such raw message")
    return content


_UNREAD: tuple[ColumnElement[Any], ...] = (
    *(raw_inbound.c[name] for name in Unread.__slots__ if name != "size"),
    func.length(raw_inbound.c.body),
)


def count_raws(conn: Connection) -> dict[tuple[str, str], int]:
    """(channel, state) -> how many are not read (new, set_aside); each state runs on an index of its own."""
    found: dict[tuple[str, str], int] = {}
    for state in ("new", "set_aside"):
        query = select(raw_inbound.c.channel, func.count()).where(raw_inbound.c.state == literal_column(f"'{state}'"))
        found |= {(row[0], state): row[1] for row in conn.execute(query.group_by(raw_inbound.c.channel))}
    return found


def find_oldest_new(conn: Connection) -> int | None:
    """Since when the unit that waits longest to be read has been due."""
    due_at = select(raw_inbound.c.due_at).where(raw_inbound.c.state == literal_column("'new'"))
    return conn.scalar(due_at.order_by(raw_inbound.c.due_at, raw_inbound.c.id).limit(1))


def find_last_received(conn: Connection, channel: str, kind: str) -> int | None:
    query = select(func.max(raw_inbound.c.received_at))
    found: int | None = conn.scalar(query.where(raw_inbound.c.channel == channel, raw_inbound.c.kind == kind))
    return found


def find_cursor(conn: Connection, channel: str) -> str:
    return conn.scalar(select(cursors.c.value).where(cursors.c.channel == channel)) or ""


def append_polled(conn: Connection, channel: str, cursor: str, raws: Sequence[Raw], at: int) -> list[str | None]:
    """What a poll brought, and how far it came, in one transaction."""
    ids = append_raws(conn, channel, raws, at)
    statement = upsert(conn, cursors).values(channel=channel, value=cursor, at=at)
    conn.execute(statement.on_conflict_do_update(index_elements=["channel"], set_={"value": cursor, "at": at}))
    return ids


def _kept(row: Any) -> StoredRaw:
    raw = Raw(row.kind, row.provider_id, row.body, row.envelope)
    return StoredRaw(row.id, row.channel, raw, row.attempts, row.received_at, row.state, row.problem)
