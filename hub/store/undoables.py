"""Keeps how things stood before an act on many conversations, for as long as it can be undone."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, delete, select

from hub.clock import HOUR
from hub.errors import Conflict
from hub.ids import new_id
from hub.store.tables import undoables

KEPT = HOUR
_c = undoables.c


def add_undoable(conn: Connection, agent_id: str, before: Sequence[Any], at: int) -> str:
    """Its id; what the agent could have undone long ago is forgotten."""
    conn.execute(delete(undoables).where(_c.agent_id == agent_id, _c.created_at < at - KEPT))
    id = new_id()
    conn.execute(undoables.insert(), {"id": id, "agent_id": agent_id, "before": list(before), "created_at": at})
    return id


def has_undoable(conn: Connection, agent_id: str, id: str) -> bool:
    return conn.scalar(select(_c.id).where(_c.agent_id == agent_id, _c.id == id)) is not None


def take_undoable(conn: Connection, agent_id: str, id: str) -> Sequence[Any]:
    """How things stood; once. Raises Conflict when there is nothing (any more)."""
    mine = (_c.agent_id == agent_id, _c.id == id)
    before = conn.scalar(select(_c.before).where(*mine))
    if before is None:
        raise Conflict("there is nothing to undo", "nothing_to_undo")
    conn.execute(delete(undoables).where(*mine))
    return list(before)
