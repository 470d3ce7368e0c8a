"""Full-text search, equal on both engines: the index finds candidates, our own words have the last say.

What a word is and when it is found stands in `hub.store.words`. Results come newest first. Words that nearly every
text holds are looked for in the newest texts first: there they are found at once, where an index would only count.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, null, select, text
from sqlalchemy.sql import ColumnElement

from hub.store import search_arrays, search_fts
from hub.store.glance import glance_for
from hub.store.narrowing import NOTHING, Narrowing, list_narrowed, list_newest
from hub.store.search_index import TABLES, Wanted
from hub.store.tables import customers, messages
from hub.store.visibility import EVERYTHING, Visibility, list_seen_customers, list_seen_messages
from hub.store.words import Term, matches, terms_of, words_of

_CONTENTS = {
    "message": "SELECT id, content FROM message_contents WHERE id IN :ids",
    "customer": "SELECT v.id, v.content FROM customer_contents v JOIN customers c ON c.id = v.id "
    "WHERE v.id IN :ids AND c.merged_into IS NULL",
}


@dataclass(frozen=True, slots=True)
class Found:
    """A message that holds the words."""

    id: str
    customer_id: str
    conversation_id: str | None
    subject: str
    text: str
    quoted_text: str
    occurred_at: int


_FOUND = tuple(messages.c[name] for name in Found.__dataclass_fields__)


def search_messages(
    conn: Connection,
    query: str,
    after: str | None,
    limit: int,
    visibility: Visibility = EVERYTHING,
    narrowing: Narrowing = NOTHING,
) -> list[Found]:
    """Newest first; after: the id of the last one seen. Without words whatever the narrowing leaves."""
    if narrowing and not terms_of(query):
        ids = list_newest(conn, narrowing, after, limit, visibility)
    else:
        ids = _search(conn, "message", query, after, limit, visibility, narrowing)
    found = {row.id: Found(*row) for row in conn.execute(select(*_FOUND).where(messages.c.id.in_(ids)))}
    return [found[id] for id in ids]


def search_customers(
    conn: Connection, query: str, limit: int, visibility: Visibility = EVERYTHING
) -> list[tuple[str, str, int]]:
    """(id, name, created_at) of customers by name, company and address, newest first."""
    ids = _search(conn, "customer", query, None, limit, visibility)
    rows = conn.execute(select(customers.c.id, customers.c.name, customers.c.created_at).where(customers.c.id.in_(ids)))
    found = {row.id: (row.id, row.name, row.created_at) for row in rows}
    return [found[id] for id in ids]


def customers_with(conn: Connection, query: str) -> ColumnElement[bool]:
    """A condition on `customers`: the words may be in the name, the company or an address. `customers_holding`
    confirms it."""
    return customers.c.id.in_(_all_with(conn, "customer", query))


def conversations_with(conn: Connection, query: str) -> Select[tuple[str]]:
    """Ids of conversations that may hold such a message. `conversations_holding` confirms it."""
    held = messages.c.id.in_(_all_with(conn, "message", query))
    return select(messages.c.conversation_id).where(held, messages.c.conversation_id.is_not(None))


def customers_holding(conn: Connection, ids: Sequence[str], query: str) -> set[str]:
    """Those of these customers whose name, company and addresses hold the words."""
    return set(_confirmed(conn, "customer", ids, terms_of(query)))


def conversations_holding(conn: Connection, ids: Sequence[str], query: str) -> set[str]:
    """Those of these conversations that hold a message with the words."""
    place = messages.c.conversation_id
    within = select(messages.c.id, place).where(place.in_(ids), messages.c.id.in_(_all_with(conn, "message", query)))
    places = {row.id: row.conversation_id for row in conn.execute(within)}
    return {places[id] for id in _confirmed(conn, "message", list(places), terms_of(query))}


def _all_with(conn: Connection, name: str, query: str) -> Select[Any]:
    terms = terms_of(query)
    return _engine(conn).all_with(conn, name, terms) if terms else select(null())


def _search(
    conn: Connection,
    name: str,
    query: str,
    after: str | None,
    limit: int,
    visibility: Visibility,
    narrowing: Narrowing = NOTHING,
) -> list[str]:
    terms, wanted = terms_of(query), Wanted(limit)
    list_seen = {"message": list_seen_messages, "customer": list_seen_customers}[name]
    for ids in _engine(conn).candidates(conn, name, terms, _row_before(conn, name, after), wanted) if terms else ():
        seen = list_seen(conn, visibility, ids)
        seen = list_narrowed(conn, narrowing, seen) if narrowing else seen
        wanted.found.extend(_confirmed(conn, name, [id for id in ids if id in seen], terms))
        if wanted.missing <= 0:
            break
    return wanted.found[:limit]


def _engine(conn: Connection) -> Any:
    return search_arrays if conn.dialect.name == "postgresql" else search_fts


def _confirmed(conn: Connection, name: str, ids: Sequence[str], terms: list[Term]) -> list[str]:
    if not ids:
        return []
    statement = text(_CONTENTS[name]).bindparams(bindparam("ids", expanding=True))
    contents = {row.id: row.content for row in conn.execute(statement, {"ids": list(ids)})}
    may_match = glance_for(terms)
    likely = (id for id in ids if id in contents and may_match(contents[id]))
    return [id for id in likely if matches(words_of(contents[id]), terms)]


def _row_before(conn: Connection, name: str, after: str | None) -> int:
    """Its number in the order of the texts; of an id that is gone, that of the next one before it. Without an id the
    number behind all of them: the greatest id need not be the last that came."""
    table = TABLES[name]
    if not after:
        return (conn.scalar(select(func.max(table.c.n))) or 0) + 1
    return conn.scalar(select(table.c.n).where(table.c.id <= after).order_by(table.c.id.desc()).limit(1)) or 0
