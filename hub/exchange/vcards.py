"""Reads and writes vCards: 2.1, 3.0 and 4.0 in (RFC 2426, RFC 6350), 3.0 out, which every address book takes."""

import codecs
import quopri
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from hub.errors import InvalidInput

Card = dict[str, list[str]]  # property in upper case -> its values, unescaped
MAX_BYTES = 200_000_000
_LINE = re.compile(
    r"(?:[\w-]+\.)?(?P<name>[\w-]+)(?P<parameters>[^:\"]*(?:\"[^\"]*\"[^:\"]*)*):(?P<value>.*)", re.DOTALL
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def read_vcards(file: Path) -> Iterator[Card]:
    """Raises InvalidInput when there is no card at all."""
    if file.stat().st_size > MAX_BYTES:
        raise InvalidInput(f"{file} is larger than {MAX_BYTES:,} bytes")
    card: Card | None = None
    found = False
    for line in _unfolded(_text_of(file.read_bytes())):
        name, value = _property(line)
        if name == "BEGIN" and value.upper() == "VCARD":
            card = {}
        elif name == "END" and card is not None:
            yield card
            card, found = None, True
        elif card is not None and name:
            card.setdefault(name, []).append(value)
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
    return [unescaped(part) for part in re.split(rf"(?<!\\){separator}", value)]


def _property(line: str) -> tuple[str, str]:
    match = _LINE.fullmatch(line)
    if not match:
        return "", ""
    parameters = match["parameters"].upper()
    value = match["value"]
    if "QUOTED-PRINTABLE" in parameters:
        charset = re.search(r"CHARSET=([\w-]+)", parameters)
        value = _decoded(quopri.decodestring(value.encode("latin-1", "replace")), charset[1] if charset else "utf-8")
    return match["name"].upper(), value


def _decoded(content: bytes, charset: str) -> str:
    try:
        return content.decode(charset)
    except (UnicodeDecodeError, LookupError):
        return content.decode("latin-1")


def _text_of(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace")
    return _decoded(content.removeprefix(codecs.BOM_UTF8), "utf-8")


def _unfolded(text: str) -> Iterator[str]:
    """Logical lines: a line that starts with white space continues the one before, as does one after a soft break."""
    logical = ""
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if line[:1] in (" ", "\t") and logical:
            logical += line[1:]
        elif logical.endswith("=") and "QUOTED-PRINTABLE" in logical.upper():
            logical = logical[:-1] + line
        else:
            yield from [logical] if logical else []
            logical = line
    yield from [logical] if logical else []


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
