"""What `hub email inspect` prints: everything read out of one mail, as one JSON object."""

from datetime import datetime
from typing import Any

from .addresses import Mailbox
from .bounces import Bounce
from .files import File
from .letter import Letter, read_letter
from .verdict import Kind


def inspect(raw: bytes) -> dict[str, Any]:
    """Any bytes give an object, even those that find a fault in our own reading."""
    try:
        return _shown(read_letter(raw))
    except Exception as fault:
        shown = _shown(read_letter(b""))
        return {**shown, "problems": [f"this mail cannot be read: {type(fault).__name__}: {fault}"[:300]]}


def _shown(letter: Letter) -> dict[str, Any]:
    mail = letter.mail
    return {
        "kind": str(letter.verdict.kind),
        "from": _mailbox(mail.sender),
        "to": [_mailbox(box) for box in mail.to],
        "cc": [_mailbox(box) for box in mail.cc],
        "reply_to": [_mailbox(box) for box in mail.reply_to],
        "subject": mail.subject,
        "message_id": mail.message_id or None,
        "in_reply_to": mail.in_reply_to or None,
        "references": mail.references,
        "date": _date(mail.date),
        "text": letter.text,
        "html": mail.html,
        "html_safe": letter.safe.html,
        "reply_text": letter.reply.text,
        "quoted_text": letter.reply.quoted,
        "attachments": [_file(file) for file in mail.files],
        "sorted_as": str(letter.verdict.sorting.sort),
        "sorted_because": letter.verdict.sorting.said,
        "bounce": _bounce(letter),
        "complaint": _complaint(letter),
        "original_message_id": letter.verdict.original_id or None,
        "remote_images": list(letter.safe.remote_images),
        "problems": list(dict.fromkeys(mail.problems)),
    }


def _mailbox(box: Mailbox) -> dict[str, str]:
    return {"name": box.name, "address": box.address}


def _date(date: datetime | None) -> str | None:
    return date.isoformat() if date else None


def _file(file: File) -> dict[str, Any]:
    return {
        "filename": file.filename,
        "content_type": file.content_type,
        "size": len(file.content),
        "sha256": file.sha256,
        "inline": file.inline,
    }


def _bounce(letter: Letter) -> dict[str, str] | list[dict[str, str]] | None:
    if letter.verdict.kind != Kind.BOUNCE:
        return None
    found = [_fate(bounce) for bounce in letter.verdict.bounces]
    return found[0] if len(found) == 1 else found


def _fate(bounce: Bounce) -> dict[str, str]:
    return {
        "recipient": bounce.recipient,
        "action": bounce.action,
        "status": bounce.status,
        "diagnostic": bounce.diagnostic,
        "class": "hard" if bounce.hard else "soft",
    }


def _complaint(letter: Letter) -> dict[str, str] | None:
    if not letter.verdict.complaint:
        return None
    return {"feedback_type": letter.verdict.complaint.feedback_type, "recipient": letter.verdict.complaint.recipient}
