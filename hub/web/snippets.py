"""Snippets in the settings: which there are, for whom, in which language; a text that cannot be filled in says why."""

import re
from collections.abc import Mapping
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from hub.errors import InvalidInput, NotFound
from hub.ids import is_id
from hub.languages import LANGUAGES
from hub.store import snippets as store
from hub.store.kept_rows import lock_kept
from hub.store.teams import list_teams
from hub.store.visibility import Visibility
from hub.templating.snippet import check_snippet
from hub.web.agents import id_of
from hub.web.forms import read_fields
from hub.web.keys import HUB, VISIBILITY
from hub.web.mending import told
from hub.web.pages import render
from hub.web.versions import NAME as VERSIONS
from hub.web.versions import check_versions, versions

MAX_TITLE, MAX_TEXT = 200, 20_000
SHORTCUT = re.compile(r"[^\s/]{0,40}")
SHOWN_NAMES = (
    "customer.first_name",
    "customer.name",
    "customer.form_of_address",
    "customer.fields.plan",
    "customer.last_order.number",
    "agent.name",
    "company.name",
)
FIELDS = ("title", "shortcut", "language", "team", "text")


async def index(request: web.Request) -> web.Response:
    """`?open=` an id: that one in the form."""
    id = request.query.get("open", "")
    if not is_id(id):
        return await _page(request)
    snippet = await request.app[HUB].store.read(store.get_snippet, id, request[VISIBILITY])
    return await _page(request, id, _typed(snippet) | {VERSIONS: versions(_typed(snippet))})


def _typed(snippet: store.Snippet) -> dict[str, str]:
    """What its form shows."""
    return {
        "title": snippet.title,
        "shortcut": snippet.shortcut,
        "language": snippet.language,
        "team": snippet.team_id or "",
        "text": snippet.text,
    }


async def create(request: web.Request) -> web.Response:
    return await _save(request, "")


async def update(request: web.Request) -> web.Response:
    return await _save(request, id_of(request))


async def destroy(request: web.Request) -> web.Response:
    await request.app[HUB].store.write(_forget, id_of(request), request[VISIBILITY])
    raise web.HTTPSeeOther("/settings/snippets")


def _forget(conn: Connection, id: str, who: Visibility) -> None:
    store.forget_snippet(conn, store.get_snippet(conn, id, who).id)


async def _save(request: web.Request, id: str) -> web.Response:
    hub = request.app[HUB]
    *said, was = await read_fields(request, *FIELDS, VERSIONS)
    typed = dict(zip(FIELDS, said, strict=True))
    try:
        await hub.store.write(_put, id, _checked(typed), request[VISIBILITY], was, hub.clock.now())
    except InvalidInput as wrong:
        return await _page(request, id, typed | {VERSIONS: was}, **told(request, wrong))
    raise web.HTTPSeeOther("/settings/snippets")


def _checked(typed: Mapping[str, str]) -> dict[str, Any]:
    """As the store keeps it."""
    text, shortcut = typed["text"].strip(), typed["shortcut"].strip().lower()
    if not text or len(text) > MAX_TEXT:
        raise InvalidInput(f"a snippet has 1 to {MAX_TEXT} characters", "text", "snippet_text")
    if not SHORTCUT.fullmatch(shortcut):
        raise InvalidInput("a shortcut is one word without a slash", "shortcut", "snippet_shortcut")
    if typed["language"] not in ("", *LANGUAGES):
        raise InvalidInput("the language is not offered", "language")
    if check_snippet(text):
        raise InvalidInput("the text is no template that can be filled in", "text", "broken_snippet")
    title = " ".join(typed["title"].split())[:MAX_TITLE] or text.partition("\n")[0][:60]
    team = typed["team"] or None
    return {"title": title, "shortcut": shortcut, "language": typed["language"], "team_id": team, "text": text}


def _put(conn: Connection, id: str, words: Mapping[str, Any], who: Visibility, was: str, at: int) -> None:
    if words["team_id"] and words["team_id"] not in _teams_of(conn, who):
        raise NotFound("there is no such team")
    if id:
        lock_kept(conn, "snippets", id)
        snippet = store.get_snippet(conn, id, who)
        check_versions(was, _typed(snippet))
        store.change_snippet(conn, snippet.id, words, at)
    else:
        store.add_snippet(conn, words, at)


def _teams_of(conn: Connection, who: Visibility) -> dict[str, str]:
    """Id -> name, of the teams whose snippets are seen."""
    return {team.id: team.name for team in list_teams(conn) if who.covers(team.id, None)}


def _load(conn: Connection, who: Visibility) -> tuple[list[store.Snippet], dict[str, str]]:
    return store.list_offered(conn, who), _teams_of(conn, who)


async def _page(
    request: web.Request, id: str = "", typed: Mapping[str, str] | None = None, problem: str = "", field: str = ""
) -> web.Response:
    """id: of the snippet that is open; typed: what stands in its form."""
    found, teams = await request.app[HUB].store.read(_load, request[VISIBILITY])
    return render(
        request,
        "snippets.html",
        status=422 if problem else 200,
        snippets=found,
        broken={one.id for one in found if check_snippet(one.text)},
        teams=teams,
        id=id,
        typed=typed or dict.fromkeys(FIELDS, ""),
        problem=problem,
        field=field,
        wrong=check_snippet(typed["text"]) if typed else (),
        names=SHOWN_NAMES,
    )
