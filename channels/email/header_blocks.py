"""Recognises the headers that Outlook and others write above a mail they quote, and tells them from a form's lines."""

import re
from dataclasses import dataclass, field

from . import phrases
from .attributions import CLOCK, WHOLE_DATE

HEADER_LINES = 12
MAX_LINE = 2_000
KINDS = {"sender": "sender", "sent": "sent", "date": "date", "to": "to", "subject": "subject"}
LABEL = re.compile(
    r"[*_\s\u200e\u200f]{0,20}(?:"
    + "|".join(f"(?P<{kind}>{phrases.any_of(phrases.every(name))})" for kind, name in KINDS.items())
    + rf"|(?P<more>{phrases.EXTRA_LABELS}))[*_ \xa0]{{0,20}}[:：]",
    re.IGNORECASE,
)
OTHER_LABEL = re.compile(r"[*_\s]{0,20}[^\W\d_][^:：\n/@]{0,30}[:：](?:\s|\Z)")
FORM_FIELD = re.compile(r"\s*[^\W\d_]{2,30}\s?[:：]\s*\Z")
EMAIL = re.compile(r"[^\s<>@]{1,64}@[^\s<>@]{1,255}")
FIRSTS = {"sender", "sent", "date", "subject", "to"}


@dataclass(slots=True)
class HeaderBlock:
    """values: what stands behind the labels, by kind; above: the line over it; below: the first line that is none of
    it; foreign: it holds labels of something else."""

    values: dict[str, str] = field(default_factory=dict)
    above: str = ""
    below: int = 0
    foreign: bool = False

    def is_proven(self) -> bool:
        kinds, sent = set(self.values), CLOCK.search(self.values.get("sent", ""))
        if self.foreign or "sender" not in kinds:
            return False
        if not self.has_address():
            return "to" in kinds and bool(sent)
        if "to" in kinds:
            dated = kinds & {"sent", "date"} or WHOLE_DATE.search(self.above)  # "Message du 04/03/26 09:15" (Orange)
            return len(kinds & FIRSTS) >= 3 and bool(dated)
        return bool(sent)

    def has_address(self) -> bool:
        return bool(EMAIL.search(self.values.get("sender", "")) or EMAIL.search(self.values.get("to", "")))


def header_block(lines: list[str], at: int) -> HeaderBlock | None:
    """The label lines that follow one another, with what a program broke into the next line."""
    first = LABEL.match(lines[at][:80])
    if not first or first.lastgroup not in FIRSTS:
        return None
    block, kind = HeaderBlock(above=lines[at - 1][:MAX_LINE] if at else ""), ""
    for number in range(at, min(at + HEADER_LINES, len(lines))):
        line = lines[number][:MAX_LINE]
        block.below = number
        if not line.strip():
            break
        label = LABEL.match(line[:80])
        if label:
            kind = label.lastgroup or ""
            block.values.setdefault(kind, line[label.end() :])
        elif OTHER_LABEL.match(line):
            block.foreign = len(FIRSTS.intersection(block.values)) < 4
            break
        elif len(block.values) >= 3 and not _goes_on(lines, number):
            break
        else:
            block.values[kind] += f" {line}"
    block.foreign = block.foreign or _begins_a_form(lines, block.below)
    return block


def _goes_on(lines: list[str], at: int) -> bool:
    """A list of recipients that goes on below, with another label or a blank line after it."""
    following = lines[at + 1] if at + 1 < len(lines) else ""
    return bool(EMAIL.search(lines[at][:MAX_LINE])) and (not following.strip() or bool(LABEL.match(following[:80])))


def _begins_a_form(lines: list[str], at: int) -> bool:
    """ "Message:" alone, as forms write above what was typed into them."""
    following = next((line for line in lines[at : at + 4] if line.strip()), "")
    return bool(FORM_FIELD.match(following[:80]))
