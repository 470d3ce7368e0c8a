#!/bin/sh
# holidays 0.109 reads a day written as Germany writes it as an American one, and names days in the machine's language.
#
# Guess: `"03.10.2026" in Germany()` is true, or the text is refused; names are German, the country's default language.
# Seen:  the month is read first wherever that makes a day: 03.10. is the 10th of March and no holiday, 10.03. is the Day of
#        Unity, 05.01. the 1st of May. Where it makes none (25.12.), the same text is read the other way round. And the names
#        follow the locale of the process: German where LANG is de_DE or fr_FR, English where it is C.UTF-8, as in most
#        containers; the attribute `language` stays None. A language that is not there is not refused: "fr" gives either.
# So:    hand over date objects, never texts, and say the language.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check holidays==0.109
"$dir/venv/bin/python" - <<'PYTHON'
import os
import subprocess
import sys
from datetime import date

import holidays

print("holidays", holidays.__version__)
berlin = holidays.country_holidays("DE", subdiv="BE", language="de")
for written, seen, right in (
    ("03.10.2026", None, "Tag der Deutschen Einheit"),
    ("10.03.2026", "Tag der Deutschen Einheit", None),
    ("05.01.2026", "Erster Mai", None),
    ("01.05.2026", None, "Erster Mai"),
    ("25.12.2026", "Erster Weihnachtstag", "Erster Weihnachtstag"),
):
    day, month, year = map(int, written.split("."))
    got = berlin.get(written)
    print(f"{written}: {got}, right is {right}")
    assert berlin.get(date(year, month, day)) == right
    assert got == seen, f"{seen} before, {got} now"

ASK = "import holidays; print(holidays.country_holidays('DE'{}).get('2026-10-03'))"
bare = {name: value for name, value in os.environ.items() if name != "LANGUAGE" and not name.startswith(("LC_", "LANG"))}
for lang, language, want in (
    ("de_DE.UTF-8", "", "Tag der Deutschen Einheit"),
    ("fr_FR.UTF-8", "", "Tag der Deutschen Einheit"),
    ("C.UTF-8", "", "German Unity Day"),
    ("C.UTF-8", ", language='de'", "Tag der Deutschen Einheit"),
    ("C.UTF-8", ", language='fr'", "German Unity Day"),
    ("de_DE.UTF-8", ", language='fr'", "Tag der Deutschen Einheit"),
):
    asked = [sys.executable, "-c", ASK.format(language)]
    name = subprocess.run(asked, env=bare | {"LANG": lang}, capture_output=True, text=True, check=True).stdout.strip()
    print(f"LANG={lang}{language}: {name}")
    assert name == want, f"{want} before, {name} now"
PYTHON
