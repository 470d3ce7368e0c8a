"""Reads what machines tell about a mail of ours without returning it: complaints (RFC 5965) and receipts (RFC 8098)."""

from dataclasses import dataclass

from .addresses import mailboxes, message_ids
from .mail import Mail
from .mime import Part
from .reports import content_fields, returned_mail

FEEDBACK = "message/feedback-report"
DISPOSITION = "message/disposition-notification"
COMPLAINTS = {"abuse", "fraud", "opt-out", "opt-out-list"}


@dataclass(frozen=True, slots=True)
class Complaint:
    feedback_type: str
    recipient: str


def read_complaint(mail: Mail, parts: list[Part]) -> Complaint | None:
    """Only what a person complains of: feedback is also given about authentication, viruses and what is no spam."""
    for part in parts:
        if part.content_type == FEEDBACK:
            fields = content_fields(mail, part)
            kind = fields.get("feedback-type", "abuse").lower()
            listed = mailboxes(fields.get("original-rcpt-to", ""))
            returned = returned_mail(mail, parts)
            boxes = listed or (returned.to if returned else [])
            return Complaint(kind, boxes[0].address if boxes else "") if kind in COMPLAINTS else None
    return None


def is_feedback(parts: list[Part]) -> bool:
    return any(part.content_type == FEEDBACK for part in parts)


def read_disposition(mail: Mail, parts: list[Part]) -> tuple[str, str] | None:
    """A read receipt: (disposition, Message-ID of ours)."""
    for part in parts:
        if part.content_type == DISPOSITION:
            fields = content_fields(mail, part)
            ids = message_ids(fields.get("original-message-id", ""))
            return fields.get("disposition", "").rpartition(";")[2].strip().lower(), ids[0] if ids else ""
    return None
