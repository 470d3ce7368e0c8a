"""Segments: named conditions, evaluated when they are asked for; a frozen one keeps whom it held."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Connection, Select, delete, func, literal, select, update

from hub.errors import NotFound
from hub.ids import new_id
from hub.store.audience import Audience, members_of
from hub.store.tables import customers, import_changes, segment_members, segments


@dataclass(frozen=True, slots=True)
class Segment:
    """condition: the tree that hub.store.condition_tree reads. members: how many there were at counted_at."""

    id: str
    name: str
    condition: Mapping[str, Any]
    created_at: int
    members: int | None = None
    counted_at: int | None = None
    frozen_at: int | None = None


_SEGMENTS = select(*(segments.c[one.name] for one in fields(Segment)))


def list_segments(conn: Connection, after: str | None = None, limit: int = 100) -> list[Segment]:
    query = _SEGMENTS.where(segments.c.id > after) if after else _SEGMENTS
    return [Segment(*row) for row in conn.execute(query.order_by(segments.c.id).limit(limit))]


def find_segment(conn: Connection, id: str) -> Segment | None:
    row = conn.execute(_SEGMENTS.where(segments.c.id == id)).first()
    return Segment(*row) if row else None


def get_segment(conn: Connection, id: str) -> Segment:
    segment = find_segment(conn, id)
    if segment is None:
        raise NotFound("there is no such segment")
    return segment


def add_segment(conn: Connection, name: str, condition: Mapping[str, Any], at: int) -> Segment:
    segment = Segment(new_id(), name, condition, at)
    row = {"id": segment.id, "name": name, "condition": dict(condition), "created_at": at}
    conn.execute(segments.insert(), row)
    return segment


def add_frozen(conn: Connection, name: str, audience: Audience, at: int) -> Segment:
    """A segment of those who are in the audience now, whatever becomes of them."""
    return _keep(conn, name, members_of(conn, audience, at).with_only_columns(customers.c.id), at)


def add_frozen_of_import(conn: Connection, name: str, import_id: str, at: int) -> Segment:
    """A segment of those whom an import brought, changed or met, as long as it can be undone."""
    ids = func.coalesce(customers.c.merged_into, customers.c.id)
    brought = select(ids).join(import_changes, import_changes.c.customer_id == customers.c.id)
    held = select(customers.c.id).where(
        customers.c.id.in_(brought.where(import_changes.c.import_id == import_id)), customers.c.erased_at.is_(None)
    )
    return _keep(conn, name, held, at)


def _keep(conn: Connection, name: str, ids: Select[tuple[str]], at: int) -> Segment:
    segment = add_segment(conn, name, {}, at)
    held = ids.add_columns(literal(segment.id))
    count = conn.execute(segment_members.insert().from_select(["customer_id", "segment_id"], held)).rowcount
    condition = {"op": "listed", "id": segment.id}
    return mark_segment(conn, segment.id, {"condition": condition, "frozen_at": at, "members": count, "counted_at": at})


def mark_segment(conn: Connection, id: str, changes: Mapping[str, Any]) -> Segment:
    """Set name, condition, members with counted_at, or frozen_at."""
    if changes:
        conn.execute(update(segments).where(segments.c.id == id).values(**changes))
    return get_segment(conn, id)


def forget_segment(conn: Connection, id: str) -> None:
    get_segment(conn, id)
    conn.execute(delete(segment_members).where(segment_members.c.segment_id == id))
    conn.execute(delete(segments).where(segments.c.id == id))
