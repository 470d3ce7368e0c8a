"""hub.exchange.sheets: tables come back as they went out, and no cell is run by a spreadsheet."""

import csv
import zipfile
from contextlib import suppress
from datetime import date, time, timedelta
from unicodedata import normalize

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.errors import InvalidInput
from hub.exchange.books import MAX_COLUMN
from hub.exchange.sheets import Torn, meant, neutral, read_csv, read_sheets, write_csv, write_xlsx
from tests.cases.neighbours.books import ods


def first_sheet(file):
    return next(list(rows) for rows in read_sheets(file))


WRITERS = {"csv": (write_csv, read_csv), "xlsx": (write_xlsx, first_sheet)}
CELLS = [
    "=1+1",
    "+49 30 1",
    "-5",
    "@sum",
    "'quoted",
    "''",
    "",
    'Müller; GmbH, "K"\n2',
    "007",
    "1,5",
    "=cmd|'/C calc'!A0",
]


@pytest.fixture(params=WRITERS)
def both_ways(request, tmp_path):
    write, read = WRITERS[request.param]
    file = tmp_path / f"table.{request.param}"

    def go(header, rows):
        write(file, header, rows)
        return list(read(file))

    return go


def test_table_comes_back_as_it_went_out(both_ways):
    assert both_ways(["a", "b"], [[cell, "x"] for cell in CELLS]) == [["a", "b"], *([cell, "x"] for cell in CELLS)]


@given(st.text())
def test_any_text_survives_its_neutral_form(text):
    assert meant(neutral(text)) == text
    assert not neutral(text).lstrip().startswith(tuple("=+-@"))


def test_formulas_are_text_in_the_file_itself(tmp_path):
    write_csv(tmp_path / "t.csv", ["name"], [["=HYPERLINK()"]])
    assert "'=HYPERLINK()" in (tmp_path / "t.csv").read_text("utf-8-sig")
    write_xlsx(tmp_path / "t.xlsx", ["name"], [["=HYPERLINK()"]])
    with zipfile.ZipFile(tmp_path / "t.xlsx") as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_foreign_tables_are_understood(tmp_path, encoding, delimiter):
    file = tmp_path / "t.csv"
    file.write_bytes(f"Name{delimiter}E-Mail\r\nJürgen{delimiter}j@example.com\r\n".encode(encoding))
    assert list(read_csv(file)) == [["Name", "E-Mail"], ["Jürgen", "j@example.com"]]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("Nachname, Vorname;Ort\nMeier, Ada;Bonn\n", [["Nachname, Vorname", "Ort"], ["Meier, Ada", "Bonn"]]),
        ("Nachname, Vorname\tOrt\nMeier, Ada\tBonn\n", [["Nachname, Vorname", "Ort"], ["Meier, Ada", "Bonn"]]),
        ("Nachname, Vorname|Ort\nMeier, Ada|Bonn\n", [["Nachname, Vorname", "Ort"], ["Meier, Ada", "Bonn"]]),
        ("Name\nMeier, Ada\n", [["Name"], ["Meier, Ada"]]),
        (
            "name, phone|mobile, mail\nAda, 1, a@b.example\n",
            [["name", " phone|mobile", " mail"], ["Ada", " 1", " a@b.example"]],
        ),
        ("name,phone|mobile\nAda,1\n", [["name", "phone|mobile"], ["Ada", "1"]]),
    ],
)
def test_a_comma_inside_a_heading_parts_no_columns(tmp_path, text, rows):
    file = tmp_path / "t.csv"
    file.write_text(text, encoding="utf-8")
    assert list(read_csv(file)) == rows


@pytest.mark.parametrize("epoch", [False, True])
def test_a_cell_of_a_workbook_says_what_the_sheet_shows(tmp_path, epoch):
    shown = [
        (timedelta(hours=36, minutes=5), "[h]:mm", "36:05:00"),
        (timedelta(hours=2), "[hh]:mm:ss", "2:00:00"),
        (timedelta(minutes=90), "[mm]:ss", "1:30:00"),
        (-timedelta(minutes=90), "[h]:mm", "-1:30:00"),
        (time(2), "hh:mm", "02:00:00"),
        (5.5, "[Magenta]0.00", "5.5"),
        (4, '[Red]0 "d"', "4"),
        (date(2026, 3, 1), "[$-407]d. mmmm yyyy", "2026-03-01"),
    ]
    if not epoch:  # of which a sheet counts 29 in 1900
        shown += [(date(1900, 1, 15), "yyyy-mm-dd", "1900-01-15"), (date(1900, 2, 28), "yyyy-mm-dd", "1900-02-28")]
        shown += [(date(1900, 3, 1), "yyyy-mm-dd", "1900-03-01")]
    with xlsxwriter.Workbook(str(tmp_path / "t.xlsx"), {"date_1904": epoch}) as book:
        sheet = book.add_worksheet()
        for row, (value, code, _) in enumerate(shown):
            sheet.write(row, 0, value, book.add_format({"num_format": code}))
    assert first_sheet(tmp_path / "t.xlsx") == [[text] for _, _, text in shown]


SPOKEN = '<rPh sb="0" eb="2"><t>ヤマダ</t></rPh>'


