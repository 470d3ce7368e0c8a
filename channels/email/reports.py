"""Opens the parts of a report: its fields in blocks, and the mail of ours that it returns (RFC 3462)."""

import re

from .mail import Mail, read_headers
from .mime import FIELD, UNFOLD, Part, content
from .words import header_text

MAX_REPORT = 1_000_000
MAX_RETURNED = 200_000
MAX_FIELD = 4_000
RETURNED = {
    "message/rfc822",
    "text/rfc822-headers",
    "message/rfc822-headers",
    "message/global",
    "message/global-headers",
}
BETWEEN_BLOCKS = re.compile(rb"\n[ \t]*(?:\n[ \t]*)*\n")


def parts_of(mail: Mail) -> list[Part]:
    """Every part, outermost first, with the children of multiparts."""
    found, todo = [], [mail.root]
    while todo:
        part = todo.pop()
        found.append(part)
        todo += reversed(part.children)
    return found


def content_blocks(mail: Mail, part: Part) -> list[dict[str, str]]:
    """What stands between blank lines, as fields by lower-case name."""
    data = content(mail.raw, part, mail.problems)[:MAX_REPORT].replace(b"\r\n", b"\n")
    return [_fields(block) for block in BETWEEN_BLOCKS.split(data)]


def content_fields(mail: Mail, part: Part) -> dict[str, str]:
    """The fields of a part that is one block."""
    return _fields(content(mail.raw, part, mail.problems)[:MAX_REPORT].replace(b"\r\n", b"\n"))


def _fields(block: bytes) -> dict[str, str]:
    return {
        match[1].decode("ascii").lower(): " ".join(header_text(UNFOLD.sub(b"", match[2])[:MAX_FIELD]).split())
        for match in FIELD.finditer(block.strip() + b"\n")
    }


def returned_mail(mail: Mail, parts: list[Part]) -> Mail | None:
    """The headers of the mail that came back; the first that say whose it is."""
    found = [
        read_headers(content(mail.raw, part, mail.problems)[:MAX_RETURNED])
        for part in parts
        if part.content_type in RETURNED
    ]
    return next((one for one in found if one.message_id or one.to), found[0] if found else None)
