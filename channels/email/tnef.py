"""Opens winmail.dat (MS-OXTNEF): the files and the text that Outlook packed into it for itself.

Strict: what does not fit the format ends the reading with ValueError, and winmail.dat stays the file it is.
"""

import struct
from dataclasses import dataclass, field

from .charsets import text_of
from .rtf import decompressed_rtf, text_of_rtf

SIGNATURE = 0x223E9F78
OEM_CODEPAGE, MESSAGE_PROPERTIES, BODY = 0x00069007, 0x00069003, 0x0002800C
NEXT_FILE, FILE_TITLE, FILE_DATA, FILE_PROPERTIES = 0x00069002, 0x00018010, 0x0006800F, 0x00069005
FIXED = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
STRING8, UNICODE, OBJECT, BINARY = 0x1E, 0x1F, 0x0D, 0x102
TEXT, HTML, RTF = 0x1000, 0x1013, 0x1009
LONG_NAME, SHORT_NAME, MIME_TYPE, CONTENT_ID, EMBEDDED = 0x3707, 0x3704, 0x370E, 0x3712, 0x3701
MAX_FILES, MAX_PROPERTIES = 500, 5_000
INTERFACE = 16  # bytes before an object that say what it is


@dataclass(slots=True)
class Packed:
    """One file; embedded: an object (a message, a drawing) whose bytes are not taken out."""

    filename: str = ""
    content_type: str = "application/octet-stream"
    content: bytes = b""
    content_id: str = ""
    embedded: bool = False


@dataclass(slots=True)
class Winmail:
    text: str = ""
    html: str = ""
    files: list[Packed] = field(default_factory=list)


def open_winmail(data: bytes) -> Winmail:
    """Raises ValueError."""
    try:
        return _read(data)
    except struct.error:
        raise ValueError("cut off") from None


def _read(data: bytes) -> Winmail:
    if len(data) < 6 or struct.unpack_from("<I", data)[0] != SIGNATURE:
        raise ValueError("no TNEF")
    found, codepage, at = Winmail(), "cp1252", 6
    while at < len(data):
        name, length = struct.unpack_from("<xII", data, at)
        at += 9
        if at + length + 2 > len(data):
            raise ValueError("cut off")
        value = data[at : at + length]
        at += length + 2
        if name == OEM_CODEPAGE and length >= 4:
            codepage = f"cp{struct.unpack_from('<I', value)[0]}"
        elif name == BODY:
            found.text = found.text or _string(value, codepage)
        elif name == MESSAGE_PROPERTIES:
            _take_body(found, _properties(value, codepage))
        elif name == NEXT_FILE and len(found.files) < MAX_FILES:
            found.files.append(Packed())
        elif found.files:
            _take_file(found.files[-1], name, value, codepage)
    return found


def _take_body(found: Winmail, properties: dict[int, str | bytes]) -> None:
    text, page, rtf = properties.get(TEXT), properties.get(HTML), properties.get(RTF)
    found.text = text if isinstance(text, str) and text.strip() else found.text
    if page:
        found.html = page if isinstance(page, str) else text_of(page)
    elif isinstance(rtf, bytes) and not found.text.strip():
        found.text = text_of_rtf(decompressed_rtf(rtf))


def _take_file(file: Packed, name: int, value: bytes, codepage: str) -> None:
    if name == FILE_TITLE:
        file.filename = file.filename or _string(value, codepage)
    elif name == FILE_DATA:
        file.content = value
    elif name == FILE_PROPERTIES:
        properties = _properties(value, codepage)
        named = properties.get(LONG_NAME) or properties.get(SHORT_NAME)
        file.filename = named if isinstance(named, str) else file.filename
        kind, content_id = properties.get(MIME_TYPE), properties.get(CONTENT_ID)
        file.content_type = kind.lower() if isinstance(kind, str) and "/" in kind else file.content_type
        file.content_id = content_id if isinstance(content_id, str) else ""
        file.embedded = EMBEDDED in properties


def _string(value: bytes, codepage: str) -> str:
    return text_of(value.rstrip(b"\0"), codepage)


def _properties(data: bytes, codepage: str) -> dict[int, str | bytes]:
    """Texts and bytes by their number; what else there is, is passed over."""
    (count,) = struct.unpack_from("<I", data)
    found: dict[int, str | bytes] = {}
    at = 4
    for _ in range(min(count, MAX_PROPERTIES)):
        kind, number = struct.unpack_from("<HH", data, at)
        at = _behind_name(data, at + 4) if number >= 0x8000 else at + 4
        several, kind = kind & 0x1000, kind & ~0x1000
        if kind in FIXED:
            size = FIXED[kind] if kind != 0x02 or not several else 4
            many = struct.unpack_from("<I", data, at)[0] if several else 1
            at += (4 if several else 0) + size * many
            continue
        if kind not in (STRING8, UNICODE, OBJECT, BINARY):
            raise ValueError("unknown type of property")
        values, at = _values(data, at)
        if values:
            found.setdefault(number, _value(kind, values[0], codepage))
    return found


def _value(kind: int, value: bytes, codepage: str) -> str | bytes:
    if kind == UNICODE:
        return value.decode("utf-16-le", "replace").rstrip("\0")
    return _string(value, codepage) if kind == STRING8 else value


def _behind_name(data: bytes, at: int) -> int:
    kind, length = struct.unpack_from("<II", data, at + INTERFACE)
    if kind == 0:
        return at + INTERFACE + 8
    return int(at + INTERFACE + 8 + length + -length % 4)


def _values(data: bytes, at: int) -> tuple[list[bytes], int]:
    (count,) = struct.unpack_from("<I", data, at)
    at += 4
    values: list[bytes] = []
    for _ in range(count):
        (length,) = struct.unpack_from("<I", data, at)
        if at + 4 + length > len(data):
            raise ValueError("cut off")
        values.append(data[at + 4 : at + 4 + length])
        at += 4 + length + -length % 4
    return values, at
