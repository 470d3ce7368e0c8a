#!/bin/sh
# num2words 0.5.14 writes the amount 119 as one euro and nineteen cents, and knows no francs in the languages of Switzerland.
#
# Guess: an amount is an amount, whether it comes as 119, 119.0 or "119"; a currency that one language knows, all know.
# Seen:  an integer is counted in cents, everything else in euros. Francs are spelt in Spanish but raise NotImplementedError in
#        German, French and Italian, as does the pound in Polish; Swedish, Danish and Turkish end in a TypeError whatever the
#        currency. Zero euros are spelt out, and in French they stand in the plural ("zéro euros et cinq centimes").
# So:    give it decimals only, and try each pair of language and currency that quotations are written in.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check num2words==0.5.14
"$dir/venv/bin/python" - <<'PYTHON'
from decimal import Decimal
from importlib.metadata import version

from num2words import num2words


def spelt(amount, language, currency):
    try:
        return num2words(amount, lang=language, to="currency", currency=currency)
    except (NotImplementedError, TypeError) as trouble:
        return type(trouble).__name__


print("num2words", version("num2words"))
for amount, language, currency, want in (
    (119, "de", "EUR", "ein Euro und neunzehn Cent"),
    (119, "en", "EUR", "one euro, nineteen cents"),
    (119.0, "de", "EUR", "einhundertneunzehn Euro und null Cent"),
    ("119", "de", "EUR", "einhundertneunzehn Euro und null Cent"),
    (Decimal("119"), "en", "EUR", "one hundred and nineteen euro, zero cents"),
    (Decimal("0.05"), "fr", "EUR", "zéro euros et cinq centimes"),
    (Decimal("2.50"), "es", "CHF", "dos francos con cincuenta céntimos"),
    (Decimal("2.50"), "de", "CHF", "NotImplementedError"),
    (Decimal("2.50"), "fr", "CHF", "NotImplementedError"),
    (Decimal("2.50"), "it", "CHF", "NotImplementedError"),
    (Decimal("2.50"), "pl", "GBP", "NotImplementedError"),
    (Decimal("2.50"), "sv", "SEK", "TypeError"),
    (Decimal("2.50"), "da", "EUR", "TypeError"),
    (Decimal("2.50"), "tr", "EUR", "TypeError"),
):
    seen = spelt(amount, language, currency)
    print(f"{amount!r} {currency} in {language}: {seen}")
    assert seen == want, (seen, want)
PYTHON
