"""Full-text search, equal on both engines: the index finds candidates, our own words have the last say.

What a word is and when it is found stands in `hub.store.words`. Results come newest first. Words that nearly every
text holds are looked for in the newest texts first: there they are found at once, where an index would only count.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Select, bindparam, func, select, text
from sqlalchemy.sql import ColumnElement

from hub.store.search_index import TABLES
from hub.store.search_plan import Plan, all_with, chunk_of, make_plan, newest_of
from hub.store.tables import customers, messages
from hub.store.visibility import EVERYTHING, Visibility, list_seen_customers, list_seen_messages
from hub.store.words import Term, matches, terms_of, words_of

NEWEST = 200  # texts that are looked at before the index is asked for every word
LARGEST = 400  # candidates looked at together
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
    conn: Connection, query: str, after: str | None, limit: int, visibility: Visibility = EVERYTHING
) -> list[Found]:
    """Newest first; after: the id of the last one seen."""
    ids = _search(conn, "message", query, after, limit, visibility)
    found = {row.id: Found(*row) for row in conn.execute(select(*_FOUND).where(messages.c.id.in_(ids)))}
    return [found[id] for id in ids]


def search_customers(
    conn: Connection, query: str, limit: int, visibility: Visibility = EVERYTHING
) -> list[tuple[str, str, int]]:
    """(id, name, created_at) of customers by name and address, newest first."""
    ids = _search(conn, "customer", query, None, limit, visibility)
    rows = conn.execute(select(customers.c.id, customers.c.name, customers.c.created_at).where(customers.c.id.in_(ids)))
    found = {row.id: (row.id, row.name, row.created_at) for row in rows}
    return [found[id] for id in ids]


def customers_with(conn: Connection, query: str) -> ColumnElement[bool]:
    """A condition on `customers`: the words are in the name or in an address."""
    return customers.c.id.in_(all_with(conn, "customer", terms_of(query)))


def conversations_with(conn: Connection, query: str) -> Select[tuple[str]]:
    """Ids of conversations that hold such a message, whoever may see them."""
    held = messages.c.id.in_(all_with(conn, "message", terms_of(query)))
    return select(messages.c.conversation_id).where(held, messages.c.conversation_id.is_not(None))


def _search(
    conn: Connection, name: str, query: str, after: str | None, limit: int, visibility: Visibility
) -> list[str]:
    terms, found = terms_of(query), list[str]()
    list_seen = {"message": list_seen_messages, "customer": list_seen_customers}[name]
    for ids in _candidates(conn, name, terms, after, limit) if terms else ():
        seen = list_seen(conn, visibility, ids)
        wanted = [id for id in ids if id in seen]
        found += _confirmed(conn, name, wanted, terms) if wanted else ()
        if len(found) >= limit:
            break
    return found[:limit]


def _candidates(conn: Connection, name: str, terms: list[Term], after: str | None, limit: int) -> Iterator[list[str]]:
    """Ids in the order of the results, more and more at a time."""
    before = _row_before(conn, name, after)
    plan = make_plan(conn, terms)
    if plan.is_common or conn.dialect.name == "postgresql":
        before, ids = newest_of(conn, name, plan, before, NEWEST)
        yield from _growing(ids, limit)
    looked_at = 0
    while plan.is_partial and looked_at < NEWEST:
        rows = chunk_of(conn, name, plan, before, limit)
        if not rows:
            return
        yield [id for _, id in rows]
        before, looked_at = rows[-1][0], looked_at + len(rows)
    yield from _indexed(conn, name, plan.in_full(conn), before, limit)


def _growing(ids: list[str], size: int) -> Iterator[list[str]]:
    while ids:
        yield ids[:size]
        ids, size = ids[size:], size * 2


def _indexed(conn: Connection, name: str, plan: Plan, before: int, size: int) -> Iterator[list[str]]:
    while rows := chunk_of(conn, name, plan, before, size):
        yield [id for _, id in rows]
        before, size = rows[-1][0], min(size * 2, LARGEST)


def _confirmed(conn: Connection, name: str, ids: Sequence[str], terms: list[Term]) -> list[str]:
    statement = text(_CONTENTS[name]).bindparams(bindparam("ids", expanding=True))
    contents = {row.id: row.content for row in conn.execute(statement, {"ids": list(ids)})}
    return [id for id in ids if id in contents and matches(words_of(contents[id]), terms)]


def _row_before(conn: Connection, name: str, after: str | None) -> int:
    """Its number in the order of the texts; of an id that is gone, that of the next one before it. Without an id the
    number behind all of them: the greatest id need not be the last that came."""
    table = TABLES[name]
    if not after:
        return (conn.scalar(select(func.max(table.c.n))) or 0) + 1
    return conn.scalar(select(table.c.n).where(table.c.id <= after).order_by(table.c.id.desc()).limit(1)) or 0
