"""Finds the lines that introduce a quote: "On ..., Ada <ada@example.com> wrote:", in every order and language known.

An address and a day prove one by themselves; without an address it counts only above lines that are marked as quoted.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from . import phrases
from .words import UNSEEN

MAX_LENGTH = 400
MAX_LINES = 4
MAX_WEAK = 200
MAX_NAMES = 8  # who are quoted by their initials
MAX_NAMES = 8  # who are quoted by their initials
MAX_TRIES = 2_000  # what stands below is in doubt, and stays
END = re.compile(r"(?:[:：]|[-–—]{3,})[*_ \xa0]*\Z")
RULED = re.compile(r"\s*[-–—]{3,}\s*(?P<words>\S.*?)\s*(?:[-–—]{3,}\s*:?|(?<=[:：]))\s*\Z")
WROTE = re.compile(phrases.wrote_pattern(), re.IGNORECASE)
DAYS = phrases.any_of(phrases.every("days"))
OPENER = re.compile(
    rf"(?:[\"“«*_]|\* )?(?:(?:{phrases.OPENERS}|{phrases.SHORT_DAYS}|{DAYS})(?![^\W\d_])|\d)[^\n]{{0,40}}?\d",
    re.IGNORECASE,
)
DATE = re.compile(r"(?:19|20)\d\d|\d{1,2}[:h.]\d{2}|\d{1,2}[./-]\d{1,2}[./-]\d{2}")
WHOLE_DATE = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)|\d{1,2}[./-]\d{1,2}[./-]\d{2}")
CLOCK = re.compile(r"(?<![\d.])\d{1,2}[:.h時点시]\s?[0-5]\d(?!\.?\d)")
ADDRESS = r"(?:mailto:)?[^\s<>@()\[\]\"]{1,64}@[^\s<>@()\[\]\",;:]{1,255}"
BRACKETED = re.compile(rf"[<(\[]\s?{ADDRESS}\s?(?:<[^<>]{{0,300}}>)?\s?[>)\]]")
BARE = re.compile(ADDRESS)
BY_BEFORE = re.compile(rf"(?<!\w)(?:{phrases.BY})\s[\"'“«(]{{0,2}}\Z", re.IGNORECASE)
PERSON_BEFORE = re.compile(
    rf"(?<!\w)(?:I|We|Ich|Wir|He|She|They|Je|Nous|Я|Мы|{phrases.PERSONS}|{phrases.TO_US}|{phrases.OWN})\s(?:\S{{1,15}}\s)?\Z"
)
# "Ihr Kollege Meier schrieb": somebody tells of one of ours
YOURS_BEFORE = re.compile(
    r"(?<!\w)(?:[Yy]our|[Ii]hre?|[Ee]ue?re?|[Dd]eine?|[Vv]otre|[Uu]w|[Jj]ouw|[Ss]eu|[Ss]ua|[Vv]ostr[oa]|[Vv]uestr[oa]|"
    r"[Tt]wój|[Ww]asz|[Вв]аша?)\s(?:\S{1,15}\s){1,3}\Z"
)
ADDRESSED_AFTER = re.compile(rf"\s(?:(?:{phrases.ADDRESSED})\s|(?:ich|wir|er|sie|il|elle)(?!\w))")
OWN_AFTER = re.compile(rf"\s(?:[oa]\s)?(?:(?:{phrases.OWN})\s|\S{{1,20}}\s(?:{phrases.OWN_BEHIND})(?!\w))")
WORDS = re.compile(r"\w")
SENTENCE = re.compile(r"(?<!Prof)(?<!Dipl)(?<=[^\W\d_]{3})[.!?]\s+(?=[A-ZÀ-ÞА-ЯΑ-Ω])")
DAY_FIRST = re.compile(rf"[\"“«*_]?(?:\d|(?:{DAYS}|{phrases.SHORT_DAYS})(?![^\W\d_]))", re.IGNORECASE)
QUOTING = re.compile(rf"(?:{phrases.QUOTING})\s.{{1,200}}[:：]\Z", re.IGNORECASE)
STARRED = re.compile(r"\* (.{1,80}?) \[(?=.{0,60}\d[:.]\d\d)[^\[\]]{8,60}\]\s?:\Z")  # Mutt, when it is told so
YOU_WROTE = re.compile(rf"(?<!\w)(?:{phrases.YOU_WROTE})\s?[:：]\Z", re.IGNORECASE)
YOU_WROTE_ON = re.compile(rf"(?:{phrases.YOU_WROTE})\s.{{6,60}}[:：]\Z", re.IGNORECASE)  # The Bat!, in Russian
BY = frozenset((*phrases.BY.split("|"), "am", "pm", "utc", "gmt", "uhr", "г", "р", "в", "о"))
NAMED = re.compile(r"\n ?[^\W\d_]{1,12}>+[ \n]")
NAMED_FIRST = re.compile(r"[:：][ \t]*\n\s{0,8}([^\W\d_]{1,12})>+[ \n]")
LETTERS = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Attribution:
    """first and last: its lines. proven: whatever stands below is quoted, also without marks. lone: only where no
    other is like it, for lists of calls and of visitors look the same."""

    first: int
    last: int
    proven: bool
    lone: bool = False


def attributions(
    lines: list[str], *, answering: bool = False, recipients: Collection[str] = ()
) -> dict[int, Attribution]:
    """By their first line. Each line is looked at a bounded number of times. answering: the mail says so; recipients:
    the addresses and domains it goes to."""
    found: dict[int, Attribution] = {}
    free = 0  # the first line that belongs to none yet
    tries = 0
    for last, line in enumerate(lines):
        tail = line[-8:]
        if ":" not in tail and "：" not in tail and "--" not in tail:
            continue
        marked = next_is_quoted(lines, last)
        named = marked or any("@" in above for above in lines[max(last - MAX_LINES + 1, free) : last + 1])
        if named and _ends_one(lines, last):
            attribution, looked = _attribution(lines, last, free, _Asked(marked, answering, recipients))
            tries += looked
            if attribution:
                found[attribution.first] = attribution
                free = last + 1
            if tries > MAX_TRIES:
                break
    lone = [one for one in found.values() if one.lone]
    if len(lone) > 1:
        found |= {one.first: replace(one, proven=False) for one in lone}
    return found


def is_quoted(line: str) -> bool:
    return line.startswith((">", " >"))


def marked_by_names(text: str) -> str:
    """Text whose lines bear the initials or the name of who is quoted before the mark ("AB> ": The Bat!, Supercite)
    with the mark alone: where such a line stands below one that ends with a colon."""
    if not NAMED.search(text):
        return text
    names = {found[1] for found in NAMED_FIRST.finditer(text) if found[1][0].isupper()}
    if not names or len(names) > MAX_NAMES:
        return text
    return re.sub(rf"^ ?(?:{'|'.join(names)})(?=>+(?: |$))", "", text, flags=re.MULTILINE)


def next_is_quoted(lines: list[str], at: int) -> bool:
    following = (line for line in lines[at + 1 : at + 5] if line.strip())
    return next(following, "").lstrip().startswith(">")


def _ends_one(lines: list[str], at: int) -> bool:
    """A line that begins with ">" may be the end of an address that was broken before its closing bracket."""
    line = UNSEEN.sub("", lines[at][-MAX_LENGTH:])
    if not END.search(line):
        return False
    return not is_quoted(line) or (at > 0 and not is_quoted(lines[at - 1]) and "<" in lines[at - 1].rpartition(">")[2])


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is known of the mail around a line. marked: the lines below are."""

    marked: bool
    answering: bool
    recipients: Collection[str]


