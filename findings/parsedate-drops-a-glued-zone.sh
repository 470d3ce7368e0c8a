#!/bin/sh
# Python's email.utils reads a zone with anything glued to it as UTC; mail-parser 4.8.0, which builds on it, has no date.
#
# Guess: "+0100(CET)" is read (a comment needs no blank before it, RFC 5322 3.2.2), "+0100CET" is refused as no zone.
# Seen:  parsedate_tz() takes all of them and says offset 0, so every caller is an hour off without a complaint; also
#        for "GMT+0100" and "+01:00", which programs do write. mail-parser takes the comment out and is right there, has
#        no date for the others, and none even for "+0100 CET", which parsedate_tz() reads.
# So:    the zone must be cut free before the date is parsed; an offset of 0 proves no UTC.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check mail-parser==4.8.0
"$dir/venv/bin/python" - <<'PYTHON'
from email.utils import parsedate_tz

import mailparser

expected = {  # zone -> (offset by parsedate_tz, hour in UTC by mail-parser); right are 3600 and 17
    "+0100": (3600, 17),
    "+0100 (CET)": (3600, 17),
    "+0100(CET)": (0, 17),
    "+0100 CET": (3600, None),
    "+0100CET": (0, None),
    "GMT+0100": (0, None),
    "+01:00": (0, None),
}
for zone, want in expected.items():
    date = f"Wed, 04 Mar 2026 18:20:05 {zone}"
    mail = mailparser.parse_from_string(f"From: a@example.com\nTo: b@example.com\nDate: {date}\n\nx")
    got = (parsedate_tz(date)[9], mail.date.hour if mail.date else None)
    print(f"{date}: {got}")
    assert got == want, f"{date}: {want} before, {got} now"
PYTHON
