"""An OpenDocument spreadsheet as LibreOffice writes it."""

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

NAMES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"'
    for short in ("office", "table", "text", "style")
)
CALC = 'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
Cell = str | int | float | date | None


def ods(*sheets: Sequence[Sequence[Cell]], hidden: Sequence[int] = ()) -> bytes:
    """A text that begins with # is what a formula came to; hidden: the numbers of sheets that are."""
    tables = "".join(
        f'<table:table table:name="{number}" table:style-name="{"no" if number in hidden else "yes"}">{_rows(rows)}'
        '<table:table-row table:number-rows-repeated="1048000">'
        '<table:table-cell table:number-columns-repeated="16384"/>'
        "</table:table-row></table:table>"
        for number, rows in enumerate(sheets)
    )
    styles = "".join(
        f'<style:style style:name="{name}"><style:table-properties table:display="{shown}"/></style:style>'
        for name, shown in (("no", "false"), ("yes", "true"))
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {NAMES} {CALC}>'
        f"<office:automatic-styles>{styles}"
        f"</office:automatic-styles><office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    book = BytesIO()
    with ZipFile(book, "w", ZIP_DEFLATED) as zip:
        zip.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        zip.writestr("content.xml", content)
    return book.getvalue()


def _rows(rows: Sequence[Sequence[Cell]]) -> str:
    return "".join(f"<table:table-row>{''.join(map(_cell, row))}</table:table-row>" for row in rows)


def _cell(cell: Cell) -> str:
    if cell is None:
        return '<table:table-cell table:number-columns-repeated="1"/>'
    if isinstance(cell, date):
        kind = f'office:value-type="date" office:date-value="{cell.isoformat()}"'
    elif isinstance(cell, int | float):
        kind = f'office:value-type="float" office:value="{cell}"'
    elif cell.startswith("#"):
        kind = 'office:value-type="string" office:string-value="" calcext:value-type="error"'
    else:
        kind = 'office:value-type="string"'
    words = "".join(f"<text:p>{escape(line)}</text:p>" for line in str(cell).split("\n"))
    note = "<office:annotation><text:p>a note</text:p></office:annotation>" if cell == "Notiz" else ""
    return f"<table:table-cell {kind}>{note}{words}</table:table-cell>"
