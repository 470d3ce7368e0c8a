"""Teams: groups of agents that conversations are given to."""

from sqlalchemy import Connection

from hub.clock import iso
from hub.store import teams as store
from hub.web.api.call import ApiRequest
from hub.web.api.fields import Answer, Body, Id, Moment, Name
from hub.web.api.operation import operation
from hub.web.api.paging import Page, PageQuery, cut


class NewTeam(Body):
    name: Name
    members: tuple[Id, ...] = ()


class TeamChange(Body):
    name: Name | None = None
    members: list[Id] | None = None


class Team(Answer):
    id: str
    name: str
    members: list[str]
    created_at: Moment


@operation("GET", "/teams", scope="teams:read")
async def index(call: ApiRequest, query: PageQuery) -> Page[Team]:
    """List the teams."""
    rows = await call.hub.store.read(store.list_teams, query.after, query.size + 1)
    page, after = cut(rows, query.size, lambda team: team.id)
    return Page(items=[shown(team) for team in page], next=after)


@operation("POST", "/teams", scope="teams:write", status=201, errors=(404,))
async def create(call: ApiRequest, body: NewTeam) -> Team:
    """Add a team; members are agents' ids."""
    return await call.write(_add, body, call.now)


@operation("GET", "/teams/{id}", scope="teams:read")
async def show(call: ApiRequest, id: str) -> Team:
    """Get a team."""
    return shown(await call.hub.store.read(store.get_team, id))


@operation("PATCH", "/teams/{id}", scope="teams:write")
async def update(call: ApiRequest, id: str, body: TeamChange) -> Team:
    """Change a team; members replace those it had."""
    return await call.write(_change, id, body)


@operation("DELETE", "/teams/{id}", scope="teams:write")
async def destroy(call: ApiRequest, id: str) -> None:
    """Delete a team; its conversations stay, without a team."""
    await call.write(store.forget_team, id)


def _add(conn: Connection, body: NewTeam, now: int) -> Team:
    return shown(store.add_team(conn, body.name, body.members, now))


def _change(conn: Connection, id: str, body: TeamChange) -> Team:
    return shown(store.change_team(conn, id, body.name, body.members))


def shown(team: store.Team) -> Team:
    return Team(id=team.id, name=team.name, members=list(team.members), created_at=iso(team.created_at))


OPERATIONS = (index, create, show, update, destroy)
