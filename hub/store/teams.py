"""Teams and who is in them."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select, update

from hub.errors import Conflict, NotFound
from hub.ids import new_id
from hub.store.dialect import insert_missing, insert_or_skip
from hub.store.tables import agents, conversations, team_members, teams


@dataclass(frozen=True, slots=True)
class Team:
    id: str
    name: str
    members: tuple[str, ...]
    created_at: int


_TEAMS = select(teams.c.id, teams.c.name, teams.c.created_at)


def list_teams(conn: Connection, after: str | None = None, limit: int = 100) -> list[Team]:
    query = _TEAMS.where(teams.c.id > after) if after else _TEAMS
    rows = conn.execute(query.order_by(teams.c.id).limit(limit)).all()
    members = _members(conn, [row.id for row in rows])
    return [Team(row.id, row.name, tuple(members[row.id]), row.created_at) for row in rows]


def get_team(conn: Connection, team_id: str) -> Team:
    row = conn.execute(_TEAMS.where(teams.c.id == team_id)).first()
    if row is None:
        raise NotFound("there is no such team")
    return Team(row.id, row.name, tuple(_members(conn, [team_id])[team_id]), row.created_at)


def add_team(conn: Connection, name: str, members: Iterable[str], at: int) -> Team:
    team_id = new_id()
    if not insert_or_skip(conn, teams, {"id": team_id, "name": name, "created_at": at}):
        raise Conflict(f"there is a team {name!r} already")
    _put_members(conn, team_id, members)
    return get_team(conn, team_id)


def change_team(conn: Connection, team_id: str, name: str | None, members: Iterable[str] | None) -> Team:
    get_team(conn, team_id)
    if name is not None:
        taken = select(teams.c.id).where(teams.c.name == name, teams.c.id != team_id)
        if conn.scalar(taken) is not None:
            raise Conflict(f"there is a team {name!r} already")
        conn.execute(update(teams).where(teams.c.id == team_id).values(name=name))
    if members is not None:
        _put_members(conn, team_id, members)
    return get_team(conn, team_id)


def forget_team(conn: Connection, team_id: str) -> None:
    """Its conversations stay, without a team."""
    get_team(conn, team_id)
    conn.execute(delete(team_members).where(team_members.c.team_id == team_id))
    conn.execute(update(conversations).where(conversations.c.team_id == team_id).values(team_id=None))
    conn.execute(delete(teams).where(teams.c.id == team_id))


def _put_members(conn: Connection, team_id: str, members: Iterable[str]) -> None:
    wanted = sorted(set(members))
    known = set(conn.scalars(select(agents.c.id).where(agents.c.id.in_(wanted))))
    if missing := [agent for agent in wanted if agent not in known]:
        raise NotFound(f"there is no agent {missing[0]}")
    conn.execute(delete(team_members).where(team_members.c.team_id == team_id))
    insert_missing(conn, team_members, [{"team_id": team_id, "agent_id": agent} for agent in wanted])


def _members(conn: Connection, ids: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {id: [] for id in ids}
    query = select(team_members.c.team_id, team_members.c.agent_id).where(team_members.c.team_id.in_(list(found)))
    for team_id, agent_id in conn.execute(query.order_by(team_members.c.agent_id)):
        found[team_id].append(agent_id)
    return found
