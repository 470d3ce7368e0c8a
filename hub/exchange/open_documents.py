"""Reads OpenDocument spreadsheets (.ods, OASIS OpenDocument 1.3 part 3) row by row, as `books` reads XLSX.

Empty cells and rows are told with how often they repeat: they count only where something stands behind them.
"""

import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError
from zipfile import BadZipFile, ZipFile, is_zipfile

from hub.errors import InvalidInput
from hub.exchange.books import MAX_CELLS, MAX_COLUMN, MAX_ROW, Day, Error, Number, elements, name_of

CONTENT = "content.xml"
CELLS = ("table-cell", "covered-table-cell")
NO_WORDS = ("annotation", "tracked-changes")
_CODE = re.compile(r"0[0-9]+")  # 1067 that a format of zeros shows as 01067
_SPAN = re.compile(r"-?PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:[.,]\d+)?S)?")
_MIDNIGHT = re.compile(r"T00:00:00(?:\.0+)?\Z")


def is_open_document(file: Path) -> bool:
    if not is_zipfile(file):
        return False
    with ZipFile(file) as zip:
        return CONTENT in zip.namelist()


def read_open_document(file: Path) -> Iterator[Iterator[list[str]]]:
    """The visible sheets, each as its rows, to be read before the next. Raises InvalidInput."""
    with _opened(file) as zip:
        hidden: set[str] = set()
        events = elements(zip, CONTENT, "start", "end")
        for event, element in events:
            if event == "end" and name_of(element) == "style":
                hidden |= _hidden_by(element)
            elif event == "start" and name_of(element) == "table":
                rows = _rows(events, element)
                if _told(element, "style-name") not in hidden:
                    yield rows
                for _ in rows:
                    pass


@contextmanager
def _opened(file: Path) -> Iterator[ZipFile]:
    try:
        with ZipFile(file) as zip:
            yield zip
    except (BadZipFile, ParseError, zlib.error, OSError, EOFError, LookupError, ValueError, RuntimeError) as trouble:
        raise InvalidInput(f"{file} is no ODS file, or it has a password: {trouble}") from trouble


def _hidden_by(style: Element) -> set[str]:
    properties = (child for child in style if name_of(child) == "table-properties")
    return {_told(style, "name") for child in properties if _told(child, "display") == "false"}


def _rows(events: Iterator[tuple[str, Element]], table: Element) -> Iterator[list[str]]:
    """Up to the end of the table; a table within a cell is none of it."""
    above = rows = cells = inside = 0
    for event, element in events:
        if element is table:
            return
        name = name_of(element)
        inside += {"start": 1, "end": -1}[event] if name == "table" else 0
        if inside or event == "start" or name != "table-row":
            continue
        texts, times = _texts(element), _times(element, "number-rows-repeated")
        element.clear()
        if not texts:
            above += times
            continue
        cells += len(texts) * times
        rows += above + times
        if cells > MAX_CELLS or rows > MAX_ROW:
            raise InvalidInput(f"the sheet {_told(table, 'name')!r} has more than {MAX_CELLS:,} cells: split it")
        yield from ([] for _ in range(above))
        yield from (list(texts) for _ in range(times))
        above = 0


def _texts(row: Element) -> list[str]:
    texts: list[str] = []
    empty = 0
    for cell in row:
        if name_of(cell) not in CELLS:
            continue
        text, times = _text(cell), _times(cell, "number-columns-repeated")
        if not text:
            empty += times
        elif len(texts) + empty + times <= MAX_COLUMN:
            texts += [""] * empty + [text] * times
            empty = 0
    return texts


def _text(cell: Element) -> str:
    kind = _told(cell, "value-type")
    if any(key.endswith("}value-type") and value == "error" for key, value in cell.items()):
        return Error(_words(cell) or "#N/A")
    if kind in ("float", "currency", "percentage"):
        number, shown = float(_told(cell, "value")), _words(cell)
        if _CODE.fullmatch(shown) and int(shown) == number:
            return shown
        return Number(int(number) if number.is_integer() else repr(number))
    if kind == "date":
        return Day(_MIDNIGHT.sub("", _told(cell, "date-value")))
    if kind == "time" and (span := _SPAN.fullmatch(_told(cell, "time-value"))):
        hours, minutes, seconds = (int(part or 0) for part in span.groups())
        return f"{hours}:{minutes:02}:{seconds:02}"
    if kind == "boolean":
        return _told(cell, "boolean-value").upper()
    return _words(cell)


def _words(cell: Element) -> str:
    """Its paragraphs as lines, without notes."""
    return "\n".join(_line(child) for child in cell if name_of(child) == "p")


def _line(element: Element) -> str:
    name = name_of(element)
    if name in NO_WORDS:
        return ""
    signs = {"s": " " * min(_times(element, "c"), MAX_COLUMN), "tab": "\t", "line-break": "\n"}
    inner = "".join(_line(child) + (child.tail or "") for child in element)
    return signs.get(name, element.text or "") + inner


def _times(element: Element, name: str) -> int:
    return max(int(_told(element, name) or 1), 1)


def _told(element: Element, name: str) -> str:
    """An attribute, whatever its namespace; of two called value-type the first is OpenDocument's own."""
    return next((value for key, value in element.items() if key.rpartition("}")[2] == name), "")
