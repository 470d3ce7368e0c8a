"""Keeps the search index true: what the database noted as changed is taken out and put in again, by our own words.

Triggers note a text in the transaction that changes it; it is indexed by whoever comes next: the hub's own loop, or
somebody who is about to search. On SQLite the index is FTS5, on PostgreSQL GIN over hashed words; the plain words
themselves lie in the vocabulary, where a part of a word leads to the words it is in.
"""

import asyncio
import json
import logging
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, text, update

from hub.errors import StoreUnavailable
from hub.store.database import P, Query, Store, T
from hub.store.letters import UMLAUTS
from hub.store.search_merge import mark_unmerged
from hub.store.tables import customer_words, message_words
from hub.store.vocabulary import forget, learn
from hub.store.words import NO_WORDS, Words, tokens, words_of

BATCH = 100
ALONE = {"lock": 7306}  # of PostgreSQL: one indexes at a time, so that nobody drops a word another just began to need
PATIENCE = (0.02,) * 5  # seconds between looks whether another one has done
WAIT, SKIP = " FOR UPDATE", " FOR UPDATE SKIP LOCKED"
FOLDED = [(written, written[0]) for written in sorted(set(UMLAUTS.values()))]
TABLES = {"message": message_words, "customer": customer_words}
_WAITING = "SELECT k.n FROM {name}_words k WHERE k.pending {only} ORDER BY k.n DESC LIMIT :limit"
_TEXTS = (
    "SELECT k.n, k.old, v.content FROM {name}_words k LEFT JOIN {name}_contents v ON v.id = k.id WHERE k.n IN :rows"
)
# as PostgreSQL's index is spelled: hits are asked for block by block of rows, each block is a number like a word's
BLOCK, LARGE_BLOCK = 14, 18  # bits of a row's number that say where in the block it is
INDEXED = f"(words || ARRAY[(n >> {BLOCK})::int, (-1 - (n >> {LARGE_BLOCK}))::int])"
_ADD = "INSERT INTO {name}_search(rowid, words) VALUES (?, ?)"
_TAKE = "INSERT INTO {name}_search({name}_search, rowid, words) VALUES ('delete', ?, ?)"
# which of the tokens a text holds. PostgreSQL: what is frequent stands in the newest texts; the others are few places
# in the index, which the planner, who knows no numbers here, might not ask by itself
_HELD_ON_SQLITE = (
    "SELECT value FROM json_each(:tokens) WHERE EXISTS "
    "(SELECT 1 FROM {name}_search WHERE {name}_search MATCH '\"' || value || '\"')"
)
_HELD_LATELY = (
    "SELECT DISTINCT token FROM (SELECT unnest(words) AS token FROM (SELECT words FROM {name}_words "
    "ORDER BY n DESC LIMIT 1000) AS newest) AS tokens WHERE token = ANY(:tokens)"
)
_HELD_ANYWHERE = (
    "SELECT token FROM unnest(CAST(:tokens AS int[])) AS token WHERE EXISTS "  # noqa: S608 - our own words
    f"(SELECT 1 FROM {{name}}_words WHERE {INDEXED} @> ARRAY[token])"
)
_SAYING = (
    "SELECT v.content FROM (SELECT n, id FROM hub_hits(:name, :condition) ORDER BY n DESC LIMIT :limit) AS hits "
    "JOIN {name}_contents v ON v.id = hits.id"
)
READ = 200  # texts, of which it is looked up whether they hold a word or only its other spelling

log = logging.getLogger("hub.store")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A page of so many ids, and those of it that are found so far."""

    limit: int
    found: list[str] = field(default_factory=list)

    @property
    def missing(self) -> int:
        return self.limit - len(self.found)


@dataclass(frozen=True, slots=True)
class _Change:
    """n: the row; was and now: its words, None where the index holds (is to hold) nothing."""

    n: int
    was: Words | None
    now: Words | None


def index_pending(conn: Connection, limit: int = BATCH) -> int:
    """Index what waits, the newest first, at most limit texts of a kind; how many there were. What somebody is just
    changing is left for later."""
    _be_alone(conn)
    return sum(_index(conn, name, "", {"limit": limit}, SKIP) for name in TABLES)


async def read_indexed(store: Store, query: str, fn: Query[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Read where a query may search: what was said a moment ago is found too, unless the store takes no writes or
    somebody else is busy indexing."""
    try:
        for wait in PATIENCE if query else ():
            if await store.write(_index_if_free):
                break
            await asyncio.sleep(wait)
    except StoreUnavailable as trouble:
        log.warning("searching without the newest texts: %s", trouble)
    return await store.read(fn, *args, **kwargs)


def _index_if_free(conn: Connection) -> bool:
    """False when texts wait that somebody else is indexing."""
    if not any(conn.scalar(text(f"SELECT 1 FROM {table.name} WHERE pending LIMIT 1")) for table in TABLES.values()):  # noqa: S608
        return True
    if conn.dialect.name == "postgresql" and not conn.scalar(text("SELECT pg_try_advisory_xact_lock(:lock)"), ALONE):
        return False
    index_pending(conn)
    return True


