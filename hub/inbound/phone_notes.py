"""Tells a telephone number from what people write behind it: notes, opening hours, extensions, a second number.

Only what is surely a note is left out. An extension is a line of its own, another ending is another line: where the
rest may be one, the number alone is nobody's for sure. Nothing is taken for a rest before so many digits that they may
be a number.
"""

import re
from dataclasses import dataclass

FEWEST = 6  # digits of what may be a number by itself
_LETTER = re.compile(r"[^\W\d_]")
_DIGIT = re.compile(r"\d")
_EXTENSION = re.compile(
    r"(?:extension|extn?|durchwahl|dw|nst|klappe|kl|app|poste|interno|int|anexo|ramal|wew|toestel|linka|mell[eé]k|x|p|w)"
    r"(?![^\W\d_])",
    re.IGNORECASE,
)
_HOUR = r"(?:[01]?\d|2[0-4])(?:[.:]?[0-5]\d)?"
_HOURS = rf"{_HOUR}\s?(?:-|–|—|/|bis|to|till|a|à)\s?{_HOUR}"
_UNIT = re.compile(
    r"(?:uhr|h|hrs?|hours?|std|am|pm|a\.m|p\.m|o['’]clock|heures?|ore|óra|godz|ч|час|часов|klo|kl|uur|horas?)(?![^\W\d_])",
    re.IGNORECASE,
)
_TIMES = re.compile(rf"{_HOURS}|\d{{1,2}}:[0-5]\d")
_ENDS_IN_HOURS = re.compile(rf"[\s,;(]+(?:{_HOURS}|{_HOUR})\s?\Z")  # above what says so
_MAY_END_IN_HOURS = re.compile(rf"(?<=\d{{3}})[\s,;(]+{_HOURS}\s?\Z")
_DAY = r"(?:\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d\d|(?:19|20)\d\d-\d\d-\d\d)"
_NOTE = re.compile(
    rf"\s*[(\[{{<]\s?\d{{1,2}}\s?(?:[)\]}}>]|\Z)|[\s,;(]\s*(?:\d{{1,2}}:[0-5]\d|{_DAY}|(?:24\s?/\s?7|7\s?/\s?24)\Z)"
)
_APART = re.compile(r"\s*[(\[{<,;|#*+＋&]")
_ENDINGS = r"\s*/\s*-?\s?\d{1,3}(?:\s*[/,]\s*-?\s?\d{1,3})*\Z"  # /68, / 2, /-68/-69
_SECOND = r"\s*/\s+[(0]|\s\(?0(?:[\s.()-]*\d){7,}\Z"
_DOUBTFUL = re.compile(rf"(?={_ENDINGS}|{_SECOND}|(?<=\d{{3}})\s{_HOURS}\Z)")
_ORDINAL = re.compile(r"(?<=\d)\s+\d{1,2}(?:\.\s?)?\Z")  # 2. Stock, 2te Nummer
_SHORT_END = re.compile(r"(?<=\d{5})[\s/.-]+\d{1,2}\Z")
_LONE_END = re.compile(r"(?<=\d{5})\s+\d\Z")
_SLASHED = re.compile(r"\+?\d{1,4}(?:/\d{1,4})+(?<!\d{4}/\d)(?<!\d{4}/\d\d)\Z")  # one number, with nothing but slashes


@dataclass(frozen=True, slots=True)
class Parted:
    """head: a number, should it be one by itself. sure: what stands behind it is a note."""

    head: str
    sure: bool


def parts_of(text: str) -> list[Parted]:
    """Where the number may end, the surest first; empty where nothing but one number is written."""
    letter = _LETTER.search(text)
    if _SLASHED.match(text):
        return []
    if letter:
        return [_before_words(text, letter.start())] if _is_enough(text[: letter.start()]) else []
    found = [(one.start(), True) for one in _NOTE.finditer(text)]
    found += [(one.start(), False) for one in _APART.finditer(text)]
    found += [(one.start(), False) for one in _DOUBTFUL.finditer(text)]
    return [Parted(text[:at].rstrip(" ,;/-–("), sure) for at, sure in found if _is_enough(text[:at])]


def mobile_part(text: str) -> str:
    """What a mobile number would be without its last one or two digits, where they stand apart; else ""."""
    found = _SHORT_END.search(text)
    return text[: found.start()] if found else ""


def landline_part(text: str) -> str:
    """What a landline would be without a digit that stands alone behind a blank; else "". Behind a dash it is dialled
    (DIN 5008)."""
    found = _LONE_END.search(text)
    return text[: found.start()] if found else ""


def _is_enough(text: str) -> bool:
    return len(_DIGIT.findall(text)) >= FEWEST


def _before_words(text: str, at: int) -> Parted:
    """Words end a number, and may say that what stands before them are hours."""
    head, rest = text[:at].rstrip(" ,;:/-–(["), text[at:]
    said = _UNIT.match(rest)
    ordinal = None if said else _ORDINAL.search(text[:at])
    if ordinal and (text[at - 1].isdigit() or "." in ordinal[0]):
        return Parted(text[: ordinal.start()], sure=False)
    hours = (_ENDS_IN_HOURS if said else _MAY_END_IN_HOURS).search(head)
    if hours and _is_enough(head[: hours.start()]):
        sure = bool(said)
        head = head[: hours.start()]
    else:
        sure = not text[at - 1].isdigit() or not _DIGIT.search(rest)
    digits = _DIGIT.findall(_TIMES.sub("", rest))
    second = len(digits) >= FEWEST or (digits and _EXTENSION.match(rest))
    return Parted(head, sure and not second)
