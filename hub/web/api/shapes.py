"""How customers, conversations and messages look on the wire (docs/api.md), and the reads that fill them."""

from collections.abc import Sequence
from typing import Any, Literal, cast

from pydantic import Field
from sqlalchemy import Connection

from hub.clock import iso
from hub.model import Direction
from hub.reasons import Reason, say
from hub.sanitise import shown_html
from hub.store.blobs import StoredFile, list_attachments
from hub.store.calls import Call, list_calls
from hub.store.conversations import Conversation as ConversationRow
from hub.store.conversations import list_conversation_labels
from hub.store.customers import Customer as CustomerRow
from hub.store.customers import Reached, list_all_addresses, list_customer_labels
from hub.store.deliveries import Attempt as AttemptRow
from hub.store.deliveries import Delivery as DeliveryRow
from hub.store.deliveries import list_attempts, list_deliveries
from hub.store.messages import Message as MessageRow
from hub.web.api.fields import Answer, Moment

Sorted = Literal["person", "list", "bulk", "auto_reply", "bounce"]


class Address(Answer):
    id: str
    kind: str
    handle: str
    state: str
    verified: bool
    reason: str


class Customer(Answer):
    id: str
    name: str
    language: str
    timezone: str
    preferred_channel: str
    labels: list[str]
    fields: dict[str, Any]
    addresses: list[Address]
    created_at: Moment
    updated_at: Moment


class Conversation(Answer):
    id: str
    customer_id: str
    state: str
    assignee: str | None
    team: str | None
    priority: str
    labels: list[str]
    subject: str
    channels: list[str]
    unread: int
    message_count: int
    last_preview: str
    last_channel: str
    created_at: Moment
    last_message_at: Moment
    waiting_since: Moment | None
    snoozed_until: Moment | None
    closed_at: Moment | None
    sorted_as: Sorted


class Attachment(Answer):
    id: str
    filename: str
    content_type: str
    size: int
    sha256: str
    inline: bool


class LostFile(Answer):
    """A file of the customer's that the provider did not give us."""

    filename: str
    reason: str


class Attempt(Answer):
    started_at: Moment
    finished_at: Moment | None
    phase: str
    result: str


class Delivery(Answer):
    id: str
    channel: str
    state: str
    reason: str
    reason_code: str
    due_at: Moment
    sent_at: Moment | None
    changed_at: Moment
    attempts: list[Attempt]


class Message(Answer):
    id: str
    conversation_id: str | None
    customer_id: str
    direction: str
    kind: str
    channel: str
    channel_type: str
    from_: str = Field(serialization_alias="from", validation_alias="from")
    to: str
    author: str
    reply_to: list[str]
    cc: list[str]
    bcc: list[str]
    sorted_as: Sorted | None
    sorted_because: str
    subject: str
    text: str
    html_safe: str
    folded_text: str
    shared: list[str]
    attachments: list[Attachment]
    lost_files: list[LostFile]
    provider_id: str | None
    campaign_id: str | None
    duration: int | None
    occurred_at: Moment
    created_at: Moment
    edited_at: Moment | None
    deliveries: list[Delivery]


def moment(at: int | None) -> str | None:
    return None if at is None else iso(at)


def address(row: Reached) -> Address:
    return Address(
        id=row.id, kind=row.kind, handle=row.handle, state=row.state, verified=row.verified, reason=row.reason
    )


def customers(conn: Connection, rows: Sequence[CustomerRow]) -> list[Customer]:
    ids = [row.id for row in rows]
    labels, addresses = list_customer_labels(conn, ids), list_all_addresses(conn, ids)
    return [_customer(row, labels[row.id], addresses[row.id]) for row in rows]


def _customer(row: CustomerRow, labels: list[str], addresses: Sequence[Reached]) -> Customer:
    return Customer(
        id=row.id,
        name=row.name,
        language=row.language,
        timezone=row.timezone,
        preferred_channel=row.preferred_channel,
        labels=labels,
        fields=dict(row.fields),
        addresses=[address(one) for one in addresses],
        created_at=iso(row.created_at),
        updated_at=iso(row.updated_at),
    )


