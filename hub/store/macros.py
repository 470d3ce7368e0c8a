"""Macros: acts that are done together under one name, everybody's or an agent's own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, or_, select, update

from hub.errors import InvalidInput, NotFound
from hub.ids import new_id
from hub.store.tables import macros

MOST = 100  # that one agent is offered
_c = macros.c


@dataclass(frozen=True, slots=True)
class Macro:
    """acts: as `hub.rules.macros` reads them; agent_id: whose own it is, None for everybody."""

    id: str
    name: str
    agent_id: str | None
    acts: Mapping[str, Any]
    created_at: int
    changed_at: int


_MACROS = select(*(_c[name] for name in Macro.__dataclass_fields__)).order_by(_c.name, _c.id)


def list_macros(conn: Connection, agent_id: str | None) -> list[Macro]:
    """Everybody's and the agent's own, by name."""
    return [Macro(*row) for row in conn.execute(_MACROS.where(_offered(agent_id)).limit(2 * MOST))]


def list_everybodys(conn: Connection, after: str | None, limit: int) -> list[Macro]:
    query = _MACROS.where(_c.agent_id.is_(None)).order_by(None).order_by(_c.id).limit(limit)
    return [Macro(*row) for row in conn.execute(query.where(_c.id > after) if after else query)]


def get_macro(conn: Connection, macro_id: str, agent_id: str | None) -> Macro:
    """Raises NotFound, also for a colleague's own."""
    row = conn.execute(_MACROS.where(_c.id == macro_id, _offered(agent_id))).first()
    if row is None:
        raise NotFound("there is no such macro")
    return Macro(*row)


def _offered(agent_id: str | None) -> ColumnElement[bool]:
    return or_(_c.agent_id.is_(None), _c.agent_id == agent_id) if agent_id else _c.agent_id.is_(None)


def add_macro(conn: Connection, name: str, agent_id: str | None, acts: Mapping[str, Any], at: int) -> Macro:
    """Raises InvalidInput when there are as many as fit."""
    if (conn.scalar(select(func.count()).where(_c.agent_id.is_not_distinct_from(agent_id))) or 0) >= MOST:
        raise InvalidInput(f"there are {MOST} macros already", "name", "enough_macros")
    macro = Macro(new_id(), name, agent_id, dict(acts), at, at)
    row = {"id": macro.id, "name": name, "agent_id": agent_id, "acts": dict(acts)}
    conn.execute(macros.insert(), row | {"created_at": at, "changed_at": at})
    return macro


def change_macro(conn: Connection, macro_id: str, at: int, **changes: Any) -> None:
    conn.execute(update(macros).where(_c.id == macro_id).values(**changes, changed_at=at))


def forget_macro(conn: Connection, macro_id: str) -> None:
    conn.execute(delete(macros).where(_c.id == macro_id))