def _attribution(lines: list[str], last: int, free: int, asked: _Asked) -> tuple[Attribution | None, int]:
    """The shortest that is proven, else the shortest there is; longer where its day stands in the line above. And how
    many were looked at closely."""
    marked, answering = asked.marked, asked.answering
    weak: Attribution | None = None
    looked = 0
    for first, joined in _upward(lines, last, free):
        when = CLOCK.search(joined) or (answering and WHOLE_DATE.search(joined))
        provable, likely = "@" in joined and when, marked and len(joined) < MAX_WEAK
        if not provable and not likely:
            continue
        looked += 1
        line = _Line(joined)
        spoken = answering or marked or line.wrote  # else it may be a line of a log
        if provable and spoken and (line.is_proven() or (answering and line.is_dated())):
            lone = not (marked or line.wrote or line.is_of(asked.recipients))
            top = _day_above(lines, first, last, free)
            return Attribution(top, last, proven=not lone or _stands_apart(lines, top), lone=lone), looked
        if likely and (weak is None or line.opened) and line.is_likely():
            weak = Attribution(first, last, proven=False)
    return weak, looked


def _upward(lines: list[str], last: int, free: int) -> Iterator[tuple[int, str]]:
    joined = ""
    for first in range(last, max(last - MAX_LINES, free - 1), -1):
        line = UNSEEN.sub("", lines[first][:MAX_LENGTH]).strip()
        if not line or (first < last and is_quoted(lines[first])) or len(joined) + len(line) > MAX_LENGTH:
            return
        joined = f"{line} {joined}".strip()
        ruled = RULED.match(joined)
        yield first, ruled["words"] if ruled else joined


