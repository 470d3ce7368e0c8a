"""One conversation becomes two from a message on, and one again."""

from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from hub import conversations
from hub.errors import Conflict
from hub.ids import is_id
from hub.store.conversations import Conversation, get_conversation
from hub.store.gate import check_conversation
from hub.store.messages import get_message
from hub.store.threads import list_from
from hub.store.visibility import Visibility
from hub.web.complaints import read_done
from hub.web.conversation_acts import back, conversation_id
from hub.web.forms import read_fields
from hub.web.keys import AGENT, HUB, VISIBILITY


async def create(request: web.Request) -> web.Response:
    """The message and what came after it; whoever had the conversation has both."""
    hub, [view] = request.app[HUB], await read_fields(request, "view")
    source, made = await hub.store.write(_split, conversation_id(request), hub.clock.now(), request[AGENT].id)
    hub.live.wake()
    raise back(made, view, f"&parted={source}")


def _split(conn: Connection, message_id: str, at: int, by: str) -> tuple[str, str]:
    first = get_message(conn, message_id)
    if not first.conversation_id:
        raise Conflict("the message belongs to a campaign: stop the campaign", "of_campaign")
    source = get_conversation(conn, first.conversation_id)
    return source.id, conversations.split(conn, source.id, list_from(conn, source.id, first), at, by).id


async def destroy(request: web.Request) -> web.Response:
    """What was parted is one conversation again, the one it was parted from."""
    hub, id = request.app[HUB], conversation_id(request)
    view, into = await read_fields(request, "view", "into")
    if not is_id(into):
        raise web.HTTPNotFound
    await hub.store.write(_join, request[VISIBILITY], id, into, hub.clock.now(), request[AGENT].id)
    hub.live.wake()
    raise back(into, view)


def _join(conn: Connection, seen: Visibility, id: str, into: str, at: int, by: str) -> Conversation:
    check_conversation(conn, seen, into)
    return conversations.merge(conn, id, into, at, by)


def just_done(request: web.Request) -> dict[str, Any]:
    """What can be undone, as the address of the page tells: with a complaint, or the conversation this was parted
    from."""
    source = request.query.get("parted", "")
    return {"complained": read_done(request), "parted": source if is_id(source) else ""}
