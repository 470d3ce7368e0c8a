"""What a desktop is told of a message that just came: only what is the agent's to answer, and what nobody looks at."""

from aiohttp import web
from sqlalchemy import Connection

from hub.store.conversations import Conversation, get_conversation
from hub.store.customers import get_customer
from hub.store.events import Happening
from hub.store.inbox import list_handles
from hub.web.conversation_acts import conversation_id
from hub.web.keys import AGENT, HUB
from hub.web.live import BROADCAST
from hub.web.locale import Speaker
from hub.web.pages import speaker
from hub.web.presence import PRESENCE

LONGEST = 120  # characters: a desktop shows no more
MESSAGE = "message.received"


async def show(request: web.Request) -> web.Response:
    """204 where there is nothing to tell this agent: it is a colleague's, or on the screen."""
    id, agent = conversation_id(request), request[AGENT]
    conversation, name = await request.app[HUB].store.read(_load, id)
    alone = request.app[BROADCAST].listeners == {agent.id}
    mine = conversation.assignee_id == agent.id or (conversation.assignee_id is None and alone)
    if not mine or request.app[PRESENCE].looks(agent.id, conversation.id):
        return web.Response(status=204)
    say = speaker(request)
    told = {"title": say.person(name), "body": said_of(conversation, say)}
    return web.json_response(told, headers={"Cache-Control": "no-store"})


def said_of(conversation: Conversation, say: Speaker) -> str:
    """The last that was said there; of a call the preview is its state, in a word for programs."""
    body = {"call": say.gettext("Phone"), "voicemail": say.gettext("Voicemail")}.get(conversation.last_kind)
    return conversation.last_preview[:LONGEST] if body is None else body


def named_in(happening: Happening) -> list[str]:
    """Ids of the agents whom it is told by name."""
    data = happening.data if isinstance(happening.data, dict) else {}
    return [*(data.get("mentions") or ()), *(data.get("tell") or ())]


def name_in(conn: Connection, conversation: Conversation) -> str:
    """The customer's; else the address that is known."""
    customer = get_customer(conn, conversation.customer_id)
    return customer.name or list_handles(conn, [customer.id]).get(customer.id, "")


def _load(conn: Connection, id: str) -> tuple[Conversation, str]:
    conversation = get_conversation(conn, id)
    return conversation, name_in(conn, conversation)
