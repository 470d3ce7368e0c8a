"""Two conversations of one customer become one, until it is undone."""

from dataclasses import asdict

from aiohttp import web
from sqlalchemy import Connection

from hub import conversations
from hub.ids import is_id
from hub.store.conversations import get_conversation
from hub.store.gate import check_conversation
from hub.store.joined import list_belongings
from hub.store.undoables import add_undoable
from hub.store.visibility import Visibility
from hub.web.conversation_acts import back, conversation_id
from hub.web.forms import read_fields
from hub.web.keys import HUB, VISIBILITY
from hub.web.undoing import stood


async def create(request: web.Request) -> web.Response:
    """The other one comes in here."""
    hub, id = request.app[HUB], conversation_id(request)
    view, other = await read_fields(request, "view", "other")
    if not is_id(other):
        raise web.HTTPNotFound
    done = await hub.store.write(_join, request[VISIBILITY], id, other, hub.clock.now())
    hub.live.wake()
    raise back(id, view, f"&did={done}.merge.1")


def _join(conn: Connection, who: Visibility, id: str, other: str, at: int) -> str:
    """Answers under which id it can be undone."""
    check_conversation(conn, who, other)
    case = get_conversation(conn, other)
    kept = asdict(stood(case, (), ("state", "assignee"))) | {"joined": list_belongings(conn, case)}
    conversations.merge(conn, case.id, id, at, who.agent_id)
    return add_undoable(conn, who.agent_id, [[case.id, kept]], at)