def conversations(conn: Connection, rows: Sequence[ConversationRow]) -> list[Conversation]:
    labels = list_conversation_labels(conn, [row.id for row in rows])
    return [_conversation(row, labels[row.id]) for row in rows]


def _conversation(row: ConversationRow, labels: list[str]) -> Conversation:
    return Conversation(
        id=row.id,
        customer_id=row.customer_id,
        state=row.state,
        assignee=row.assignee_id,
        team=row.team_id,
        priority=row.priority,
        labels=labels,
        subject=row.subject,
        channels=list(row.channels),
        unread=row.unread,
        message_count=row.message_count,
        last_preview=row.last_preview,
        last_channel=row.last_channel,
        created_at=iso(row.created_at),
        last_message_at=iso(row.last_message_at),
        waiting_since=moment(row.waiting_since),
        snoozed_until=moment(row.snoozed_until),
        closed_at=moment(row.closed_at),
        sorted_as=cast(Sorted, row.sorted_as),
    )


def messages(conn: Connection, rows: Sequence[MessageRow]) -> list[Message]:
    ids = [row.id for row in rows]
    files, deliveries, calls = list_attachments(conn, ids), list_deliveries(conn, ids), list_calls(conn, ids)
    attempts = list_attempts(conn, [one.id for sent in deliveries.values() for one in sent])
    return [
        _message(
            row,
            [attachment(file) for file in files.get(row.id, ()) if file.id not in row.replaced_files],
            [_delivery(one, attempts.get(one.id, ())) for one in deliveries.get(row.id, ())],
            calls.get(row.id),
        )
        for row in rows
    ]


def _message(row: MessageRow, files: list[Attachment], deliveries: list[Delivery], call: Call | None) -> Message:
    return Message(
        id=row.id,
        conversation_id=row.conversation_id,
        customer_id=row.customer_id,
        direction=row.direction,
        kind=row.kind,
        channel=row.channel,
        channel_type=row.channel_type,
        from_=row.from_handle,
        to=row.to_handle,
        author=row.author_name,
        reply_to=_boxes(row, "reply_to"),
        cc=_boxes(row, "cc"),
        bcc=_boxes(row, "bcc"),
        sorted_as=cast(Sorted, row.sorted_as or "person") if row.direction == Direction.IN else None,
        sorted_because=say(row.sorted_why),
        subject=row.subject,
        text=row.text,
        html_safe=shown_html(row),
        folded_text=row.quoted_text,
        shared=row.shared,
        attachments=files,
        lost_files=[LostFile(**lost) for lost in row.lost_files],
        provider_id=row.provider_id,
        campaign_id=row.campaign_id,
        duration=call.duration if call else row.duration,
        occurred_at=iso(row.occurred_at),
        created_at=iso(row.created_at),
        edited_at=moment(row.edited_at),
        deliveries=deliveries,
    )


def _boxes(row: MessageRow, field: str) -> list[str]:
    """Addresses of a mail's header."""
    return [str(box["address"]) for box in row.parts.get(field, ()) if isinstance(box, dict) and box.get("address")]


def attachment(file: StoredFile) -> Attachment:
    return Attachment(
        id=file.id,
        filename=file.filename,
        content_type=file.content_type,
        size=file.size,
        sha256=file.sha256,
        inline=file.inline,
    )


def _delivery(row: DeliveryRow, attempts: Sequence[AttemptRow]) -> Delivery:
    return Delivery(
        id=row.id,
        channel=row.channel,
        state=row.state,
        reason=say(row.why),
        reason_code=row.reason,
        due_at=iso(row.due_at),
        sent_at=moment(row.sent_at),
        changed_at=iso(row.changed_at),
        attempts=[
            Attempt(
                started_at=iso(one.started_at),
                finished_at=moment(one.finished_at),
                phase=one.phase,
                result=say(Reason(one.result)),
            )
            for one in attempts
        ],
    )
