"""How SQLite is asked for candidates: by MATCH of FTS5, which answers newest first.

A plan may ask for less than the query says and so find more; it never finds less.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, select, text

from hub.store.search_index import TABLES, Wanted
from hub.store.vocabulary import EVERY, words_with
from hub.store.words import Needle, Term, tokens_for

MANY = 200  # words that hold one piece: more of them make an index slower than looking at the newest texts
FEW = 30  # words: beside a term of so few, those of more are asked for only when that one did not lead to enough
NEWEST = 300  # texts that are looked at before the index is asked for every word
CHEAPER = 4  # words the index is asked for cost more than to look at one text
LARGEST = 400  # candidates looked at together
_CHUNK = (
    "SELECT k.n, k.id FROM {name}_search s JOIN {name}_words k ON k.n = s.rowid "
    "WHERE {name}_search MATCH :words AND s.rowid < :before ORDER BY s.rowid DESC LIMIT :limit"
)
_ALL = "SELECT k.id FROM {name}_search s JOIN {name}_words k ON k.n = s.rowid WHERE {name}_search MATCH :{name}"


@dataclass(frozen=True, slots=True)
class Plan:
    """terms: what the index is asked for. common: terms that so many words answer to that it is not asked (yet).
    words: what the plain needles stand for.
    """

    terms: tuple[Term, ...]
    common: tuple[Term, ...]
    words: dict[Needle, Sequence[str]]

    @property
    def is_common(self) -> bool:
        return not self.terms

    @property
    def size(self) -> int:
        """Words the index would be asked for."""
        return sum(map(len, self.words.values()))

    @property
    def is_partial(self) -> bool:
        return bool(self.terms and self.common)

    def in_full(self, conn: Connection) -> "Plan":
        """Where the rest did not lead to enough, the common terms are asked for too."""
        if not self.common:
            return self
        return Plan((*self.terms, *self.common), (), self.words | _look_up(conn, self.common, EVERY))


def make_plan(conn: Connection, terms: Sequence[Term]) -> Plan:
    words = _look_up(conn, terms, MANY + 1)
    sizes = {term: max((len(words.get(one, ())) for needles in term for one in needles), default=0) for term in terms}
    few = max(min(sizes.values()), FEW)
    asked = tuple(term for term in sizes if sizes[term] <= min(few, MANY))
    return Plan(asked, tuple(term for term in sizes if term not in asked), words)


def candidates(conn: Connection, name: str, terms: Sequence[Term], before: int, wanted: Wanted) -> Iterator[list[str]]:
    """Ids of texts that may match, in rows before that one, the last one first; more and more at a time."""
    plan, limit, looked_at = make_plan(conn, terms), wanted.limit, 0
    if plan.is_common:
        plan = plan.in_full(conn)
        for last, ids in _newest(conn, name, before, limit):
            yield ids
            before = last
            looked_at += len(ids)
            if looked_at >= NEWEST and not _is_near(wanted, looked_at, plan.size):
                break
        else:
            return
    while plan.is_partial and looked_at < NEWEST:
        rows = _chunk(conn, name, plan, before, limit)
        if not rows:
            return
        yield [id for _, id in rows]
        before, looked_at, limit = rows[-1][0], looked_at + len(rows), min(limit * 2, LARGEST)
    plan, limit = plan.in_full(conn), wanted.limit
    while rows := _chunk(conn, name, plan, before, limit):
        yield [id for _, id in rows]
        before, limit = rows[-1][0], min(limit * 2, LARGEST)


def _is_near(wanted: Wanted, looked_at: int, words: int) -> bool:
    """As many hits to a text as so far: the rest is found sooner than the index answers for so many words."""
    return wanted.missing * looked_at * CHEAPER <= len(wanted.found) * words


def _newest(conn: Connection, name: str, before: int, limit: int) -> Iterator[tuple[int, list[str]]]:
    """The row to go on before, and the ids of the newest texts; more and more at a time."""
    table = TABLES[name]
    while True:
        query = select(table.c.n, table.c.id).where(table.c.n < before).order_by(table.c.n.desc()).limit(limit)
        rows = conn.execute(query).all()
        if not rows:
            return
        before, limit = rows[-1].n, min(limit * 2, LARGEST)
        yield before, [row.id for row in rows]


def _chunk(conn: Connection, name: str, plan: Plan, before: int, limit: int) -> list[tuple[int, str]]:
    values = {"words": _match(plan), "before": before, "limit": limit}
    return [(n, id) for n, id in conn.execute(text(_CHUNK.format(name=name)), values)]


def all_with(conn: Connection, name: str, terms: Sequence[Term]) -> Select[Any]:
    """The ids of all texts that may match, as a part of another query."""
    plan = Plan(tuple(terms), (), _look_up(conn, terms, EVERY))
    statement = text(_ALL.format(name=name)).bindparams(**{name: _match(plan)})
    return statement.columns(TABLES[name].c.id).subquery().select()


def _look_up(conn: Connection, terms: Sequence[Term], limit: int) -> dict[Needle, Sequence[str]]:
    """Which words begin like a needle FTS5 knows itself: of those no more are read than tell how many there are."""
    plain = {one for term in terms for needles in term for one in needles if one.kind == "letters"}
    return {one: words_with(conn, one, limit if one.is_part else MANY + 1) for one in plain}


def _match(plan: Plan) -> str:
    return " AND ".join(f"({' OR '.join(_all_of(needles, plan) for needles in term)})" for term in plan.terms)


def _all_of(needles: Sequence[Needle], plan: Plan) -> str:
    return f"({' AND '.join(_fts(needle, plan.words.get(needle, ())) for needle in needles)})"


def _fts(needle: Needle, words: Sequence[str]) -> str:
    pieces = " AND ".join(f'"{piece}"' for piece in sorted(tokens_for(needle)))
    if len(words) > MANY and not needle.is_part:
        return f'("{needle.text}" * OR {pieces})'
    return " OR ".join(['("' + '" OR "'.join(words) + '")'] * bool(words) + [f"({pieces})"]).join("()")
