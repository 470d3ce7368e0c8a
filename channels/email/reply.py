"""Splits a mail's text into what is new and what only repeats: quotes, their introductions, signatures.

Nothing is deleted: every line ends up in one of the two halves, in its order, and the inbox folds the second. What is
folded is proven to repeat: marked lines below an attribution, or all below an attribution or a header block that names
an address; in doubt everything stays. Line by line with bounded looks around, so that a long mail takes long in
proportion only.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from hub.html.safe_html import MARK

from . import phrases
from .attributions import DATE, WROTE, Attribution, attributions, is_quoted, marked_by_names, next_is_quoted
from .header_blocks import EMAIL, LABEL, header_block
from .signatures import is_link, is_of_a_phone
from .words import UNSEEN

MAX_TEXT = 200_000
MAX_LINE = 500
MAX_SIGNATURE_LINES = 15
MAX_SIGNATURE_LINE = 100
INTRODUCTION_LINES = 8
EVIDENCE_LINES = 8
HEAD_LINES = 8
MAX_RUNS = 500  # that are looked at for what introduces them


ORIGINAL, FORWARDED = frozenset(phrases.ORIGINAL.split("|")), frozenset(phrases.FORWARDED.split("|"))
BEGIN_FORWARDED, ABOVE = frozenset(phrases.BEGIN_FORWARDED.split("|")), frozenset(phrases.REPLY_ABOVE.split("|"))
DASHES = "-‐–—_=*"
AROUND = f"{DASHES}#[]()<>.:： \t\xa0"
COLON, RULED = "：", re.compile(r"\s*[-‐–—_=*#\[]|>>> ")  # in every line that may begin a quote
RULE = re.compile(
    r"\s*[_\-‐–—=*]{3,}\s*\Z|\s*message du .{6,40}\Z|"
    r".{1,80}---\d{1,4}[/.-]\d\d?[/.-]\d{2,4} .{4,14}---.*\Z",  # "Ada Byron ---03/04/2026 09:15:12 AM---Hello": Notes
    re.IGNORECASE,
)
ARROWS = re.compile(r">>> (?=.{0,300}\d[:.]\d\d)[^>]{1,200}(?:<[^<>\s]{3,200}>)?[^>]{0,60}>>>\s*\Z")  # GroupWise
ABOVE_LINE = re.compile(r"\s*##- .{5,100} -##\s*\Z")  # "please type your reply above", in any language: Zendesk
LABELLED = re.compile(r"[^\W\d_][^:：\n@]{0,30}[:：][^@]{0,100}<[^<>@\s]{1,64}@[^<>@\s]{1,255}>")  # in any language
POSTSCRIPT = re.compile(r"\s*(?:p\. ?-?s|ps|p\. ?d|n\. ?b|υ\. ?γ|з\. ?ы|又及|附言|追伸|추신)\s?[.:：)]", re.IGNORECASE)
BLANKS = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class Reply:
    text: str
    quoted: str


def split_reply(
    text: str,
    *,
    forwarded: bool = False,
    introduction: str = "",
    answering: bool = True,
    recipients: Collection[str] = (),
) -> Reply:
    """text may hold a MARK (from safe_html) where the mail program itself says that a quote begins; introduction: the
    words it says stand above the quote. answering: the mail says that it answers another; recipients: the addresses
    and domains it goes to, in lower case. Nothing of a forwarded mail is folded: it is its sender's message."""
    lines = text[:MAX_TEXT].split("\n")
    marked = marked_by_names(text[:MAX_TEXT]) if answering else text[:MAX_TEXT]
    page = _Page(marked.split("\n"), [False] * len(lines), _squashed(introduction), answering, recipients)
    rest = [text[MAX_TEXT:]] if len(text) > MAX_TEXT else []
    if not forwarded:
        page.fold_quotes()
        page.fold_signatures()
    if forwarded or page.forwarded:
        return Reply(_joined([*lines, *rest]), "")
    new = _joined([line for line, folded in zip(lines, page.folded, strict=True) if not folded])
    return Reply(new, _joined([line for line, folded in zip(lines, page.folded, strict=True) if folded] + rest))


def _joined(lines: list[str]) -> str:
    text = "\n".join(lines).replace(MARK, "").strip()
    return BLANKS.sub("\n\n", text) if "\n\n\n" in text else text


def _squashed(text: str) -> str:
    """Without what a program may add where it breaks a line."""
    return UNSEEN.sub("", "".join(text.split()))


