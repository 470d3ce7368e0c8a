"""Undoes what was encoded to pass through mail servers (RFC 2045 section 6), and what only says so."""

import binascii
import re
from contextlib import suppress

from .words import is_torn_base64, loose_base64

NOT_BASE64 = re.compile(  # also a blank behind what is no whole group of four
    rb"[^A-Za-z0-9+/=\s]|(?<![A-Za-z0-9+/=])(?:[A-Za-z0-9+/]{4})*+[A-Za-z0-9+/]{1,3}[ \t]+[A-Za-z]"
)
SENTENCE = re.compile(rb"[A-Za-z\x80-\xff]{2}[.,:;!?)]?[ \t]+[(A-Za-z\x80-\xff]{2}")  # words, apart
PARTLY = "some words are not encoded where the mail says base64"
UU_BEGIN = re.compile(rb"^begin ", re.MULTILINE)


def unbased(body: bytes, *, is_text: bool) -> tuple[bytes, str]:
    """A list may write its footer below encoded words as it is, and some programs forget to encode anything.
    Also: what was wrong, or ""."""
    plain = NOT_BASE64.search(body) if is_text else None
    start = body.rfind(b"\n", 0, plain.start()) + 1 if plain else len(body)
    if plain and SENTENCE.search(body, start):
        return loose_base64(body[:start]) + b"\n" + body[start:], PARTLY
    return loose_base64(body), "base64 is cut off" if is_torn_base64(body) else ""


def uudecoded(body: bytes) -> bytes:
    lines = iter(body.splitlines())
    data = []
    for line in lines:
        if line.startswith(b"begin "):
            break
    for line in lines:
        if line.strip() in (b"end", b"`", b""):
            break
        data.append(_uu_line(line))
    return b"".join(data)


def _uu_line(line: bytes) -> bytes:
    """Some encoders write more characters than the length at the line's head says."""
    length = (((line[0] - 32) & 63) * 4 + 5) // 3
    for attempt in (line, line[: length + 1]):
        with suppress(binascii.Error):
            return binascii.a2b_uu(attempt)
    return b""
