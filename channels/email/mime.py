"""Cuts a mail into its parts, by offsets, without recursion and within limits.

The stdlib parser recurses once per nested multipart, looks at every line in Python and makes an object per part:
mails made to hurt take minutes there. This one searches for delimiters only, and stops counting at the limits;
what lies beyond them stays in the raw mail and is named in `problems`.
"""

import binascii
import re
from codecs import BOM_UTF8
from dataclasses import dataclass, field

from .charsets import COMMENT
from .transfer import UU_BEGIN, unbased, uudecoded
from .words import ENCODED_PARAMETER, WORD, decode_words, parameters, raw_text

MAX_DEPTH = 100
MAX_PARTS = 2_000
MAX_DELIMITERS = 20_000
MAX_HEADERS = 5_000
MAX_HEADER_BYTES = 4_000_000
MAX_FIELD_BYTES = 1_000_000
FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:([^\n]*+(?:\n[ \t][^\n]*+)*+)")
KNOWN_FIELD = re.compile(
    rb"(received|return-path|delivered-to|from|to|cc|bcc|subject|date|message-id|mime-version|content-[a-z-]+|"
    rb"in-reply-to|references|reply-to|sender|x-[a-z0-9-]+|list-[a-z-]+|dkim-signature|auto-submitted|"
    rb"precedence|authentication-results|arc-[a-z-]+|user-agent|thread-[a-z]+|importance|mailing-list)[ \t]*:",
    re.IGNORECASE,
)
DELIMITER_END = re.compile(rb"[ \t]*(--)?[ \t]*\r?(?:\n|\Z)")
SEVERAL = {b"received", b"authentication-results", b"dkim-signature", b"delivered-to"}
WHOLE = {"from", "date", "message-id", "mime-version", "return-path", "content-transfer-encoding"}  # never go on
# the first line that looks like one, above a header or a blank line; a closing one has nothing below it
FIRST_DELIMITER = re.compile(
    rb"^--([^\s][^\r\n]{0,69}?)(?<!--)(?<!\s)[ \t]*\r?\n(?=\r?\n|[!-9;-~]{1,200}[ \t]*:)", re.MULTILINE
)
UNFOLD = re.compile(rb"\r?\n(?=[ \t])")
PADDED_SOFT_BREAK = re.compile(rb"=[ \t]{1,80}\r?\n")  # a relay may fill lines up with blanks (RFC 2045 section 6.7)
MIME_TYPE = re.compile(
    r"\s{0,9}([a-z0-9!#$&^_.+-]{1,100})\s{0,9}/\s{0,9}([a-z0-9!#$&^_.+-]{1,100})(?=[\s;,]|\Z)", re.IGNORECASE
)
NO_LETTER = re.compile(r"[^a-z0-9]+")
DISPOSITIONS = ("attachment", "inline")
MAX_LOST = 50  # lines in a row that may have lost the blank they were folded by


@dataclass(slots=True)
class Part:
    """One entity: its headers (lower-case name, unfolded value, in order) and where its body lies in the mail."""

    headers: list[tuple[str, bytes]]
    start: int
    end: int
    depth: int
    content_type: str = "text/plain"
    parameters: dict[str, str] = field(default_factory=dict)
    disposition: str = ""
    disposition_parameters: dict[str, str] = field(default_factory=dict)
    children: list["Part"] = field(default_factory=list)

    _firsts: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, value in self.headers:
            self._firsts.setdefault(name, value)

    def first(self, name: str) -> bytes:
        return self._firsts.get(name, b"")

    def all(self, name: str) -> list[bytes]:
        return [value for key, value in self.headers if key == name]


def normal_line_ends(raw: bytes) -> bytes:
    """Mails whose lines end in a bare CR (there is not one LF near the top) get readable ones."""
    return raw.replace(b"\r", b"\n") if b"\r" in raw[:65_536] and b"\n" not in raw[:65_536] else raw


def parse(raw: bytes, problems: list[str]) -> Part:
    """The tree of parts. Never raises."""
    root = _entity(raw, _skip_preamble(raw), len(raw), "text/plain", problems)
    todo, counts = [root], {"parts": 1, "delimiters": 0}
    while todo:
        part = todo.pop()
        if not part.content_type.startswith("multipart/"):
            continue
        if part.depth >= MAX_DEPTH:
            _note(problems, f"parts are nested deeper than {MAX_DEPTH}")
            continue
        default = "message/rfc822" if part.content_type == "multipart/digest" else "text/plain"
        for start, end in _cut(raw, part, counts, problems):
            child = _entity(raw, start, end, default, problems)
            child.depth = part.depth + 1
            part.children.append(child)
        todo.extend(reversed(part.children))
    return root


