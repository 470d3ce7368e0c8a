"""Quoted-printable of texts that are mostly alike in many mails; no line of it begins with a dot."""

import binascii
import re
from collections.abc import Sequence
from functools import lru_cache

PIECES = 1_024  # of HTML remembered as they are encoded
SAFE_PIECE = re.compile(r"[ -\-/-<>-~][ -<>-~]*")  # of HTML: fits into lines as it is, none of which begins with a dot
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
    """Of at most two lines: as it is, where that is allowed."""
    if not SAFE_PIECE.fullmatch(piece) or piece[QP_LINE : QP_LINE + 1] == ".":
        return _quoted(piece)
    if len(piece) <= QP_LINE:
        return f"{piece}=\r\n".encode()
    return f"{piece[:QP_LINE]}=\r\n{piece[QP_LINE:]}=\r\n".encode()


@lru_cache(maxsize=PIECES)
def _quoted(piece: str) -> bytes:
    """Lines of its own, or nothing."""
    if not piece:
        return b""
    data = piece.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").replace(b"\0", b"")
    lines = undotted(binascii.b2a_qp(data, istext=True))
    return (lines if lines.endswith(b"\n") else lines + b"=\n").replace(b"\n", b"\r\n")


def undotted(lines: bytes) -> bytes:
    """Quoted-printable of which no line begins with a dot."""
    lines = lines.replace(b"\n.", b"\n=2E")
    return b"=2E" + lines[1:] if lines.startswith(b".") else lines
