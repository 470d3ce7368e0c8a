"""Writes a mail: an Outbound in, the bytes that travel out.

Own writing instead of EmailMessage because a campaign spends most of its time here, and because every byte can be
promised: lines of at most 78 characters, bodies in base64 or quoted-printable, nothing outside ASCII, and no value
that could begin a header of its own. A property test reads the results back with the stdlib parser.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache
from struct import iter_unpack
from urllib.parse import quote

from hub.errors import SendRejected
from hub.html.html_text import text_of_html
from hub.html.safe_html import make_safe
from hub.model import Attachment, Outbound

from .quoting import is_plain, quoted_pieces, quoted_text

QP_UP_TO = 4_096  # shorter bodies stay readable on the wire; longer ones are cheaper in base64
BASE64_LINE = 57  # bytes that make a line of 76 characters
QUOTED_HTML = b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
WORD_BYTES = 42  # of UTF-8 that fit into one encoded word
MAX_FILENAME = 150
SHORT = 40  # characters of a header's value that many mails have alike
_ODD = re.compile("[^A-Za-z0-9]")
FORBIDDEN = re.compile("[\r\n\0\u2028\u2029\x0b\x0c\x85]")
HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,70}")
ADDRESS = re.compile(r"[^\s\0<>,;:\"()\[\]\\@]{1,128}@[^\s\0<>,;:\"()\\@]{1,255}")
MESSAGE_ID = re.compile(r"[!-;=?-~]{3,900}")
PLAIN_PHRASE = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
MIME_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,100}/[a-z0-9!#$&^_.+-]{1,100}", re.IGNORECASE)
METHOD = re.compile(r"; *method=([A-Za-z]{1,20})")
OURS = set(
    "from to cc bcc subject date message-id in-reply-to references reply-to mime-version sender return-path".split()
)
IDS_OF_LISTS = {"list-unsubscribe", "list-unsubscribe-post"}


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose mail it is: the channel's address and name."""

    address: str
    name: str = ""


def compose(message: Outbound, sender: Sender, now: int) -> bytes:
    """The mail with CRLF line ends. now: milliseconds. Raises SendRejected for what no mail can carry."""
    return b"".join(_written(message, sender, now))


def compose_for_data(message: Outbound, sender: Sender, now: int) -> bytes:
    """The same as it follows DATA, with the final dot: no line of ours begins with one (RFC 5321, section 4.5.2)."""
    mail = b"".join(_written(message, sender, now))
    return mail + (b".\r\n" if mail.endswith(b"\r\n") else b"\r\n.\r\n")


def _written(message: Outbound, sender: Sender, now: int) -> list[bytes]:
    id = message.delivery_id
    mark = f"=_{(id if id.isalnum() and id.isascii() else _ODD.sub('', id))[:40] or 'part'}"
    headers = "".join([*_headers(message, sender, now), "MIME-Version: 1.0\r\n"])
    return [headers.encode(), *_content(message, mark)]