def _may_tell(line: str) -> bool:
    return ":" in line or MARK in line or COLON in line or RULED.match(line) is not None


def _says_who(line: str) -> bool:
    """As headers and attributions do."""
    label = LABEL.match(line[:80])
    if (label and label.lastgroup in ("sender", "sent")) or LABELLED.match(line):
        return True
    told = DATE.search(line) and (WROTE.search(line) or EMAIL.search(line))
    return bool(told) and line.rstrip(" \xa0*").endswith((":", "：", "-"))


@dataclass(slots=True)
class _Run:
    """Marked lines and what introduces them; last is behind them."""

    first: int
    last: int
    introduced: bool


@dataclass
class _Page:
    """The lines, and which of them are folded away; unlabelled: no header block begins before this line."""

    lines: list[str]
    folded: list[bool]
    introduction: str
    answering: bool
    recipients: Collection[str] = ()
    forwarded: bool = False
    unlabelled: int = 0
    runs: list[_Run] = field(default_factory=list)
    attributions: dict[int, Attribution] = field(default_factory=dict)

    def fold_quotes(self) -> None:
        self.attributions = attributions(self.lines, answering=self.answering, recipients=self.recipients)
        at, end = 0, len(self.lines)
        while at < end:
            line = self.lines[at]
            if is_quoted(line) and not ARROWS.match(line):
                first, at = at, self._run(at, at, introduced=False)
                if self._is_head_alone(first, at):
                    self.runs.pop()
                    self._fold_rest(first)
                    end = at = first
            elif at in self.attributions or self.introduction or _may_tell(line):
                last = self._begins(at)
                if last == end:
                    self._fold_rest(at)
                    end = at
                at = last + 1
            else:
                at += 1
        self._fold_runs(end)

    def _begins(self, at: int) -> int:
        """The last line dealt with of what begins in a line that may begin something: all, when everything below is
        quoted."""
        if self._everything_below_is_quoted(at):
            return len(self.lines)
        found = self.attributions.get(at)
        known = self._introduction(at)
        last = max(known, found.last if found else -1)
        if last < 0:
            return at
        if next_is_quoted(self.lines, last):
            below = next(number for number in range(last + 1, len(self.lines)) if self.lines[number].strip())
            return self._run(at, below, introduced=True) - 1
        return len(self.lines) if known >= 0 or (found and found.proven) else last

    def _run(self, first: int, at: int, *, introduced: bool) -> int:
        """Behind the marked lines that begin at `at`; some programs mark what introduces them, too."""
        introduced = introduced or (len(self.runs) < MAX_RUNS and self._introduces_itself(at))
        while at < len(self.lines) and (is_quoted(self.lines[at]) or self.lines[at].lstrip().startswith(">")):
            at += 1
        self.runs.append(_Run(first, at, introduced))
        return at

    def _is_head_alone(self, first: int, last: int) -> bool:
        """Marked headers below a line that is drawn, what they stand above is not marked (Centrum.cz)."""
        ruled = first > 0 and self.answering and last - first <= HEAD_LINES
        if not (ruled and RULE.match(self.lines[first - 1][:MAX_LINE])):
            return False
        lines = [line.lstrip(" >")[:MAX_LINE] for line in self.lines[first:last]]
        block = header_block([*lines, ""], 0)
        headed = block is not None and block.is_proven() and not any(line.strip() for line in lines[block.below :])
        return headed and any(line.strip() for line in self.lines[: first - 1])

    def _introduces_itself(self, at: int) -> bool:
        lines = [line.lstrip(" >")[:MAX_LINE] for line in self.lines[at : at + HEAD_LINES]]
        tops = range(min(3, len(lines)))
        blocks = (header_block(lines, top) for top in tops)
        introduced = any(attributions([*lines[: top + 1], ">"]) for top in tops)
        return introduced or any(block.is_proven() for block in blocks if block)

    def _everything_below_is_quoted(self, at: int) -> bool:
        line = self.lines[at]
        if MARK in line and self._is_evident(at):
            return True
        if len(line) > MAX_LINE:
            return False
        if ABOVE_LINE.match(line) or (ARROWS.match(line) and DATE.search(line)):
            return True
        words = line.strip(AROUND).lower()
        ruled = not line.lstrip()[:2].strip(DASHES)
        if words in BEGIN_FORWARDED or (ruled and (words in FORWARDED or words.startswith(phrases.FORWARDED_BY))):
            self.forwarded = True
            return True
        if ruled and words in ORIGINAL and (" " in words or self._is_headed(at + 1)):
            return True
        above = words.partition(" -- ")[0] or "".join(self.lines[at + 1 : at + 2])[:MAX_LINE].strip(AROUND).lower()
        return above in ABOVE or self._is_header_block(at)

    def _is_headed(self, at: int) -> bool:
        """Headers, marks or an address follow; "--- Original ---" may also stand above a text that was compared."""
        below = [line[:MAX_LINE] for line in self.lines[at : at + EVIDENCE_LINES]]
        return any(is_quoted(line) or LABEL.match(line[:80]) or EMAIL.search(line) for line in below)

    def _is_header_block(self, at: int) -> bool:
        """In an answer: elsewhere it may be a form that was filled in. Every line is looked at for one block."""
        block = header_block(self.lines, at) if self.answering and at >= self.unlabelled else None
        self.unlabelled = block.below if block else at
        return block is not None and block.is_proven()

    def _is_evident(self, at: int) -> bool:
        """What a program marked as quoted bears marks, or begins with who wrote and when: a day alone may stand in
        anybody's words."""
        below = [line[:MAX_LINE].lstrip(f"{MARK} \t") for line in self.lines[at : at + EVIDENCE_LINES]]
        return any(is_quoted(line) or _says_who(line) for line in below)

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

    def _fold_rest(self, at: int) -> None:
        self.folded[at:] = [True] * (len(self.lines) - at)
        self._fold_rule(at)

    def _fold_rule(self, at: int) -> None:
        """A line drawn above what is folded."""
        above = at - 1
        while above >= 0 and not self.lines[above].strip():
            above -= 1
        if above >= 0 and (RULE.match(self.lines[above][:MAX_LINE]) or self.lines[above].strip().lower() in ORIGINAL):
            self.folded[above:at] = [True] * (at - above)

    def _fold_runs(self, end: int) -> None:
        """Runs with answers between them stay with their answers; those that nothing introduces may be lists."""
        if not any(run.introduced for run in self.runs):
            return
        kept = self._answered(end) if len(self.runs) > 1 else 0
        for run in self.runs:
            if run.first >= kept:
                self.folded[run.first : run.last] = [True] * (run.last - run.first)
                if run.introduced:
                    self._fold_rule(run.first)

    def _answered(self, end: int) -> int:
        """Behind the last of the runs that have answers between or below them; 0 when there are none between."""
        said = self._said(end)
        first, last = self.runs[0], self.runs[-1]
        between = [at for at in said if first.last <= at < last.first]
        if not between:
            return 0
        return last.last if any(at >= last.last for at in said) else between[-1] + 1

    def _said(self, end: int) -> list[int]:
        """The lines somebody wrote between, above and below the runs, but for a signature at the end."""
        said: list[int] = []
        at = 0
        for run in [*self.runs, _Run(end, end, introduced=False)]:
            said += [number for number in range(at, run.first) if self.lines[number].strip()]
            at = run.last
        signed = next((at for at in said if self.lines[at].rstrip("\xa0 ") == "--"), end)
        return [at for at in said if at < signed]

    def fold_signatures(self) -> None:
        """From below: what a phone appends stands in the last line above a quote, a signature or the end."""
        end, last = len(self.lines), True
        for at in range(len(self.lines) - 1, -1, -1):
            line = self.lines[at]
            if self.folded[at]:
                end, last = at, True
            elif line.startswith("--") and line.rstrip("\xa0 ") == "--" and self._is_signature(at, end):
                below = next((below for below in range(at, end) if POSTSCRIPT.match(self.lines[below])), end)
                self.folded[at:below] = [True] * (below - at)
                end, last = at, True
            elif last and line.strip() and not (is_link(line) and at and self.lines[at - 1].strip()):
                last = is_of_a_phone(line, apart=not at or not self.lines[at - 1].strip())
                if last:
                    below = at + 2 if at + 1 < end and is_link(self.lines[at + 1]) else at + 1
                    self.folded[at:below] = [True] * (below - at)
                    end = at if end == below else end

    def _is_signature(self, at: int, end: int) -> bool:
        """A "-- " always begins one (RFC 3676 section 4.3), "--" only above what is folded, or below a blank line and
        above a few short ones."""
        if self.lines[at] != "--" or self.folded[at + 1 : at + 2] == [True]:
            return True
        apart = not at or not self.lines[at - 1].strip()
        few = end - at <= MAX_SIGNATURE_LINES
        return apart and few and all(len(line) < MAX_SIGNATURE_LINE for line in self.lines[at:end])
