#!/bin/sh
# price-parser 0.5.1 reads a credit as a charge, and one franc out of what Babel 2.18 writes for a thousand Swiss francs.
#
# Guess: a minus belongs to its amount; what a formatter of the same language writes is read back; three figures behind a
#        zero and a point are decimals ("0.125").
# Seen:  "-12,50 €" and "12,50- €" are 12.50. The apostrophe of de_CH was U+2019 in CLDR: "CHF 1’234.50", as Babel 2.18 writes it, is
#        1; only the typewriter's apostrophe is understood. "EUR 0.125" is 125 and "0,999 €" is 999, so prices of a
#        kilowatt hour or a litre are a thousand times too high unless the decimal separator is given.
# So:    import amounts by the locale of the file, refuse what does not come back the same, never guess one value at a time.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check price-parser==0.5.1 babel==2.18.0
"$dir/venv/bin/python" - <<'PYTHON'
from decimal import Decimal
from importlib.metadata import version

from babel.numbers import format_currency
from price_parser import Price

print("price-parser", version("price-parser"), "babel", version("babel"))
for written, want in (
    ("-12,50 €", "12.50"),
    ("12,50- €", "12.50"),
    ("CHF 1'234.50", "1234.50"),
    (format_currency(Decimal("1234.5"), "CHF", locale="de_CH"), "1"),
    ("EUR 0.125", "125"),
    ("0,999 €", "999"),
    ("1.234,50 €", "1234.50"),
):
    seen = Price.fromstring(written).amount
    print(f"{written!a}: {seen}")
    assert seen == Decimal(want), (written, seen)
given = Price.fromstring("0,999 €", decimal_separator=",").amount
print("with the separator given:", given)
assert given == Decimal("0.999"), given
PYTHON
