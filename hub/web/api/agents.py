"""Agents: the people who work here."""

from sqlalchemy import Connection

from hub.accounts import change_agent
from hub.model import Role, Sees
from hub.store.agents import add_agent, get_agent, list_agents, mark_agent
from hub.store.audit import Deed
from hub.store.audited import audit_about
from hub.store.routing import mark_state
from hub.web.api.call import ApiRequest
from hub.web.api.fields import Answer, Body, Moment, Name, OneLine
from hub.web.api.handles import Email
from hub.web.api.operation import audited_as, operation
from hub.web.api.paging import Page, PageQuery, cut


class NewAgent(Body):
    """Nobody can sign in as this agent until a one-time link was used (hub agent add prints one)."""

    email: Email
    name: Name
    role: Role
    phone: OneLine = ""


class AgentChange(Body):
    """sees: everybody's conversations, or those of the own teams and the own ones. away: nothing is given to the agent
    by itself, and what waits goes back to the team after a while."""

    name: Name | None = None
    role: Role | None = None
    sees: Sees | None = None
    phone: OneLine | None = None
    active: bool | None = None
    away: bool | None = None


class Agent(Answer):
    id: str
    email: str
    name: str
    role: Role
    sees: Sees
    phone: str
    active: bool
    away: bool
    created_at: Moment


@operation("GET", "/agents", scope="agents:read")
async def index(call: ApiRequest, query: PageQuery) -> Page[Agent]:
    """List the agents."""
    rows = sorted(await call.hub.store.read(list_agents), key=lambda agent: agent.id)
    later = [row for row in rows if row.id > (query.after or "")]
    page, after = cut(later[: query.size + 1], query.size, lambda row: row.id)
    return Page(items=[Agent.of(row) for row in page], next=after)


@audited_as(Deed.AGENT_ADDED)
@operation("POST", "/agents", scope="agents:write", status=201)
async def create(call: ApiRequest, body: NewAgent) -> Agent:
    """Add an agent."""
    audit_about(f"{body.email} {body.role}")
    return await call.write(_create, body, call.now)


@operation("GET", "/agents/{id}", scope="agents:read")
async def show(call: ApiRequest, id: str) -> Agent:
    """Get an agent."""
    return Agent.of(await call.hub.store.read(get_agent, id))


@audited_as(Deed.AGENT_CHANGED)
@operation("PATCH", "/agents/{id}", scope="agents:write")
async def update(call: ApiRequest, id: str, body: AgentChange) -> Agent:
    """Change an agent; the last active owner stays one."""
    audit_about(f"{id} {body.role or ''}".strip())
    return await call.write(_change, id, body, call.now)


def _create(conn: Connection, body: NewAgent, now: int) -> Agent:
    agent = add_agent(conn, body.email, body.name, body.role, "", at=now)
    if body.phone:
        mark_agent(conn, agent.id, phone=body.phone)
    return Agent.of(get_agent(conn, agent.id))


def _change(conn: Connection, id: str, body: AgentChange, now: int) -> Agent:
    get_agent(conn, id)
    if body.away is not None:
        mark_state(conn, id, now, away=body.away)
    changes = body.model_dump(exclude_none=True, exclude={"away"})
    return Agent.of(change_agent(conn, id, now, **changes) if changes else get_agent(conn, id))


OPERATIONS = (index, create, show, update)
