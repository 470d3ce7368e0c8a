"""How PostgreSQL is asked for candidates: arrays of numbers, one number a word (`hub.store.search_index`).

First the newest texts are walked through: what many texts hold is found there at once. Then a GIN index is asked, for
some thousand rows and then for more and more: each row is indexed under the numbers of its blocks too, so that hits
elsewhere cost nothing. Reading a text anew costs a hundred times what comparing its numbers does: but for the very
newest, only texts with the right numbers are candidates. The function `hub_hits` asks the index, and nothing else:
PostgreSQL thinks that comparing long arrays row by row is as quick.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, text

from hub.store.search_index import BLOCK, INDEXED, LARGE_BLOCK, TABLES, Wanted, number_of
from hub.store.vocabulary import EVERY, words_with
from hub.store.words import Needle, Term, tokens_for

MANY = 200  # words: of a needle of more, the very newest texts are looked at before all are looked up
MOST = 1_000  # words: a needle of more is compared row by row, and the index is asked for the others
WIDEST = 20_000  # words: those of a needle of more are looked up only where there is nothing else to ask for
FIRST = 50  # texts that are looked at before
NEWEST = 200  # texts that are walked through after these
FURTHER = 10  # times as many are walked through where nothing but needles of very many words is looked for
FEW = 32  # numbers that are quicker compared one by one
AT_ONCE = 2_000  # candidates fetched together
_WALK = (
    "SELECT n, id FROM (SELECT n, id, words FROM {name}_words WHERE n < :before AND n >= :low ORDER BY n DESC "
    "OFFSET 0) newest WHERE {condition} ORDER BY n DESC"
)
_HITS = "SELECT n, id FROM hub_hits(:name, :condition) WHERE n < :before AND n >= :low ORDER BY n DESC LIMIT :limit"
_ALL = "SELECT id FROM hub_hits('{name}', :{name}_condition)"

Vocabulary = dict[Needle, Sequence[str]]


class _Rows(NamedTuple):
    """So many numbers of rows before one."""

    before: int
    number: int


def candidates(conn: Connection, name: str, terms: Sequence[Term], before: int, wanted: Wanted) -> Iterator[list[str]]:
    """Ids of texts that may match, in rows before that one, the last one first."""
    limit, words = wanted.limit, _look_up(conn, terms, MANY + 1)
    wide = [term for term in terms if _size(term, words) > MANY]
    if wide:
        yield from _walk(conn, name, _few(terms, words, MANY), words, _Rows(before, FIRST), limit)
        before -= FIRST
        words |= _look_up(conn, wide, WIDEST + 1)
    compared = _few(terms, words, WIDEST)
    newest = NEWEST if _few(terms, words, MOST) else NEWEST * FURTHER
    yield from _walk(conn, name, compared, words, _Rows(before, newest), limit)
    before -= newest
    if not compared and before > 0:
        words |= _look_up(conn, terms, EVERY)
    yield from _indexed(conn, name, _asked(terms, words), before, limit)


def all_with(conn: Connection, name: str, terms: Sequence[Term]) -> Select[Any]:
    """The ids of all texts that may match, as a part of another query."""
    condition = _asked(terms, _look_up(conn, terms, EVERY))
    statement = text(_ALL.format(name=name)).bindparams(**{f"{name}_condition": condition})
    return statement.columns(TABLES[name].c.id).subquery().select()


def _look_up(conn: Connection, terms: Iterable[Term], limit: int) -> Vocabulary:
    plain = {one for term in terms for needles in term for one in needles if one.kind == "letters"}
    return {one: words_with(conn, one, limit) for one in plain}


def _size(term: Term, words: Vocabulary) -> int:
    return max(len(words.get(one, ())) for needles in term for one in needles)


def _few(terms: Iterable[Term], words: Vocabulary, most: int) -> list[Term]:
    return [term for term in terms if _size(term, words) <= most]


def _asked(terms: Sequence[Term], words: Vocabulary) -> str:
    """The index is asked for terms of many words only when there are no others; the rows it names are compared."""
    asked = _few(terms, words, MOST) or [min(terms, key=lambda term: _size(term, words))]
    compared = [term for term in _few(terms, words, WIDEST) if term not in asked]
    return " AND ".join(
        [*(_holds(term, words, INDEXED) for term in asked), *(_holds(term, words, "words") for term in compared)]
    )


def _walk(
    conn: Connection, name: str, terms: Sequence[Term], words: Vocabulary, rows: _Rows, limit: int
) -> Iterator[list[str]]:
    condition = " AND ".join(["true", *(_holds(term, words, "words") for term in terms)])
    statement = text(_WALK.format(name=name, condition=condition))
    yield from _growing(conn.execute(statement, {"before": rows.before, "low": rows.before - rows.number}).all(), limit)


def _indexed(conn: Connection, name: str, asked: str, before: int, limit: int) -> Iterator[list[str]]:
    for numbers, low in _blocks(before):
        values = {"name": name, "condition": f"{_any(INDEXED, numbers)} AND {asked}", "low": low, "limit": AT_ONCE}
        rows = None
        while before > low and (rows is None or len(rows) == AT_ONCE):
            rows = conn.execute(text(_HITS), {**values, "before": before}).all()
            yield from _growing(rows, limit)
            before = rows[-1].n if rows else low
        before = low


def _blocks(before: int) -> Iterator[tuple[list[int], int]]:
    """Ever larger ones: the numbers of rows before that one and not before the second."""
    if before <= 1:
        return
    block = (before - 1) >> BLOCK
    low = max(block - 1, 0) << BLOCK
    yield [block, block - 1], low
    for large in range((low - 1) >> LARGE_BLOCK, -1, -1):
        yield [-1 - large], large << LARGE_BLOCK


def _growing(rows: Sequence[Any], size: int) -> Iterator[list[str]]:
    ids = [row.id for row in rows]
    while ids:
        yield ids[:size]
        ids, size = ids[size:], min(size * 2, NEWEST)


def _holds(term: Term, words: Vocabulary, column: str) -> str:
    each = (" AND ".join(_has(needle, words, column) for needle in needles) for needles in term)
    return f"(({') OR ('.join(each)}))"


def _has(needle: Needle, words: Vocabulary, column: str) -> str:
    tokens = sorted(tokens_for(needle))
    if needle.kind != "letters":
        return f"{column} @> {_array(map(number_of, tokens))}"
    # or in a word with digits: to ask for one of its pieces, not for all, makes it one list
    return _any(column, [number_of(token) for token in (*words[needle], tokens[0])])


def _any(column: str, numbers: Sequence[int]) -> str:
    if column == "words" and len(numbers) > FEW:
        return f"EXISTS (SELECT FROM unnest(words) AS one WHERE one = ANY ({_array(numbers)}))"
    return f"{column} && {_array(numbers)}"


def _array(numbers: Iterable[int]) -> str:
    """Written out: PostgreSQL hashes a list that it sees when it plans."""
    return f"'{{{','.join(map(str, numbers))}}}'::int[]"
