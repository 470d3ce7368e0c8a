"""Leads from the front door to the page a person can use."""

from aiohttp import web

from hub.store.agents import count_agents
from hub.web.guard import login_url, signed_in
from hub.web.keys import HUB
from hub.web.permissions import Permission, allows

DOORS = (
    (Permission.READ_CONVERSATIONS, "/inbox"),
    (Permission.READ_CAMPAIGNS, "/campaigns"),
    (Permission.READ_CUSTOMERS, "/customers"),
)


async def index(request: web.Request) -> web.Response:
    agent = await signed_in(request)
    if agent is None:
        somebody = await request.app[HUB].store.read(count_agents)
        raise web.HTTPSeeOther(login_url(request) if somebody else "/setup")
    raise web.HTTPSeeOther(next((path for permission, path in DOORS if allows(agent.role, permission)), "/settings"))
