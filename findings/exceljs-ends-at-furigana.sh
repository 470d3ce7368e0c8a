#!/bin/sh
# ExcelJS ends a sheet, without a word, at a cell that holds its own text and how that is spoken in Japanese.
#
# Guess: the reading of a name (`rPh`, ECMA-376 part 1, section 18.4.6) is passed over, beside a shared text and in a cell alike.
# Seen:  ExcelJS 4.4.0 passes it over in the shared texts; in a cell (`inlineStr`) that cell has no value, and all cells and rows
#        behind it are missing. calamine 0.9.1 and openpyxl 3.1.5 read all rows of the same file.
# So:    count the rows against the sheet's own dimension, or leave readings away where cells hold their texts.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check xlsxwriter==3.3.1 openpyxl==3.1.5 python-calamine==0.9.1
npm init --yes >npm.log
npm install --silent --no-audit --no-fund exceljs@4.4.0 >>npm.log 2>&1
venv/bin/python - <<'PYTHON'
import zipfile

import openpyxl
import xlsxwriter
from python_calamine import load_workbook

ROWS = [["name", "mail"], ["山田", "yamada@example.com"], ["Ada", "ada@example.com"]]
READING = '<t>山田</t><rPh sb="0" eb="2"><t>ヤマダ</t></rPh>'
for kind, inline in (("shared", False), ("inline", True)):
    with xlsxwriter.Workbook("plain.xlsx", {"constant_memory": inline}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(ROWS):
            sheet.write_row(number, 0, row)
    with zipfile.ZipFile("plain.xlsx") as plain, zipfile.ZipFile(f"{kind}.xlsx", "w") as spoken:
        for name in plain.namelist():
            spoken.writestr(name, plain.read(name).replace("<t>山田</t>".encode(), READING.encode()))
    seen = [list(row) for row in openpyxl.load_workbook(f"{kind}.xlsx").active.values]
    print(f"{kind}: openpyxl {seen}")
    assert seen == load_workbook(f"{kind}.xlsx").get_sheet_by_index(0).to_python() == ROWS, seen
PYTHON
cat >read.mjs <<'NODE'
import assert from "node:assert/strict";
import ExcelJS from "exceljs";
const rows = {};
for (const kind of ["shared", "inline"]) {
  const book = new ExcelJS.Workbook();
  await book.xlsx.readFile(`${kind}.xlsx`);
  rows[kind] = [];
  book.worksheets[0].eachRow((row) => rows[kind].push(row.values.slice(1)));
  console.log(`${kind}: ExcelJS ${JSON.stringify(rows[kind])}`);
}
assert.deepEqual(rows.shared, [["name", "mail"], ["山田", "yamada@example.com"], ["Ada", "ada@example.com"]]);
assert.equal(rows.inline.flat().includes("ada@example.com"), false);
assert.equal(rows.inline.flat().includes("yamada@example.com"), false);
NODE
node read.mjs
