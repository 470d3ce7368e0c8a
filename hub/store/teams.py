"""Teams: who is in them, which channels are theirs, and whether their conversations are for them alone."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Column, Connection, ScalarSelect, Table, and_, delete, or_, select, update

from hub.errors import Conflict, NotFound
from hub.ids import new_id
from hub.store.dialect import insert_missing, insert_or_skip
from hub.store.events import append_event
from hub.store.goals import forget_goal
from hub.store.tables import agents, conversations, macros, snippets, team_channels, team_members, teams
from hub.store.visibility import Conditions, Visibility

CHANGED = "team.changed"  # the event: who sees what may be different now


@dataclass(frozen=True, slots=True)
class Team:
    """channels: names; what begins there is the team's. private: nobody else sees the team's conversations.
    signature: below the mails of members who have none of their own. routing: one of hub.store.routing.ROUTINGS;
    capacity: waiting conversations of one agent; return_after: minutes of absence."""

    id: str
    name: str
    members: tuple[str, ...]
    created_at: int
    channels: tuple[str, ...] = ()
    private: bool = False
    signature: str = ""
    routing: str = "manual"
    capacity: int = 10
    return_after: int = 10


@dataclass(frozen=True, slots=True)
class TeamRules:
    """How its conversations find an agent, as in Team; None: as it is."""

    routing: str | None = None
    capacity: int | None = None
    return_after: int | None = None


_RULES = tuple(teams.c[name] for name in TeamRules.__slots__)
_TEAMS = select(teams.c.id, teams.c.name, teams.c.created_at, teams.c.private, teams.c.signature, *_RULES)


def list_teams(conn: Connection, after: str | None = None, limit: int = 100) -> list[Team]:
    query = _TEAMS.where(teams.c.id > after) if after else _TEAMS
    return _complete(conn, conn.execute(query.order_by(teams.c.id).limit(limit)).all())


def get_team(conn: Connection, team_id: str) -> Team:
    found = _complete(conn, conn.execute(_TEAMS.where(teams.c.id == team_id)).all())
    if not found:
        raise NotFound("there is no such team", "no_team")
    return found[0]


def find_signature(conn: Connection, team_id: str | None) -> str:
    """What stands below the team's mails, or ""."""
    return conn.scalar(select(teams.c.signature).where(teams.c.id == team_id)) or ""


def find_teams(conn: Connection, names: Collection[str]) -> dict[str, str]:
    """Name -> id, of those there are."""
    rows = conn.execute(select(teams.c.name, teams.c.id).where(teams.c.name.in_(names)))
    return {row.name: row.id for row in rows}


def add_team(conn: Connection, name: str, members: Iterable[str], at: int) -> Team:
    team_id = new_id()
    if not insert_or_skip(conn, teams, {"id": team_id, "name": name, "created_at": at}):
        raise Conflict(f"there is a team {name!r} already", "team_there")
    _put_members(conn, team_id, members)
    return get_team(conn, team_id)


def change_team(
    conn: Connection,
    team_id: str,
    at: int,
    name: str | None = None,
    members: Iterable[str] | None = None,
    channels: Iterable[str] | None = None,
    private: bool | None = None,
    signature: str | None = None,
) -> Team:
    """None: as it is. Raises NotFound, and Conflict when the name or a channel is another team's."""
    get_team(conn, team_id)
    if name is not None:
        taken = select(teams.c.id).where(teams.c.name == name, teams.c.id != team_id)
        if conn.scalar(taken) is not None:
            raise Conflict(f"there is a team {name!r} already", "team_there")
        conn.execute(update(teams).where(teams.c.id == team_id).values(name=name))
    plain = {"private": private, "signature": signature}
    if given := {name: value for name, value in plain.items() if value is not None}:
        conn.execute(update(teams).where(teams.c.id == team_id).values(**given))
    if members is not None:
        _put_members(conn, team_id, members)
    if channels is not None:
        _put_channels(conn, team_id, channels)
    append_event(conn, CHANGED, at=at)
    return get_team(conn, team_id)


def change_rules(conn: Connection, team_id: str, rules: TeamRules) -> Team:
    """Raises NotFound when there is no such team."""
    get_team(conn, team_id)
    if given := {name: value for name, value in asdict(rules).items() if value is not None}:
        conn.execute(update(teams).where(teams.c.id == team_id).values(**given))
    return get_team(conn, team_id)


