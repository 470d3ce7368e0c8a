"""Snippets: answers kept for next time."""

from sqlalchemy import Connection

from hub.store import snippets as store
from hub.web.api.call import ApiRequest
from hub.web.api.fields import Answer, Body, Language, Line, Moment, Text
from hub.web.api.operation import operation
from hub.web.api.paging import Page, PageQuery, cut


class NewSnippet(Body):
    text: Text
    title: Line = ""
    shortcut: Line = ""
    language: Language = ""


class SnippetChange(Body):
    title: Line | None = None
    text: Text | None = None
    shortcut: Line | None = None
    language: Language | None = None


class Snippet(Answer):
    id: str
    shortcut: str
    title: str
    language: str
    text: str
    created_at: Moment
    changed_at: Moment


@operation("GET", "/snippets", scope="snippets:read")
async def index(call: ApiRequest, query: PageQuery) -> Page[Snippet]:
    """List the snippets."""
    rows = await call.hub.store.read(store.list_snippets, query.after, query.size + 1)
    page, after = cut(rows, query.size, lambda snippet: snippet.id)
    return Page(items=[Snippet.of(snippet) for snippet in page], next=after)


@operation("POST", "/snippets", scope="snippets:write", status=201)
async def create(call: ApiRequest, body: NewSnippet) -> Snippet:
    """Add a snippet."""
    return await call.write(_add, body, call.now)


@operation("GET", "/snippets/{id}", scope="snippets:read")
async def show(call: ApiRequest, id: str) -> Snippet:
    """Get a snippet."""
    return Snippet.of(await call.hub.store.read(store.get_snippet, id))


@operation("PATCH", "/snippets/{id}", scope="snippets:write")
async def update(call: ApiRequest, id: str, body: SnippetChange) -> Snippet:
    """Change a snippet."""
    return await call.write(_change, id, body, call.now)


@operation("DELETE", "/snippets/{id}", scope="snippets:write")
async def destroy(call: ApiRequest, id: str) -> None:
    """Delete a snippet."""
    await call.write(store.forget_snippet, id)


def _add(conn: Connection, body: NewSnippet, now: int) -> Snippet:
    return Snippet.of(store.add_snippet(conn, body.model_dump(), now))


def _change(conn: Connection, id: str, body: SnippetChange, now: int) -> Snippet:
    return Snippet.of(store.change_snippet(conn, id, body.model_dump(exclude_none=True), now))


OPERATIONS = (index, create, show, update, destroy)
