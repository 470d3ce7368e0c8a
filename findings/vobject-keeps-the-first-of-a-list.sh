#!/bin/sh
# vobject 0.9.9 keeps of a text with commas what stands before the first one, and spells a company letter by letter.
#
# Guess: NICKNAME is a list (RFC 2426 3.1.3) and a note of vCard 2.1, where commas need no escape, one text; org takes the
#        company's name.
# Seen:  the second nickname and everything behind the note's first comma are gone, also from what is written back, and
#        no error says so. A company given as a text is written as one unit a letter.
# So:    read the lines of address books oneself, or compare what is written back; give org a list.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check vobject==0.9.9
"$dir/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

import vobject

print("vobject", version("vobject"))
CARD = "BEGIN:VCARD\r\nVERSION:{version}\r\nN:Lovelace;Ada\r\nFN:Ada Lovelace\r\n{line}\r\nEND:VCARD\r\n"
for edition, line, name, want in (
    ("3.0", "NICKNAME:Ada,Addie", "nickname", "Ada"),
    ("2.1", "NOTE:Likes tea, no milk, call after five", "note", "Likes tea"),
    ("3.0", "NOTE:Likes tea\\, no milk", "note", "Likes tea, no milk"),
):
    card = vobject.readOne(CARD.format(version=edition, line=line))
    read, written = getattr(card, name).value, card.serialize()
    print(f"vCard {edition}, {line}: {read!r}")
    assert read == want, f"{want!r} before, {read!r} now"
    assert ("Addie" in written, "call after five" in written) == (False, False), written

card = vobject.vCard()
card.add("n").value = vobject.vcard.Name(family="Lovelace", given="Ada")
card.add("fn").value = "Ada Lovelace"
card.add("org").value = "Meier GmbH"
[company] = [line for line in card.serialize().splitlines() if line.startswith("ORG")]
print(company)
assert company == "ORG:M;e;i;e;r; ;G;m;b;H", company
PYTHON