def _note(problems: list[str], problem: str) -> None:
    if problem not in problems:
        problems.append(problem)


def _skip_preamble(raw: bytes) -> int:
    """A byte order mark, blank lines and an mbox "From " line may stand before the headers."""
    top = raw[:1_000]
    at = len(top) - len(top.removeprefix(BOM_UTF8).lstrip(b"\r\n"))
    if raw.startswith((b"From ", b">From "), at):
        line_end = raw.find(b"\n", at)
        return line_end + 1 if line_end >= 0 else len(raw)
    return at if FIELD.match(raw, at, at + 1_000) else 0


def _entity(raw: bytes, start: int, end: int, default: str, problems: list[str]) -> Part:
    headers, body = _headers(raw, start, end, problems)
    part = Part(headers, body, end, 0, default)
    declared = _declared(part, "content-type")
    if declared:
        part.content_type = _type_named(declared, problems)
        part.parameters = parameters(declared)
    disposition = _declared(part, "content-disposition")
    if disposition:
        first = disposition.partition(";")[0].lower()
        part.disposition = first if "=" in first and not first.startswith(DISPOSITIONS) else (first.split() or [""])[0]
        part.disposition_parameters = parameters(";" + disposition if "=" in part.disposition else disposition)
    return part


def _declared(part: Part, name: str) -> str:
    """A header with parameters. Programs that make encoded words of more than the values leave underscores alone,
    which stand for spaces (RFC 2047 section 4.2) only between parameters then."""
    value = raw_text(part.first(name)[:20_000]).strip()
    if "=?" not in value or not ENCODED_PARAMETER.search(value):
        return value
    kept = WORD.sub(lambda word: f"=?{word[1]}?{word[2]}?{word[3].replace('_', '=5F')}?=", value)
    return re.sub(r";_+", "; ", decode_words(kept))


def _type_named(declared: str, problems: list[str]) -> str:
    if found := MIME_TYPE.match(declared):
        return f"{found[1]}/{found[2]}".lower()
    name = declared.partition(";")[0].strip().lower()
    if name in ("text", "html"):
        return "text/html" if name == "html" else "text/plain"
    _note(problems, f"unreadable content type {declared[:60]!r}")
    return "application/octet-stream" if "/" in name else "text/plain"


def _headers(raw: bytes, start: int, end: int, problems: list[str]) -> tuple[list[tuple[str, bytes]], int]:
    """The header fields, and where the body begins."""
    found: list[tuple[str, bytes]] = []
    stop = _header_end(raw, start, end)
    at, room = start, MAX_HEADER_BYTES
    while at < stop and len(found) < MAX_HEADERS:
        if match := FIELD.match(raw, at, stop):
            first, last = match.span(2)
            value = raw[first : min(last, first + min(room, MAX_FIELD_BYTES))]
            if len(value) < last - first:
                _note(problems, "a header is too long: the rest of it was left out")
            found.append(
                (match[1].decode("ascii").lower(), (UNFOLD.sub(b"", value) if b"\n" in value else value).strip())
            )
            at, room = last + 1, max(room - len(value), 10_000)
            continue
        lost = _lost_folds(raw, at, stop, found)
        if lost == at:
            _note(problems, "no blank line between headers and body")
            return found, at
        _note(problems, "a line among the headers is not a header")
        if found and found[-1][0] not in WHOLE:
            found[-1] = (found[-1][0], b" ".join([found[-1][1], *raw[at:lost].split()])[:MAX_FIELD_BYTES])
        at = lost
    if at < stop:
        _note(problems, f"more than {MAX_HEADERS} headers: the rest was left out")
    return found, _after_blank(raw, stop, end)