def _headers(message: Outbound, sender: Sender, now: int) -> list[str]:
    lines = [
        _from(message.sender_name or sender.name, sender.address),
        _field("To", _mailbox(message.recipient_name, message.options.get("to", message.recipient.handle))),
        *_copied(message.options.get("cc", ())),
        _field("Subject", encoded(_checked("subject", message.subject))),
        _date(now // 1000),
    ]
    if message.message_id:
        lines.append(_field("Message-ID", _id(message.message_id)))
    if message.in_reply_to:
        lines.append(_field("In-Reply-To", _id(message.in_reply_to)))
    if message.references:
        lines.append(_field("References", "\r\n ".join(_id(reference) for reference in message.references)))
    if message.reply_to:
        lines.append(_field("Reply-To", _mailbox(message.sender_name or sender.name, message.reply_to)))
    return lines + [_extra(name, value) for name, value in message.headers.items()]


def _copied(addresses: Sequence[str]) -> list[str]:
    return [_field("Cc", ",\r\n ".join(map(checked_address, addresses)))] if addresses else []


@lru_cache(maxsize=64)
def _from(name: str, address: str) -> str:
    return _field("From", _mailbox(name, address))


@lru_cache(maxsize=8)
def _date(second: int) -> str:
    return _field("Date", formatdate(second).replace("-0000", "+0000"))


def _field(name: str, value: str) -> str:
    return f"{name}: {value}\r\n"


def _extra(name: str, value: str) -> str:
    return _known_extra(name, value) if len(value) < SHORT else _new_extra(name, value)


def _new_extra(name: str, value: str) -> str:
    checked = _checked(name, value)
    return _field(name, checked if _is_of_lists(name) and checked.isascii() else encoded(checked))


_known_extra = lru_cache(maxsize=64)(_new_extra)


@lru_cache(maxsize=64)
def _is_of_lists(name: str) -> bool:
    """Does it name a list? Raises SendRejected for a header that may not be set."""
    if not HEADER_NAME.fullmatch(name) or name.lower() in OURS or name.lower().startswith("content-"):
        raise SendRejected(f"{name[:80]!r} is no header that may be set")
    return name.lower() in IDS_OF_LISTS


def _checked(what: str, value: str) -> str:
    if is_plain(value):
        return value
    if FORBIDDEN.search(value):
        raise SendRejected(f"the {what} holds a line break or another control character")
    return "".join(character for character in value if character >= " " and character != "\x7f")


def _id(reference: str) -> str:
    if not MESSAGE_ID.fullmatch(reference):
        raise SendRejected(f"{reference[:80]!r} is no Message-ID")
    return f"<{reference}>"


@lru_cache(maxsize=64)
def checked_address(address: str) -> str:
    """The address with an ASCII domain. Raises SendRejected."""
    if not ADDRESS.fullmatch(address):
        raise SendRejected(f"{address[:80]!r} is no e-mail address", bounced=False)
    local, _, domain = address.rpartition("@")
    try:
        return f"{local}@{domain if domain.isascii() else domain.encode('idna').decode()}"
    except UnicodeError as wrong:
        raise SendRejected(f"{address[:80]!r} is no e-mail address") from wrong


def _mailbox(name: str, address: str) -> str:
    address = checked_address(address)  # beyond ASCII it stands there as it is (RFC 6532), and needs a server that can
    phrase = _phrase(_checked("name", name).strip())
    glue = "\r\n " if len(phrase) + len(address) > 66 else " "
    return f"{phrase}{glue}<{address}>" if phrase else address


def _phrase(name: str) -> str:
    if PLAIN_PHRASE.fullmatch(name) and len(name) <= 60:
        return name
    if is_plain(name) and len(name) <= 60:
        return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return _words(name)


def encoded(text: str) -> str:
    """A header's text: as it is where it fits into a line of ASCII, else in encoded words (RFC 2047), folded."""
    if is_plain(text) and len(text) <= 60 and "=?" not in text and text == text.strip():
        return text
    if is_plain(text) and "=?" not in text and "  " not in text and (folded := _folded(text)):
        return folded
    return _words(text)


def _folded(text: str) -> str:
    """Broken before words; "" when a word is too long for a line."""
    lines, line = [], ""
    for word in text.split(" "):
        if len(word) > 60 or not word:
            return ""
        if line and len(line) + len(word) > 60:
            lines.append(line)
            line = ""
        line = f"{line} {word}" if line else word
    return "\r\n ".join([*lines, line])


def _words(text: str) -> str:
    words, chunk = [], b""
    for character in text:
        piece = character.encode("utf-8", "replace")
        if len(chunk) + len(piece) > WORD_BYTES:
            words.append(chunk)
            chunk = b""
        chunk += piece
    words.append(chunk)
    return "\r\n ".join(f"=?utf-8?B?{base64.b64encode(word).decode()}?=" for word in words)


# --- the body --------------------------------------------------------------------------------------------------


def _content(message: Outbound, mark: str) -> list[bytes]:
    """Nested as programs expect: mixed(related(alternative(text, html), images), files), without empty shells."""
    text = message.text if message.text or not message.html else text_of_html(make_safe(message.html, []).html)
    content = _text_part(text, "plain")
    if message.html:
        pieces = message.html_pieces
        html = [QUOTED_HTML, *quoted_pieces(pieces)] if pieces else _text_part(message.html, "html")
        content = _multipart("alternative", f"{mark}a", [content, html])
    inline = [file for file in message.attachments if file.inline and file.content_id and message.html]
    if inline:
        content = _multipart("related", f"{mark}r", [content, *map(_file_part, inline)])
    files = [file for file in message.attachments if file not in inline]
    if files:
        content = _multipart("mixed", f"{mark}m", [content, *map(_file_part, files)])
    return content


def _multipart(kind: str, mark: str, parts: Iterable[list[bytes]]) -> list[bytes]:
    """base64 and quoted-printable never hold "=_", so the mark cannot occur in a part."""
    opening = f"--{mark}\r\n".encode()
    lines = [f'Content-Type: multipart/{kind};\r\n boundary="{mark}"\r\n\r\n'.encode()]
    for part in parts:
        lines += [opening, *part, b"\r\n"]
    return [*lines, f"--{mark}--\r\n".encode()]


def _text_part(text: str, kind: str) -> list[bytes]:
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    data = text.encode("utf-8", "replace")
    head = f"Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: "
    if len(data) > QP_UP_TO:
        return [f"{head}base64\r\n\r\n".encode(), _base64(data.replace(b"\n", b"\r\n"))]
    return [f"{head}quoted-printable\r\n\r\n".encode(), quoted_text(text)]


def _base64(data: bytes) -> bytes:
    encoded = binascii.b2a_base64(data, newline=False)
    width = BASE64_LINE // 3 * 4
    whole = len(encoded) - len(encoded) % width
    lines = [line for (line,) in iter_unpack(f"{width}s", encoded[:whole])]  # twice as fast as a slice for each
    return b"\r\n".join([*lines, encoded[whole:], b""] if len(encoded) > whole else [*lines, b""])


def _file_part(file: Attachment) -> list[bytes]:
    kind = file.content_type.partition(";")[0].strip().lower()
    if not MIME_TYPE.fullmatch(kind) or kind.startswith(("multipart/", "message/")):
        kind = "application/octet-stream"  # those may not travel in base64 (RFC 2046 section 5.2.1)
    name = _checked("file name", file.filename)[:MAX_FILENAME]
    method = METHOD.search(file.content_type) if kind == "text/calendar" else None  # without it no calendar looks at it
    kind += f"; charset=utf-8; method={method[1]}" if method else ""
    lines = [f"Content-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n"]
    lines.append(f"Content-Disposition: {'inline' if file.inline else 'attachment'}{_filename(name)}\r\n")
    if file.content_id:
        lines.append(f"Content-ID: {_id(_checked('content id', file.content_id))}\r\n")
    return [*(line.encode("ascii") for line in lines), b"\r\n", _base64(file.content)]


def _filename(name: str) -> str:
    if not name:
        return ""
    if is_plain(name) and len(name) <= 60:
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        return f';\r\n filename="{escaped}"'
    pieces = [quote(name[at : at + 8], safe="") for at in range(0, len(name), 8)]
    if len(pieces) == 1:
        return f";\r\n filename*=utf-8''{pieces[0]}"
    numbered = [f"filename*{number}*={piece}" for number, piece in enumerate(pieces)]
    numbered[0] = numbered[0].replace("*=", "*=utf-8''", 1)
    return "".join(f";\r\n {piece}" for piece in numbered)