def forget_team(conn: Connection, team_id: str, at: int) -> None:
    """Its conversations, snippets and macros stay, without a team."""
    get_team(conn, team_id)
    conn.execute(delete(team_members).where(team_members.c.team_id == team_id))
    conn.execute(delete(team_channels).where(team_channels.c.team_id == team_id))
    conn.execute(update(conversations).where(conversations.c.team_id == team_id).values(team_id=None))
    conn.execute(update(snippets).where(snippets.c.team_id == team_id).values(team_id=None))
    conn.execute(update(macros).where(macros.c.team_id == team_id).values(team_id=None))
    forget_goal(conn, team_id)
    conn.execute(delete(teams).where(teams.c.id == team_id))
    append_event(conn, CHANGED, at=at)


def _put_members(conn: Connection, team_id: str, members: Iterable[str]) -> None:
    wanted = sorted(set(members))
    known = set(conn.scalars(select(agents.c.id).where(agents.c.id.in_(wanted))))
    if missing := [agent for agent in wanted if agent not in known]:
        raise NotFound(f"there is no agent {missing[0]}")
    conn.execute(delete(team_members).where(team_members.c.team_id == team_id))
    insert_missing(conn, team_members, [{"team_id": team_id, "agent_id": agent} for agent in wanted])


def _put_channels(conn: Connection, team_id: str, channels: Iterable[str]) -> None:
    """What nobody had taken on of what was last said there becomes the team's as well."""
    wanted = sorted(set(channels))
    theirs = team_channels.c.channel.in_(wanted) & (team_channels.c.team_id != team_id)
    if taken := conn.scalar(select(team_channels.c.channel).where(theirs).limit(1)):
        raise Conflict(f"the channel {taken!r} is another team's", "channel_taken")
    conn.execute(delete(team_channels).where(team_channels.c.team_id == team_id))
    insert_missing(conn, team_channels, [{"team_id": team_id, "channel": channel} for channel in wanted])
    free = conversations.c.team_id.is_(None) & conversations.c.last_channel.in_(wanted)
    conn.execute(update(conversations).where(free).values(team_id=team_id))


def _complete(conn: Connection, rows: Iterable[Any]) -> list[Team]:
    rows = list(rows)
    ids = [row.id for row in rows]
    members = _of_teams(conn, team_members, team_members.c.agent_id, ids)
    channels = _of_teams(conn, team_channels, team_channels.c.channel, ids)
    return [
        Team(
            row.id,
            row.name,
            tuple(members[row.id]),
            row.created_at,
            tuple(channels[row.id]),
            row.private,
            row.signature,
            *(getattr(row, name) for name in TeamRules.__slots__),
        )
        for row in rows
    ]


def _of_teams(conn: Connection, table: Table, column: Column[str], ids: Iterable[str]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {id: [] for id in ids}
    query = select(table.c.team_id, column).where(table.c.team_id.in_(list(found))).order_by(column)
    for team_id, value in conn.execute(query):
        found[team_id].append(value)
    return found


@lru_cache(256)
def goes_on_at(channel: str) -> Conditions:
    """A condition that keeps the conversations in which something from this channel may be said: of the team whose
    channel it is; where it is nobody's, of no team that has channels of its own. In any case those that were held
    there last. Without a channel: any."""
    if not channel:
        return ()
    c, owner = conversations.c, team_of(channel)
    apart = select(team_channels.c.team_id)
    open_to_all = and_(owner.is_(None), or_(c.team_id.is_(None), c.team_id.not_in(apart)))
    return (or_(c.last_channel == channel, c.team_id == owner, open_to_all),)


def team_of(channel: str) -> ScalarSelect[str]:
    """Whose a channel is, as a part of a statement."""
    return select(team_channels.c.team_id).where(team_channels.c.channel == channel).scalar_subquery()


def find_team_of(conn: Connection, channel: str) -> str | None:
    """Whose a channel is."""
    found: str | None = conn.scalar(select(team_of(channel)))
    return found


def list_channels_apart(conn: Connection, who: Visibility) -> set[str]:
    """The channels of teams whose conversations are not seen."""
    if who.has_all_teams:
        return set()
    team = team_channels.c.team_id
    foreign = team.in_(sorted(who.hidden)) if who.teams is None else team.not_in(sorted(who.teams))
    return set(conn.scalars(select(team_channels.c.channel).where(foreign)))
