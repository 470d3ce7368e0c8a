"""Hands a conversation to a colleague, with what they should know: a note that names them, undone as one act."""

from collections.abc import Sequence

from aiohttp import web
from sqlalchemy import Connection

from hub import conversations
from hub.errors import InvalidInput
from hub.store.agents import Agent, get_agent
from hub.web.conversation_acts import back, change, chosen_agent, conversation_id
from hub.web.forms import read_fields
from hub.web.keys import AGENT, HUB, VISIBILITY
from hub.web.undoing import Act, Chosen, Said, do

MAX_NOTE = 10_000


async def create(request: web.Request) -> web.Response:
    """`agent`: "me", a colleague's id, or nothing for nobody; `note`: what is told with it, if anything."""
    chosen, note, view = await read_fields(request, "agent", "note", "view")
    to, text = chosen_agent(request, chosen), note.strip()
    if not text:
        return await change(request, conversations.assign, to)
    if len(text) > MAX_NOTE:
        raise InvalidInput(f"a note has at most {MAX_NOTE} characters", "note", "too_long")
    hub, id = request.app[HUB], conversation_id(request)
    handed = Chosen("assign", _with_note(to, text, request[AGENT]), ("assignee",))
    undo = await hub.store.write(do, request[VISIBILITY], [id], handed, hub.clock.now())
    hub.live.wake()
    raise back(id, view, f"&did={undo}.assign.1")


def _with_note(to: str | None, text: str, author: Agent) -> Act:
    def act(conn: Connection, ids: Sequence[str], at: int, by: str) -> Said:
        return {id: [_hand_on(conn, id, to, text, author, at)] for id in ids}

    return act


def _hand_on(conn: Connection, id: str, to: str | None, text: str, author: Agent, at: int) -> str:
    """The note's id."""
    named = f"@{get_agent(conn, to).name} " if to and to != author.id else ""
    conversations.assign(conn, id, to, at, author.id)
    return conversations.add_note(conn, id, named + text, author.id, author.name, at)
