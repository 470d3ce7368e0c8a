#!/bin/sh
# typst 0.15.2 sets a name that no font has as empty boxes, without a warning, and the text behind them is gone as well.
#
# Guess: a letter that no font at hand has is an error or at least one of the warnings, as an unknown font family is.
# Seen:  with the fonts inside the package, Chinese, Japanese and Thai are boxes (.notdef), the list of warnings is empty, and
#        what a reader copies or a search finds is NUL for each letter: the quotation for Tanaka names nobody. Greek, Cyrillic,
#        Hebrew and Arabic are there. Only a standard that forbids such letters (PDF/A-2u) makes it an error.
# So:    try a compile for PDF/A-2u to find out, and give the typesetter a font for the scripts of one's customers.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check typst==0.15.2 pypdf==7.1.1
"$dir/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version
from io import BytesIO

import pypdf
import typst

HEAD = '#set document(title: "x", date: datetime(year: 2026, month: 1, day: 1))\n'


def strict(text):
    try:
        typst.compile((HEAD + text).encode(), ignore_system_fonts=True, pdf_standards=["a-2u"])
    except typst.TypstError as refused:
        return str(refused).splitlines()[0]
    return "set"


print("typst", version("typst"))
for text, words, warned, want in (
    ("\u7530\u4e2d", "\0\0", [], "refused"),
    ("\u0e44\u0e17\u0e22", "\0\0\0", [], "refused"),
    ("\u0395\u03bb\u03ad\u03bd\u03b7", "\u0395\u03bb\u03ad\u03bd\u03b7", [], "set"),
    ("\u0645\u062d\u0645\u062f", "\u0645\u062d\u0645\u062f", [], "set"),
    ('#set text(font: "Nowhere")\nx', "x", ["unknown font family: nowhere"], "set"),
):
    pdf, warnings = typst.compile_with_warnings((HEAD + text).encode(), ignore_system_fonts=True)
    read = pypdf.PdfReader(BytesIO(pdf)).pages[0].extract_text()
    told = strict(text)
    print(f"{text!a}: read back {read!a}, warnings {[str(one) for one in warnings]}, as PDF/A-2u: {told!a}")
    assert (read, [str(one) for one in warnings]) == (words, warned), read
    assert (told == "set") == (want == "set"), told
PYTHON
