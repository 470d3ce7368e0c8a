#!/bin/sh
# SheetJS 0.18.5 and ExcelJS 4.4.0 (npm) give other days than the sheet shows.
#
# Guess: a day is that day in a workbook that counts from 1904 too (as Excel for Mac made them), and hours are no day.
# Seen:  SheetJS gives 28 February 2022 for 1 March 2026 out of such a workbook, four years and a day early, while the text that
#        it makes of the same cell is right; days are in the machine's zone, so that in Berlin all begin on the evening before
#        by UTC. ExcelJS knows 1904, and takes the number 4 with the format `0 \d` ("4 d") for 3 January 1900, as the escaped
#        letter counts as a day's. Both make 36 hours ([h]:mm) noon of a day in 1899 or 1904.
# So:    read the number, the number's format and the epoch; calamine 0.9.1 and openpyxl 3.1.5 give the days and spans shown.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check xlsxwriter==3.3.1 openpyxl==3.1.5 python-calamine==0.9.1
packages="xlsx@0.18.5 exceljs@4.4.0"
# shellcheck disable=SC2086
(cd "$dir" && npm init --yes > npm.log && npm install --silent --no-audit --no-fund $packages >> npm.log 2>&1)
cat > "$dir/read.js" <<'NODE'
const XLSX = require("xlsx"), ExcelJS = require("exceljs");
async function read(file) {
  const sheet = XLSX.readFile(file, { cellDates: true }).Sheets.Sheet1;
  const book = new ExcelJS.Workbook();
  await book.xlsx.readFile(file);
  const rows = [];
  for (let row = 1; row <= 4; row++) {
    rows.push([sheet[`A${row}`].v, sheet[`A${row}`].w, book.worksheets[0].getCell(row, 1).value]);
  }
  return rows;
}
Promise.all(process.argv.slice(2).map(read)).then((found) => console.log(JSON.stringify(found)));
NODE
TZ=Europe/Berlin "$dir/venv/bin/python" - "$dir" <<'PYTHON'
import json
import subprocess
import sys
from datetime import date, timedelta

import openpyxl
import python_calamine
import xlsxwriter

SHOWN = ((date(2026, 3, 1), "yyyy-mm-dd"), (timedelta(hours=36), "[h]:mm"), (4, "0 \\d"), (date(1906, 1, 15), "yyyy-mm-dd"))
SPAN = "1899-12-31T11:00:00.000Z"
RIGHT = [SHOWN[0][0], SHOWN[1][0], 4, SHOWN[3][0]]
WANT = {  # (SheetJS, its text, ExcelJS) of each cell
    "1900": [
        ["2026-02-28T23:00:00.000Z", "2026-03-01", "2026-03-01T00:00:00.000Z"],
        [SPAN, "36:00", "1899-12-31T12:00:00.000Z"],
        [4, "4 d", "1900-01-03T00:00:00.000Z"],
        ["1906-01-14T23:00:00.000Z", "1906-01-15", "1906-01-15T00:00:00.000Z"],
    ],
    "1904": [
        ["2022-02-27T23:00:00.000Z", "2026-03-01", "2026-03-01T00:00:00.000Z"],
        [SPAN, "36:00", "1904-01-02T12:00:00.000Z"],
        [4, "4 d", "1904-01-05T00:00:00.000Z"],
        ["1902-01-13T23:00:00.000Z", "1906-01-15", "1906-01-15T00:00:00.000Z"],
    ],
}
for epoch in WANT:
    path = f"{sys.argv[1]}/{epoch}.xlsx"
    with xlsxwriter.Workbook(path, {"date_1904": epoch == "1904"}) as book:
        page = book.add_worksheet()
        for row, (value, code) in enumerate(SHOWN):
            page.write(row, 0, value, book.add_format({"num_format": code}))
    cells = [row[0] for row in openpyxl.load_workbook(path).active.iter_rows(values_only=True)]
    assert [cell.date() if hasattr(cell, "date") else cell for cell in cells] == RIGHT, cells
    cells = [row[0] for row in python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()]
    assert cells == RIGHT, cells

answer = subprocess.run(
    ["node", "read.js", "1900.xlsx", "1904.xlsx"], cwd=sys.argv[1], capture_output=True, text=True, check=True
)
for epoch, seen in zip(WANT, json.loads(answer.stdout), strict=True):
    for (value, code), cell, want in zip(SHOWN, seen, WANT[epoch], strict=True):
        print(f"{epoch}: {value} as {code}: SheetJS {cell[0]} ({cell[1]}), ExcelJS {cell[2]}")
        assert cell == want, f"{want} before"
PYTHON
