"""Reads and writes tables of text: CSV and XLSX.

A cell that a spreadsheet would run as a formula gets an apostrophe in front when it leaves, and loses it when it
comes back, so that a round trip changes nothing (CWE-1236).
"""

import codecs
import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from itertools import chain
from pathlib import Path
from typing import Any

import python_calamine
import xlsxwriter

from hub.errors import InvalidInput

RUNS = ("=", "+", "-", "@", "\t", "\r")
MARK = "'"
DELIMITERS = (",", ";", "\t", "|")
MAX_CELL = 32_767  # of XLSX; csv gets the same
csv.field_size_limit(10_000_000)
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def neutral(cell: str) -> str:
    """Harmless in a spreadsheet."""
    return MARK + cell if cell.startswith((*RUNS, MARK)) else cell


def meant(cell: str) -> str:
    """What `neutral` was given."""
    return cell[1:] if cell[:1] == MARK and cell[1:].startswith((*RUNS, MARK)) else cell


def write_csv(file: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """UTF-8 with a byte order mark: without it a spreadsheet takes umlauts for something else."""
    with file.open("w", encoding="utf-8-sig", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(map(neutral, header))
        writer.writerows([neutral(cell) for cell in row] for row in rows)


def write_xlsx(file: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(file), options) as book:
        sheet = book.add_worksheet("Customers")
        for number, row in enumerate(chain([header], rows)):
            for column, cell in enumerate(row):
                sheet.write_string(number, column, neutral(cell)[:MAX_CELL])


def read_csv(file: Path) -> Iterator[list[str]]:
    """Rows as text; encoding and delimiter are found out. Raises InvalidInput."""
    encoding = _encoding_of(file)
    try:
        with file.open(encoding=encoding, newline="") as handle:
            delimiter = _delimiter_of(handle.readline())
            handle.seek(0)
            for row in csv.reader(handle, delimiter=delimiter):
                yield [meant(cell) for cell in row]
    except (csv.Error, UnicodeError) as trouble:
        raise InvalidInput(f"{file} is no CSV file: {trouble}") from trouble


def read_xlsx(file: Path) -> Iterator[list[str]]:
    """Rows of the first sheet as text. Raises InvalidInput."""
    try:
        book = python_calamine.CalamineWorkbook.from_path(str(file))
        rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (python_calamine.CalamineError, OSError, IndexError) as trouble:
        raise InvalidInput(f"{file} is no XLSX file: {trouble}") from trouble
    for row in rows:
        yield [meant(_text_of(cell)) for cell in row]


def _text_of(cell: Any) -> str:
    """A phone number typed into a spreadsheet is a float there."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime | date | time):
        return cell.isoformat()
    return str(cell)


def _encoding_of(file: Path) -> str:
    with file.open("rb") as handle:
        start = handle.read(4)
    marked = next((name for bom, name in _BOMS if start.startswith(bom)), None)
    if marked:
        return marked
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with file.open("rb") as handle:
            while chunk := handle.read(1_000_000):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _delimiter_of(header: str) -> str:
    """A header of one column has none: then it does not matter."""
    return max(DELIMITERS, key=header.count)
