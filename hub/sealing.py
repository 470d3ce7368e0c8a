"""Files that only a key opens: AES-256-GCM in pieces, so that a file of any size needs the memory of one piece.

Magic, the name of the key, a salt; then pieces of 1 MiB, each sealed with a key that is the file's alone, under its
number and whether it is the last one. So a piece that is altered, missing, doubled or in another place does not open.
"""

import hmac
import os
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

from hub.errors import Unreadable

MAGIC = b"sealed by hub 1\n"
NAME, SALT, PIECE, TAG = 8, 16, 1 << 20, 16  # octets
FIRST = len(MAGIC) + NAME + SALT

Key = tuple[str, bytes]  # its name, and 32 octets
Find = Callable[[str], bytes]  # the key of this name; raises Locked


def is_sealed(file: Path) -> bool:
    with file.open("rb") as given:
        return given.read(len(MAGIC)) == MAGIC


def seal(key: Key, plain: Path, sealed: Path) -> None:
    """Replaces the file, and is readable for nobody but whoever runs this."""
    name, secret = key
    head = MAGIC + name.encode("ascii") + os.urandom(SALT)
    cipher = _cipher(secret, head)
    handle = os.open(sealed, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with plain.open("rb") as given, os.fdopen(handle, "wb") as out:
        out.write(head)
        for number, piece, last in _pieces(given, PIECE):
            out.write(cipher.encrypt(_nonce(number, last), piece, head))


def unseal(find: Find, sealed: Path, plain: Path) -> None:
    """Raises Locked when the key is not here, Unreadable when the file is not whole: then plain holds rubbish."""
    handle = os.open(plain, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with sealed.open("rb") as given, os.fdopen(handle, "wb") as out:
        head = given.read(FIRST)
        if len(head) != FIRST or not head.startswith(MAGIC):
            raise Unreadable(f"{sealed} is cut off")
        cipher = _cipher(find(head[len(MAGIC) : -SALT].decode("ascii", "replace")), head)
        for number, piece, last in _pieces(given, PIECE + TAG):
            try:
                out.write(cipher.decrypt(_nonce(number, last), piece, head))
            except (ValueError, import_module("cryptography.exceptions").InvalidTag) as altered:
                where = FIRST + number * (PIECE + TAG)
                raise Unreadable(f"{sealed} is damaged or cut off after its octet {where:,}") from altered


def _pieces(given: BinaryIO, size: int) -> Iterator[tuple[int, bytes, bool]]:
    """Its number, the bytes, is it the last one. An empty file is one empty piece."""
    number, piece = 0, given.read(size)
    while following := given.read(size):
        yield number, piece, False
        number, piece = number + 1, following
    yield number, piece, True


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11) + bytes([last])


def _cipher(secret: bytes, head: bytes) -> Any:
    own = hmac.digest(secret, head, "sha256")
    return import_module("cryptography.hazmat.primitives.ciphers.aead").AESGCM(own)
