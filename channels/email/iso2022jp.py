"""Decodes iso-2022-jp as mail programs write it, which is more than its standard and Python's codec allow.

Outlook puts NEC's and IBM's characters (①, ㈱, 髙) into it, and half-width katakana: cp50220 to cp50222 elsewhere.
"""

import re

ESCAPE = re.compile(rb"(\x1b\$\(?[@BDOQP]|\x1b\([BHIJ])")
ANNOUNCED = re.compile(rb"\x1b\$\(?[@B]|\x1b\(I")
PAIRS = re.compile(rb"[!-~]{2}|[^!-~]+|[!-~]")
HALF_WIDTH = b"\x1b(I"
SINGLE = {b"\x1b(B", b"\x1b(H", b"\x1b(J"}
SUPPLEMENT = b"\x1b$(D"


def is_iso2022jp(data: bytes) -> bool:
    """Whatever charset is declared: no other text holds these escapes."""
    return b"\x1b" in data and data.isascii() and bool(ANNOUNCED.search(data))


def decode_iso2022jp(data: bytes) -> str:
    """Never raises: what is no character becomes U+FFFD."""
    pieces = ESCAPE.split(data)
    text = [_single(pieces[0])]
    for escape, piece in zip(pieces[1::2], pieces[2::2], strict=True):
        if escape == HALF_WIDTH:
            text.append(bytes(byte | 0x80 if byte > 0x20 else byte for byte in piece).decode("cp932", "replace"))
        else:
            text.append(_single(piece) if escape in SINGLE else _double(piece, supplement=escape == SUPPLEMENT))
    return "".join(text)


def _single(piece: bytes) -> str:
    return piece.decode("cp932", "replace")


def _double(piece: bytes, *, supplement: bool) -> str:
    """JIS X 0208 with NEC's and IBM's rows, or JIS X 0212; the end of the line ends it."""
    line, end, rest = piece.partition(b"\n")
    charset, character = ("euc_jp", _euc) if supplement else ("cp932", _shifted)
    pairs = (character(pair) if len(pair) == 2 and pair[0] > 0x20 else pair for pair in PAIRS.findall(line))
    return b"".join(pairs).decode(charset, "replace") + _single(end + rest)


def _euc(pair: bytes) -> bytes:
    return bytes([0x8F, pair[0] | 0x80, pair[1] | 0x80])


def _shifted(pair: bytes) -> bytes:
    """The same character in Shift_JIS, which packs two rows of 94 into one."""
    row, cell = pair[0] - 0x21, pair[1] - 0x21
    cell += 94 * (row % 2)
    return bytes([row // 2 + (0x81 if row < 62 else 0xC1), cell + (0x40 if cell < 63 else 0x41)])
