"""The people who work here: invite them, give them a role, say whose conversations they see, switch them off."""

from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from hub.accounts import add_account, change_agent, invite, normal_email
from hub.errors import InvalidInput
from hub.ids import is_id
from hub.model import Role, Sees
from hub.store.agents import get_agent, list_agents
from hub.store.audit import Deed
from hub.store.audited import audit_about
from hub.store.second_factors import list_guarded
from hub.store.teams import list_teams
from hub.web.audit import auditing
from hub.web.forms import read_fields
from hub.web.inviting import Invited, invite_people, read_people
from hub.web.keys import AGENT, HUB
from hub.web.pages import render


async def index(request: web.Request) -> web.Response:
    return await agents_page(request)


async def agents_page(
    request: web.Request, *, link: str = "", invited: Sequence[tuple[Invited, str]] = (), status: int = 200
) -> web.Response:
    """link: of one who was invited; invited: several, each with the link."""
    hub = request.app[HUB]
    values = await hub.store.read(_load)
    shown = {**values, "channels": sorted(hub.channels), "roles": list(Role), "link": link, "invited": invited}
    return render(request, "agents/index.html", status=status, **shown)


def _load(conn: Connection) -> dict[str, Any]:
    return {"people": list_agents(conn), "guarded": list_guarded(conn), "teams": list_teams(conn)}


async def create(request: web.Request) -> web.Response:
    """Shows the one-time link once; it is the only way in until a password is chosen."""
    hub = request.app[HUB]
    email, name, role, people = await read_fields(request, "email", "name", "role", "people")
    if people:
        found = await invite_people(request, read_people(people), _role(request, role))
        invited = [(one, await _link(request, one.agent_id) if one.agent_id else "") for one in found]
        return await agents_page(request, invited=invited, status=201 if any(link for _, link in invited) else 422)
    audit_about(f"{normal_email(email)} {role}")
    agent = await add_account(hub.store, hub.clock, email, name, _role(request, role))
    return await agents_page(request, link=await _link(request, agent.id), status=201)


async def update(request: web.Request) -> web.Response:
    hub, id = request.app[HUB], id_of(request)
    role, active, sees = await read_fields(request, "role", "active", "sees")
    before = await hub.store.read(get_agent, id)
    if Role.OWNER in (before.role, _role(request, role)) and request[AGENT].role is not Role.OWNER:
        raise web.HTTPForbidden
    values = {"role": _role(request, role), "active": active == "yes", "sees": _sees(sees) or before.sees}
    audit_about(f"{before.email} {role} {'active' if active == 'yes' else 'off'} {sees}".strip())
    await hub.store.write(_change, id, values, hub.clock.now())
    hub.live.wake()
    raise web.HTTPSeeOther("/agents")


def _change(conn: Connection, id: str, values: Mapping[str, Any], at: int) -> None:
    before = get_agent(conn, id)
    changes = {name: value for name, value in values.items() if getattr(before, name) != value}
    if changes:
        change_agent(conn, id, at, **changes)


async def create_link(request: web.Request) -> web.Response:
    agent = await request.app[HUB].store.read(get_agent, id_of(request))
    if agent.role is Role.OWNER and request[AGENT].role is not Role.OWNER:
        raise web.HTTPForbidden
    return await agents_page(request, link=await _link(request, agent.id))


async def _link(request: web.Request, agent_id: str) -> str:
    hub = request.app[HUB]
    agent = await hub.store.read(get_agent, agent_id)
    with auditing(request, Deed.LINK_MADE, agent.email):
        return f"{hub.base_url}/password/{await invite(hub.store, hub.clock, agent)}"


def _role(request: web.Request, text: str) -> Role:
    """Only an owner makes owners."""
    try:
        role = Role(text)
    except ValueError as wrong:
        raise InvalidInput(f"there is no role {text[:40]!r}", "role") from wrong
    if role is Role.OWNER and request[AGENT].role is not Role.OWNER:
        raise web.HTTPForbidden
    return role


def _sees(text: str) -> Sees | None:
    if text in ("", *Sees):
        return Sees(text) if text else None
    raise InvalidInput(f"nobody sees {text[:40]!r}", "sees")


def id_of(request: web.Request) -> str:
    id = request.match_info["id"]
    if not is_id(id):
        raise web.HTTPNotFound
    return id
