"""Reads XLSX (ECMA-376 part 1, SpreadsheetML) row by row; only cells that are there cost memory.

The hub reads it itself: the libraries at hand take an error cell (#N/A) for an empty one, or reserve memory for the
whole rectangle that one cell in the last column spans.
"""

import posixpath
import re
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Literal
from xml.etree.ElementTree import Element, ParseError, iterparse
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from hub.errors import InvalidInput

MAX_XML = 2_000_000_000  # bytes of one part, unpacked
MAX_WORDS = 300_000_000  # characters of texts shared by cells, which stay in memory
MAX_ROW, MAX_COLUMN = 1_048_576, 16_384
MAX_CELLS = 10_000_000  # of a sheet, with the empty ones that stand before a filled one in its row
BUILT_IN_DATES = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}  # 18.8.30
SECONDS = 86_400
_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_LITERAL = re.compile(r'"[^"]*"|\\.|\[(?!h+\]|m+\]|s+\])[^\]]*\]|_.|\*.', re.IGNORECASE)
_ELAPSED = 46  # [h]:mm:ss
_NEVER = 60  # the serial day of 29 February 1900
_ZEROS = re.compile(r"0{2,}")  # of a number that is a code: 00000 shows 1067 as 01067


class Number(str):
    """A cell that was a number: digits, a point, no grouping."""

    __slots__ = ()


class Error(str):
    """A cell whose formula came to none: as it is shown, #N/A."""

    __slots__ = ()


