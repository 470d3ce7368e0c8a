"""How each engine is asked for candidates: a MATCH of FTS5, or arrays of numbers that a GIN index knows.

A plan may ask for less than the query says and so find more; it never finds less.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, Connection, Integer, Select, and_, cast, null, or_, select, text, true
from sqlalchemy.sql import ColumnElement

from hub.store.search_index import TABLES, number_of
from hub.store.tables import word_parts
from hub.store.words import Needle, Term, tokens_for

MANY = 200  # words that hold one piece: more of them make an index slower than looking at the newest texts
FEW = 30  # words: beside a term of so few, those of more are asked for only when that one did not lead to enough
LAST = "\U0010ffff"
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
    def is_partial(self) -> bool:
        return bool(self.terms and self.common)

    def in_full(self, conn: Connection) -> "Plan":
        """Where the rest did not lead to enough, the common terms are asked for too."""
        if not self.common:
            return self
        return Plan((*self.terms, *self.common), (), self.words | _look_up(conn, self.common, None))


def make_plan(conn: Connection, terms: Sequence[Term]) -> Plan:
    words = _look_up(conn, terms, MANY + 1)
    sizes = {term: max((len(words.get(one, ())) for needles in term for one in needles), default=0) for term in terms}
    few = max(min(sizes.values()), FEW)
    asked = tuple(term for term in sizes if sizes[term] <= min(few, MANY))
    return Plan(asked, tuple(term for term in sizes if term not in asked), words)


def newest_of(conn: Connection, name: str, plan: Plan, before: int, limit: int) -> tuple[int, list[str]]:
    """Of the newest texts the ids of those that may match, and the row to go on before."""
    table = TABLES[name]
    query = select(table.c.n, table.c.id, table.c.words).where(table.c.n < before)
    newest = query.order_by(table.c.n.desc()).limit(limit).subquery()
    condition = _condition(newest.c.words, plan) if conn.dialect.name == "postgresql" else true()
    rows = conn.execute(select(newest.c.n, newest.c.id, condition).order_by(newest.c.n.desc())).all()
    return (rows[-1][0] if rows else 0), [id for _, id, holds in rows if holds]


def chunk_of(conn: Connection, name: str, plan: Plan, before: int, limit: int) -> list[tuple[int, str]]:
    """Rows before that one, the last one first."""
    if conn.dialect.name == "sqlite":
        values = {"words": _match(plan), "before": before, "limit": limit}
        return [(n, id) for n, id in conn.execute(text(_CHUNK.format(name=name)), values)]
    table = TABLES[name]
    # materialised, or PostgreSQL may walk all rows backwards until it has found enough
    hits = select(table.c.n, table.c.id).where(_condition(table.c.words, plan), table.c.n < before)
    rows = hits.cte("hits").prefix_with("MATERIALIZED", dialect="postgresql")
    return [(n, id) for n, id in conn.execute(select(rows).order_by(rows.c.n.desc()).limit(limit))]


def all_with(conn: Connection, name: str, terms: Sequence[Term]) -> Select[Any]:
    """The ids of all texts that may match, as a part of another query; of none without a term."""
    if not terms:
        return select(null())
    plan = Plan(tuple(terms), (), _look_up(conn, terms, None))
    if conn.dialect.name == "sqlite":
        statement = text(_ALL.format(name=name)).bindparams(**{name: _match(plan)})
        return statement.columns(TABLES[name].c.id).subquery().select()
    return select(TABLES[name].c.id).where(_condition(TABLES[name].c.words, plan))


def _look_up(conn: Connection, terms: Sequence[Term], limit: int | None) -> dict[Needle, Sequence[str]]:
    plain = {one for term in terms for needles in term for one in needles if one.kind == "letters"}
    on_sqlite = conn.dialect.name == "sqlite"  # where the index itself knows which words begin like this
    return {one: _words_with(conn, one, MANY + 1 if on_sqlite and not one.is_part else limit) for one in plain}


def _words_with(conn: Connection, needle: Needle, limit: int | None) -> Sequence[str]:
    part, word = word_parts.c.part, word_parts.c.word
    query = select(word).where(part >= needle.text, part < needle.text + LAST).distinct()
    if not needle.is_part:
        query = query.where(part == word)
    return list(conn.scalars(query.limit(limit)))


def _match(plan: Plan) -> str:
    return " AND ".join(f"({' OR '.join(_all_of(needles, plan) for needles in term)})" for term in plan.terms)


def _all_of(needles: Sequence[Needle], plan: Plan) -> str:
    return f"({' AND '.join(_fts(needle, plan.words.get(needle, ())) for needle in needles)})"


def _fts(needle: Needle, words: Sequence[str]) -> str:
    pieces = " AND ".join(f'"{piece}"' for piece in sorted(tokens_for(needle)))
    if len(words) > MANY and not needle.is_part:
        return f'("{needle.text}" * OR {pieces})'
    return " OR ".join(['("' + '" OR "'.join(words) + '")'] * bool(words) + [f"({pieces})"]).join("()")


def _condition(words: ColumnElement[Any], plan: Plan) -> ColumnElement[bool]:
    terms = (or_(*(and_(*(_gin(words, one, plan) for one in needles)) for needles in term)) for term in plan.terms)
    return and_(true(), *terms)


def _gin(column: ColumnElement[Any], needle: Needle, plan: Plan) -> ColumnElement[bool]:
    pieces = column.bool_op("@>")(_numbers(sorted(tokens_for(needle))))
    words = plan.words.get(needle)
    return or_(column.bool_op("&&")(_numbers(words)), pieces) if words else pieces


def _numbers(tokens: Sequence[str]) -> ColumnElement[Any]:
    return cast([number_of(token) for token in tokens], ARRAY(Integer))
