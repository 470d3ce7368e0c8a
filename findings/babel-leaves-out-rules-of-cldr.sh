#!/bin/sh
# babel 2.19.0 has CLDR's data and leaves out some of its rules: pages written by the server differ from the browser's.
#
# Guess: numbers, amounts and lists come out as Intl in a browser writes them, which has the same data.
# Seen:  minimumGroupingDigits is not heeded (Spanish and Polish write 1234 without a point), nor currencySpacing ("SLE1.50",
#        "EUR1,234.50" without a blank), nor the Spanish "e" and "u" ("padres y hijos", "siete o ocho"). A language without
#        its territory has the week of the world: the 1st of January 2027 is in week 1 for "de", "fr", "sv" and in 53 for
#        "de_DE"; CLDR says to look the likely territory up. And format_list(style="unit") raises KeyError for German, which
#        inherits the style, and for many others.
# So:    hand Locale a territory where weeks count, and format on one side only.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check babel==2.19.0
"$dir/venv/bin/python" - <<'PYTHON'
from datetime import date

import babel
from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal


def unit_list(locale):
    try:
        return format_list(["a", "b", "c"], style="unit", locale=locale)
    except KeyError as missing:
        return f"KeyError: {missing}"


print("babel", babel.__version__)
for what, got, seen, right in (
    ("1234 in es", format_decimal(1234, locale="es"), "1.234", "1234"),
    ("1234 in pl", format_decimal(1234, locale="pl"), "1\xa0234", "1234"),
    ("1.5 SLE in en", format_currency(1.5, "SLE", locale="en"), "SLE1.50", "SLE\xa01.50"),
    ("1234.5 EUR in es_MX", format_currency(1234.5, "EUR", locale="es_MX"), "EUR1,234.50", "EUR\xa01,234.50"),
    ("padres, hijos in es", format_list(["padres", "hijos"], locale="es"), "padres y hijos", "padres e hijos"),
    ("siete, ocho in es", format_list(["siete", "ocho"], style="or", locale="es"), "siete o ocho", "siete u ocho"),
    ("week of 2027-01-01 in de", format_date(date(2027, 1, 1), "w", locale="de"), "1", "53"),
    ("week of 2027-01-01 in de_DE", format_date(date(2027, 1, 1), "w", locale="de_DE"), "53", "53"),
    ("a, b, c as units in fr", unit_list("fr"), "a, b et c", "a, b et c"),
    ("a, b, c as units in de", unit_list("de"), "KeyError: 'start'", "a, b und c"),
):
    print(f"{what}: {got!r}, right is {right!r}")
    assert got == seen, f"{what}: {seen!r} before, {got!r} now"
PYTHON
