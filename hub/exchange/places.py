"""Puts together what a row says of a place: a post code, with the zeros that a spreadsheet took from it."""

import re
from collections.abc import Sequence

from hub.postal import country_of

DIGITS = {  # of the post codes that may begin with 0 and are digits alone (Universal Postal Union)
    **dict.fromkeys("DE EE ES FI FR GR IT KR MC ME MX MY SA SM TH TR UA US VA".split(), 5),
    **dict.fromkeys("AU DK NO ZA".split(), 4),
    **dict.fromkeys("CN RO SG".split(), 6),
}
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
    country = country_of(written if len(written) > len("DE") else written.upper())
    digits = DIGITS.get(country, 0) if written else next(number for number, of in POSTCODES.items() if of == kind)
    is_short = re.fullmatch(r"\d+", cell) and 0 < digits - len(cell) < len("000")
    return (cell.zfill(digits), not written) if is_short else (cell, False)