@pytest.mark.parametrize(("inline", "part"), [(True, "worksheets/sheet1.xml"), (False, "sharedStrings.xml")])
def test_how_a_name_is_spoken_is_no_part_of_it(tmp_path, inline, part):
    """A Japanese workbook says so beside the name, wherever that stands."""
    with xlsxwriter.Workbook(str(tmp_path / "plain.xlsx"), {"constant_memory": inline}) as book:
        book.add_worksheet().write_row(0, 0, ["山田"])
    with zipfile.ZipFile(tmp_path / "plain.xlsx") as plain, zipfile.ZipFile(tmp_path / "t.xlsx", "w") as spoken:
        for name in plain.namelist():
            content = plain.read(name)
            if name == f"xl/{part}":
                assert "<t>山田</t>".encode() in content
                content = content.replace("<t>山田</t>".encode(), f"<t>山田</t>{SPOKEN}".encode())
            spoken.writestr(name, content)

    assert first_sheet(tmp_path / "t.xlsx") == [["山田"]]


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_any_bytes_are_a_table_or_invalid(tmp_path, content):
    for name, (_, read) in WRITERS.items():
        file = tmp_path / f"t.{name}"
        file.write_bytes(content)
        with suppress(InvalidInput):
            rows = [row for row in read(file) if not isinstance(row, Torn)]
            assert all(isinstance(cell, str) for row in rows for cell in row)


@given(
    st.lists(
        st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=8), min_size=3, max_size=3)
    )
)
def test_whatever_quotes_a_file_holds_every_line_is_read_or_torn(tmp_path_factory, rows):
    file = tmp_path_factory.mktemp("torn") / "t.csv"
    lines = ["a,b,c", *(",".join(cell.replace("\n", "").replace(",", "") for cell in row) for row in rows)]
    file.write_bytes("".join(f"{line}\n" for line in lines).encode())

    found = list(read_csv(file))

    whole = [row for row in found if not isinstance(row, Torn)]
    breaks = sum(cell.count("\n") for row in whole for cell in row)
    assert len(whole) + breaks + sum(row.lines for row in found if isinstance(row, Torn)) == len(lines)


UNSEEN = (
    "\u200b",
    "\u200e",
    "\u202e",
    "\u2066",
    "\ufeff",
    "\u00a0",
    "\u3000",
    " ",
    "\u2028",
    "\x00",
    "\u3164",
    "\ufe0f",
)


@pytest.mark.parametrize("sign", [*"=+-@\t\r\n＝＋－＠﹦﹢﹣﹫", *(f"{one}=" for one in UNSEEN), "\u200b\u00a0＠"])
def test_no_cell_begins_with_what_a_spreadsheet_runs(tmp_path, sign):
    write_csv(tmp_path / "t.csv", [f"{sign}name"], [[f"{sign}1"]])
    with (tmp_path / "t.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row[0][:1] for row in csv.reader(file)] == ["'", "'"]


SPLIT = [
    "x;=1",
    'x;"=1"',
    "x\n-1",
    "x\r\n@sum",
    "x\t +1",
    "x,=1",
    "x;'=1",
    "x;\uff1d1",
    "a;b,-c\n=1;'+2",
    ";",
    "x; \u200b=1",
]


@pytest.mark.parametrize("separator", [",", ";"])
def test_no_cell_begins_so_where_another_sign_parts_cells_either(tmp_path, separator):
    file = tmp_path / "t.csv"
    write_csv(file, ["name", "note"], [["x", cell] for cell in SPLIT], separator)
    assert list(read_csv(file))[1:] == [["x", cell] for cell in SPLIT]
    for other in {",", ";", "\t"} - {separator}:
        with file.open(encoding="utf-8-sig", newline="") as handle:
            cells = [cell for row in csv.reader(handle, delimiter=other) for cell in row]
        assert [cell for cell in cells if is_run(cell)] == []


def is_run(cell):
    return normalize("NFKC", cell.lstrip('\u200b \t\r\n"'))[:1] in tuple("=+-@")


def test_sheet_with_more_columns_than_there_are_is_not_written(tmp_path):
    with pytest.raises(InvalidInput, match=r"column 16,384: write a \.csv"):
        write_xlsx(tmp_path / "t.xlsx", ["a"] * (MAX_COLUMN + 1), [])


@pytest.mark.parametrize(
    ("code", "number", "shown"),
    [
        ("00000", 1067, "01067"),
        ("[$-407]00000", 1067, "01067"),
        ("00000", 10115, "10115"),
        ('"D-"00000', 1067, "01067"),
        ("00000000000", 1711234567, "01711234567"),
        ("0", 1067, "1067"),
        ("00000", 1067.5, "1067.5"),
        ("0.00", 3, "3"),
    ],
)
def test_a_number_that_is_a_code_keeps_its_zeros(tmp_path, code, number, shown):
    with xlsxwriter.Workbook(str(tmp_path / "t.xlsx")) as book:
        book.add_worksheet().write(0, 0, number, book.add_format({"num_format": code}))

    assert first_sheet(tmp_path / "t.xlsx") == [[shown]]


class Code(int):
    def __str__(self) -> str:
        return f"{int(self):05}"


def test_so_does_one_of_an_open_document(tmp_path):
    (tmp_path / "t.ods").write_bytes(ods([[Code(1067), 1067]]))

    assert first_sheet(tmp_path / "t.ods") == [["01067", "1067"]]
