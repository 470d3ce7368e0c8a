"""Calling a customer, from a conversation, from the customer's page and from lists of customers."""

from aiohttp import web
from sqlalchemy import Connection

from hub.model import MessageKind
from hub.outbound.compose import Reply
from hub.outbound.deps import OutboxDeps
from hub.outbound.outbox import queue_reply
from hub.store.agents import Agent
from hub.web.conversation_acts import back, conversation_id
from hub.web.conversations import answer
from hub.web.customers import customer_id, open_conversation, page
from hub.web.forms import read_fields
from hub.web.keys import AGENT, HUB, VISIBILITY
from hub.web.views import view_of

NO_PHONE = "no_phone"  # what the pages say more about than a line


async def create(request: web.Request) -> web.Response:
    """Ring the agent's own phone, then the customer's, and connect the two."""
    hub, agent, id = request.app[HUB], request[AGENT], conversation_id(request)
    view, channel = await read_fields(request, "view", "channel")
    if not agent.phone:
        return await answer(request, status=422, problem=NO_PHONE, view=view_of(view))
    await hub.store.write(queue_reply, hub.outbox_for(request[VISIBILITY]), id, _call(agent, channel), hub.clock.now())
    hub.live.wake()
    raise back(id, view)


async def create_for_customer(request: web.Request) -> web.Response:
    """The same in the conversation in which the next message would land."""
    hub, agent, id = request.app[HUB], request[AGENT], customer_id(request)
    if not agent.phone:
        return await page(request, NO_PHONE)
    days, now = hub.settings.inbox.reopen_days, hub.clock.now()
    opened = await hub.store.write(_ring, hub.outbox_for(request[VISIBILITY]), agent, id, days, now)
    hub.live.wake()
    raise web.HTTPSeeOther(f"/conversations/{opened}?view=open")


def _ring(conn: Connection, deps: OutboxDeps, agent: Agent, customer: str, reopen_days: int, at: int) -> str:
    opened = open_conversation(conn, customer, deps.who, reopen_days, at)
    queue_reply(conn, deps, opened, _call(agent, ""), at)
    return opened


def _call(agent: Agent, channel: str) -> Reply:
    return Reply(
        channel=channel or "voice",
        kind=MessageKind.CALL,
        author_id=agent.id,
        author_name=agent.name,
        options={"agent_phone": agent.phone},
    )
