"""hub.exchange.sheets: tables come back as they went out, and no cell is run by a spreadsheet."""

import zipfile
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.errors import InvalidInput
from hub.exchange.sheets import RUNS, meant, neutral, read_csv, read_xlsx, write_csv, write_xlsx

WRITERS = {"csv": (write_csv, read_csv), "xlsx": (write_xlsx, read_xlsx)}
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
    assert not neutral(text).startswith(RUNS)


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


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_any_bytes_are_a_table_or_invalid(tmp_path, content):
    for name, (_, read) in WRITERS.items():
        file = tmp_path / f"t.{name}"
        file.write_bytes(content)
        with suppress(InvalidInput):
            assert all(isinstance(cell, str) for row in read(file) for cell in row)
