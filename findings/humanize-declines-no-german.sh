#!/bin/sh
# humanize 4.17.0 in German says "vor ein Monat", and beside its German words it keeps English numbers, months and lists.
#
# Guess: with activate("de_DE") all that it writes is German, as intcomma(1234567.5) and naturaldelta() are.
# Seen:  naturaltime puts "vor" before the words of naturaldelta, which need another case behind it: "vor ein Monat", "vor eine
#        Sekunde" (right: einem, einer); with two or more it is right, so "vor 2 Stunden" in a test shows nothing. A file has
#        "1.5 kB" beside "1,5 Millionen", precisedelta says "1.50 Sekunden", naturaldate "Mar 01", natural_list "a, b and c".
#        Arrow 1.4.0 knows the cases.
# So:    take times relative to now from the browser (Intl.RelativeTimeFormat) or from arrow, sizes from Babel.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check humanize==4.17.0 arrow==1.4.0
"$dir/venv/bin/python" - <<'PYTHON'
from datetime import date, timedelta
from importlib.metadata import version

import arrow
import humanize

print("humanize", version("humanize"), "arrow", version("arrow"))
humanize.i18n.activate("de_DE")
NOW = arrow.get(2026, 11, 28, 12)
for what, got, want in (
    ("2 hours ago", humanize.naturaltime(timedelta(hours=2)), "vor 2 Stunden"),
    ("an hour ago", humanize.naturaltime(timedelta(hours=1)), "vor eine Stunde"),
    ("a day ago", humanize.naturaltime(timedelta(days=1)), "vor ein Tag"),
    ("a month ago", humanize.naturaltime(timedelta(days=31)), "vor ein Monat"),
    ("an hour ago, arrow", NOW.shift(hours=-1).humanize(NOW, locale="de"), "vor einer Stunde"),
    ("a month ago, arrow", NOW.shift(months=-1).humanize(NOW, locale="de"), "vor einem Monat"),
    ("1234567.5", humanize.intcomma(1234567.5), "1.234.567,5"),
    ("1500000", humanize.intword(1500000), "1,5 Millionen"),
    ("1500 octets", humanize.naturalsize(1500), "1.5 kB"),
    ("a second and a half", humanize.precisedelta(timedelta(seconds=1.5)), "1.50 Sekunden"),
    ("1 March of another year", humanize.naturaldate(date(2024, 3, 1)), "Mar 01 2024"),
    ("a list", humanize.natural_list(["a", "b", "c"]), "a, b and c"),
):
    print(f"{what}: {got!r}")
    assert got == want, f"{want!r} before"
PYTHON
