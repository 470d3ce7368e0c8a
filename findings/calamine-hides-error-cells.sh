#!/bin/sh
# python-calamine 0.9.1 gives an error cell of XLSX as an empty text, and memory for every cell that is not there.
#
# Guess: a cell that shows #N/A comes out as "#N/A", or as something one can tell from an empty cell.
# Seen:  it comes out as "", exactly like a cell nobody filled: a customer without a telephone, and nothing says so.
#        And a sheet is held as a rectangle: two cells far apart cost some 30 octets for each of the cells between.
# So:    the hub reads XLSX itself, as a stream of the cells that are there.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check python-calamine==0.9.1 xlsxwriter==3.3.1
"$dir/venv/bin/python" - "$dir" <<'PYTHON'
import resource
import sys

import python_calamine
import xlsxwriter


def sheet(name, cells):
    path = f"{sys.argv[1]}/{name}.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        for row, column, value in cells:
            if value.startswith("#"):
                page.write_formula(row, column, "=NA()", None, value)
            else:
                page.write(row, column, value)
    return python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0)


rows = sheet("errors", [(0, 0, "name"), (0, 1, "phone"), (1, 0, "Ada"), (1, 1, "#N/A")]).to_python()
print(rows)
assert rows == [["name", "phone"], ["Ada", ""]], rows

before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
kept = sheet("two-cells", [(0, 0, "a"), (999, 1999, "b")])
grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 / (1000 * 2000)
print(f"two cells 1,000 rows and 2,000 columns apart: {grown:.0f} octets for each cell between them")
assert grown > 15, grown
PYTHON
