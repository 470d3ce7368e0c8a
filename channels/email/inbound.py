"""A stored mail -> what the hub wants to know: a message, or what became of one of ours.

This is what runs in the child process: everything it needs arrives as arguments, and it imports nothing heavy.
"""

from collections.abc import Mapping
from typing import Any

from hub.clock import instant_of
from hub.errors import Unreadable
from hub.model import Address, Attachment, DeliveryState, Event, Inbound, Receipt, Report, Sort

from .addresses import Mailbox, date_of, mailboxes, normalised
from .automatic import list_names
from .bounces import Bounce
from .letter import Letter, read_letter
from .refusals import explained
from .unanswerable import unanswerable
from .verdict import Kind
from .words import header_text, raw_text

MAX_REFERENCES = 50
MAX_REPLY_ADDRESSES = 50
MAX_REMOTE_IMAGES = 200
MAX_PROBLEMS = 500
DELIVERED_TO = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to")


def read_mail(kind: str, provider_id: str, body: bytes, envelope: Mapping[str, Any]) -> tuple[Event, ...]:
    """The fields of a Raw; the same bytes give the same events."""
    if envelope.get("too_large"):
        raise Unreadable(f"a mail of {int(envelope['too_large']):,} bytes is larger than the limit")
    if envelope.get("withheld"):
        said = str(envelope["withheld"])
        raise Unreadable(f"the mailbox lists this mail and does not give it ({said}): look at it in a mail program")
    letter = read_letter(_delivered(body, envelope))
    receipts = _receipts(letter)
    if not (receipts and letter.verdict.original_id):
        return (_message(letter, provider_id, envelope),)
    try:
        return (Report(receipts, _message(letter, provider_id, envelope)),)
    except Unreadable:
        return (Report(receipts, None),)


def _delivered(body: bytes, envelope: Mapping[str, Any]) -> bytes:
    """With the null return path that final delivery writes above a mail (RFC 5321 4.4); our own port stores bytes as
    they came."""
    return b"Return-Path: <>\r\n" + body if envelope.get("mail_from") == "" else body


def _receipts(letter: Letter) -> tuple[Receipt, ...]:
    """What the mail says became of another."""
    verdict = letter.verdict
    if verdict.kind == Kind.COMPLAINT and verdict.complaint:
        reason = f"complaint: {verdict.complaint.feedback_type}"
        return (_receipt(letter, DeliveryState.DELIVERED, reason, verdict.complaint.recipient, complaint=True),)
    if verdict.reports:
        return tuple(_fate(letter, report) for report in verdict.reports)
    return (_receipt(letter, DeliveryState.READ, "", ""),) if verdict.read_receipt.startswith("displayed") else ()


def _fate(letter: Letter, report: Bounce) -> Receipt:
    reason = explained(report.status, f"{report.status} {report.diagnostic}".strip())[:1_000]
    if report.action in ("delivered",):
        return _receipt(letter, DeliveryState.DELIVERED, "", report.recipient)
    if report.action in ("relayed", "expanded", "delayed"):
        return _receipt(letter, DeliveryState.SENT, reason, report.recipient)
    return _receipt(letter, DeliveryState.FAILED, reason, report.recipient, bounced=report.dead)


def _receipt(
    letter: Letter, state: DeliveryState, reason: str, recipient: str, *, bounced: bool = False, complaint: bool = False
) -> Receipt:
    """reference: the Message-ID of ours; the hub believes it only when our signature is in it."""
    return Receipt(
        provider_id="",
        state=state,
        reason=reason,
        reference=letter.verdict.original_id,
        occurred_at=_date(letter),
        bounced=bounced,
        complaint=complaint,
        recipient=normalised(recipient) if recipient else "",
    )


def _message(letter: Letter, provider_id: str, envelope: Mapping[str, Any]) -> Inbound:
    mail = letter.mail
    sender = _sender(letter, envelope)
    recipients = _recipients(letter, envelope)
    references = [mail.in_reply_to, *reversed(mail.references)]
    return Inbound(
        sender=Address("email", normalised(sender.address)),
        provider_id=mail.message_id[:900] or provider_id,
        text=letter.reply.text,
        sender_name=sender.name[:200],
        recipient=recipients[0] if recipients else "",
        subject=mail.subject[:1_000],
        html=letter.safe.html,
        quoted_text=letter.reply.quoted,
        occurred_at=_date(letter),
        attachments=tuple(
            Attachment(file.filename, file.content_type, file.content, file.inline, file.content_id[:200])
            for file in mail.files
        ),
        references=tuple(dict.fromkeys(filter(None, references)))[:MAX_REFERENCES],
        reply_addresses=tuple(recipients[:MAX_REPLY_ADDRESSES]),
        sorted_as=letter.verdict.sorting.sort,
        sorted_sign=letter.verdict.sorting.sign,
        sorted_because=letter.verdict.sorting.because,
        parts=_parts(letter),
    )


def _sender(letter: Letter, envelope: Mapping[str, Any]) -> Mailbox:
    mail = letter.mail
    claimed = [mail.sender, *mail.addresses("sender"), *mail.reply_to, Mailbox("", str(envelope.get("mail_from", "")))]
    for box in claimed:
        if "@" in box.address.strip("@"):
            return box
    raise Unreadable("the mail names no sender")


def _recipients(letter: Letter, envelope: Mapping[str, Any]) -> list[str]:
    """Where it was sent, the envelope first: a forwarded or blind copy stands only there."""
    mail = letter.mail
    found = [str(address) for address in envelope.get("rcpt_tos", ())]
    for name in DELIVERED_TO:
        found += [box.address for value in mail.root.all(name)[:20] for box in mailboxes(raw_text(value[:2_000]))]
    found += [box.address for box in (*mail.to, *mail.cc)]
    return list(dict.fromkeys(normalised(address) for address in found if "@" in address))


def _date(letter: Letter) -> int | None:
    """The Date header, else the topmost Received header's."""
    mail = letter.mail
    date = mail.date
    if date is None and (received := mail.root.first("received")):
        date = date_of(header_text(received[:5_000]).rpartition(";")[2])
    return instant_of(date) if date and 1970 < date.year < 9_999 else None


def _parts(letter: Letter) -> dict[str, Any]:
    """What only e-mail knows. remote_images: what the placeholders `data-remote="N"` in html stand for."""
    mail = letter.mail
    parts: dict[str, Any] = {
        "to": _plain(mail.to),
        "cc": _plain(mail.cc),
        "bcc": _plain(mail.addresses("bcc")),
        "reply_to": _plain(mail.reply_to),
        "original_from": _plain([*mail.addresses("x-original-from"), *mail.addresses("x-original-sender")]),
        "message_id": mail.message_id[:900],
        "kind": str(letter.verdict.kind),
        "unanswerable": unanswerable(mail, letter.verdict.sorting),
        "sealed": mail.sealed,
        "list": list_names(mail) if letter.verdict.sorting.sort == Sort.LIST else [],
        "remote_images": [url for url in letter.safe.remote_images[:MAX_REMOTE_IMAGES] if len(url) < 2_000],
        "cids": {file.content_id[:200]: at for at, file in enumerate(mail.files) if file.content_id},
        "problems": list(dict.fromkeys(mail.problems))[:MAX_PROBLEMS],
    }
    return {name: value for name, value in parts.items() if value}


def _plain(boxes: list[Mailbox]) -> list[dict[str, str]]:
    return [{"name": box.name[:200], "address": box.address[:320]} for box in boxes[:100]]
