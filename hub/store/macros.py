"""Macros: acts that are done together under one name, everybody's, a team's or an agent's own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, func, or_, select, update

from hub.errors import InvalidInput, NotFound
from hub.ids import new_id
from hub.store.tables import macros
from hub.store.visibility import Visibility

MOST = 100  # that one agent is offered
_c = macros.c


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a macro is: an agent's own, a team's, or, with neither, everybody's."""

    agent_id: str | None = None
    team_id: str | None = None


EVERYBODY = Owner()


@dataclass(frozen=True, slots=True)
class Macro:
    """acts: as `hub.rules.macros` reads them; agent_id and team_id: as of its owner."""

    id: str
    name: str
    agent_id: str | None
    team_id: str | None
    acts: Mapping[str, Any]
    created_at: int
    changed_at: int


_MACROS = select(*(_c[name] for name in Macro.__dataclass_fields__))


def list_macros(conn: Connection, who: Visibility) -> list[Macro]:
    """Everybody's, those of the teams that are seen, and the agent's own, by name."""
    query = _MACROS.where(_offered(who)).order_by(_c.name, _c.id)
    return [Macro(*row) for row in conn.execute(query.limit(2 * MOST))]


def list_macros_after(conn: Connection, after: str | None, limit: int, who: Visibility) -> list[Macro]:
    """The same, in the order in which they were made."""
    query = _MACROS.where(_offered(who)).order_by(_c.id).limit(limit)
    return [Macro(*row) for row in conn.execute(query.where(_c.id > after) if after else query)]


def get_macro(conn: Connection, macro_id: str, who: Visibility) -> Macro:
    """Raises NotFound, also for a colleague's own and for that of a team that is not seen."""
    row = conn.execute(_MACROS.where(_c.id == macro_id, _offered(who))).first()
    if row is None:
        raise NotFound("there is no such macro")
    return Macro(*row)


def _offered(who: Visibility) -> ColumnElement[bool]:
    shared = and_(_c.agent_id.is_(None), *who.of_kept(_c.team_id))
    return or_(shared, _c.agent_id == who.agent_id) if who.agent_id else shared


def add_macro(conn: Connection, name: str, owner: Owner, acts: Mapping[str, Any], at: int) -> Macro:
    """Raises InvalidInput when there are as many as fit."""
    theirs = _c.agent_id.is_not_distinct_from(owner.agent_id), _c.team_id.is_not_distinct_from(owner.team_id)
    if (conn.scalar(select(func.count()).where(*theirs)) or 0) >= MOST:
        raise InvalidInput(f"there are {MOST} macros already", "name", "enough_macros")
    macro = Macro(new_id(), name, owner.agent_id, owner.team_id, dict(acts), at, at)
    conn.execute(macros.insert(), {field: getattr(macro, field) for field in Macro.__dataclass_fields__})
    return macro


def change_macro(conn: Connection, macro_id: str, at: int, **changes: Any) -> None:
    conn.execute(update(macros).where(_c.id == macro_id).values(**changes, changed_at=at))


def forget_macro(conn: Connection, macro_id: str) -> None:
    conn.execute(delete(macros).where(_c.id == macro_id))
