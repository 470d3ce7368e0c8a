#!/bin/sh
# Four readers of OpenDocument spreadsheets (ODF 1.3 part 3) on one valid sheet, and no two of them agree:
# python-calamine 0.9.1, pandas 3.1.1 with odfpy 1.4.1, pyexcel-ods3 0.6.1, xlsx 0.18.5 (npm).
#
# Guess: a line break (text:line-break) or tab (text:tab) within a paragraph is white space; 26:30 hours (PT26H30M) are a
#        duration; 1.234,50 EUR (value-type currency) is the number 1234.5; a cell that shows #N/A says so.
# Seen:  calamine leaves line breaks and tabs out, which glues a street to its town, gives the duration as the text
#        PT26H30M00S, and the error as an empty text. pandas refuses the whole sheet for the hour 26, and without it
#        leaves the tab out. pyexcel gives the money as the text "1234.5 EUR". xlsx makes half past two on the last
#        day of 1899 of the duration.
# So:    the hub reads .ods itself: line breaks stay, durations are hours, money is a number, errors are refused by cell.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check \
    python-calamine==0.9.1 pandas==3.1.1 odfpy==1.4.1 pyexcel-ods3==0.6.1
cd "$dir"
npm install --silent --no-audit --no-fund xlsx@0.18.5
cat >make.py <<'PYTHON'
"""Two sheets of one row each: with the duration, and without."""

import zipfile

NAMES = {
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
    "calcext": "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0",
    "manifest": "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0",
}
TYPE = "application/vnd.oasis.opendocument.spreadsheet"
spaces = " ".join(f'xmlns:{name}="{uri}"' for name, uri in NAMES.items())
REST = [
    '<table:table-cell office:value-type="string"><text:p>12 Mill Lane<text:line-break/>Cambridge<text:tab/>UK</text:p>',
    '<table:table-cell office:value-type="currency" office:currency="EUR" office:value="1234.5"><text:p>1.234,50 EUR</text:p>',
    '<table:table-cell office:value-type="string" office:string-value="" calcext:value-type="error"><text:p>#N/A</text:p>',
]
LONG = '<table:table-cell office:value-type="time" office:time-value="PT26H30M00S"><text:p>26:30:00</text:p>'
for file, cells in (("all.ods", [*REST, LONG]), ("rest.ods", REST)):
    row = "".join(cell + "</table:table-cell>" for cell in cells)
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", TYPE)
        entries = "".join(
            f'<manifest:file-entry manifest:full-path="{path}" manifest:media-type="{kind}"/>'
            for path, kind in (("/", TYPE), ("content.xml", "text/xml"))
        )
        archive.writestr("META-INF/manifest.xml", f'<manifest:manifest {spaces} manifest:version="1.3">{entries}</manifest:manifest>')
        archive.writestr(
            "content.xml",
            f'<office:document-content {spaces} office:version="1.3"><office:body><office:spreadsheet><table:table '
            f'table:name="S"><table:table-row>{row}</table:table-row></table:table></office:spreadsheet></office:body>'
            "</office:document-content>",
        )
PYTHON
"$dir/venv/bin/python" make.py
"$dir/venv/bin/python" - <<'PYTHON'
from datetime import timedelta

import pandas
import pyexcel_ods3
import python_calamine

[row] = python_calamine.CalamineWorkbook.from_path("all.ods").get_sheet_by_index(0).to_python()
print("calamine", row)
assert row == ["12 Mill LaneCambridgeUK", 1234.5, "", "PT26H30M00S"], row

try:
    pandas.read_excel("all.ods", engine="odf", header=None)
except ValueError as refused:
    print("pandas", type(refused).__name__, refused)
else:
    raise AssertionError("pandas reads 26 hours now")
[row] = pandas.read_excel("rest.ods", engine="odf", header=None).values.tolist()
print("pandas", row)
assert row[:2] == ["12 Mill Lane\nCambridgeUK", 1234.5], row

[[row]] = pyexcel_ods3.get_data("all.ods").values()
print("pyexcel-ods3", row)
assert row == ["12 Mill Lane\nCambridge\tUK", "1234.5 EUR", "#N/A", timedelta(hours=26, minutes=30)], row
PYTHON
node -e '
const xlsx = require("xlsx"), book = xlsx.readFile("all.ods", { cellDates: true });
const [row] = xlsx.utils.sheet_to_json(book.Sheets.S, { header: 1 });
console.log("xlsx", JSON.stringify(row));
if (row[0] !== "12 Mill Lane\nCambridge\tUK" || row[1] !== 1234.5 || row[3].toISOString().slice(0, 16) !== "1899-12-31T02:30") process.exit(1);
'
