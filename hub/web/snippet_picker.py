"""Snippets for the answer that is being written: filled in for its customer, best language first, and inserted."""

from dataclasses import dataclass

from aiohttp import web
from sqlalchemy import Connection

from hub.config import CompanySettings
from hub.errors import InvalidInput
from hub.ids import is_id
from hub.snippets import best_first, known_for
from hub.store.agents import Agent
from hub.store.drafts import find_draft, keep_draft
from hub.store.snippets import Snippet, get_snippet, list_offered
from hub.store.visibility import Visibility
from hub.templating.problems import BrokenTemplate
from hub.templating.snippet import fill_snippet
from hub.web.conversation_acts import back, conversation_id
from hub.web.forms import read_fields
from hub.web.keys import AGENT, HUB, VISIBILITY
from hub.web.letterhead import read_heads
from hub.web.pages import render
from hub.web.views import view_of

MAX_TEXT = 100_000


@dataclass(frozen=True, slots=True)
class Filled:
    """A snippet as this customer would read it."""

    id: str
    shortcut: str
    title: str
    language: str
    text: str


async def index(request: web.Request) -> web.Response:
    """A page to choose from; to a script that asks for JSON, the list."""
    hub, id = request.app[HUB], conversation_id(request)
    company = hub.settings.company
    filled = await hub.store.read(_offer, request[VISIBILITY], id, request[AGENT], company, hub.clock.now())
    if "application/json" in request.headers.get("Accept", ""):
        shown = [{"key": one.shortcut, "title": one.title, "text": one.text} for one in filled]
        return web.json_response(shown, headers={"Cache-Control": "no-store"})
    view = request.query.get("view", "")
    return render(request, "inbox/snippets.html", filled=filled, id=id, view=view_of(view))


async def create(request: web.Request) -> web.Response:
    """Without a script: what is being written is kept; then the list, or the chosen snippet below the text."""
    hub, agent, id = request.app[HUB], request[AGENT], conversation_id(request)
    view, snippet, text, channel = await read_fields(request, "view", "snippet", "text", "channel")
    if not snippet:
        if text.strip():
            heads = await read_heads(request)
            await hub.store.write(keep_draft, id, agent.id, text[:MAX_TEXT], channel, at=hub.clock.now(), **heads)
        raise web.HTTPSeeOther(f"/conversations/{id}/snippets?view={view_of(view)}")
    if not is_id(snippet):
        raise InvalidInput("there is no such snippet", "snippet")
    asked = (request[VISIBILITY], id, snippet, agent, hub.settings.company, hub.clock.now())
    await hub.store.write(_insert, *asked)
    raise back(id, view, "#composer")


def _insert(
    conn: Connection, who: Visibility, id: str, snippet: str, agent: Agent, company: CompanySettings, at: int
) -> None:
    filled = _fill(conn, [get_snippet(conn, snippet, who)], id, agent, company, at)
    if not filled:
        raise InvalidInput("the snippet cannot be filled in", "snippet", "broken_snippet")
    begun = find_draft(conn, id, agent.id)
    text = "\n\n".join(filter(None, [begun.text.rstrip() if begun else "", filled[0].text]))
    keep_draft(conn, id, agent.id, text[:MAX_TEXT], begun.channel if begun else "", at=at)


def _offer(
    conn: Connection, who: Visibility, id: str, agent: Agent, company: CompanySettings, now: int
) -> list[Filled]:
    return _fill(conn, list_offered(conn, who), id, agent, company, now)


def _fill(
    conn: Connection, snippets: list[Snippet], id: str, agent: Agent, company: CompanySettings, now: int
) -> list[Filled]:
    """Those that can be filled in, the customer's language first."""
    values = known_for(conn, id, agent, company, [one.text for one in snippets], now)
    filled = []
    for one in best_first(conn, snippets, id, company):
        try:
            text = fill_snippet(one.text, values)
        except BrokenTemplate:  # its problem stands in the settings, for who can mend it
            continue
        filled.append(Filled(one.id, one.shortcut, one.title, one.language, text))
    return filled
