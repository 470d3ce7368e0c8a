"""Reads and writes tables of text: CSV, XLSX and, only reading, ODS.

A cell that a spreadsheet would run as a formula gets an apostrophe in front when it leaves, and loses it when it
comes back, so that a round trip changes nothing (CWE-1236).
"""

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from itertools import chain, islice
from pathlib import Path
from typing import Literal, TextIO
from unicodedata import category, normalize

from hub.errors import InvalidInput
from hub.exchange.books import MAX_COLUMN, MAX_ROW, Day, Error, Number, read_book
from hub.exchange.charsets import encoding_of
from hub.exchange.headings import code_page_of, count_known
from hub.exchange.open_documents import is_open_document, read_open_document

SIGNS = frozenset("=+-@")  # what a spreadsheet runs, in East Asia as full-width and small signs too
BREAKS = ("\t", "\r", "\n")
INVISIBLE = frozenset(("Cc", "Cf", "Zs", "Zl", "Zp", "Mn", "Me"))  # Unicode's general categories
BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters and a symbol of which nothing is seen
MARK = "'"
PARTING = frozenset(";,\t\r\n")  # where programs that were not told how a CSV file parts its cells part them
DELIMITERS = ("\t", ";", ",", "|")  # where several are found as often, the one that words hold least is first
NEAR, FAR = 20, 100_000  # lines of one row
MAX_CELL = 32_767  # of XLSX; csv gets the same
csv.field_size_limit(10_000_000)
_TEXT = re.compile(r"'(\+?\(?\d[\d\s()./-]*)|=\"([^\"]*)\"")  # '0815, ="0815": text, for who reads a table
_WRAPPED = re.compile(r'"((?:[^"\n]|"")*+)"[;,\s]*')
_SEP = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Torn:
    """A row whose quotes do not close where they should. lines: how many of the file it stands for."""

    start: str
    lines: int = 1


Cells = list[str]


def neutral(cell: str) -> str:
    """Harmless in a spreadsheet."""
    return MARK + cell if _is_marked(cell) else cell


def meant(cell: str) -> str:
    """What `neutral` was given, or who marked a number as a text."""
    if found := _TEXT.fullmatch(cell):
        return found[1] or found[2]
    return cell[1:] if cell[:1] == MARK and _is_marked(cell[1:]) else cell


def _is_marked(cell: str) -> bool:
    """Programs differ in what they skip before a sign: the first one that is seen counts."""
    seen = next(filter(_is_seen, cell), "")
    return cell.startswith((*BREAKS, MARK)) or _is_run(seen)


def _is_seen(sign: str) -> bool:
    return category(sign) not in INVISIBLE and sign not in BLANK


def _is_run(sign: str) -> bool:
    return normalize("NFKC", sign)[:1] in SIGNS


def neutral_between(cell: str, separator: str) -> str:
    """Harmless also in a program that parts cells at other signs than this one: then quotes do not hold it together."""
    for place in reversed(list(_beginnings(cell, separator))):
        cell = cell[:place] + MARK + cell[place:]
    return neutral(cell)


def meant_between(cell: str, separator: str) -> str:
    """What `neutral_between` was given."""
    cell = meant(cell)
    for place in reversed(list(_beginnings(cell, separator))):
        cell = cell[:place] + cell[place:].removeprefix(MARK)
    return cell


def _beginnings(cell: str, separator: str) -> Iterator[int]:
    """Where within the cell one would begin that is run: at its sign, or at the marks before it."""
    parting = PARTING - {separator}
    if parting.isdisjoint(cell):
        return
    begins, marked = False, -1
    for place, sign in enumerate(cell):
        if sign in parting:
            begins, marked = True, -1
        elif begins and sign == MARK:
            marked = place if marked < 0 else marked
        elif begins and sign != '"' and _is_seen(sign):
            begins = False
            if _is_run(sign):
                yield place if marked < 0 else marked


def write_rows(handle: TextIO, rows: Iterable[Sequence[str]], separator: str = ",") -> None:
    """As lines of CSV. Where cells are parted by semicolons all are quoted: what parts at commas too leaves them
    whole."""
    quoting: Literal[0, 1] = csv.QUOTE_MINIMAL if separator == "," else csv.QUOTE_ALL
    writer = csv.writer(handle, delimiter=separator, quoting=quoting)
    writer.writerows([neutral_between(cell, separator) for cell in row] for row in rows)


def write_csv(file: Path, header: Sequence[str], rows: Iterable[Sequence[str]], separator: str = ",") -> None:
    """UTF-8 with a byte order mark: without it a spreadsheet takes umlauts for something else."""
    with file.open("w", encoding="utf-8-sig", newline="") as handle:
        write_rows(handle, chain([header], rows), separator)


def write_xlsx(file: Path, header: Sequence[str], rows: Iterable[Sequence[str]], name: str = "Customers") -> None:
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    # five megabytes that only an export needs
    with import_module("xlsxwriter").Workbook(str(file), options) as book:
        sheet = book.add_worksheet(name)
        for number, row in enumerate(chain([header], rows)):
            if number >= MAX_ROW or len(row) > MAX_COLUMN:
                raise InvalidInput(f"an XLSX sheet ends at row {MAX_ROW:,} and column {MAX_COLUMN:,}: write a .csv")
            for column, cell in enumerate(row):
                sheet.write_string(number, column, neutral(cell)[:MAX_CELL])


