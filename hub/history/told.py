"""What another system tells of one message, and the message that makes of it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from typing import Any

from hub.channel import Channel, Raw
from hub.cleaning import cleaned
from hub.errors import Unreadable
from hub.history.asking import File
from hub.history.past import LeftOut, Past
from hub.inbound.parse_pool import Reading
from hub.model import Address, Attachment, Direction, Inbound, MessageKind

NOBODY = "nobody@history.invalid"  # RFC 2606: stands where a mail needs a sender


@dataclass(frozen=True, slots=True)
class Told:
    """customer: whose conversation it is, also: their other addresses; where: for whoever looks for it; id: what its
    system calls it, or the id of the mail it was; thread: what that calls the conversation."""

    where: str
    id: str
    thread: str
    direction: Direction
    at: int
    channel_type: str
    customer: Address
    name: str = ""
    also: tuple[Address, ...] = ()
    by_name: str = ""
    by_address: str = ""
    subject: str = ""
    text: str = ""
    html: str = ""
    files: tuple[File, ...] = ()


async def read_told(reading: Reading, mails: Channel, channel: str, told: Told) -> Past | LeftOut:
    """HTML is as strange as that of any mail, so it is read as one: in the child, made safe, what it quotes folded.
    mails: what reads; channel: where the message belongs."""
    files = tuple(file for file in told.files if isinstance(file, Attachment))
    lost = [dict(file) for file in told.files if not isinstance(file, Attachment)]
    said = Inbound(
        sender=told.customer,
        provider_id=told.id,
        text=told.text,
        sender_name=told.name,
        recipient=told.by_address if told.direction == Direction.IN else "",
        subject=told.subject,
        occurred_at=told.at,
        attachments=files,
        kind=MessageKind.TEXT,
        parts={"lost_files": lost} if lost else {},
    )
    if told.html:
        try:
            seen = await _seen(reading, mails, told, files)
        except Unreadable as unreadable:
            return LeftOut(told.where, str(unreadable))
        parts = {**said.parts, **{name: seen.parts[name] for name in ("remote_images", "cids") if name in seen.parts}}
        said = replace(said, text=seen.text, html=seen.html, quoted_text=seen.quoted_text)
        said = replace(said, parts=parts, attachments=seen.attachments)
    return Past(
        cleaned((said,))[0],
        told.direction,
        channel,
        told.channel_type,
        told.at,
        tuple(dict.fromkeys(filter(None, (told.id, told.thread)))),
        by_name=told.by_name,
        by_address=told.by_address,
        also=told.also,
    )


async def _seen(reading: Reading, mails: Channel, told: Told, files: Sequence[Attachment]) -> Inbound:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = formataddr(("", NOBODY))
    mail["Date"] = format_datetime(datetime.fromtimestamp(told.at / 1000, UTC))
    mail.set_content(told.html, subtype="html", cte="base64")
    for file in files:
        kind, _, subtype = file.content_type.partition("/")
        how: dict[str, Any] = {"filename": file.filename, "disposition": "inline" if file.inline else "attachment"}
        how |= {"cid": f"<{file.content_id}>"} if file.content_id else {}
        mail.add_attachment(file.content, kind or "application", subtype or "octet-stream", **how)
    raw = mail.as_bytes()
    (event,) = await reading.read(mails, Raw("mail", hashlib.sha256(raw).hexdigest(), raw))
    if not isinstance(event, Inbound):
        raise Unreadable("it looks like a report about another mail")
    return event
