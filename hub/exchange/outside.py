"""Tells the rows of a table that are nobody: sums below a column, and what a program wrote below the table."""

import re
from collections.abc import Mapping, Sequence

from hub.exchange.headings import is_total

FEWEST_COLUMNS = 3  # of a table below which one filled cell is conspicuous
_AMOUNT = re.compile(r"(?:[A-Z]{3} ?)?[-−]?[€$£¥]? ?(?!0\d)\d[\d.,'’ \u00a0\u202f]*(?: ?(?:[%€$£¥]|[A-Z]{3}))?")
_ADDRESS = re.compile(r"@|(?:\d[\s()./-]*){6}")

Rows = Sequence[tuple[int, Sequence[str]]]


def nobody_in(rows: Rows) -> Mapping[int, str]:
    """Number of a row -> why nobody stands there. rows: without empty ones."""
    totals = {number: "a row of totals, which is nobody" for number, cells in rows if _sums(cells)}
    return dict.fromkeys(_below(rows), "stands below the table, which is nobody") | totals


def _sums(cells: Sequence[str]) -> bool:
    """Nothing but words for a total, and numbers."""
    filled = [cell for cell in cells if cell]
    named = [cell for cell in filled if is_total(cell)]
    return bool(named) and all(cell in named or _AMOUNT.fullmatch(cell) for cell in filled)


def _below(rows: Rows) -> list[int]:
    """The last rows, of one cell each and without an address, where an empty row parts them from the wider ones."""
    alone: list[int] = []
    if not any(len(list(filter(None, cells))) >= FEWEST_COLUMNS for _, cells in rows):
        return alone
    for (before, _), (number, cells) in zip(reversed(rows[:-1]), reversed(rows[1:]), strict=True):
        filled = [cell for cell in cells if cell]
        if len(filled) != 1 or _ADDRESS.search(filled[0]):
            break
        alone.append(number)
        if number - before > 1:
            return alone
    return []
