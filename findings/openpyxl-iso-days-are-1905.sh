#!/bin/sh
# Days that openpyxl writes as days (`iso_dates`) are all 18 July 1905 in ExcelJS, and no numbers or nothing in other readers.
#
# Guess: a cell of the type "d" (ISO 8601, ECMA-376 part 1, section 18.18.11) is its day in every reader of XLSX, or refused.
# Seen:  openpyxl 3.1.5 writes such cells where a book says `iso_dates = True`; openpyxl and calamine 0.9.1 read them.
#        ExcelJS 4.4.0 takes the leading digits for a number of days: every day of 2026 is 18 July 1905, a quarter past nine
#        is the 8th of January 1900. SheetJS 0.18.5 reads the days and gives "NaN:NaN:Na" for the hour; xlsx-populate 1.21.0
#        gives NaN for each of them, polars 2.1.0 nothing for the hour. read-excel-file 9.3.17 says which cell it cannot
#        read. None of the others warns.
# So:    read the type of the cell before its number; write days as numbers with a format, as Excel does.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check openpyxl==3.1.5 python-calamine==0.9.1 polars==2.1.0 fastexcel==0.21.0
npm init --yes >npm.log
npm install --silent --no-audit --no-fund exceljs@4.4.0 xlsx@0.18.5 xlsx-populate@1.21.0 read-excel-file@9.3.17 >>npm.log 2>&1
venv/bin/python - <<'PYTHON'
from datetime import date, datetime, time

import openpyxl
import polars
from python_calamine import load_workbook

book = openpyxl.Workbook()
book.iso_dates = True
book.active.append(["day", "moment", "hour", "e-mail"])
book.active.append([date(2026, 12, 24), datetime(2026, 12, 24, 18, 30), time(9, 15), "ada@example.com"])
book.save("days.xlsx")
given = (date(2026, 12, 24), datetime(2026, 12, 24, 18, 30), time(9, 15), "ada@example.com")
seen = {
    "openpyxl": list(openpyxl.load_workbook("days.xlsx").active.values)[1],
    "calamine": tuple(load_workbook("days.xlsx").get_sheet_by_index(0).to_python()[1]),
    "polars": polars.read_excel("days.xlsx").rows()[0],
}
for name, row in seen.items():
    print(f"{name}: {row}")
    assert row == (given if name != "polars" else (*given[:2], None, given[3])), row
PYTHON
cat >read.mjs <<'NODE'
import assert from "node:assert/strict";
import ExcelJS from "exceljs";
import XLSX from "xlsx";
import populate from "xlsx-populate";
import * as file from "read-excel-file/node";

const book = new ExcelJS.Workbook();
await book.xlsx.readFile("days.xlsx");
const days = book.worksheets[0].getRow(2).values.slice(1, 4).map((day) => day.toISOString().slice(0, 10));
console.log(`ExcelJS: ${days}`);
assert.deepEqual(days, ["1905-07-18", "1905-07-18", "1900-01-08"]);

const sheets = XLSX.readFile("days.xlsx");
const [, texts] = XLSX.utils.sheet_to_json(sheets.Sheets[sheets.SheetNames[0]], { header: 1, raw: false });
console.log(`SheetJS: ${texts}`);
assert.deepEqual(texts, ["2026-12-24", "2026-12-24 18:30:00", "NaN:NaN:Na", "ada@example.com"]);

const row = (await populate.fromFileAsync("days.xlsx")).sheet(0).usedRange().value()[1];
console.log(`xlsx-populate: ${row}`);
assert.deepEqual(row, [NaN, NaN, NaN, "ada@example.com"]);

const refused = await (file.default ?? file.readXlsxFile)("days.xlsx").catch((error) => error.message);
console.log(`read-excel-file: ${refused}`);
assert.match(refused, /row 2, col 3/);
NODE
TZ=UTC node read.mjs
