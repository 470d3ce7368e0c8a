"""Full-text search on both engines: FTS5 and tsvector('simple') + GIN, kept true by the database itself.

Case, accents and umlauts do not matter: müller, Mueller and MÜLLER are one word, Straße and strasse too. Every
word of a query is a beginning: "ada lov" finds Ada Lovelace. Campaign messages are not indexed (a million
equal texts); one finds the campaign instead.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, String, bindparam, null, or_, select, text
from sqlalchemy.sql import ColumnElement

from hub.model import ADDRESS_KINDS
from hub.store.tables import addresses, customers, messages

GERMAN = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}
INDEXED = 50_000  # characters of a text; a tsvector holds 1 MB at most
MAX_WORDS = 12
_SQLITE = (
    "SELECT k.id AS id FROM {name}_search s JOIN {name}_search_keys k ON k.n = s.rowid "
    "WHERE {name}_search MATCH :{name}_terms"
)
_POSTGRESQL = {  # each must be spelled as the index is
    "message": "SELECT id FROM messages WHERE kind <> 'campaign' "
    "AND hub_words(subject || ' ' || text) @@ to_tsquery('simple', :message_terms)",
    "customer": "SELECT id FROM customers WHERE id IS NOT NULL "
    "AND hub_words(name) @@ to_tsquery('simple', :customer_terms)",
}
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Found:
    """A message that holds the words."""

    id: str
    customer_id: str
    conversation_id: str | None
    subject: str
    text: str
    occurred_at: int


def spell(query: str) -> str:
    """Lower case, umlauts in two letters."""
    lowered = unicodedata.normalize("NFC", query).lower()
    for umlaut, letters in GERMAN.items():
        lowered = lowered.replace(umlaut, letters)
    return lowered


def fold(query: str) -> str:
    """As the PostgreSQL index spells it: no accents either (FTS5 takes them off itself)."""
    return "".join(
        letter for letter in unicodedata.normalize("NFKD", spell(query)) if not unicodedata.combining(letter)
    )


def search_messages(conn: Connection, query: str, after: str | None, limit: int) -> list[Found]:
    """Newest first; after: the id of the last one seen."""
    columns = (
        messages.c.id,
        messages.c.customer_id,
        messages.c.conversation_id,
        messages.c.subject,
        messages.c.text,
        messages.c.occurred_at,
    )
    statement = select(*columns).where(messages_with(conn, query)).order_by(messages.c.id.desc()).limit(limit)
    if after:
        statement = statement.where(messages.c.id < after)
    return [Found(*row) for row in conn.execute(statement)]


def search_customers(conn: Connection, query: str, limit: int) -> list[tuple[str, str, int]]:
    """(id, name, created_at) of customers by name or by the beginning of an address, newest first."""
    columns = (customers.c.id, customers.c.name, customers.c.created_at)
    found = select(*columns).where(customers_with(conn, query), customers.c.merged_into.is_(None))
    return [
        (row.id, row.name, row.created_at) for row in conn.execute(found.order_by(customers.c.id.desc()).limit(limit))
    ]


def messages_with(conn: Connection, query: str) -> ColumnElement[bool]:
    """A condition on `messages`."""
    return messages.c.id.in_(_matches(conn, "message", query))


def customers_with(conn: Connection, query: str) -> ColumnElement[bool]:
    """A condition on `customers`: the words are in the name, or an address begins like this."""
    by_name = customers.c.id.in_(_matches(conn, "customer", query))
    handle = query.strip().lower()
    if not handle:
        return by_name
    starts = [handle] if not handle.startswith("0") else [handle, handle.lstrip("0")]
    begins = or_(*(addresses.c.handle.startswith(start, autoescape=True) for start in _phones(starts)))
    owners = select(addresses.c.customer_id).where(addresses.c.kind.in_(ADDRESS_KINDS), begins)
    return or_(by_name, customers.c.id.in_(owners))


def conversations_with(conn: Connection, query: str) -> Select[tuple[str]]:
    """Ids of conversations that hold such a message."""
    return select(messages.c.conversation_id).where(messages_with(conn, query), messages.c.conversation_id.is_not(None))


def _phones(starts: list[str]) -> list[str]:
    """+49 171 2345 as somebody types it is the beginning of +491712345..."""
    digits = [re.sub(r"[ ()./-]", "", start) for start in starts]
    return sorted({*starts, *(number for number in digits if re.fullmatch(r"\+?[0-9]{3,}", number))})


def _matches(conn: Connection, name: str, query: str) -> Select[Any]:
    """Ids of the rows that hold a word beginning with each word of the query."""
    on_postgresql = conn.dialect.name == "postgresql"
    words = _WORD.findall(fold(query) if on_postgresql else spell(query))[:MAX_WORDS]
    if not words:
        return select(null())
    terms = " & ".join(f"{word}:*" for word in words) if on_postgresql else " ".join(f'"{word}"*' for word in words)
    statement = text(_POSTGRESQL[name] if on_postgresql else _SQLITE.format(name=name))
    return statement.bindparams(bindparam(f"{name}_terms", terms, String)).columns(messages.c.id).subquery().select()
