"""Splits a mail's text into what is new and what only repeats: quotes, their introductions, signatures.

Nothing is deleted: every line ends up in one of the two halves, in its order, and the inbox folds the second.
Line by line with bounded looks ahead, so that a long mail takes long in proportion only.
"""

import re
from dataclasses import dataclass

from hub.html.safe_html import MARK

from . import phrases
from .words import UNSEEN

MAX_TEXT = 200_000
MAX_LINE = 500
MAX_SIGNATURE_LINES = 15
MAX_MOBILE = 160
LAST_LINES = 4
ATTRIBUTION_LINES = 4
INTRODUCTION_LINES = 8
HEADER_LINES = 8


def _alone(pattern: str, prefix: str = "", suffix: str = "") -> re.Pattern[str]:
    return re.compile(rf"{prefix}(?:{pattern}){suffix}\Z", re.IGNORECASE)


WROTE = re.compile(rf"(?<!\w)(?:{phrases.WROTE})|{phrases.WROTE_UNSPACED}", re.IGNORECASE)
OPENER = re.compile(rf"(?:(?:{phrases.OPENERS})\b|\d)[^\n]{{0,40}}?\d", re.IGNORECASE)
DATE = re.compile(r"(?:19|20)\d\d|\d{1,2}[:h.]\d{2}|\d{1,2}[./-]\d{1,2}[./-]\d{2}")
EMAIL = re.compile(r"[^\s<>@]{1,64}@[^\s<>@]{1,255}")
LABELS = "|".join(f"(?P<{kind}>{words})" for kind, words in phrases.LABELS.items())
LABEL = re.compile(rf"[*_\s]{{0,20}}(?:{LABELS})[*_ ]{{0,20}}[:：]", re.IGNORECASE)
ORIGINAL = _alone(phrases.ORIGINAL, r"\s*[-–—_=*]{2,}\s*", r"[:\s]*[-–—_=*]*\s*")
FORWARDED = _alone(phrases.FORWARDED, r"\s*[-–—_=*]{2,}\s*", r"[:\s]*[-–—_=*]*\s*")
BEGIN_FORWARDED = _alone(phrases.BEGIN_FORWARDED, r"\s*", r"\s*:\s*")
MOBILE = _alone("|".join(phrases.MOBILE), r"[\s*_]*", r"[\s*_.!]*")
ABOVE = phrases.REPLY_ABOVE.split("|")
TELLING = re.compile(rf"[:：\d{MARK}]|\A\s*[-–—_=*#]")  # stands in every line that may begin a quote
RULE = re.compile(r"\s*[_\-–—=*]{5,}\s*\Z")
BLANKS = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class Reply:
    text: str
    quoted: str


def split_reply(text: str, *, forwarded: bool = False, introduction: str = "") -> Reply:
    """text may hold a MARK (from safe_html) where the mail program itself says that a quote begins; introduction: the
    words it says stand above the quote.

    A forwarded mail without a comment is its own message: then nothing is folded.
    """
    lines = text[:MAX_TEXT].split("\n")
    page = _Page(lines, [False] * len(lines), _squashed(introduction))
    page.fold_quotes()
    page.fold_signatures()
    rest = [text[MAX_TEXT:]] if len(text) > MAX_TEXT else []
    new = _joined([line for line, folded in zip(lines, page.folded, strict=True) if not folded])
    if not new and (page.forwarded or forwarded):
        return Reply(_joined([*lines, *rest]), "")
    return Reply(new, _joined([line for line, folded in zip(lines, page.folded, strict=True) if folded] + rest))


def _joined(lines: list[str]) -> str:
    text = "\n".join(lines).replace(MARK, "").strip()
    return BLANKS.sub("\n\n", text) if "\n\n\n" in text else text


def _squashed(text: str) -> str:
    """Without what a program may add where it breaks a line."""
    return UNSEEN.sub("", "".join(text.split()))


