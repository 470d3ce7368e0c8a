"""Puts together what a row says of a place: a post code, with the zeros that a spreadsheet took from it, and the lines
of a letter."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from hub.errors import InvalidInput
from hub.exchange.headings import PLACES
from hub.postal import country_of, read_postal

DIGITS = {  # of the post codes that may begin with 0 and are digits alone (Universal Postal Union)
    **dict.fromkeys("DE EE ES FI FR GR IT KR MC ME MX MY SA SM TH TR UA US VA".split(), 5),
    **dict.fromkeys("AU DK NO ZA".split(), 4),
    **dict.fromkeys("CN RO SG".split(), 6),
}
TOWN_FIRST = "AU CA IE IN NZ TW US".split()  # the post code stands behind it, on the same line
TOWN_ABOVE = "GB GG IM JE".split()
POSTCODES = {digits: f"postcode of {digits} digits" for digits in sorted(set(DIGITS.values()))}


def postcode_kind(cells: Sequence[str], country: str) -> str:
    """One of POSTCODES where a spreadsheet has taken the codes of that country for numbers: no code begins with 0, and
    beside whole ones there are some that are one digit short; else ""."""
    digits = DIGITS.get(country, 0)
    codes = [cell for cell in cells if re.fullmatch(r"\d+", cell)]
    lengths = set(map(len, codes))
    lost = {digits, digits - 1} <= lengths and not any(code.startswith("0") for code in codes)
    return POSTCODES[digits] if digits and lost else ""


def whole_postcode(cell: str, kind: str, written: str) -> tuple[str, bool]:
    """With its zeros, and whether that is a guess: no country (as `written` in the row) says so."""
    digits = (
        DIGITS.get(_country(written), 0) if written else next(number for number, of in POSTCODES.items() if of == kind)
    )
    is_short = re.fullmatch(r"\d+", cell) and 0 < digits - len(cell) < len("000")
    return (cell.zfill(digits), not written) if is_short else (cell, False)


def is_place(target: str) -> bool:
    """Is it a field of an address, at home, at work or elsewhere?"""
    return target.removeprefix("field:").removeprefix("work_").removeprefix("other_") in PLACES


def letter_to(fields: Mapping[str, Any], home: str) -> str:
    """The postal address that a customer's fields are, best of all the private one; "" where they are none that can
    stand in a window. home: where an address is that names no country."""
    for which in ("", "work_", "other_"):
        street, code, town, region, country, whole = (str(fields.get(f"{which}{part}", "")) for part in PLACES)
        lines = [street, *_town(code, town, region, _country(country) or home)] if street else [whole]
        abroad = (_country(country) or country) if _country(country) != home else ""
        try:
            return read_postal("\n".join(filter(None, (*map(_lines, lines), abroad))), home).handle
        except InvalidInput:
            continue  # the fields keep what it says
    return ""


def _town(code: str, town: str, region: str, country: str) -> list[str]:
    if country in TOWN_ABOVE:
        return [town, code]
    parts = (town, region, code) if country in TOWN_FIRST else (code, town)
    return [" ".join(filter(None, parts))]


def _lines(text: str) -> str:
    """What several columns say ("Address 2"), or Mailchimp in one, stands line by line."""
    return re.sub(r" \| | {2,}", "\n", text)


def country_in(fields: Mapping[str, Any]) -> str:
    """The code of the first country that fields of places name, or ""."""
    named = (str(fields.get(f"{which}country", "")) for which in ("", "work_", "other_"))
    return next(filter(None, map(_country, filter(None, named))), "")


def _country(written: str) -> str:
    return country_of(written if len(written) > len("DE") else written.upper())
