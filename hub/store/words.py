"""What a word is, to the search: how it is spelled when it is kept, and when a query has found it.

Case, accents and width never matter. A word of a query is found where a word begins like it; from four letters on
also inside (the parts of compounds). Scripts that are written without blanks are found anywhere, numbers however
their digits are grouped. Both engines index what `tokens` says, and `matches` has the last word on both.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter

from hub.phone_spellings import spellings_of
from hub.store.codes import MEASURE, parts_of_code, taken_out, together
from hub.store.letters import APOSTROPHES, BOTH, JOINERS, SCHEME, STRIPPED, WRITTEN_OUT

INDEXED = 50_000  # characters of one text
PARAGRAPH = range(200, 4_000)  # characters of a line that may be the same in many texts
PARAGRAPHS = 64  # remembered
LONGEST = 64  # letters of a word that count
PART = 4  # letters: a shorter piece is found only where a word begins
MAX_TERMS = 12
MAX_QUERY = 500  # characters
NUMBER = 6  # digits in groups that may be one number
WHOLE = 11  # digits of a number with its calling code
FEWEST_DIGITS = 5  # of such a number that are looked for
# Thai to Myanmar, Hangul, Khmer, kana and Han: a word has no visible beginning there
UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3100-\u31ff"
UNSPACED += "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
START, CODE, GROUPED = "‹", "·", "№"  # what a token says beside its letters: no word holds them
_RUN = re.compile(f"[{UNSPACED}]+|[^ \n{UNSPACED}]+")
_UNSPACED = re.compile(f"[{UNSPACED}]")
_DIGIT = re.compile("[0-9]")
_GROUPS = re.compile("(?<![^ \n])[0-9]+(?: +[0-9]+)+(?![^ \n])")
_THOUSANDS = re.compile("[1-9][0-9]{0,2}(?: [0-9]{3})+")
_CHAIN = re.compile(rf"([^\W\d_{APOSTROPHES}]+(?:[{JOINERS}{APOSTROPHES}][^\W\d_{APOSTROPHES}]+)+)")
_BETWEEN = re.compile(f"[{JOINERS}{APOSTROPHES}]")
_ACCOUNT = re.compile("[a-z]{2}[0-9]{2}[a-z0-9]{11,30}")  # ISO 13616: an IBAN, which is written in fours
_SERIAL = re.compile("([^\\W\\d_]+)([0-9]{6,})")
_PART_NUMBER = re.compile("([^\\W\\d_]{2,})([0-9]{1,5})")
_PARTED = re.compile(rf"(?<!\S)([^\W\d_{UNSPACED}]{{1,64}})[ ._/\u2010-\u2015-]([0-9]{{1,5}})(?![^\W_])")
_HOUSE = re.compile(  # 12-b, 12/b, 12 b: also one word, as others write it
    r"(?:(?<=[^\W\d_]{4} )|(?<![^\W_])(?<![^\W_][ .,/\u2010-\u2015-]))"
    r"([0-9]{1,5})(?:[-/\u2010-\u2015]([^\W\d_]{1,2})| ([^\W\d_]))(?![^\W_]|[-/][0-9])"
)
_TRUNK = re.compile(r"\([ ]?0[ ]?\)")
_DIGRAPH = re.compile("(?<![aeiouqy])([aou])e(?=[^ \n])")
_SHORT = re.compile(r"(?<![^ \n])[^ \n]{1,4}(?![^ \n])")
_PHONE = re.compile(r"(?<![^\W_])\+?[0-9]+(?:[ ()./\u2010-\u2015-]+[0-9]+)*(?![^\W_])")
# calling codes of one and two digits; all others have three (ITU-T E.164, list of assigned country codes)
_CALLING = re.compile("1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|[0-9]{3}")


@dataclass(frozen=True, slots=True)
class Words:
    """What one text holds: plain words, words with digits in them, unspaced runs, and digits grouped by signs."""

    letters: frozenset[str]
    codes: frozenset[str]
    runs: frozenset[str]
    numbers: frozenset[str]


NO_WORDS = Words(frozenset(), frozenset(), frozenset(), frozenset())
_KINDS = attrgetter(*Words.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Needle:
    """One thing to look for; kind is "letters", "code", "run" or "number"."""

    kind: str
    text: str

    @property
    def is_part(self) -> bool:
        """May stand inside a word."""
        return len(self.text) >= PART


Term = tuple[tuple[Needle, ...], ...]  # one of these must be found, with all its needles


def words_of(text: str) -> Words:
    """Störung is kept as storung and as stoerung, Mueller as mueller and as muller, E-Mail also as email. Linear in
    the text. Nothing goes on from one line to the next, so that a paragraph of a campaign is read once for all."""
    lines = text[:INDEXED].split("\n")
    others = "\n".join([line for line in lines if len(line) not in PARAGRAPH])
    read = [_words_of(others), *[_words_of_paragraph(line) for line in lines if len(line) in PARAGRAPH]]
    return Words(*map(frozenset[str]().union, *map(_KINDS, read)))


def _words_of(text: str) -> Words:
    text = _TRUNK.sub("", unicodedata.normalize("NFKC", text))
    joined = (_BETWEEN.sub("", chain) for chain in _CHAIN.findall(text))
    text = "\n".join([text, *joined, *map("".join, _HOUSE.findall(text)), *together(text)])
    plain = text.translate(STRIPPED)
    spellings = {plain, _draw_together(plain)}
    if not text.isascii():
        spellings.add(text.translate(WRITTEN_OUT))
    runs: set[str] = set().union(*map(_runs, spellings))
    unspaced: frozenset[str] = frozenset() if text.isascii() else frozenset(filter(_UNSPACED.match, runs))
    codes = frozenset(run[:LONGEST] for run in runs if not run.isalpha() and _DIGIT.search(run))
    letters = frozenset(run[:LONGEST] for run in runs - unspaced if run.isalpha() or not _DIGIT.search(run))
    return Words(letters, codes, unspaced, frozenset(_numbers(plain)))


_words_of_paragraph = lru_cache(maxsize=PARAGRAPHS)(_words_of)


def _numbers(plain: str) -> Iterator[str]:
    """Digits in groups that may be one number; short ones only where the groups are thousands (1.299)."""
    for groups in _GROUPS.findall(plain):
        number = groups.replace(" ", "")
        if len(number) >= NUMBER or _THOUSANDS.fullmatch(groups):
            yield number


def _runs(spelling: str) -> list[str]:
    return _RUN.findall(spelling) if _UNSPACED.search(spelling) else spelling.split()


def _draw_together(plain: str) -> str:
    """ae, oe and ue as one letter, in words of five and more, where they may stand for an umlaut."""
    return _DIGRAPH.sub(r"\1", _SHORT.sub("", plain))


def tokens(words: Words) -> set[str]:
    """What an index keeps of a text. Whole words; of words with digits and of numbers all pieces of four signs."""
    found = set(words.letters)
    for code in words.codes:
        found.update(START + code[:length] for length in range(1, PART))
        found.update(CODE + piece for piece in _pieces(code, PART))
    for run in words.runs:
        found.update(run)
        found.update(_pieces(run, 2))
    for number in words.numbers:
        found.update(GROUPED + piece for piece in _pieces(number, PART))
    return found


def tokens_for(needle: Needle) -> set[str]:
    """Which tokens a text must have to hold it; for plain letters: when they stand in a word with digits."""
    if needle.kind == "run":
        return set(_pieces(needle.text, 2)) or {needle.text}
    if needle.kind == "number":
        return {GROUPED + piece for piece in _pieces(needle.text, PART)}
    return {CODE + piece for piece in _pieces(needle.text, PART)} if needle.is_part else {START + needle.text}


def parts_of(word: str) -> Iterator[str]:
    """Its pieces of four letters: what is inside a word has some of them."""
    return _pieces(word, PART)


def _pieces(text: str, length: int) -> Iterator[str]:
    return (text[at : at + length] for at in range(len(text) - length + 1))


def terms_of(query: str) -> list[Term]:
    """What somebody looks for: every term must be found. Empty when the query holds no word."""
    query = SCHEME.sub("", _TRUNK.sub("", _with_plain_digits(unicodedata.normalize("NFKC", query[:MAX_QUERY]))))
    query, codes = taken_out(query)
    found: list[Term] = [_code(groups) for groups in codes]
    rest, at = "", 0
    for phone in _PHONE.finditer(query):
        groups = re.sub("[^0-9+]", " ", phone[0]).split()
        if number := _national(groups) or _thousands(groups):
            rest, at = f"{rest}{query[at : phone.start()]} ", phone.end()
            found.append(_number_term(number, groups))
    rest = f"{rest}{query[at:]}"
    found += [_house(found[1], found[2] or found[3]) for found in _HOUSE.finditer(rest)]
    rest = _HOUSE.sub(" ", rest)
    found += [_measure(*pair.groups()) for pair in MEASURE.finditer(rest)]
    rest = MEASURE.sub(" ", rest)
    found += [_part_number(*pair.groups()) for pair in _PARTED.finditer(rest)]
    for place, part in enumerate(_CHAIN.split(_PARTED.sub(" ", rest))):
        found += [_chain(part)] if place % 2 else _plain_terms(part)  # every other one is a chain
    return list(dict.fromkeys(found))[:MAX_TERMS]


def _chain(written: str) -> Term:
    """E-Mail: its parts, or the word they are together."""
    spellings = (one.translate(table) for one in (written, _BETWEEN.sub("", written)) for table in BOTH)
    return tuple(dict.fromkeys(tuple(map(_needle, _RUN.findall(one))) for one in spellings))


def _part_number(letters: str, digits: str) -> Term:
    """XR-7 and XR 7: two words, the number however it is grouped, or the one they are together."""
    spellings = [_needle(letters.translate(table)[:LONGEST]) for table in BOTH]
    apart = [(needle, number) for needle in spellings for number in _numbered(digits)]
    return tuple(dict.fromkeys((*apart, *((Needle("code", needle.text + digits),) for needle in spellings))))


def _code(groups: list[str]) -> Term:
    """AB-12345-XY: the one word it is together, or all its groups; of one letter and a number the word alone."""
    if len(groups) == 2 and groups[1].isdigit() and groups[0].isalpha():
        return tuple(one for one in _part_number(*groups) if len(one) == 1 or len(groups[0]) > 1)
    spellings = [[group.translate(table) for group in groups] for table in BOTH]
    whole = [(Needle("code", "".join(one)[:LONGEST]),) for one in spellings]
    apart = [tuple(map(_needle, one)) for one in spellings if len(one) > 1]
    digits = "".join(filter(str.isdigit, groups))
    letters = [tuple(_needle(group) for group in one if not group.isdigit()) for one in spellings]
    grouped = [(*rest, Needle(kind, digits)) for rest in letters for kind in ("number", "code")]
    return tuple(dict.fromkeys((*whole, *apart, *(grouped if len(digits) >= NUMBER else ()))))


def _measure(digits: str, unit: str) -> Term:
    """10 kg and 10kg."""
    return ((Needle("code", digits + unit.translate(STRIPPED)),), (_needle(digits), _needle(unit.translate(STRIPPED))))


def _house(digits: str, letters: str) -> Term:
    """12-b: the one word they are together, or a number and a letter."""
    spellings = dict.fromkeys(letters.translate(table) for table in BOTH)
    return (*((Needle("code", digits + one),) for one in spellings), (_needle(digits), _needle(letters)))


def _numbered(digits: str) -> tuple[Needle, ...]:
    """As they stand, and, when there are enough to be grouped, in groups."""
    return (_needle(digits), Needle("number", digits)) if len(digits) >= PART else (_needle(digits),)


def _plain_terms(text: str) -> Iterator[Term]:
    stripped, written_out = (_RUN.findall(text.translate(table)) for table in BOTH)
    for run, other in zip(stripped, written_out if len(written_out) == len(stripped) else stripped, strict=True):
        yield tuple(dict.fromkeys(((_needle(run),), (_needle(other),), *_grouped(run))))


def _grouped(run: str) -> Iterator[tuple[Needle, ...]]:
    """How else a word with digits may be written: 1299 as 1.299, RE20240815 as RE-2024-0815, XR7 as XR-7, an
    IBAN in fours."""
    if run.isdigit() and len(run) >= PART:
        yield (Needle("number", run),)
    elif _ACCOUNT.fullmatch(run):
        yield tuple(_needle(run[at : at + 4]) for at in range(0, len(run), 4))
    elif serial := _SERIAL.fullmatch(run):
        yield (_needle(serial[1]), Needle("number", serial[2]))
    elif numbered := _PART_NUMBER.fullmatch(run):
        yield from ((_needle(numbered[1]), number) for number in _numbered(numbered[2]))
    elif _DIGIT.search(run) and (parts := parts_of_code(run)):
        yield tuple(map(_needle, parts))


def _with_plain_digits(text: str) -> str:
    return "".join(str(unicodedata.decimal(sign, sign)) for sign in text)


def _number_term(number: str, groups: list[str]) -> Term:
    """The number however it is grouped and its line is spelled, or simply all its groups."""
    joined = "".join(groups)
    spellings = [number, *(_national([other]) for other in spellings_of(joined)[1:])]
    if len(joined) >= WHOLE and joined[0] not in "+0":  # it lost its plus, or 8 is dialled before it (Russia)
        spellings += [_national([f"+{joined}"]), *([joined[1:]] if joined[0] == "8" else [])]
    return (
        *((Needle(kind, spelling),) for spelling in spellings for kind in ("number", "code")),
        tuple(Needle("code", group.strip("+")[:LONGEST]) for group in groups),
    )


def _needle(run: str) -> Needle:
    if _UNSPACED.match(run):
        return Needle("run", run)
    return Needle("code" if _DIGIT.search(run) else "letters", run[:LONGEST])


def _national(groups: list[str]) -> str:
    """The digits that every spelling of a number has in common; empty when these are no such number."""
    joined = "".join(groups)
    digits = joined.lstrip("+")
    if joined.startswith(("+", "00")):
        digits = digits.removeprefix("00") if joined[0] == "0" else digits
        calling = _CALLING.match(digits)
        digits = digits[calling.end() :] if calling else ""
    elif len(groups) == 1 and not joined.startswith("0") and len(joined) < NUMBER:
        return ""
    digits = digits.lstrip("0")
    return digits if len(digits) >= FEWEST_DIGITS else ""


def _thousands(groups: list[str]) -> str:
    return "".join(groups) if _THOUSANDS.fullmatch(" ".join(groups)) else ""


def matches(words: Words, terms: Iterable[Term]) -> bool:
    return all(any(all(_holds(words, needle) for needle in needles) for needles in term) for term in terms)


def _holds(words: Words, needle: Needle) -> bool:
    text = needle.text
    if needle.kind == "run":
        return any(text in run for run in words.runs)
    if needle.kind == "number":
        return any(text in number for number in words.numbers)
    among = (words.codes,) if needle.kind == "code" else (words.letters, words.codes)
    if needle.is_part:
        return any(text in word for some in among for word in some)
    return any(word.startswith(text) for some in among for word in some)
