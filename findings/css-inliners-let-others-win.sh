#!/bin/sh
# Three CSS inliners give a mail other colours than its own sheet does: each lets another rule win, or none.
#
# Guess: what an inliner puts into a style attribute is what a browser would show by the sheet: the rule with the higher
#        specificity (Selectors 4, section 17), and the one marked !important before a style attribute (CSS Cascade).
# Seen:  juice 11.1.1 counts a pseudo-class as nothing: ".c" beats "td:nth-child(2)", which has a class's weight and an element's;
#        a rule with ":is(.c, .d)" is left out.
#        premailer 3.10.0 counts an attribute as nothing (".c" beats "td[class=c]"), lets a style attribute win over a rule
#        with !important, finds no element by "TD.c", though names of elements have no case in HTML, leaves
#        "td:nth-child(2)" in the sheet, and ":is(...)" nowhere.
#        css_inline 0.24.0 gets these right, and drops rules with ":is(...)" or ":where(...)" as a whole, without a word.
# So:    look at what was inlined, not at the sheet; say it with classes alone, or keep such rules in <style>.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check premailer==3.10.0 lxml==6.1.3 css_inline==0.24.0
npm init --yes >npm.log
npm install --silent --no-audit --no-fund juice@11.1.1 >>npm.log 2>&1
cat >mails.json <<'JSON'
{"pseudo-class": ".c {color: red} td:nth-child(2) {color: blue}", "attribute": ".c {color: red} td[class=c] {color: blue}",
 "important": "td {color: blue !important}", "case": "TD.c {color: blue}", "is": "td:is(.c, .d) {color: blue}",
 "where": "td:where(.c) {color: blue}"}
JSON
cat >read.py <<'PYTHON'
import json
import re


def mails():
    """A browser shows the second cell of each in blue."""
    for name, rules in json.load(open("mails.json")).items():
        own = ' style="color: green"' if name == "important" else ""
        cells = f'<td>one</td><td class="c"{own}>two</td>'
        yield name, f"<html><head><style>{rules}</style></head><body><table><tr>{cells}</tr></table></body></html>"


def colour(html):
    """Of the second cell: by its attribute, else by what stayed in the sheet, else none."""
    cell = re.search(r"<td[^>]*>two", html)[0]
    found = re.findall(r"color: ?(\w+)", cell) or re.findall(r"color: ?(\w+)", html)
    return found[-1] if found else "none"
PYTHON
cat >inline.py <<'PYTHON'
from importlib.metadata import version

import css_inline
from premailer import Premailer

from read import colour, mails

seen = {
    "premailer": {"pseudo-class": "red", "attribute": "red", "important": "green", "case": "none", "is": "none"},
    "css_inline": {"is": "none", "where": "none"},
}
inliners = {
    "premailer": lambda html: Premailer(html, cssutils_logging_level=50, strip_important=False).transform(),
    "css_inline": css_inline.inline,
}
for name, inline in inliners.items():
    colours = {mail: colour(inline(html)) for mail, html in mails()}
    print(f"{name} {version(name)}: {colours}")
    assert {mail: found for mail, found in colours.items() if found != "blue"} == seen[name]
PYTHON
venv/bin/python inline.py
venv/bin/python -c "import json; from read import mails; print(json.dumps(dict(mails())))" >whole.json
cat >inline.mjs <<'NODE'
import { readFileSync } from "node:fs";
import juice from "juice";
const mails = JSON.parse(readFileSync("whole.json", "utf8"));
console.log(JSON.stringify(Object.fromEntries(Object.entries(mails).map(([name, html]) => [name, juice(html)]))));
NODE
node inline.mjs >juiced.json
venv/bin/python - <<'PYTHON'
import json

from read import colour

version = json.load(open("node_modules/juice/package.json"))["version"]
colours = {mail: colour(html) for mail, html in json.load(open("juiced.json")).items()}
print(f"juice {version}: {colours}")
assert {mail: found for mail, found in colours.items() if found != "blue"} == {"pseudo-class": "red", "is": "none"}
PYTHON
