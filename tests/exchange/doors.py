"""Brings files in and takes customers out as an operator does: by the commands."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter
from click.testing import CliRunner

from hub.cli import hub
from hub.exchange.sheets import meant


@dataclass(frozen=True)
class Said:
    status: int
    out: str
    err: str


@dataclass(frozen=True)
class Desk:
    """A folder and a store."""

    folder: Path
    url: str

    def run(self, *words: object, country: str = "DE") -> Said:
        environment = {"HUB_STORE__URL": self.url, "HUB_COMPANY__COUNTRY": country}
        done = CliRunner().invoke(hub, [str(word) for word in words], env=environment)
        trouble = done.exception if not isinstance(done.exception, SystemExit) else None
        return Said(done.exit_code, done.stdout, done.stderr + (f"{trouble}" if trouble else ""))

    def bring(self, content: bytes | str, *words: str, name: str = "given.csv", country: str = "DE") -> Said:
        file = self.folder / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return self.run("import", "customers", file, *words, country=country)

    def people(self) -> dict[str, dict[str, str]]:
        """By name: the cells of the export that say something."""
        file = self.folder / "all.csv"
        self.run("export", "customers", file)
        with file.open(encoding="utf-8-sig", newline="") as handle:
            rows = [{key: meant(cell) for key, cell in row.items() if cell} for row in csv.DictReader(handle)]
        return {row.get("name", ""): row for row in rows}

    def book(self, *sheets: list[list[Any]], name: str = "given.xlsx", **options: Any) -> bytes:
        """An XLSX file; a text that begins with # is what a formula came to."""
        file = self.folder / f"made-{name}"
        with xlsxwriter.Workbook(str(file), options) as book:
            day = book.add_format({"num_format": "dd.mm.yyyy"})
            for rows in sheets:
                sheet = book.add_worksheet()
                for down, row in enumerate(rows):
                    for across, cell in enumerate(row):
                        if isinstance(cell, str) and cell.startswith("#"):
                            sheet.write_formula(down, across, "=NA()", None, cell)
                        elif hasattr(cell, "year"):
                            sheet.write_datetime(down, across, cell, day)
                        elif cell is not None:
                            sheet.write(down, across, cell)
        return file.read_bytes()
