#!/bin/sh
# dateparser 1.5.0 reads the hours of an appointment as days, years and spans of time.
#
# Guess: "morgen um 10 Uhr", "5. Mai um 10 Uhr" and "demain à 10 h" are an hour of that day, or are not understood.
# Seen:  "10 Uhr" alone is the 10th of this month; "5. Mai um 10 Uhr" is the 5th of May 2010, in Dutch, French and Danish
#        as well; "demain à 10 h" is ten hours after this hour of tomorrow; "morgen um 10 Uhr" and "tomorrow at 10" keep
#        the hour of now. Only minutes or am and pm make an hour of it.
# So:    never take a day or an hour from what a customer writes without showing what was understood.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check dateparser==1.5.0
"$dir/venv/bin/python" -W ignore - <<'PYTHON'
from datetime import datetime
from importlib.metadata import version

import dateparser

print("dateparser", version("dateparser"))
NOW = {"RELATIVE_BASE": datetime(2026, 11, 28, 8, 0)}
for language, written, want in (
    ("de", "10 Uhr", "2026-11-10 00:00"),  # right: 2026-11-28 10:00
    ("de", "5. Mai um 10 Uhr", "2010-05-05 00:00"),  # right: 5 May of 2026 or 2027, 10:00, in all four
    ("nl", "5 mei 10 uur", "2010-05-05 00:00"),
    ("fr", "5 mai à 10 h", "2010-05-05 00:00"),
    ("da", "5. maj kl. 10", "2010-05-05 00:00"),
    ("de", "morgen um 10 Uhr", "2026-11-29 08:00"),  # right: 10:00, in all below
    ("en", "tomorrow at 10", "2026-11-29 08:00"),
    ("fr", "demain à 10 h", "2026-11-29 18:00"),
    ("fr", "demain 10h30", "2026-11-29 10:30"),
    ("en", "tomorrow 10am", "2026-11-29 10:00"),
):
    read = f"{dateparser.parse(written, languages=[language], settings=NOW):%Y-%m-%d %H:%M}"
    print(f"{language}: {written!a} is {read}")
    assert read == want, f"{want} before, {read} now"
PYTHON
