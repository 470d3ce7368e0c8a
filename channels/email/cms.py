"""Takes what was signed out of an opaque S/MIME message (RFC 8551 section 3.5.2); the signature is not checked.

Just as much of BER (X.690) as leads there: programs that sign while they send write indefinite lengths.
"""

SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
PLAIN_DATA = bytes.fromhex("06092a864886f70d010701")
ENCRYPTED = (bytes.fromhex("06092a864886f70d010703"), bytes.fromhex("060b2a864886f70d0109100117"))  # RFC 5652, RFC 5083
SEQUENCE, SET, INTEGER, OCTETS, CHUNKS, CONTENT = 0x30, 0x31, 0x02, 0x04, 0x24, 0xA0
INDEFINITE = -1


def signed_content(data: bytes) -> bytes:
    """The bytes that were signed. Raises ValueError where there are none to be read: encrypted, detached, damaged."""
    at = _enter(data, 0, SEQUENCE)
    if not data.startswith(SIGNED_DATA, at):
        raise ValueError("not signed data")
    at = _enter(data, _enter(data, at + len(SIGNED_DATA), CONTENT), SEQUENCE)
    at = _beyond(data, _beyond(data, at, INTEGER), SET)
    at = _enter(data, at, SEQUENCE)
    if not data.startswith(PLAIN_DATA, at):
        raise ValueError("not plain data that was signed")
    return _octets(data, _enter(data, at + len(PLAIN_DATA), CONTENT))


def is_encrypted(data: bytes) -> bool:
    """Is it for the holder of a key?"""
    try:
        return data.startswith(ENCRYPTED, _enter(data, 0, SEQUENCE))
    except ValueError:
        return False


def _head(data: bytes, at: int) -> tuple[int, int, int]:
    """(tag, where the value begins, its length)."""
    if at + 2 > len(data):
        raise ValueError("cut off")
    tag, first = data[at], data[at + 1]
    at += 2
    if first < 0x80:
        return tag, at, first
    if first == 0x80:
        return tag, at, INDEFINITE
    size = first & 0x7F
    length = int.from_bytes(data[at : at + size], "big")
    if size > 5 or at + size + length > len(data):
        raise ValueError("longer than the message")
    return tag, at + size, length


def _enter(data: bytes, at: int, wanted: int) -> int:
    tag, start, _ = _head(data, at)
    if tag != wanted:
        raise ValueError("another structure")
    return start


def _beyond(data: bytes, at: int, wanted: int) -> int:
    """Where the next value begins."""
    if data[at : at + 1] != bytes([wanted]):
        raise ValueError("another structure")
    depth = 0
    while True:
        tag, start, length = _head(data, at)
        ends = tag == 0 and length == 0
        depth += (length == INDEFINITE) - (ends and depth > 0)
        at = start if length == INDEFINITE else start + length
        if not depth:
            return at


def _octets(data: bytes, at: int) -> bytes:
    tag, start, length = _head(data, at)
    if tag == OCTETS and length != INDEFINITE:
        return data[start : start + length]
    if tag != CHUNKS:
        raise ValueError("another structure")
    chunks = []
    end = len(data) if length == INDEFINITE else start + length
    while start < end:
        tag, start, length = _head(data, start)
        if tag == 0 and length == 0:
            break
        if tag != OCTETS or length == INDEFINITE:
            raise ValueError("another structure")
        chunks.append(data[start : start + length])
        start += length
    return b"".join(chunks)
