"""How customers, conversations and messages look on the wire (docs/api.md), and the reads that fill them."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field
from sqlalchemy import Connection

from hub.call_log import outcome_of
from hub.model import Direction, MessageKind
from hub.outbound.buttons import buttons_of
from hub.outbound.reacting import REACTION
from hub.reasons import Reason, say
from hub.sanitise import shown_html
from hub.store.blobs import list_attachments
from hub.store.calls import Call, list_call_notes, list_calls
from hub.store.conversations import Conversation as ConversationRow
from hub.store.conversations import list_conversation_labels
from hub.store.costs import Cost, find_costs
from hub.store.customers import Customer as CustomerRow
from hub.store.customers import list_all_addresses, list_customer_labels
from hub.store.deliveries import Attempt as AttemptRow
from hub.store.deliveries import Delivery as DeliveryRow
from hub.store.deliveries import list_attempts, list_deliveries
from hub.store.messages import Message as MessageRow
from hub.store.pictures import set_apart
from hub.store.windows import list_windows
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
    whatsapp_window_ends_at: Moment | None


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
    """cost: exact, in this currency; null until the provider has told it."""

    id: str
    channel: str
    state: str
    reason: str
    reason_code: str
    due_at: Moment
    sent_at: Moment | None
    changed_at: Moment
    cost: str | None
    currency: str
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
    also_to: list[str]
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
    outcome: str
    notes: str
    reaction: str
    buttons: list[str]
    occurred_at: Moment
    created_at: Moment
    edited_at: Moment | None
    deliveries: list[Delivery]


def customers(conn: Connection, rows: Sequence[CustomerRow]) -> list[Customer]:
    ids = [row.id for row in rows]
    labels, addresses = list_customer_labels(conn, ids), list_all_addresses(conn, ids)
    return [Customer.of(row, labels=labels[row.id], addresses=addresses[row.id]) for row in rows]


def conversations(conn: Connection, rows: Sequence[ConversationRow]) -> list[Conversation]:
    labels = list_conversation_labels(conn, [row.id for row in rows])
    windows = list_windows(conn, [row.customer_id for row in rows])
    return [
        Conversation.of(
            row,
            assignee=row.assignee_id,
            team=row.team_id,
            labels=labels[row.id],
            whatsapp_window_ends_at=windows.get(row.customer_id),
        )
        for row in rows
    ]


def messages(conn: Connection, rows: Sequence[MessageRow]) -> list[Message]:
    ids = [row.id for row in rows]
    files, deliveries, calls = list_attachments(conn, ids), list_deliveries(conn, ids), list_calls(conn, ids)
    notes = list_call_notes(conn, rows)
    sent_ids = [one.id for sent in deliveries.values() for one in sent]
    attempts, costs = list_attempts(conn, sent_ids), find_costs(conn, sent_ids)
    return [
        _message(
            row,
            [Attachment.of(file) for file in files.get(row.id, ()) if file.id not in set_apart(row)],
            [_delivery(one, attempts.get(one.id, ()), costs.get(one.id)) for one in deliveries.get(row.id, ())],
            calls.get(row.id),
            notes.get(row.id, ""),
        )
        for row in rows
    ]


def _message(
    row: MessageRow, files: list[Attachment], deliveries: list[Delivery], call: Call | None, notes: str
) -> Message:
    return Message.of(
        row,
        from_=row.from_handle,
        to=row.to_handle,
        author=row.author_name,
        reply_to=_boxes(row, "reply_to"),
        cc=_boxes(row, "cc"),
        bcc=_boxes(row, "bcc"),
        sorted_as=(row.sorted_as or "person") if row.direction == Direction.IN else None,
        sorted_because=say(row.sorted_why),
        html_safe=shown_html(row),
        folded_text=row.quoted_text,
        attachments=files,
        duration=call.duration if call else row.duration,
        outcome=outcome_of(row) if row.kind == MessageKind.CALL else "",
        notes=notes,
        buttons=buttons_of(row),
        reaction=str(row.parts.get(REACTION) or ""),
        deliveries=deliveries,
    )


def _boxes(row: MessageRow, field: str) -> list[str]:
    """Addresses of a mail's header."""
    return [str(box["address"]) for box in row.parts.get(field, ()) if isinstance(box, dict) and box.get("address")]


def _delivery(row: DeliveryRow, attempts: Sequence[AttemptRow], cost: Cost | None) -> Delivery:
    told = [Attempt.of(one, result=say(Reason(one.result))) for one in attempts]
    charged = {"cost": f"{cost.amount:f}" if cost else None, "currency": cost.currency if cost else ""}
    return Delivery.of(row, reason=say(row.why), reason_code=row.reason, attempts=told, **charged)