@dataclass
class _Page:
    """The lines, and which of them are folded away."""

    lines: list[str]
    folded: list[bool]
    introduction: str
    forwarded: bool = False

    def fold_quotes(self) -> None:
        at = 0
        while at < len(self.lines):
            line = self.lines[at]
            if line.startswith((">", " >")):
                self.folded[at] = True
            elif TELLING.search(line) or self._introduction(at) >= 0:
                at = self._fold_from(at)
            at += 1

    def _fold_from(self, at: int) -> int:
        """Fold what begins in a line that may begin something; the last line dealt with."""
        if self._everything_below_is_quoted(at):
            return self._fold_rest(at)
        last = max(self._introduction(at), self._attribution(at))
        if last < 0:
            return at
        if not self._next_is_quoted(last):
            return self._fold_rest(at)
        self.folded[at : last + 1] = [True] * (last + 1 - at)
        return last

    def _everything_below_is_quoted(self, at: int) -> bool:
        line = self.lines[at]
        if MARK in line:
            return True
        if len(line) > MAX_LINE:
            return False
        if FORWARDED.match(line) or BEGIN_FORWARDED.match(line):
            self.forwarded = True
            return True
        return bool(ORIGINAL.match(line) or self._is_header_block(at)) or any(map(line.lower().__contains__, ABOVE))

    def _is_header_block(self, at: int) -> bool:
        """From, date, to and subject of a mail, as Outlook and others put them above what they quote."""
        kinds: set[str] = set()
        for number, line in enumerate(self.lines[at : at + HEADER_LINES]):
            match = LABEL.match(line[:60])
            if match:
                kinds.add(match.lastgroup or "")
            elif not number or not line.strip():
                break
        kinds.discard("cc")
        block = " ".join(self.lines[at : at + HEADER_LINES])[:2_000]
        return "from" in kinds and len(kinds) >= 3 and ("subject" in kinds or bool(EMAIL.search(block)))

    def _introduction(self, at: int) -> int:
        """The last line of the introduction that is known, if it begins here, or -1."""
        if not self.introduction:
            return -1
        told = ""
        for last in range(at, min(at + INTRODUCTION_LINES, len(self.lines))):
            told += _squashed(self.lines[last][:MAX_LINE])
            if not told or not self.introduction.startswith(told):
                return -1
            if told == self.introduction:
                return last
        return -1

    def _attribution(self, at: int) -> int:
        """The last line of "On ..., Ada wrote:" beginning here, or -1."""
        joined = ""
        for last in range(at, min(at + ATTRIBUTION_LINES, len(self.lines))):
            line = self.lines[last].strip()
            if not line or line.startswith(">") or len(joined) + len(line) > MAX_LINE:
                return -1
            joined = f"{joined} {line}".strip()
            if line.endswith((":", "：")):
                return last if self._introduces(joined, last) else -1
            if not OPENER.match(joined):
                return -1
        return -1

    def _introduces(self, joined: str, last: int) -> bool:
        wrote, dated, addressed = WROTE.search(joined), DATE.search(joined), EMAIL.search(joined)
        if (wrote and dated and (OPENER.match(joined) or addressed or WROTE.match(joined.split(" ", 3)[-1]))) or (
            addressed and dated and OPENER.match(joined)
        ):
            return True
        return bool(wrote and len(joined) < 200 and self._next_is_quoted(last))

    def _next_is_quoted(self, at: int) -> bool:
        following = (line for line in self.lines[at + 1 : at + 5] if line.strip())
        return next(following, "").lstrip().startswith(">")

    def _fold_rest(self, at: int) -> int:
        self.folded[at:] = [True] * (len(self.lines) - at)
        above = at - 1
        while above >= 0 and not self.lines[above].strip():
            above -= 1
        if above >= 0 and RULE.match(self.lines[above]):
            self.folded[above:at] = [True] * (at - above)
        return len(self.lines)

    def fold_signatures(self) -> None:
        """From below: what a phone appends stands among the last lines above a quote or the end."""
        end, near = len(self.lines), LAST_LINES
        for at in range(len(self.lines) - 1, -1, -1):
            line = self.lines[at]
            if self.folded[at]:
                end, near = at, LAST_LINES
            elif line.startswith("--") and line.rstrip("\xa0 ") == "--" and self._is_signature(line, end - at):
                self.folded[at:end] = [True] * (end - at)
                end, near = at, LAST_LINES
            elif near and line.strip():
                near -= 1
                if len(line) < MAX_MOBILE and MOBILE.match(line):
                    self.folded[at] = True
                    end = at if end == at + 1 else end

    def _is_signature(self, line: str, length: int) -> bool:
        """A "-- " always begins one (RFC 3676 section 4.3), "--" only when little follows."""
        return line != "--" or length <= MAX_SIGNATURE_LINES
