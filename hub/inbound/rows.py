"""An inbound message as the rows it becomes; hub.outbound.compose does the same for what leaves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from hub.clock import DAY
from hub.inbound.authors import Author
from hub.inbound.identity import Identified
from hub.inbound.placement import Reference
from hub.model import Attachment, Direction, Inbound, RemoteFile
from hub.store.conversations import Conversation, Utterance
from hub.store.events import append_event
from hub.store.messages import NewMessage
from hub.store.raw import StoredRaw


@dataclass(frozen=True, slots=True)
class Unit:
    """The stored bytes an event was read from, with the files that were brought for it, by their references."""

    channel: str
    channel_type: str
    kept: StoredRaw
    files: Mapping[str, Attachment]
    at: int

    def brought(self, wanted: Sequence[RemoteFile]) -> list[Attachment]:
        """Those of the files that came."""
        return [self.files[file.reference] for file in wanted if file.reference in self.files]

    def attached(self, inbound: Inbound) -> list[Attachment]:
        """What the message held itself, and what was brought."""
        return [*inbound.attachments, *self.brought(inbound.files)]


def message_of(unit: Unit, inbound: Inbound, author: Author, conversation: Conversation) -> NewMessage:
    kept = unit.kept
    occurred_at = inbound.occurred_at or kept.received_at
    written_by = author.by_whom or (author.address.handle if author.address else "")
    more = {"references": list(inbound.references[:50])} | ({"answer_to": author.answer_to} if author.answer_to else {})
    return NewMessage(
        customer_id=conversation.customer_id,
        conversation_id=conversation.id,
        channel=unit.channel,
        channel_type=unit.channel_type,
        direction=Direction.IN,
        kind=inbound.kind,
        provider_id=inbound.provider_id or None,
        peer=author.address.handle if author.address else "",
        raw_id=kept.id,
        author_name=author.name[:200],
        from_handle=written_by,
        to_handle=inbound.recipient,
        subject=inbound.subject[:1000],
        text=inbound.text,
        html=inbound.html,
        quoted_text=inbound.quoted_text,
        parts={**inbound.parts, **more},
        automatic=inbound.automatic,
        sorted_as=inbound.sorted_as,
        sorted_sign=inbound.sorted_sign,
        sorted_because=inbound.sorted_because,
        # a sender's clock is not believed about the future: the message would stand below the answer to it
        occurred_at=min(occurred_at, kept.received_at)
        if inbound.sender.kind != "email"
        else _mail_time(kept, occurred_at),
        created_at=unit.at,
    )


def _mail_time(kept: StoredRaw, stated: int) -> int:
    """The Date header is the sender's word; when we received it is ours, and keeps the stream in order."""
    return min(stated, kept.received_at) if kept.received_at - stated > 30 * DAY else kept.received_at


def utterance_of(new: NewMessage, files: Sequence[Attachment]) -> Utterance:
    names = [*(file.filename for file in files), *(lost["filename"] for lost in new.parts.get("lost_files", ()))]
    preview = new.text or new.subject or ", ".join(names)
    return Utterance(
        new.channel,
        new.channel_type,
        new.direction,
        new.kind,
        preview,
        new.subject,
        new.occurred_at,
        automatic=new.automatic,
        sorted_as=new.sorted_as,
    )


def append_received(
    conn: Connection, new: NewMessage, message_id: str, who: Identified, reference: Reference | None
) -> None:
    """The event, with what it may belong to besides."""
    data: dict[str, object] = {"channel": new.channel, "channel_type": new.channel_type, "direction": "in"}
    if who.suggestions:
        data["suggestions"] = list(who.suggestions)
    if reference and reference.customer_id != who.customer_id:
        data["possible_reply_to"] = reference.conversation_id
    append_event(
        conn,
        "message.received",
        at=new.created_at,
        customer_id=who.customer_id,
        conversation_id=new.conversation_id,
        message_id=message_id,
        data=data,
    )