class Day(str):
    """A cell that was a date or time: ISO 8601."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Book:
    """sheets: name -> part. meanings: what a number means in a cell of that style: "day", "elapsed", zeros for a code
    of so many digits, or nothing. epoch: day 0."""

    zip: ZipFile
    sheets: dict[str, str]
    words: Sequence[str]
    meanings: Sequence[str]
    epoch: datetime


@contextmanager
def open_book(file: Path) -> Iterator[Book]:
    """Raises InvalidInput."""
    try:
        with ZipFile(file) as zip:
            yield _book(zip)
    except (BadZipFile, ParseError, zlib.error, OSError, EOFError, LookupError, ValueError, RuntimeError) as trouble:
        raise InvalidInput(f"{file} is no XLSX file: {trouble}") from trouble


def read_book(file: Path) -> Iterator[Iterator[list[str]]]:
    """The visible sheets, each as its rows, to be read before the next. Raises InvalidInput."""
    with open_book(file) as book:
        for sheet in book.sheets:
            yield rows_of(book, sheet)


def rows_of(book: Book, sheet: str) -> Iterator[list[str]]:
    """Each row as texts, up to its last cell; a row that is missing is empty."""
    above = cells = 0
    data: Element | None = None
    for event, element in elements(book.zip, book.sheets[sheet], "start", "end"):
        name = name_of(element)
        if name == "sheetData" and event == "start":
            data = element
        elif name == "row" and event == "end" and data is not None:
            number = int(element.get("r") or above + 1)
            if not above < number <= MAX_ROW:
                raise InvalidInput(f"row {number} of the sheet {sheet!r} is not in its place")
            yield from ([] for _ in range(number - above - 1))
            texts = _row(book, element)
            cells += len(texts)
            if cells > MAX_CELLS:
                raise InvalidInput(f"the sheet {sheet!r} has more than {MAX_CELLS:,} cells: split it")
            yield texts
            above = number
            data.clear()


def _row(book: Book, row: Element) -> list[str]:
    texts: list[str] = []
    for cell in row:
        place = _PLACE.fullmatch(cell.get("r", ""))
        column = _column(place[1]) if place else len(texts)
        text = _text(book, cell) if len(texts) <= column < MAX_COLUMN else ""
        if text:
            texts += [""] * (column - len(texts))
            texts.append(text)
    return texts


def _text(book: Book, cell: Element) -> str:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return "".join(_words(child) for child in cell if name_of(child) == "is")
    value = next((child.text or "" for child in cell if name_of(child) == "v"), "").strip()
    if kind == "s":
        return book.words[int(value)] if value else ""
    if kind == "b":
        return {"1": "TRUE", "0": "FALSE"}.get(value, value)
    if kind == "d":
        return Day(value)
    if kind == "e":
        return Error(value)
    if kind != "n" or not value:
        return _unescaped(value)  # a formula's text
    number = float(value)
    style = int(cell.get("s", "0"))
    means = book.meanings[style] if style < len(book.meanings) else ""
    if means == "day":
        return _day(book, number)
    if means == "elapsed":
        return _elapsed(number)
    if means and number.is_integer() and number >= 0:
        return str(int(number)).zfill(len(means))
    return Number(int(number) if number.is_integer() else repr(number))


def _elapsed(number: float) -> str:
    """1.5 -> "36:00:00": a span, whose hours do not end at 24."""
    minutes, seconds = divmod(round(abs(number) * SECONDS), 60)
    return f"{'-' if number < 0 else ''}{minutes // 60}:{minutes % 60:02}:{seconds:02}"


def _day(book: Book, number: float) -> str:
    """Serial days; 1900 counts a 29th of February that never was, which is why day 0 is earlier by one behind it."""
    before_it = book.epoch.year < 1900 and 1 <= number < _NEVER
    try:
        at = book.epoch + timedelta(days=before_it, seconds=round(number * SECONDS))
    except OverflowError:
        return Number(number)
    if number < 1:
        return Day(at.time().isoformat())
    return Day(at.date().isoformat() if at.time() == datetime.min.time() else at.isoformat())


def _book(zip: ZipFile) -> Book:
    root = _related(zip, "")
    part = next((target for kind, target in root.values() if kind.endswith("/officeDocument")), "xl/workbook.xml")
    if part.endswith(".bin"):
        raise InvalidInput("an XLSB file: save it as XLSX")
    related = _related(zip, part)
    sheets, epoch = {}, datetime(1899, 12, 30)
    for _, element in elements(zip, part, "end"):
        if name_of(element) == "workbookPr" and element.get("date1904") in ("1", "true"):
            epoch = datetime(1904, 1, 1)
        elif name_of(element) == "sheet" and element.get("state", "visible") == "visible":
            id = next((value for key, value in element.items() if key.endswith("}id")), "")
            if related.get(id, ("", ""))[0].endswith("/worksheet"):
                sheets[element.get("name", "")] = related[id][1]
    parts = {kind.rpartition("/")[2]: target for kind, target in related.values()}
    return Book(zip, sheets, _shared(zip, parts.get("sharedStrings")), _meanings(zip, parts.get("styles")), epoch)


def _related(zip: ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """Relationship id -> (type, part)."""
    folder, name = posixpath.split(part)
    found = {}
    for _, element in elements(zip, posixpath.join(folder, "_rels", f"{name}.rels"), "end"):
        target = posixpath.normpath(posixpath.join("/", folder, element.get("Target", ""))).lstrip("/")
        found[element.get("Id", "")] = (element.get("Type", ""), target)
    return found


def _shared(zip: ZipFile, part: str | None) -> list[str]:
    words: list[str] = []
    size = 0
    for _, element in elements(zip, part, "end") if part else ():
        if name_of(element) == "si":
            words.append(_words(element))
            element.clear()
            size += len(words[-1])
            if size > MAX_WORDS:
                raise InvalidInput(f"its texts are longer than {MAX_WORDS:,} characters")
    return words


def _meanings(zip: ZipFile, part: str | None) -> list[str]:
    """Of each cell style: is its number format one of a day or time, of a span, or of a code?"""
    own: dict[int, str] = {}
    for _, element in elements(zip, part, "end") if part else ():
        if name_of(element) == "numFmt":
            own[int(element.get("numFmtId", "0"))] = _means(element.get("formatCode", ""))
        elif name_of(element) == "cellXfs":
            formats = [int(style.get("numFmtId", "0")) for style in element]
            return [own.get(number, _built_in(number)) for number in formats]
    return []


def _means(code: str) -> str:
    bare = _LITERAL.sub("", code).partition(";")[0]
    if "[" in bare:
        return "elapsed"
    if _ZEROS.fullmatch(bare):
        return bare
    return "day" if re.search(r"[dmyhs]", bare, re.IGNORECASE) else ""


def _built_in(number: int) -> str:
    if number == _ELAPSED:
        return "elapsed"
    return "day" if number in BUILT_IN_DATES else ""


def _words(element: Element) -> str:
    """The text of its runs, without how it is pronounced."""
    own = [child for child in element if name_of(child) != "rPh"]
    texts = (leaf.text or "" for child in own for leaf in child.iter() if name_of(leaf) == "t")
    return _unescaped("".join(texts))


def elements(zip: ZipFile, part: str, *events: Literal["start", "end"]) -> Iterator[tuple[str, Element]]:
    info = zip.getinfo(part)
    if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise InvalidInput(f"{part} is packed in a way nobody packs XLSX")
    with zip.open(info) as stream:
        yield from iterparse(_Bounded(stream), events)  # noqa: S314 - see above


class _Bounded:
    """A small archive may unpack to more than there is memory for."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream = stream
        self.left = MAX_XML

    def read(self, size: int = -1) -> bytes:
        content = self.stream.read(size)
        self.left -= len(content)
        if self.left < 0:
            raise InvalidInput(f"it unpacks to more than {MAX_XML:,} bytes")
        return content


def name_of(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(_character, text) if "_x" in text else text


def _character(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    return "\ufffd" if 0xD800 <= code < 0xE000 else chr(code)