def _lost_folds(raw: bytes, at: int, stop: int, found: list[tuple[str, bytes]]) -> int:
    """Where the next header begins below lines that are none, as long as it is one that cannot belong to a body:
    unknown until now, or one of those there are several of."""
    seen = {name.encode() for name, _ in found} - SEVERAL
    below = at
    for _ in range(MAX_LOST):
        below = raw.find(b"\n", below, stop) + 1
        if not below:
            break
        if (known := KNOWN_FIELD.match(raw, below, stop)) and known[1].lower() not in seen:
            return below
    return at


def _header_end(raw: bytes, start: int, end: int) -> int:
    """The offset of the blank line that ends the headers (or of the end)."""
    if raw.startswith((b"\n", b"\r\n"), start):
        return start
    crlf = raw.find(b"\n\r\n", start, end)
    bare = raw.find(b"\n\n", start, end if crlf < 0 else crlf)
    return (bare if bare >= 0 else crlf) + 1 if max(bare, crlf) >= 0 else end


def _after_blank(raw: bytes, at: int, end: int) -> int:
    if raw.startswith(b"\r\n", at):
        return min(at + 2, end)
    return min(at + 1, end) if raw.startswith(b"\n", at) else at


def _cut(raw: bytes, part: Part, counts: dict[str, int], problems: list[str]) -> list[tuple[int, int]]:
    """Where the children of a multipart lie."""
    boundary = part.parameters.get("boundary", "").rstrip().encode("utf-8", "replace")
    marks = _delimiters(raw, part, boundary, counts) if boundary else []
    if not marks and (guess := FIRST_DELIMITER.search(raw, part.start, min(part.end, part.start + 65_536))):
        _note(problems, "the boundary between parts had to be guessed")
        marks = _delimiters(raw, part, guess[1], counts)
    if not marks:
        _note(problems, "a multipart without parts")
        part.content_type = "text/plain"
        return []
    if not marks[-1][2]:
        _note(problems, "the end of the mail is missing")
    elif raw[marks[-1][1] : min(marks[-1][1] + 10_000, part.end)].strip():
        _note(problems, "not shown: text below the last part")
    spans = []
    for index, (_, after, closing) in enumerate(marks):
        if closing:
            break
        if counts["parts"] >= MAX_PARTS:
            _note(problems, f"more than {MAX_PARTS} parts: the rest was left out")
            break
        counts["parts"] += 1
        spans.append((after, max(after, marks[index + 1][0]) if index + 1 < len(marks) else part.end))
    return spans


def _delimiters(raw: bytes, part: Part, boundary: bytes, counts: dict[str, int]) -> list[tuple[int, int, bool]]:
    """(end of what stands before, start of what follows, is it the last) for each delimiter line."""
    needle = b"--" + boundary
    marks: list[tuple[int, int, bool]] = []
    line = b"\n" + needle
    at = part.start if raw.startswith(needle, part.start) else raw.find(line, part.start, part.end) + 1
    while at >= part.start and at and counts["delimiters"] < MAX_DELIMITERS and len(marks) <= MAX_PARTS:
        counts["delimiters"] += 1
        match = DELIMITER_END.match(raw, at + len(needle), part.end)
        if match:
            before = at - 2 if raw[at - 2 : at] == b"\r\n" else at - 1
            marks.append((before, match.end(), bool(match[1])))
            if match[1]:
                break
        at = raw.find(line, at, part.end) + 1
    return marks


def content(raw: bytes, part: Part, problems: list[str]) -> bytes:
    """The body of a part with its transfer encoding undone. Never raises."""
    body = raw[part.start : part.end]
    declared = COMMENT.sub("", _declared(part, "content-transfer-encoding"))
    said = declared.partition(";")[0].partition("(")[0].strip().lower()
    encoding = NO_LETTER.sub("", said)  # some write "quoted/printable", or quotes around it
    if encoding == "base64":
        decoded, problem = unbased(body, is_text=part.content_type.startswith("text/"))
        if problem:
            _note(problems, problem)
        return decoded
    if encoding == "quotedprintable":
        return binascii.a2b_qp(PADDED_SOFT_BREAK.sub(b"=\n", body))
    if encoding in ("xuuencode", "uuencode", "xuue", "uue"):
        if UU_BEGIN.search(body):
            return uudecoded(body)
        _note(problems, f"nothing is encoded where the mail says {said[:40]!r}")
    elif encoding not in ("", "7bit", "8bit", "binary", "none"):
        _note(problems, f"unknown transfer encoding {said[:40]!r}")
    return body