def read_sheets(file: Path) -> Iterator[Iterator[Cells]]:
    """The visible sheets of an XLSX or ODS file, each as its rows, to be read before the next. Raises InvalidInput."""
    for rows in (read_open_document if is_open_document(file) else read_book)(file):
        yield ([_plain(cell) for cell in row] for row in rows)


def spelling_of(file: Path) -> tuple[str, str]:
    """(encoding, delimiter) of a CSV file, as `read_csv` finds them out."""
    encoding, errors = encoding_of(file, code_page_of)
    with file.open(encoding=encoding, errors=errors, newline="") as handle:
        return encoding, _begin(handle)[1].delimiter


def read_csv(file: Path) -> Iterator[Cells | Torn]:
    """Rows as text; encoding and delimiter are found out. Raises InvalidInput."""
    encoding, errors = encoding_of(file, code_page_of)
    try:
        with file.open(encoding=encoding, errors=errors, newline="") as handle:
            yield from _rows(*_begin(handle))
    except (csv.Error, UnicodeError) as trouble:
        raise InvalidInput(f"{file} is no CSV file: {trouble}") from trouble


def _plain(cell: str) -> str:
    return cell if isinstance(cell, Number | Day | Error) else meant(cell)


def _begin(handle: TextIO) -> tuple[Iterator[str], "_Dialect"]:
    """The lines, and how they separate their cells: as the headings do, be it below a title."""
    lines, rest = list(islice(handle, NEAR)) or [""], iter(handle)
    if all(_unwrapped(line) != line for line in lines):  # saved again by a program that took each for one cell
        lines, rest = list(map(_unwrapped, lines)), map(_unwrapped, handle)
    told = _SEP.fullmatch(lines[0])  # for Excel, which does not show it
    lines = lines[1:] if told else lines
    found = [_Dialect(line, told[1] if told else "") for line in lines or [""]]
    return chain(lines, rest), max(found, key=lambda one: one.known)


def _unwrapped(line: str) -> str:
    """The row that stands in the line as one cell, else the line."""
    cell = _WRAPPED.fullmatch(line)
    return cell[1].replace('""', '"') + "\n" if cell and re.search(r"[,;\t|]", cell[1]) else line


class _Dialect:
    """How a file separates its cells. known: how many of the headings say what stands below them."""

    def __init__(self, header: str, delimiter: str = "") -> None:
        bare = re.sub(r'"[^"]*"', "", header)
        self.delimiter = delimiter or max(DELIMITERS, key=lambda sign: (bare.count(sign), -bare.count(f"{sign} ")))
        self.skips_blank = f'{self.delimiter} "' in header
        cells = self.cells([header])
        self.known = min(count_known(cells), len([cell for cell in cells if cell.strip()]) - 1)

    def cells(self, lines: Sequence[str]) -> Cells:
        reader = csv.reader(lines, delimiter=self.delimiter, skipinitialspace=self.skips_blank)
        return [meant_between(cell, self.delimiter) for row in reader for cell in row]

    def fits(self, lines: Sequence[str], width: int) -> bool:
        """Are they one row of that width, with each quote where RFC 4180 wants it?"""
        with suppress(csv.Error):
            reader = csv.reader(lines, delimiter=self.delimiter, skipinitialspace=self.skips_blank, strict=True)
            return [len(row) for row in reader] == [width]
        return False

    def width(self, line: str) -> int:
        """Of how many cells the line would be a row by itself, whatever quote is open."""
        return re.sub(r'"[^"]*"', "", line).count(self.delimiter) + 1

    def is_open_after(self, line: str, is_open: bool) -> bool:
        """Does the line end inside quotes? A quote opens only where a cell begins."""
        at = line.find('"')
        while at >= 0:
            if not is_open:
                before = line[:at].rstrip(" ") if self.skips_blank and at else line[max(at - 1, 0) : at]
                is_open = not before or before[-1] == self.delimiter
            elif line[at + 1 : at + 2] == '"':
                at += 1
            else:
                is_open = False
            at = line.find('"', at + 1)
        return is_open


def _rows(lines: Iterator[str], dialect: _Dialect) -> Iterator[Cells | Torn]:
    """A quote that somebody forgot to close tears one row, not the file: where the lines it swallowed look like rows
    themselves, they are read for themselves - unless all together make one row and name nobody."""
    width = 0
    again: deque[str] = deque()
    while block := _block(lines, again, dialect):
        cells = dialect.cells(block)
        width = width or (len(cells) if len(cells) > 1 else 0)
        looks = [dialect.width(line) == width for line in block]
        names = any("@" in line for line, look in zip(block[1:], looks[1:], strict=True) if look)
        is_whole = not dialect.is_open_after("".join(block), False)
        if is_whole and (len(block) == 1 or not any(looks[1:]) or (dialect.fits(block, width) and not names)):
            yield cells
            continue
        torn = next((place for place, look in enumerate(looks[1:], 1) if look), len(block))
        again.extendleft(reversed(block[torn:]))
        yield Torn(block[0].strip()[:60], torn)


def _block(lines: Iterator[str], again: deque[str], dialect: _Dialect) -> list[str]:
    """The lines of one row. Those read a second time are looked through only so far: all in all it stays linear."""
    block: list[str] = []
    is_open = False
    for _ in range(NEAR if again else FAR):
        line = again.popleft() if again else next(lines, "")
        if not line:
            break
        block.append(line)
        is_open = dialect.is_open_after(line, is_open)
        if not is_open:
            break
    return block
