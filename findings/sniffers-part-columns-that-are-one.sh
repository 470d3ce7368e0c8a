#!/bin/sh
# clevercsv 0.8.5, Python's csv.Sniffer and Papa Parse 5.7.1 find columns in a list of addresses, and miss those that are there.
#
# Guess: a list with one column of addresses has one column; "Nachname, Vorname;Ort" has two, parted by the semicolon; a first
#        line "sep=;" is Excel's and no row.
# Seen:  clevercsv parts each address at its @, so the customers are called "ada" and live at "example.com"; csv.Sniffer parts
#        it at a letter. With a comma inside names, clevercsv answers None, the other two part at the comma: last names
#        in one column, "Ada;Berlin" in the next, and no error. Papa Parse takes "sep=;" for the headings. And what it was told
#        to type (dynamicTyping) loses the nought of a postcode, though telephone numbers with a + stay.
# So:    count only , ; tab and | in the line of headings, of equals take the one that stands least in words, and heed "sep=".
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check clevercsv==0.8.5
(cd "$dir" && npm init --yes > npm.log && npm install --silent --no-audit --no-fund papaparse@5.7.1 >> npm.log)
cat > "$dir/parse.js" <<'NODE'
const { parse } = require("papaparse");
const texts = JSON.parse(require("fs").readFileSync(0, "utf8"));
const rows = (text) => parse(text, { header: true, dynamicTyping: true, skipEmptyLines: true }).data;
console.log(JSON.stringify(texts.map((text) => rows(text)[0])));
NODE
"$dir/venv/bin/python" - "$dir" <<'PYTHON'
import csv
import json
import subprocess
import sys
from importlib.metadata import version

import clevercsv


def sign(sniffer, text):
    found = sniffer().sniff(text)
    return found and found.delimiter


print("clevercsv", version("clevercsv"))
NAMES = "Nachname, Vorname;Ort\nLovelace, Ada;Berlin\nMeier, Bob;Bonn\n"
CASES = (  # text, sign by clevercsv, by csv.Sniffer, the first row by Papa Parse
    ("email\nada@example.com\nbob@example.org\n", "@", "a letter", {"email": "ada@example.com"}),
    (NAMES, None, ",", {"Nachname": "Lovelace", " Vorname;Ort": " Ada;Berlin"}),
    ("sep=;\nname;ort\nAda;Bonn\n", ";", ";", {"sep=": "name", "": "ort"}),
    ("plz;telefon\n01234;+4930123456\n", ";", ";", {"plz": 1234, "telefon": "+4930123456"}),
)
asked = json.dumps([case[0] for case in CASES])
answer = subprocess.run(["node", "parse.js"], cwd=sys.argv[1], input=asked, capture_output=True, text=True, check=True)
for (text, clever, plain, row), parsed in zip(CASES, json.loads(answer.stdout), strict=True):
    letter = sign(csv.Sniffer, text)
    seen = sign(clevercsv.Sniffer, text), "a letter" if letter.isalpha() else letter, parsed
    print(f"{text!r}\n  clevercsv {seen[0]!r}, csv.Sniffer {letter!r}, Papa Parse {parsed}")
    assert seen == (clever, plain, row), f"{(clever, plain, row)} before"
PYTHON
