"""Teams: groups of agents that conversations are given to."""

from typing import Annotated

from pydantic import Field
from sqlalchemy import Connection

from hub.store import teams as store
from hub.store.audit import Deed
from hub.store.audited import audit_about
from hub.web.api.call import ApiRequest
from hub.web.api.fields import Answer, Body, Id, Moment, Name
from hub.web.api.operation import audited_as, operation
from hub.web.api.paging import Page, PageQuery, cut


class NewTeam(Body):
    name: Name
    members: tuple[Id, ...] = ()
    channels: Annotated[tuple[Name, ...], Field(max_length=200)] = ()
    private: bool = False


class TeamChange(Body):
    """channels: names; what begins there is the team's. private: nobody else sees the team's conversations."""

    name: Name | None = None
    members: list[Id] | None = None
    channels: Annotated[list[Name], Field(max_length=200)] | None = None
    private: bool | None = None


class Team(Answer):
    id: str
    name: str
    members: list[str]
    channels: list[str]
    private: bool
    created_at: Moment


@operation("GET", "/teams", scope="teams:read")
async def index(call: ApiRequest, query: PageQuery) -> Page[Team]:
    """List the teams."""
    rows = await call.hub.store.read(store.list_teams, query.after, query.size + 1)
    page, after = cut(rows, query.size, lambda team: team.id)
    return Page(items=[Team.of(team) for team in page], next=after)


@audited_as(Deed.TEAM_ADDED)
@operation("POST", "/teams", scope="teams:write", status=201, errors=(404,))
async def create(call: ApiRequest, body: NewTeam) -> Team:
    """Add a team; members are agents' ids."""
    audit_about(body.name)
    return await call.write(_add, body, call.now)


@operation("GET", "/teams/{id}", scope="teams:read")
async def show(call: ApiRequest, id: str) -> Team:
    """Get a team."""
    return Team.of(await call.hub.store.read(store.get_team, id))


@audited_as(Deed.TEAM_CHANGED)
@operation("PATCH", "/teams/{id}", scope="teams:write")
async def update(call: ApiRequest, id: str, body: TeamChange) -> Team:
    """Change a team; members replace those it had."""
    return await call.write(_change, id, body, call.now)


@audited_as(Deed.TEAM_REMOVED)
@operation("DELETE", "/teams/{id}", scope="teams:write")
async def destroy(call: ApiRequest, id: str) -> None:
    """Delete a team; its conversations stay, without a team."""
    await call.write(store.forget_team, id, call.now)


def _add(conn: Connection, body: NewTeam, now: int) -> Team:
    team = store.add_team(conn, body.name, body.members, now)
    return Team.of(store.change_team(conn, team.id, now, channels=body.channels, private=body.private))


def _change(conn: Connection, id: str, body: TeamChange, now: int) -> Team:
    return Team.of(store.change_team(conn, id, now, **body.model_dump(exclude_none=True)))


OPERATIONS = (index, create, show, update, destroy)
