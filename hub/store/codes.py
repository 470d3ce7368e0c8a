"""Codes that people write in several ways: AB-12345-XY, AB12345XY, E:15, 10 kg, the number of a parcel in groups.

A text keeps such a code also as the one word it is together; who looks for it may write it either way.
"""

import re
from collections.abc import Iterator

MAX_LENGTH = 30  # characters of a code in groups
UNITS = "kg|g|mg|l|ml|cl|m|cm|mm|km|gb|mb|tb|ghz|mhz|hz|v|w|kw|kwh|mah|ah|bar|zoll|nm|µm"
_GROUP = r"[^\W_\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u9fff\uac00-\ud7af]{1,12}"
_SIGNS = r"[-._/#\u2010-\u2015]"
CODE = re.compile(
    rf"(?<![^\W_])(?<!@)(?:[^\W\d_]{{1,2}}:(?=[0-9])|{_GROUP}{_SIGNS}){_GROUP}(?:{_SIGNS}{_GROUP}){{0,4}}(?![^\W_]|@)"
)
_LETTER_AND_NUMBER = re.compile(  # a small letter may be a word: "a 4-pack"
    r"(?<![^\W_])([A-ZÀ-ÞΑ-ΩА-Я]) ([0-9]{1,5})(?![-.,/]?[^\W_])"
)
MEASURE = re.compile(rf"(?<![^\W_])([0-9]{{1,5}}) ({UNITS})(?![^\W_])", re.IGNORECASE)
PARCEL = re.compile(r"(?<![^\W_])1Z(?: ?[0-9A-Z]){16}(?![^\W_])", re.IGNORECASE)  # UPS
PLATE = re.compile(r"(?<![^\W_])[A-ZÄÖÜ]{1,3}-[A-Z]{1,2} [0-9]{1,4}[EH]?(?![^\W_])")  # of a German car
_HOUSE = re.compile(r"[0-9]{1,5}[-/\u2010-\u2015][^\W\d_]{1,2}")
_PARTS = re.compile(r"[0-9]+|[^\W\d_]+")
_DIGIT, _LETTER = re.compile("[0-9]"), re.compile(r"[^\W\d_]")


def together(text: str) -> Iterator[str]:
    """Each code of a text as one word."""
    if _DIGIT.search(text):
        yield from map("".join, (groups for code in CODE.finditer(text) if (groups := _groups(code))))
        for pair in (_LETTER_AND_NUMBER, MEASURE):
            yield from ("".join(found) for found in pair.findall(text))
        yield from (parcel[0].replace(" ", "") for parcel in PARCEL.finditer(text))
        yield from (re.sub("[ -]", "", plate[0]) for plate in PLATE.finditer(text))


def taken_out(query: str) -> tuple[str, list[list[str]]]:
    """The query without its codes, and the groups of each."""
    found: list[list[str]] = []

    def take(code: re.Match[str]) -> str:
        groups = _groups(code) if code.re is CODE else [re.sub("[ -]", "", code[0])]
        found.extend([groups] if groups else [])
        return " " if groups else code[0]

    return CODE.sub(take, PLATE.sub(take, PARCEL.sub(take, query))), found


def parts_of_code(code: str) -> list[str]:
    """ "ab12345xy" -> ["ab", "12345", "xy"], where they are long enough to tell something apart; else []."""
    parts = _PARTS.findall(code)
    telling = any(len(part) >= (3 if part.isdigit() else 4) for part in parts)
    return parts if telling and len(parts) > 1 else []


def _groups(code: re.Match[str]) -> list[str]:
    """Of a code with letters and digits; a number is grouped by other rules, and so is that of a house."""
    written = code[0]
    if (
        len(written) > MAX_LENGTH
        or not _DIGIT.search(written)
        or not _LETTER.search(written)
        or _HOUSE.fullmatch(written)
    ):
        return []
    return re.findall(r"[^\W_]+", written)