def index_customer(conn: Connection, customer_id: str) -> None:
    """All of one customer's changed texts, now: nothing that was erased stays in the index or in the notes."""
    _be_alone(conn)
    mine = "AND k.id IN (SELECT id FROM messages WHERE customer_id = :customer)"
    for name, only in (("message", mine), ("customer", "AND k.id = :customer")):
        while _index(conn, name, only, {"limit": BATCH, "customer": customer_id}, WAIT):
            pass
    mark_unmerged(conn)


def index_messages(conn: Connection, ids: Sequence[str]) -> None:
    """The changed texts of these messages, now, for the same reason."""
    _be_alone(conn)
    for start in range(0, len(ids), BATCH):
        values = {"limit": BATCH, **{f"id_{n}": id for n, id in enumerate(ids[start : start + BATCH])}}
        mine = ", ".join(f":id_{n}" for n in range(len(values) - 1))
        _index(conn, "message", f"AND k.id IN ({mine})", values, WAIT)
    mark_unmerged(conn)


def number_of(token: str) -> int:
    """PostgreSQL's word: 32 bits, the same for storung and stoerung, which nearly every text that holds one holds both
    of. Two words may share one, which `matches` tells apart."""
    return zlib.crc32(_folded(token).encode()) - 2**31


def _folded(token: str) -> str:
    for written, letter in FOLDED:
        token = token.replace(written, letter)
    return token


def _be_alone(conn: Connection) -> None:
    if conn.dialect.name == "postgresql":
        conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), ALONE)


def _index(conn: Connection, name: str, only: str, values: dict[str, Any], others: str) -> int:
    """others: what to do about texts that somebody is changing."""
    waiting = _WAITING.format(name=name, only=only)
    if conn.dialect.name == "postgresql":
        waiting += others
    numbers = conn.scalars(text(waiting), values).all()
    # read by a statement of its own, after the locks are held: it sees what was committed until then
    texts = text(_TEXTS.format(name=name)).bindparams(bindparam("rows", expanding=True))
    rows = conn.execute(texts, {"rows": numbers}).all() if numbers else ()
    changes = [_Change(n, _words(old), _words(content)) for n, old, content in rows]
    if changes:
        _keep(conn, name, changes)
        before, after = _plain(change.was for change in changes), _plain(change.now for change in changes)
        learn(conn, after)
        _forget(conn, before - after)
    return len(changes)


def _words(content: str | None) -> Words | None:
    return None if content is None else words_of(content)


def _plain(all_words: Iterable[Words | None]) -> set[str]:
    return {word for words in all_words for word in (words or NO_WORDS).letters}


def _keep(conn: Connection, name: str, changes: Sequence[_Change]) -> None:
    table = TABLES[name]
    changed = [change for change in changes if change.was != change.now]
    if conn.dialect.name == "sqlite":
        taken = [(change.n, " ".join(tokens(change.was))) for change in changed if change.was is not None]
        added = [(change.n, " ".join(tokens(change.now))) for change in changed if change.now is not None]
        for statement, rows in ((_TAKE, taken), (_ADD, added)):
            if rows:
                conn.exec_driver_sql(statement.format(name=name), rows)
    stays = [change for change in changes if change.now is not None]
    if stays:
        numbered = conn.dialect.name == "postgresql"  # SQLite's index holds the words themselves
        done = [{"row": change.n, "words": _numbers(change) if numbered else None} for change in stays]
        conn.execute(_done(table), done)
    gone = [change.n for change in changes if change.now is None]
    if gone:
        conn.execute(delete(table).where(table.c.n.in_(gone)))


def _numbers(change: _Change) -> list[int]:
    return sorted({number_of(token) for token in tokens(change.now or NO_WORDS)})


def _done(table: Table) -> Any:
    here = table.c.n == bindparam("row")
    return update(table).where(here).values(words=bindparam("words"), pending=False, old=None)


def _forget(conn: Connection, words: set[str]) -> None:
    """A word that no text holds any more leaves no trace."""
    gone = words - _held(conn, words) if words else words
    forget(conn, sorted(gone))


def _held(conn: Connection, words: set[str]) -> set[str]:
    """Those that some text holds, in a few statements however many they are."""
    if conn.dialect.name == "sqlite":
        asked = {"tokens": json.dumps(sorted(words))}
        return {word for name in TABLES for word in conn.scalars(text(_HELD_ON_SQLITE.format(name=name)), asked)}
    numbers = {number_of(word) for word in words}
    held = set[int]()
    conn.execute(text("SET LOCAL enable_seqscan = off"))
    for name, statement in product(TABLES, (_HELD_LATELY, _HELD_ANYWHERE)):
        held |= set(conn.scalars(text(statement.format(name=name)), {"tokens": sorted(numbers - held)}))
    conn.execute(text("SET LOCAL enable_seqscan = on"))
    found = {word for word in words if number_of(word) in held}
    return found - _doubtful(conn, {word for word in found if _folded(word) != word})


def _doubtful(conn: Connection, words: set[str]) -> set[str]:
    """Those of whom nothing but the other spelling is held: the texts with their numbers do not say them."""
    left = set(words)
    for name in TABLES if words else ():
        condition = f"{INDEXED} && '{{{','.join(str(number_of(word)) for word in sorted(words))}}}'::int[]"
        asked = {"name": name, "condition": condition, "limit": READ}
        texts = conn.scalars(text(_SAYING.format(name=name)), asked).all()
        left -= {word for content in texts for word in words_of(content).letters}
        if len(texts) == READ:  # there may be more
            return set()
    return left
