"""Quoted-printable of texts that are mostly alike in many mails; no line of it begins with a dot."""

import binascii
from collections.abc import Sequence
from functools import lru_cache

PIECES = 1_024  # of HTML remembered as they are encoded
LONG = 200  # characters of a line of text that is remembered as it is encoded
QP_LINE = 75  # characters before the sign that the line goes on


def quoted_pieces(pieces: Sequence[str]) -> list[bytes]:
    """A text of one of many: each piece ends its line, softly, so that those which are the same in all of them (every
    other one, from the first on) are encoded once."""
    lines = [b""] * len(pieces)
    lines[::2] = _all_quoted(tuple(pieces[::2]))
    lines[1::2] = [_soft(piece) if len(piece) <= 2 * QP_LINE else _quoted(piece) for piece in pieces[1::2]]
    return lines


@lru_cache(maxsize=64)
def _all_quoted(pieces: tuple[str, ...]) -> Sequence[bytes]:
    return [_quoted(piece) for piece in pieces]


def _soft(piece: str) -> bytes:
    """Of at most two lines: as it is, where that is allowed and no line begins with a dot."""
    if not is_plain(piece) or "=" in piece or piece[:1] in ("", ".") or piece[QP_LINE : QP_LINE + 1] == ".":
        return _quoted(piece)
    if len(piece) <= QP_LINE:
        return f"{piece}=\r\n".encode()
    return f"{piece[:QP_LINE]}=\r\n{piece[QP_LINE:]}=\r\n".encode()


def quoted_text(text: str) -> bytes:
    """Lines that end in a line feed, as they travel: a long one, which many mails may have alike, is encoded once."""
    *lines, last = text.split("\n")
    return b"".join([_long(line) if len(line) > LONG else _encoded(line + "\n") for line in lines] + [_encoded(last)])


@lru_cache(maxsize=64)
def _long(line: str) -> bytes:
    return _encoded(line + "\n")


def _encoded(text: str) -> bytes:
    data = text.encode("utf-8", "replace").replace(b"\0", b"")
    return undotted(binascii.b2a_qp(data, istext=True)).replace(b"\n", b"\r\n")


def is_plain(text: str) -> bool:
    """Of nothing but what ASCII prints, and blanks; a pattern takes half as long again to say so."""
    return text.isascii() and text.isprintable()


@lru_cache(maxsize=PIECES)
def _quoted(piece: str) -> bytes:
    """Lines of its own, or nothing."""
    if not piece:
        return b""
    lines = _encoded(piece.replace("\r\n", "\n").replace("\r", "\n"))
    return lines if lines.endswith(b"\n") else lines + b"=\r\n"


def undotted(lines: bytes) -> bytes:
    """Quoted-printable of which no line begins with a dot."""
    lines = lines.replace(b"\n.", b"\n=2E")
    return b"=2E" + lines[1:] if lines.startswith(b".") else lines
