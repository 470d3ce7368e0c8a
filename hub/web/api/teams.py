"""Teams: groups of agents that conversations are given to."""

from typing import Annotated, Literal

from pydantic import Field
from sqlalchemy import Connection

from hub.store import teams as store
from hub.store.audit import Deed
from hub.store.audited import audit_about
from hub.store.condition_tree import Whole
from hub.store.routing import LONGEST_ABSENCE, MOST_WAITING
from hub.web.api.call import ApiRequest
from hub.web.api.fields import Answer, Body, Id, Moment, Name
from hub.web.api.operation import audited_as, operation
from hub.web.api.paging import Page, PageQuery, cut

Routing = Literal["manual", "load"]
Capacity = Annotated[int, Field(ge=1, le=MOST_WAITING), Whole]
ReturnAfter = Annotated[int, Field(ge=1, le=LONGEST_ABSENCE), Whole]
RULES = set(store.TeamRules.__slots__)


class NewTeam(Body):
    """routing, capacity and return_after as in a change."""

    name: Name
    members: tuple[Id, ...] = ()
    channels: Annotated[tuple[Name, ...], Field(max_length=200)] = ()
    private: bool = False
    routing: Routing = "manual"
    capacity: Capacity = 10
    return_after: ReturnAfter = 10


class TeamChange(Body):
    """channels: names; what begins there is the team's. private: nobody else sees the team's conversations.
    routing: manual, or load: what waits is given to a member who is there and has the fewest that wait, at most
    `capacity` each, and goes back to the team when its agent is away for `return_after` minutes."""

    name: Name | None = None
    members: list[Id] | None = None
    channels: Annotated[list[Name], Field(max_length=200)] | None = None
    private: bool | None = None
    routing: Routing | None = None
    capacity: Capacity | None = None
    return_after: ReturnAfter | None = None


class Team(Answer):
    id: str
    name: str
    members: list[str]
    channels: list[str]
    private: bool
    routing: Routing
    capacity: int
    return_after: int
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
    rules = store.TeamRules(**body.model_dump(include=RULES))
    store.change_team(conn, team.id, now, channels=body.channels, private=body.private)
    return Team.of(store.change_rules(conn, team.id, rules))


def _change(conn: Connection, id: str, body: TeamChange, now: int) -> Team:
    rules = store.TeamRules(**body.model_dump(include=RULES))
    others = body.model_dump(exclude_none=True, exclude=RULES)
    store.change_team(conn, id, now, **others)
    return Team.of(store.change_rules(conn, id, rules))


OPERATIONS = (index, create, show, update, destroy)
