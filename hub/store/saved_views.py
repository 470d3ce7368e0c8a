"""Keeps the views of the inbox that an agent wants to see again."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select

from hub.errors import Conflict, NotFound
from hub.ids import new_id
from hub.store.tables import saved_views

MOST = 20  # of one agent: they stand in the rail, each with its count
_c = saved_views.c


@dataclass(frozen=True, slots=True)
class SavedView:
    """view: as the pages name it."""

    id: str
    name: str
    view: str


def list_saved_views(conn: Connection, agent_id: str) -> list[SavedView]:
    query = select(_c.id, _c.name, _c.view).where(_c.agent_id == agent_id).order_by(_c.id).limit(MOST)
    return [SavedView(*row) for row in conn.execute(query)]


def add_saved_view(conn: Connection, agent_id: str, name: str, view: str, at: int) -> SavedView:
    """Raises Conflict when there are enough."""
    if (conn.scalar(select(func.count()).where(_c.agent_id == agent_id)) or 0) >= MOST:
        raise Conflict(f"at most {MOST} saved views", "enough_views")
    saved = SavedView(new_id(), name, view)
    row = {"id": saved.id, "agent_id": agent_id, "name": name, "view": view, "created_at": at}
    conn.execute(saved_views.insert(), row)
    return saved


def forget_saved_view(conn: Connection, agent_id: str, id: str) -> None:
    """Only one's own; raises NotFound."""
    if conn.execute(delete(saved_views).where(_c.agent_id == agent_id, _c.id == id)).rowcount == 0:
        raise NotFound("there is no such view")
