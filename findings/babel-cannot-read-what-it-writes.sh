#!/bin/sh
# Babel 2.18.0: its parse functions misread what its format functions write, and what people type.
#
# Guess: parse_time(format_time(t)) is t in every locale, and parse_decimal reads what CLDR and keyboards of the country write.
# Seen:  half past midnight in English comes back as half past noon, a quarter past three in the afternoon in Chinese as one
#        of the night: only a pm of English counts. The minus sign that CLDR gives Swedish, Norwegian and Finnish (U+2212)
#        is neither written nor read. 1'234.50, as every keyboard of Switzerland writes it, is no number. A year of two
#        digits is always after 2000, so a birthday is in 2084.
# So:    read numbers, days and times of people with rules of one's own, and show what was understood.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check babel==2.18.0
"$dir/venv/bin/python" - <<'PYTHON'
from datetime import date, time
from importlib.metadata import version

from babel import Locale
from babel.dates import format_time, parse_date, parse_time
from babel.numbers import NumberFormatError, format_decimal, parse_decimal

print(f"babel {version('babel')}")
for locale, moment, want in (
    ("en", time(0, 30), time(12, 30)),
    ("en", time(15, 15), time(15, 15)),
    ("zh_TW", time(15, 15), time(3, 15)),
    ("de", time(15, 15), time(15, 15)),
):
    written = format_time(moment, "short", locale=locale)
    read = parse_time(written, locale=locale)
    print(f"{locale}: {moment} is written {written!a} and read {read}")
    assert read == want, read

for locale in ("sv", "nb", "fi"):
    written, right = format_decimal(-5, locale=locale), f"{Locale(locale).number_symbols['latn']['minusSign']}5"
    try:
        read = parse_decimal(right, locale=locale)
    except NumberFormatError as refused:
        read = str(refused)
    print(f"{locale}: -5 is written {written!a}; {right!a} is read: {read!a}")
    assert (written, right) == ("-5", "\u22125"), (written, right)
    assert "not a valid decimal number" in str(read), read
try:
    read = parse_decimal("1'234.50", locale="de_CH")
except NumberFormatError as refused:
    read = str(refused)
print(f"de_CH: 1'234.50 is read: {read}")
assert "not a valid decimal number" in str(read), read

read = parse_date("3.5.84", locale="de")
print(f"de: 3.5.84 is {read}")
assert read == date(2084, 5, 3), read
PYTHON
