"""Takes apart what people write into one telephone cell: several numbers, and extensions."""

import re

FEWEST_DIGITS = 6  # of a part that is a number by itself
_BETWEEN = re.compile(r"\s*(?:\||:::|\n|;(?!\s*(?:ext|isub)\b)|,(?=\s*[+0(])|\s/(?=\s*[+0(]))\s*", re.IGNORECASE)
_EXTENSION = re.compile(
    r"(?<=[\d)])(?:\s*;\s*ext\s*=|\s*,?\s*(?:extension|extn?|durchwahl|dw|nst|klappe|poste|interno|int|anexo|ramal|wew|"
    r"toestel|linka|mell[eé]k|x)\.?:?|\s*[,;]+|\s*[pw#~])\s*(?P<extension>\d{1,9})#?\s*\Z",
    re.IGNORECASE,
)


def phones_in(cell: str) -> list[str]:
    """The numbers of a cell, as they are written there."""
    parts = [part for part in _BETWEEN.split(cell) if part.strip()]
    numbers = all(sum(character.isdigit() for character in part) >= FEWEST_DIGITS for part in parts)
    return parts if numbers else [cell.strip()]


def without_extension(written: str) -> tuple[str, str]:
    """The number, and its extension or "": "+49 30 1234567 ext. 12", "tel:+4930123;ext=12" (RFC 3966)."""
    plain = re.sub(r"^\s*tel:", "", written, flags=re.IGNORECASE)
    plain = re.sub(r";(?:phone-context|isub|type)=[^;]*", "", plain, flags=re.IGNORECASE).strip()
    found = _EXTENSION.search(plain)
    return (plain[: found.start()].strip(), found["extension"]) if found else (plain, "")
