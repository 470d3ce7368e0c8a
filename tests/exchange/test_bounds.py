"""An import or export that asks for too much ends with a sentence, and leaves what was there as it was."""

import csv
import resource
import subprocess
import sys
import tracemalloc
from math import isqrt
from pathlib import Path
from zipfile import ZipFile

import pytest
from sqlalchemy import Connection

from hub.errors import InvalidInput
from hub.exchange.books import MAX_CELLS, MAX_COLUMN, MAX_ROW
from hub.exchange.customers import export_people
from hub.exchange.ldif import read_ldif
from hub.exchange.open_documents import CONTENT, read_open_document
from hub.store.customers import NewCustomer, add_customer

ROOT = Path(__file__).parents[2]
MODEST = 200_000_000  # octets: what a small machine would leave for it


@pytest.fixture
def engine() -> str:
    """What a file takes of memory is the same on both."""
    return "sqlite"


def modest() -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (MODEST, MODEST))


def hub(url: str, *words: object) -> subprocess.CompletedProcess[str]:
    """In a process of its own, with little memory."""
    command = [sys.executable, "-m", "hub", *map(str, words)]
    environment = {"HUB_STORE__URL": url, "PYTHONPATH": str(ROOT), "PATH": ""}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, preexec_fn=modest)


def test_child_that_reads_a_file_loads_neither_the_store_nor_the_web():
    """It starts anew for each file, up to three times."""
    code = "import sys, hub.exchange.reading; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert not {"sqlalchemy", "aiohttp", "structlog", "hub.store", "hub.registry"} & set(done.stdout.split())


def test_one_cell_in_the_last_row_and_column_is_taken(desk):
    corner = [*[[]] * (MAX_ROW - 3), [None] * (MAX_COLUMN - 1) + ["far out"]]
    done = desk.bring(desk.book([["name", "email"], ["Ada", "ada@example.com"], *corner]))
    assert "1 added" in done.out
    assert list(desk.people()) == ["Ada"]


def test_sheet_of_more_cells_than_we_keep_is_refused(desk):
    far = [None] * (MAX_COLUMN - 1) + ["x"]
    done = desk.bring(desk.book([["name"], *[far] * (MAX_CELLS // MAX_COLUMN + 1)]))
    assert (done.status, "more than 10,000,000 cells: split it" in done.err) == (1, True)
    assert desk.people() == {}


def test_rows_of_an_open_document_are_counted_together_and_no_number_takes_back(tmp_path):
    def sheet(*rows: tuple[int, str]) -> list[list[str]]:
        cell = "<t:table-cell><x:p>%s</x:p></t:table-cell>"
        told = "".join(
            f'<t:table-row t:number-rows-repeated="{times}">{cell % text}</t:table-row>' for times, text in rows
        )
        file = tmp_path / "book.ods"
        with ZipFile(file, "w") as zip:
            zip.writestr(CONTENT, f'<o xmlns:t="table" xmlns:x="text"><t:table>{told}</t:table></o>')
        return [row for rows in read_open_document(file) for row in rows]

    assert sheet((-9, "Ada"), (2, "Bob")) == [["Ada"], ["Bob"], ["Bob"]]
    with pytest.raises(InvalidInput, match="split it"):
        sheet((MAX_ROW // 2, ""), (1, "Ada"), (MAX_ROW // 2, ""), (1, "Bob"))


def test_address_book_of_more_cells_than_we_keep_is_refused(tmp_path):
    """Each entry with an attribute of its own: as many columns as rows."""
    file = tmp_path / "book.ldif"
    file.write_text("".join(f"dn: n{n}\nx{n}: y\n\n" for n in range(isqrt(MAX_CELLS) + 1)))
    with pytest.raises(InvalidInput, match="split it"):
        next(read_ldif(file))


def test_file_that_takes_too_much_memory_ends_its_own_import_only(desk):
    many = "name,email\n" + "".join(f"Ada {number},ada{number}@example.com\n" for number in range(400_000))
    file = desk.folder / "many.csv"
    file.write_text(many)
    done = hub(desk.url, "import", "customers", file)
    assert (done.returncode, done.stderr) == (
        1,
        f"hub: {file}: this takes more than {MODEST:,} bytes of memory: split it\n",
    )
    assert desk.bring("name,email\nAda,ada@example.com\n").status == 0


def test_export_that_fails_leaves_the_file_that_was_there(desk):
    file = desk.folder / "all.xlsx"
    file.write_text("of yesterday")
    rows = [["name", *(f"field {number}" for number in range(MAX_COLUMN))], ["Ada", *["x"] * MAX_COLUMN]]
    desk.bring("\n".join(",".join(row) for row in rows))
    done = desk.run("export", "customers", file)
    assert (done.status, "write a .csv" in done.err) == (1, True)
    assert file.read_text() == "of yesterday"
    assert [one.name for one in desk.folder.glob("*.part")] == []


@pytest.mark.parametrize("name", ["all.csv", "all.xlsx", "all.vcf"])
async def test_export_does_not_gather_all_customers_in_memory(store, tmp_path, name):
    people, octets = 3_000, 10_000

    def fill(conn: Connection) -> None:
        for number in range(people):
            add_customer(conn, NewCustomer(name=f"Ada {number}", fields={"about": "x" * octets}), 0)

    await store.write(fill)
    tracemalloc.start()
    try:
        assert await export_people(store, tmp_path / name) == people
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < people * octets * 0.8


async def test_column_that_only_the_last_customer_has_is_in_the_export(store, tmp_path):
    await store.write(add_customer, NewCustomer(name="Ada"), 0)
    await store.write(add_customer, NewCustomer(name="Grace", fields={"late": "yes"}), 1)
    await export_people(store, tmp_path / "all.csv")
    with (tmp_path / "all.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["field:late"] for row in csv.DictReader(file)] == ["", "yes"]
    assert [one.name for one in tmp_path.glob("*all*")] == ["all.csv"]
