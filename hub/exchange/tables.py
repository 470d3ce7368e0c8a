"""Finds the table in a file, whatever its name says, and reads its rows as records."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from hub.errors import InvalidInput
from hub.exchange.books import Day, Error, Number
from hub.exchange.columns import Column, is_who, letters_of, say_who
from hub.exchange.headings import CATEGORIES, IGNORED, PHONE_LABEL, count_known, targets_of
from hub.exchange.ldif import is_ldif, read_ldif
from hub.exchange.places import POSTCODES, is_place, whole_postcode
from hub.exchange.records import REACHED, Record, claimed_of
from hub.exchange.said import Said, several
from hub.exchange.sheets import Cells, Torn, read_csv, read_sheets
from hub.exchange.values import OBJECT, TEXT, error_in, fields_of, read_value, rounded
from hub.fields import FORM_OF_ADDRESS, form_in

AGREEING = ("consent:", "refusal:")
HEAD = 20  # rows among which the headings stand
BIRTH = ("field:birth_year", "field:birth_month", "field:birthday")
ZIP = b"PK\x03\x04"
FOREIGN = {  # what a file begins with: what it is
    b"\xd0\xcf\x11\xe0": "an old or locked Excel file: save it as .xlsx, without a password",
    b"%PDF": "a PDF: save the list as .xlsx or .csv",
    b"<": "a web page or XML: save the list as .xlsx or .csv",
}
_UNSEEN = dict.fromkeys([0, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), 0x2060, *range(0x2066, 0x206A), 0xFEFF])
_QUOTED = re.compile(r'"[^"]*"(?:\s*[,;]\s*"[^"]*")*')  # Mailchimp's tags
_CATEGORIES = re.compile(r"\s*(?:\||:::|[;,])\s*")


@dataclass(frozen=True, slots=True)
class Table:
    """rows: (number as the spreadsheet shows it, its cells), without empty ones."""

    headings: Sequence[str]
    rows: Sequence[tuple[int, Cells | Torn]]

    def texts(self) -> list[Cells]:
        return [row for _, row in self.rows if not isinstance(row, Torn)]


def read_table(file: Path) -> Table:
    """The first sheet (a CSV is one) whose headings say who somebody is, else the first. Raises InvalidInput."""
    with file.open("rb") as handle:
        start = handle.read(12).lstrip()
    if foreign := next((what for begin, what in FOREIGN.items() if start.startswith(begin)), ""):
        raise InvalidInput(f"{file} is {foreign}")
    tables = [_with_birthdays(_table(list(_numbered(sheet)))) for sheet in _sheets(file, start)]
    named = next((table for table in tables if say_who(table.headings)), None)
    return named or next((table for table in tables if table.headings), Table((), ()))


def _sheets(file: Path, start: bytes) -> Iterator[Iterable[Cells | Torn]]:
    if is_ldif(start):
        yield read_ldif(file)
    else:
        yield from read_sheets(file) if start.startswith(ZIP) else [read_csv(file)]


def _table(rows: Sequence[tuple[int, Cells | Torn]]) -> Table:
    """Below the row whose headings say most, among them who somebody is; else below the first."""
    heads = [(place, row) for place, (_, row) in enumerate(rows[:HEAD]) if not isinstance(row, Torn)]
    best = next((head for head in heads if all(_says(head[1])) and say_who(head[1])), None)
    saying = [best] if best else [head for head in heads if say_who(head[1])] or heads[:1] or [(0, [])]
    place, headings = max(saying, key=lambda head: _says(head[1]))
    return _without_margin(["" if error_in(heading) else heading for heading in headings], rows[place + 1 :])


def _says(row: Cells) -> tuple[bool, bool]:
    """More of it than a title would? Beyond that the first is the best."""
    return count_known(row) > 1, len([cell for cell in row if cell]) > 1


def _without_margin(headings: Sequence[str], rows: Sequence[tuple[int, Cells | Torn]]) -> Table:
    """Empty columns behind the last one are what a spreadsheet had marked once."""
    texts = [headings, *(row for _, row in rows if not isinstance(row, Torn))]
    width = max(next((at + 1 for at in range(len(row) - 1, -1, -1) if row[at]), 0) for row in texts)
    return Table(headings[:width], rows)


def _with_birthdays(table: Table) -> Table:
    """Where a birthday stands in three columns, as Thunderbird writes it, it is put together in that of the day."""
    targets = targets_of(table.headings)
    places = [targets.index(part) for part in BIRTH if part in targets]
    if len(places) < len(BIRTH):
        return table
    rows = [(number, row if isinstance(row, Torn) else _born(row, *places)) for number, row in table.rows]
    return Table(table.headings, rows)


def _born(cells: Cells, year: int, month: int, day: int) -> Cells:
    if len(cells) <= max(year, month, day) or not (cells[month] and cells[day]):
        return cells
    told = list(cells)
    told[day] = f"{cells[year] or '-'}-{cells[month]:0>2}-{cells[day]:0>2}"
    told[year] = told[month] = ""
    return told


def _numbered(rows: Iterable[Cells | Torn]) -> Iterator[tuple[int, Cells | Torn]]:
    number = 1
    for row in rows:
        if isinstance(row, Torn):
            yield number, row
            number += row.lines
            continue
        cells = [cell if isinstance(cell, Number | Day | Error) else cell.translate(_UNSEEN).strip() for cell in row]
        if any(cells):
            yield number, cells
        number += 1


def record_of(columns: Sequence[Column], row: Cells) -> Record:
    """What a row says. A cell of a field that cannot be read is left out and noted. One that says who it is, or
    what was agreed to, cannot be left out: InvalidInput names it."""
    said = Said()
    said.notes += [f"column {letters_of(at)} has no heading: {row[at][:40]}" for at in _unnamed(columns, row)]
    is_fax = False
    for place, (column, cell) in enumerate(zip(columns, row, strict=False)):
        if not cell or not column.heading or column.target == IGNORED:
            continue
        where = _where(place, column)
        if column.target == PHONE_LABEL:
            is_fax = "fax" in cell.casefold()
        elif error := error_in(cell):
            _refuse(said, column, f"{where}: {error}")
        elif column.target == "phone" and is_fax:
            said.put("fax", cell, where)
            is_fax = False
        else:
            _tell(said, column, cell, where)
    for place, column in enumerate(columns):
        if column.kind in POSTCODES.values():
            _give_zeros_back(said, column, _where(place, column))
    return said.record()


def _where(place: int, column: Column) -> str:
    return f"column {letters_of(place)} ({' '.join(column.heading.split())[:40]})"


def _give_zeros_back(said: Said, column: Column, where: str) -> None:
    name = column.target.removeprefix("field:")
    code, country = (str(said.fields.get(one, "")) for one in (name, name.replace("postal_code", "country")))
    whole, is_guess = whole_postcode(code, column.kind, country)
    if whole != code:
        said.fields[name] = whole
        said.notes += [f"{where}: {code} is read as {whole}"] if is_guess else []


def _unnamed(columns: Sequence[Column], row: Cells) -> list[int]:
    """Cells under no heading, or under one that is an error: nobody says what they are."""
    named = {place for place, column in enumerate(columns) if column.heading}
    return [place for place, cell in enumerate(row) if cell and place not in named]


def _refuse(said: Said, column: Column, problem: str) -> None:
    if (is_who(column.target) and column.target != "name") or column.target.startswith(AGREEING):
        raise InvalidInput(problem)
    said.notes.append(problem)


def _tell(said: Said, column: Column, cell: str, where: str) -> None:
    target = column.target
    if target == "phone":
        said.add_phones(cell, where)
    elif target == "email":
        said.add_emails(cell)
    elif target == "language":
        said.speak(cell, where)
    elif target == "timezone":
        said.live_in(cell, where)
    elif target == "claimed":
        said.addresses += [claimed_of(text) for text in several(cell)]
    elif target in REACHED or target.startswith("reach:"):
        kind = target.removeprefix("reach:")
        said.addresses += [(kind, handle, True) for handle in several(cell)]
    elif target in ("labels", CATEGORIES):
        quoted = re.findall(r'"([^"]*)"', cell) if _QUOTED.fullmatch(cell) else None
        said.add_labels(quoted or several(cell, _CATEGORIES if target == CATEGORIES else None))
    elif target.startswith(AGREEING):
        said.agree(target, column.heading, cell)
    elif target.startswith("field:"):
        _fill(said, column, cell, where)
    else:
        is_turned = target == "name" and "," in column.heading
        said.words.setdefault(target, []).append(_turned(cell) if is_turned else str(cell))


def _fill(said: Said, column: Column, cell: str, where: str) -> None:
    name = column.target.removeprefix("field:")
    said.is_post = said.is_post or (is_place(name) and column.heading != column.target)
    try:
        if column.kind == OBJECT:
            for of, value in fields_of(cell).items():
                said.put(of, value, where)
            return
        if column.kind == TEXT and rounded(cell):
            raise InvalidInput(f"a spreadsheet has cut the digits of {cell}")
        value = form_in(cell) if name == FORM_OF_ADDRESS.key else read_value(cell, column.kind)
        said.put(name, value, where)
    except InvalidInput as wrong:
        said.notes.append(f"{where}: {wrong}")


def _turned(name: str) -> str:
    """ "Lovelace, Ada" below "Name, Vorname"."""
    last, comma, first = name.partition(",")
    return f"{first.strip()} {last.strip()}" if comma else name
