"""Snippets: answers kept for next time, everybody's or a team's, inserted by a short word."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, select, update

from hub.errors import NotFound
from hub.ids import new_id
from hub.store.tables import snippets
from hub.store.visibility import EVERYTHING, Visibility

OFFERED = 300  # to somebody who writes an answer


@dataclass(frozen=True, slots=True)
class Snippet:
    """text: a message template of one part (hub.templating.snippet); team_id: whose it is, None for everybody."""

    id: str
    shortcut: str
    title: str
    language: str
    text: str
    team_id: str | None
    created_at: int
    changed_at: int


_SNIPPETS = select(
    snippets.c.id,
    snippets.c.shortcut,
    snippets.c.title,
    snippets.c.language,
    snippets.c.text,
    snippets.c.team_id,
    snippets.c.created_at,
    snippets.c.changed_at,
)


def list_snippets(
    conn: Connection, after: str | None = None, limit: int = 100, who: Visibility = EVERYTHING
) -> list[Snippet]:
    query = _SNIPPETS.where(*who.of_kept(snippets.c.team_id))
    query = query.where(snippets.c.id > after) if after else query
    return [Snippet(*row) for row in conn.execute(query.order_by(snippets.c.id).limit(limit))]


def list_offered(conn: Connection, who: Visibility) -> list[Snippet]:
    """Everybody's, and those of the teams whose conversations are seen; by shortcut and title."""
    query = _SNIPPETS.where(*who.of_kept(snippets.c.team_id))
    query = query.order_by(snippets.c.shortcut, snippets.c.title, snippets.c.id)
    return [Snippet(*row) for row in conn.execute(query.limit(OFFERED))]


def get_snippet(conn: Connection, snippet_id: str, who: Visibility = EVERYTHING) -> Snippet:
    row = conn.execute(_SNIPPETS.where(snippets.c.id == snippet_id, *who.of_kept(snippets.c.team_id))).first()
    if row is None:
        raise NotFound("there is no such snippet")
    return Snippet(*row)


def list_snippets_called(conn: Connection, shortcut: str, who: Visibility) -> list[Snippet]:
    """One answer in several languages: those of one shortcut."""
    query = _SNIPPETS.where(snippets.c.shortcut == shortcut, *who.of_kept(snippets.c.team_id)).order_by(snippets.c.id)
    return [Snippet(*row) for row in conn.execute(query.limit(OFFERED))]


def add_snippet(conn: Connection, words: Mapping[str, Any], at: int) -> Snippet:
    """words: shortcut, title, language, text, team_id."""
    snippet_id = new_id()
    conn.execute(snippets.insert(), {"id": snippet_id, **words, "created_at": at, "changed_at": at})
    return get_snippet(conn, snippet_id)


def change_snippet(conn: Connection, snippet_id: str, words: Mapping[str, Any], at: int) -> Snippet:
    conn.execute(update(snippets).where(snippets.c.id == snippet_id).values(**words, changed_at=at))
    return get_snippet(conn, snippet_id)


def forget_snippet(conn: Connection, snippet_id: str) -> None:
    get_snippet(conn, snippet_id)
    conn.execute(delete(snippets).where(snippets.c.id == snippet_id))
