"""The rows of a file of customers, each what it says or what is wrong with it. The store is not asked.

A child process reads the files of strangers (hub.exchange.reading): it starts as fast as this imports little.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from hub.errors import InvalidInput
from hub.exchange.cards import cells_of_card, record_of_card
from hub.exchange.charsets import unmarked
from hub.exchange.columns import Column, check_columns, propose
from hub.exchange.judging import Judged, judge
from hub.exchange.outside import nobody_in
from hub.exchange.records import Record
from hub.exchange.sheets import Torn
from hub.exchange.tables import Table, read_table, record_of
from hub.exchange.vcards import read_vcards


@dataclass(frozen=True, slots=True)
class Row:
    """number: as the spreadsheet shows it; cells: as they stand there."""

    number: int
    record: Record | None
    problem: str = ""
    cells: Sequence[str] = ()


def holds_cards(file: Path) -> bool:
    """Is it an address book, by what it says?"""
    with file.open("rb") as handle:
        return bool(re.search(rb"^\s*BEGIN\s*:\s*VCARD", unmarked(handle.read(1000)), re.IGNORECASE | re.MULTILINE))


def read_rows(file: Path, country: str = "DE") -> Iterator[Row]:
    """What the file says, row by row, as its headings propose. Raises InvalidInput when it cannot be read at all."""
    if holds_cards(file):
        yield from read_cards(file)
        return
    table = read_table(file)
    columns = propose(table.headings, table.texts(), country, {})
    check_columns(columns)
    yield from rows_of(table, columns)


def read_cards(file: Path) -> Iterator[Row]:
    for number, card in enumerate(read_vcards(file), 1):
        yield _row(number, partial(record_of_card, card), cells_of_card(card))


def rows_of(table: Table, columns: Sequence[Column]) -> Iterator[Row]:
    nobody = nobody_in([(number, row) for number, row in table.rows if not isinstance(row, Torn)])
    for number, row in table.rows:
        if isinstance(row, Torn):
            yield Row(number, None, _torn(number, row), (row.start,))
        elif number in nobody:
            yield Row(number, None, nobody[number], row)
        else:
            yield _row(number, partial(record_of, columns, row), row)


def judged_or_problem(row: Row, country: str) -> Judged | str:
    """The record as it may be taken, or what is wrong with it."""
    if row.record is None:
        return row.problem
    try:
        return judge(row.record, country)
    except InvalidInput as wrong:
        return str(wrong)


def _torn(number: int, row: Torn) -> str:
    lines = f", to row {number + row.lines - 1}" if row.lines > 1 else ""
    return f"a quote is opened here that does not close{lines}: {row.start}"


def _row(number: int, read: Callable[[], Record], cells: Sequence[str]) -> Row:
    try:
        return Row(number, read(), cells=cells)
    except InvalidInput as wrong:
        return Row(number, None, str(wrong), cells)
