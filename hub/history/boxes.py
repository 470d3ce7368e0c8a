"""Mails as they are kept: an mbox file (RFC 4155 and its relatives), a Maildir, MH folders, or single files.

An mbox says nothing about its dialect. A line is taken for the beginning of a mail only where an empty line, or
nothing, stands above it and a time in it: what somebody wrote ("From now on ...") begins none, quoted by ">" or not.
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from pathlib import Path

from hub.errors import InvalidInput
from hub.history.past import LeftOut

MOST = 60_000_000  # octets of one mail
LINE = 1_000_000  # octets read at once: a line may be as long as a file
HEAD = 65_536
SINGLE = (".eml", ".emlx")
NUMBER = re.compile("[0-9]+")  # how MH calls a mail
BEGIN = re.compile(rb"From .{0,300}?\d{1,2}:\d{2}(?::\d{2})?.{0,60}\d{4}\b.{0,80}$")
QUOTED = re.compile(rb">+From ")
MAILDIR = ("cur", "new")
BASE64 = re.compile("&([A-Za-z0-9+,]*)-")
EMLX = re.compile(rb"\s*(\d+)\s*\n")  # of Apple Mail: so many octets of mail, and then something else
GZIP, BITS = b"\x1f\x8b", 31  # as Dovecot may keep mails; how zlib is told that it is gzip
NOT_WANTED = re.compile(
    r"(?:\[gmail\][./])?(?:trash|deleted(?: items| messages)?|papierkorb|gelöschte? ?(?:elemente|objekte)?|corbeille|"
    r"papelera|cestino|junk(?: e-?mail)?|spam|drafts?|entwürfe|brouillons|borradores|bozze|templates|vorlagen|outbox|"
    r"postausgang)",
    re.IGNORECASE,
)
LABELS = re.compile(rb"^X-Gmail-Labels:((?:.*)(?:\r?\n[ \t].*)*)", re.IGNORECASE | re.MULTILINE)
MOZILLA = re.compile(rb"^X-Mozilla-Status: ([0-9a-f]{4})", re.IGNORECASE | re.MULTILINE)
EXPUNGED = 0x0008


@dataclass(frozen=True, slots=True)
class Kept:
    """where: for whoever looks for it; octets: how much of the box is read now."""

    where: str
    raw: bytes
    octets: int


def size_of(paths: list[Path]) -> int:
    """Octets there are to read."""
    return sum(file.stat().st_size for path in paths for file, _ in _files(path))


def kept_mails(paths: list[Path]) -> Iterator[Kept | LeftOut]:
    """Every mail of the boxes and folders. Raises InvalidInput for what holds none."""
    for path in paths:
        files = list(_files(path))
        if not files:
            raise InvalidInput(f"{path}: there is no mail in it (an mbox file, a Maildir or .eml files are read)")
        for file, single in files:
            yield from _single(file) if single else _mbox(file)


def _files(path: Path) -> Iterator[tuple[Path, bool]]:
    """(file, whether it is one mail); folders of what was thrown away or never sent only where they are named."""
    if path.is_file():
        yield path, not _is_mbox(path)
        return
    for inner in sorted(path.iterdir()):
        if inner.is_symlink():
            continue
        if inner.is_dir():
            if inner.name in MAILDIR:
                yield from ((file, True) for file in sorted(inner.iterdir()) if file.is_file())
            elif not _is_unwanted(inner.name):
                yield from _files(inner)
        elif inner.suffix.lower() in SINGLE or NUMBER.fullmatch(inner.name):
            yield inner, True
        elif not _is_unwanted(inner.name) and _is_mbox(inner):
            yield inner, False


def _is_unwanted(name: str) -> bool:
    """Servers keep folders under the names that IMAP gives them (RFC 3501 section 5.1.3)."""
    plain = name.removesuffix(".mbox").removesuffix(".sbd").removeprefix(".").removeprefix("INBOX.")
    return NOT_WANTED.fullmatch(BASE64.sub(_letters, plain)) is not None


def _letters(found: re.Match[str]) -> str:
    """Of IMAP's UTF-7, which has "&" for "+" and "," for "/"."""
    return f"+{found[1].replace(',', '/')}-".encode("ascii", "replace").decode("utf-7", "replace") if found[1] else "&"


def _is_mbox(file: Path) -> bool:
    with file.open("rb") as opened:
        first = next((line for line in iter(lambda: opened.readline(HEAD), b"") if line.strip()), b"")
    return BEGIN.match(first.rstrip()) is not None


def _single(file: Path) -> Iterator[Kept | LeftOut]:
    size = file.stat().st_size
    flags = file.name.rpartition(":2,")[2] if ":2," in file.name else ""
    if "T" in flags or "D" in flags:
        yield LeftOut(str(file), "deleted or a draft", fault=False)
        return
    raw = file.read_bytes() if size <= MOST else b""
    if raw.startswith(GZIP):
        raw = _unpacked(raw)
    if file.suffix.lower() == ".emlx" and (told := EMLX.match(raw)):
        raw = raw[told.end() :][: int(told[1])]
    yield _kept(str(file), [raw], max(size, len(raw)), size)


def _unpacked(raw: bytes) -> bytes:
    """One octet more than the limit of what is larger; nothing of what is broken."""
    try:
        return zlib.decompressobj(BITS).decompress(raw, MOST + 1)
    except zlib.error:
        return b""


def _mbox(file: Path) -> Iterator[Kept | LeftOut]:
    """One mail after the other, never two in memory. Where one stands: by its number in the file."""
    lines: list[bytes] = []
    number, size, blank = 0, 0, True
    with file.open("rb") as opened:
        begins_line = True
        while line := opened.readline(LINE):
            if begins_line and blank and BEGIN.match(line.rstrip()):
                if number:
                    yield _kept(f"{file}: mail {number}", lines, size, size)
                number, size, lines = number + 1, len(line), []
            else:
                size += len(line)
                if size <= MOST:
                    lines.append(line[1:] if begins_line and QUOTED.match(line) else line)
                else:
                    lines = []
            blank = begins_line and line in (b"\n", b"\r\n")
            begins_line = line.endswith(b"\n")
    if number:
        yield _kept(f"{file}: mail {number}", lines, size, size)


def _kept(where: str, pieces: list[bytes], size: int, octets: int) -> Kept | LeftOut:
    if size > MOST:
        return LeftOut(where, f"a mail of {size:,} octets is larger than the limit of {MOST:,}")
    raw = b"".join(pieces)
    if not raw.strip():
        return LeftOut(where, "there is nothing in it")
    why = _unwanted_because(raw[:HEAD])
    return LeftOut(where, why, fault=False) if why else Kept(where, raw, octets)


def _unwanted_because(head: bytes) -> str:
    """What the program that kept it says of it."""
    if (status := MOZILLA.search(head)) and int(status[1], 16) & EXPUNGED:
        return "deleted"
    if not (found := LABELS.search(head)):
        return ""
    written = found[1].decode("latin-1")
    try:
        labels = str(make_header(decode_header(" ".join(written.split()))))
    except (HeaderParseError, LookupError, ValueError):
        labels = written
    unwanted = next((label for label in map(str.strip, labels.split(",")) if NOT_WANTED.fullmatch(label)), "")
    return f"labelled {unwanted}" if unwanted else ""
