"""Segments: named conditions, evaluated when they are asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, select, update

from hub.errors import NotFound
from hub.ids import new_id
from hub.store.tables import segments


@dataclass(frozen=True, slots=True)
class Segment:
    """condition: the tree that hub.store.conditions reads."""

    id: str
    name: str
    condition: Mapping[str, Any]
    created_at: int


_SEGMENTS = select(segments.c.id, segments.c.name, segments.c.condition, segments.c.created_at)


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


def mark_segment(conn: Connection, id: str, changes: Mapping[str, Any]) -> Segment:
    """Set name or condition."""
    if changes:
        conn.execute(update(segments).where(segments.c.id == id).values(**changes))
    return get_segment(conn, id)


def forget_segment(conn: Connection, id: str) -> None:
    get_segment(conn, id)
    conn.execute(delete(segments).where(segments.c.id == id))