def _stands_apart(lines: list[str], at: int) -> bool:
    """Below a blank line, and announced by nobody."""
    above = next((line.rstrip() for line in reversed(lines[max(at - 4, 0) : at]) if line.strip()), "")
    return (not at or not lines[at - 1].strip()) and not above.endswith((":", "："))


def _day_above(lines: list[str], first: int, last: int, free: int) -> int:
    """Where it really begins, if its day stands in a line above."""
    for above, joined in _upward(lines, last, free):
        if above == first and WHOLE_DATE.search(joined):
            return first
        ends = lines[above].rstrip().endswith((".", "!", "?"))
        if (
            above < first
            and not ends
            and OPENER.match(joined)
            and DATE.search(lines[above])
            and _Line(joined).is_proven()
        ):
            return above
    return first


@dataclass(slots=True)
class _Line:
    """What stands in a line that may be an attribution."""

    text: str
    wrote: re.Match[str] | None = None
    opened: bool = False
    address: re.Match[str] | None = None

    def __post_init__(self) -> None:
        self.wrote = WROTE.search(self.text)
        self.opened = bool(OPENER.match(self.text))
        self.address = BRACKETED.search(self.text) or self._bare()

    def is_of(self, recipients: Collection[str]) -> bool:
        """Of somebody this mail goes to, or of their domain."""
        found = BARE.search(self.address[0].removeprefix("<mailto:").lower()) if self.address else None
        return found is not None and not {found[0], found[0].rpartition("@")[2]}.isdisjoint(recipients)

    def _bare(self) -> re.Match[str] | None:
        """Beside the verb, or after "by" at the end."""
        found = BARE.search(self.text) if "@" in self.text else None
        if found and self.wrote:
            first, last = sorted((found.span(), self.wrote.span()))
            return None if WORDS.search(self.text[first[1] : last[0]]) else found
        if found and BY_BEFORE.search(self.text[: found.start()]) and not WORDS.search(self.text[found.end() :]):
            return found
        return None

    def is_prose(self) -> bool:
        """Somebody tells that they wrote, or somebody to them; or a sentence ends before the address."""
        before = self.text[max(self.wrote.start() - 60, 0) : self.wrote.start()] if self.wrote else ""
        if PERSON_BEFORE.search(before) or YOURS_BEFORE.search(before):
            return True
        if self.wrote and any(after.match(self.text, self.wrote.end()) for after in (ADDRESSED_AFTER, OWN_AFTER)):
            return True
        return bool(SENTENCE.search(self.text[: self.address.start()] if self.address else self.text))

    def is_proven(self) -> bool:
        """An address, a day and a time, as programs write them, and no sentence around them."""
        clock = CLOCK.search(self.text) if self.address else None
        if not self.address or not clock or not DATE.search(self.text) or self.is_prose():
            return False
        start = self.address.start()
        if (
            self.opened and not self.wrote
        ):  # "Wed, 4 Mar 2026, 9:15 from Ada <...>:", no "On 4 March at 9:15 with Ada <...>:"
            return bool(DAY_FIRST.match(self.text)) and _is_name(self.text[clock.end() : start], BY)
        if self.wrote:
            return self.opened or _is_name(self.text[: min(self.wrote.start(), start)])
        return False

    def is_dated(self) -> bool:
        """In an answer a day does, where nothing but "On <day>, <name> <address> wrote:" is said (HEY)."""
        day = WHOLE_DATE.search(self.text)
        if not (day and self.opened and self.wrote and self.address) or self.is_prose():
            return False
        name, (start, end) = self.text[day.end() : self.address.start()], self.address.span()
        apart = name.startswith(", ") and _is_name(name) and self.text[start] in "<(["
        return apart and not WORDS.search(self.text[end : self.wrote.start()] + self.text[self.wrote.end() :])

    def is_likely(self) -> bool:
        """Above marked lines."""
        if QUOTING.match(self.text):
            return True
        if starred := STARRED.match(self.text):
            return bool(DATE.search(self.text)) and _is_name(BRACKETED.sub("", starred[1]))
        if YOU_WROTE_ON.match(self.text) or (self.opened and YOU_WROTE.search(self.text)):
            return bool(DATE.search(self.text))
        if self.is_prose():
            return False
        told = self.address or (self.opened and (self.wrote or CLOCK.search(self.text)))
        if told and DATE.search(self.text):
            return True
        return self.wrote is not None and _is_name(BARE.sub("", self.text[: self.wrote.start()]))


def _is_name(text: str, particles: frozenset[str] = frozenset()) -> bool:
    """Nothing but capitalised words and those that stand in names; scripts without capitals cannot tell."""
    words = LETTERS.findall(text)
    allowed = phrases.PARTICLES | particles
    return len(words) <= 8 and all(word[0].upper() == word[0] or word.lower() in allowed for word in words)
