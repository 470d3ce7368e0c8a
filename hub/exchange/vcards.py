"""Reads and writes vCards: 2.1, 3.0 and 4.0 in (RFC 2426, RFC 6350), 3.0 out, which every address book takes.

A card is put together from bytes, and only then decoded, each value for itself: a fold may split a letter, and one
card in another charset says nothing about its neighbours.
"""

import binascii
import quopri
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from hub.errors import InvalidInput
from hub.exchange.charsets import decoded, guessed, unmarked

MAX_BYTES = 200_000_000
LONGEST_MARK = 40  # BEGIN:VCARD with blanks
UNENDED = "the card has no END:VCARD"
DROPPED = {b"PHOTO", b"LOGO", b"SOUND", b"KEY"}  # pictures and noise, most of a file's bytes
_LINE = re.compile(
    rb"(?:(?P<group>[\w-]+)\.)?(?P<name>[\w-]+)(?P<parameters>(?:;[^:\"]*(?:\"[^\"]*\"[^:\"]*)*)?):(?P<value>.*)",
    re.DOTALL,
)
_CUT_LETTER = re.compile(rb"(?:[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})\Z")
_QUOTED = re.compile(r"\bQUOTED-PRINTABLE\b|ENCODING=\"?Q\b")
_BASE64 = re.compile(r"\bBASE64\b|ENCODING=\"?B\b")
_CHARSET = re.compile(r"CHARSET=\"?([\w.:-]+)")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Property:
    """value: decoded, still escaped; parameters: in upper case as they stand (";TYPE=WORK;PREF"); group: the item1 of
    "item1.EMAIL"."""

    value: str
    parameters: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """properties: by name in upper case. problem: why there are none."""

    properties: dict[str, list[Property]] = field(default_factory=dict)
    problem: str = ""

    def all(self, name: str) -> list[Property]:
        return self.properties.get(name, [])

    def first(self, name: str) -> str:
        """Its value, still escaped; "" when it is absent."""
        found = self.all(name)
        return found[0].value if found else ""


def read_vcards(file: Path) -> Iterator[Card]:
    """Raises InvalidInput when there is no card at all."""
    if file.stat().st_size > MAX_BYTES:
        raise InvalidInput(f"{file} is larger than {MAX_BYTES:,} bytes")
    found = False
    for lines, problem in _cards(unmarked(file.read_bytes())):
        found = True
        yield Card(problem=problem) if problem else _card(lines)
    if not found:
        raise InvalidInput(f"{file} holds no vCard")


def write_vcards(file: Path, cards: Iterable[Mapping[str, Iterable[str]]]) -> None:
    """Values come escaped (`escaped`), as some hold several parts."""
    with file.open("w", encoding="utf-8", newline="") as handle:
        for card in cards:
            lines = [f"{name}:{value}" for name, values in card.items() for value in values]
            for line in ("BEGIN:VCARD", "VERSION:3.0", *lines, "END:VCARD"):
                handle.write(_folded(line) + "\r\n")


def escaped(text: str) -> str:
    for character in "\\;,":
        text = text.replace(character, f"\\{character}")
    return text.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\n")


def unescaped(value: str) -> str:
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)


def split_value(value: str, separator: str = ",") -> list[str]:
    """The parts of a list or structured value, unescaped."""
    parts = [""]
    for piece in re.findall(rf"(?:\\.|[^\\{separator}])+|{separator}|\\", value, re.DOTALL):
        if piece == separator:
            parts.append("")
        else:
            parts[-1] += piece
    return [unescaped(part) for part in parts]


def _cards(content: bytes) -> Iterator[tuple[list[bytes], str]]:
    """The physical lines between BEGIN and END, or what is wrong with them; a card inside a card (AGENT) is no
    customer."""
    lines: list[bytes] | None = None
    depth = 0
    for line in re.split(rb"\r\n|\n|\r", content):
        word = line.strip().upper().replace(b" ", b"") if len(line) < LONGEST_MARK else b""
        if word == b"BEGIN:VCARD" and lines is None:
            lines = []
        elif word == b"BEGIN:VCARD" and (depth or (lines and lines[-1].upper().startswith(b"AGENT"))):
            depth += 1
        elif word == b"BEGIN:VCARD":
            yield [], UNENDED
            lines = []
        elif word == b"END:VCARD" and depth:
            depth -= 1
        elif word == b"END:VCARD" and lines is not None:
            yield lines, ""
            lines = None
        elif lines is not None and not depth:
            lines.append(line)
    if lines is not None:
        yield [], UNENDED


def _card(lines: Sequence[bytes]) -> Card:
    old = any(line.replace(b" ", b"").upper() == b"VERSION:2.1" for line in lines[:10])
    card = Card()
    for logical in _unfolded(lines, old):
        match = _LINE.fullmatch(logical)
        name = match["name"].upper() if match else b""
        if match and name not in DROPPED:
            parameters = guessed(match["parameters"]).upper()
            found = Property(_value(match["value"], parameters), parameters, guessed(match["group"] or b""))
            card.properties.setdefault(guessed(name), []).append(found)
    return card


def _value(value: bytes, parameters: str) -> str:
    charset = _CHARSET.search(parameters)
    if _QUOTED.search(parameters):
        value = quopri.decodestring(value)
    elif _BASE64.search(parameters):
        with suppress(binascii.Error):  # then it is not what it says it is
            value = binascii.a2b_base64(value)
    return decoded(value, charset[1] if charset else "").replace("\0", "")


def _unfolded(lines: Sequence[bytes], old: bool) -> Iterator[bytes]:
    """Logical lines. What starts with white space continues the line before; after a soft break of quoted-printable
    every line does, white space and all (vCard 2.1 section 2.1.3). A line that is no property is a text's next line."""
    parts: list[bytes] = []
    quoted = False
    for line in lines:
        if quoted and parts[-1].rstrip(b" \t").endswith(b"="):
            parts[-1] = parts[-1].rstrip(b" \t")[:-1]
            parts.append(line)
        elif line[:1] in (b" ", b"\t") and parts:
            parts.append(line if old and not _splits_letter(parts[-1], line) else line[1:])
        elif parts and line.strip() and not _LINE.match(line):
            parts.append(b"\\n" + line)
        elif line.strip():
            yield b"".join(parts)
            parts, quoted = [line], b"QUOTED-PRINTABLE" in line.partition(b":")[0].upper()
    yield b"".join(parts)


def _splits_letter(before: bytes, line: bytes) -> bool:
    """Version 2.1 folds where a blank stands, and the blank is part of the text (RFC 822 section 3.1.1) - but for those
    who count octets."""
    return b"\x80" <= line[1:2] <= b"\xbf" and bool(_CUT_LETTER.search(before[-3:]))


def _folded(line: str) -> str:
    """At most 75 octets a line (RFC 2425 section 5.8.1), never inside a character."""
    parts, current, size = [], "", 0
    for character in line:
        width = len(character.encode())
        if size + width > 74:
            parts.append(current)
            current, size = "", 0
        current += character
        size += width
    return "\r\n ".join([*parts, current])
