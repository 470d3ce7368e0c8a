"""Snippets: answers kept for next time."""

from typing import Any

from sqlalchemy import Connection

from hub.store import snippets as store
from hub.store.visibility import Visibility
from hub.templating.snippet import check_snippet
from hub.web.api.call import ApiRequest
from hub.web.api.fields import Answer, Body, Id, Language, Moment, OneLine, Text
from hub.web.api.kept import check_own, owning_team
from hub.web.api.operation import operation
from hub.web.api.paging import Page, PageQuery, cut


class NewSnippet(Body):
    """text may name `customer.*`, `company.*` and `agent.*`; team: whose it is, null for everybody; a token of one team
    makes only theirs."""

    text: Text
    title: OneLine = ""
    shortcut: OneLine = ""
    language: Language = ""
    team: Id | None = None


class SnippetChange(Body):
    title: OneLine | None = None
    text: Text | None = None
    shortcut: OneLine | None = None
    language: Language | None = None
    team: Id | None = None


class Snippet(Answer):
    """problem: why the text cannot be filled in; such a snippet is offered to nobody."""

    id: str
    shortcut: str
    title: str
    language: str
    text: str
    team: str | None
    problem: str
    created_at: Moment
    changed_at: Moment


@operation("GET", "/snippets", scope="snippets:read")
async def index(call: ApiRequest, query: PageQuery) -> Page[Snippet]:
    """List the snippets."""
    rows = await call.hub.store.read(store.list_snippets, query.after, query.size + 1, call.visibility)
    page, after = cut(rows, query.size, lambda snippet: snippet.id)
    return Page(items=[shown(snippet) for snippet in page], next=after)


@operation("POST", "/snippets", scope="snippets:write", status=201, errors=(404,))
async def create(call: ApiRequest, body: NewSnippet) -> Snippet:
    """Add a snippet."""
    return await call.write(_add, call.visibility, body, call.now)


@operation("GET", "/snippets/{id}", scope="snippets:read")
async def show(call: ApiRequest, id: str) -> Snippet:
    """Get a snippet."""
    return shown(await call.hub.store.read(store.get_snippet, id, call.visibility))


@operation("PATCH", "/snippets/{id}", scope="snippets:write")
async def update(call: ApiRequest, id: str, body: SnippetChange) -> Snippet:
    """Change a snippet."""
    return await call.write(_change, call.visibility, id, body, call.now)


@operation("DELETE", "/snippets/{id}", scope="snippets:write")
async def destroy(call: ApiRequest, id: str) -> None:
    """Delete a snippet."""
    await call.write(_forget, call.visibility, id)


def _add(conn: Connection, who: Visibility, body: NewSnippet, now: int) -> Snippet:
    words = body.model_dump(exclude={"team"}) | {"team_id": owning_team(conn, who, body.team)}
    return shown(store.add_snippet(conn, words, now))


def _change(conn: Connection, who: Visibility, id: str, body: SnippetChange, now: int) -> Snippet:
    """Null for the team: everybody's from now on."""
    words: dict[str, Any] = body.model_dump(exclude_none=True, exclude={"team"})
    if "team" in body.model_fields_set:
        words["team_id"] = owning_team(conn, who, body.team)
    return shown(store.change_snippet(conn, _changeable(conn, who, id), words, now))


def _forget(conn: Connection, who: Visibility, id: str) -> None:
    store.forget_snippet(conn, _changeable(conn, who, id))


def _changeable(conn: Connection, who: Visibility, id: str) -> str:
    snippet = store.get_snippet(conn, id, who)
    check_own(who, snippet.team_id)
    return snippet.id


def shown(snippet: store.Snippet) -> Snippet:
    problem = "; ".join(problem.message for problem in check_snippet(snippet.text))
    return Snippet.of(snippet, team=snippet.team_id, problem=problem)


OPERATIONS = (index, create, show, update, destroy)
