"""Snippets: answers kept for next time, inserted by a short word."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select, update

from hub.errors import NotFound
from hub.ids import new_id
from hub.store.tables import snippets


@dataclass(frozen=True, slots=True)
class Snippet:
    id: str
    shortcut: str
    title: str
    language: str
    text: str
    created_at: int
    changed_at: int


_SNIPPETS = select(
    snippets.c.id,
    snippets.c.shortcut,
    snippets.c.title,
    snippets.c.language,
    snippets.c.text,
    snippets.c.created_at,
    snippets.c.changed_at,
)


def list_snippets(conn: Connection, after: str | None = None, limit: int = 100) -> list[Snippet]:
    query = _SNIPPETS.where(snippets.c.id > after) if after else _SNIPPETS
    return [Snippet(*row) for row in conn.execute(query.order_by(snippets.c.id).limit(limit))]


def get_snippet(conn: Connection, snippet_id: str) -> Snippet:
    row = conn.execute(_SNIPPETS.where(snippets.c.id == snippet_id)).first()
    if row is None:
        raise NotFound("there is no such snippet")
    return Snippet(*row)


def add_snippet(conn: Connection, words: Mapping[str, str], at: int) -> Snippet:
    """words: shortcut, title, language, text."""
    snippet_id = new_id()
    conn.execute(snippets.insert(), {"id": snippet_id, **words, "created_at": at, "changed_at": at})
    return get_snippet(conn, snippet_id)


def change_snippet(conn: Connection, snippet_id: str, words: Mapping[str, str], at: int) -> Snippet:
    conn.execute(update(snippets).where(snippets.c.id == snippet_id).values(**words, changed_at=at))
    return get_snippet(conn, snippet_id)


def forget_snippet(conn: Connection, snippet_id: str) -> None:
    get_snippet(conn, snippet_id)
    conn.execute(delete(snippets).where(snippets.c.id == snippet_id))
