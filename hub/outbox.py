"""Sending has one door: a person's reply, an automatic one and a campaign all become a message and its delivery.

Both rows are written in one transaction; nothing leaves that is not in the ledger first. The worker that hands
deliveries over is in hub.sending.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from hub.channel import Channel
from hub.clock import DAY, HOUR
from hub.conversations import ACTIVE, note, start
from hub.delivery import announce
from hub.errors import Conflict, InvalidInput
from hub.ids import new_id
from hub.model import Address, DeliveryState, Direction, Lane, MessageKind
from hub.reach import Choice, choose
from hub.registry import Registry
from hub.signing import Signer
from hub.store.blobs import mark_attached
from hub.store.conversations import Conversation, Utterance, find_latest, get_conversation, mark_utterance
from hub.store.customers import get_customer, lock_customer
from hub.store.deliveries import (
    LANES,
    Delivery,
    NewDelivery,
    add_delivery,
    get_delivery,
    list_deliveries,
    mark_cancelled,
)
from hub.store.events import append_event
from hub.store.messages import (
    Message,
    NewMessage,
    append_message,
    find_client_message,
    find_last_inbound,
    get_message,
    mark_message,
)

LIFETIME = {"email": 5 * DAY, "letter": 30 * DAY, "voice": HOUR // 4}  # then a visible failure; others:
DEFAULT_LIFETIME = 10 * HOUR
REFERENCES = 20  # Message-IDs carried along in a mail's References header


@dataclass(frozen=True, slots=True)
class Door:
    """What queueing needs to know: the open channels, the signer, whose name stands on outgoing mail."""

    channels: Registry
    signer: Signer
    company: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What somebody wants to say. channel: a configured name, a type, or "" for the preferred-channel rule.

    attachments: ids of uploaded files; hold_ms: the undo window; not_before: an instant; options: what one kind
    of channel needs besides (voice: agent_phone).
    """

    text: str = ""
    html: str = ""
    subject: str = ""
    channel: str = ""
    attachments: Sequence[str] = ()
    not_before: int | None = None
    hold_ms: int = 0
    cancel_on_inbound: bool = False
    author_id: str | None = None
    author_name: str = ""
    lane: Lane = Lane.AGENT
    kind: MessageKind = MessageKind.TEXT
    client_id: str | None = None
    purpose: str = ""
    to: Address | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    parts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Queued:
    """fresh is False when the same client_id was queued before."""

    message_id: str
    conversation_id: str
    delivery_id: str
    fresh: bool = True


def queue_reply(conn: Connection, door: Door, conversation_id: str, reply: Reply, at: int) -> Queued:
    """Answer in a conversation, on any channel. Raises InvalidInput when the channel cannot take it."""
    conversation = get_conversation(conn, conversation_id)
    lock_customer(conn, conversation.customer_id)
    return _queue(conn, door, conversation, reply, at)


def queue_message(conn: Connection, door: Door, customer_id: str, reply: Reply, at: int) -> Queued:
    """Write to a customer: in the open conversation, or a new one."""
    customer = get_customer(conn, customer_id)
    lock_customer(conn, customer.id)
    conversation = find_latest(conn, customer.id, ACTIVE) or start(conn, customer.id, reply.subject, at)
    return _queue(conn, door, conversation, reply, at)


def add_note(
    conn: Connection, conversation_id: str, text: str, author_id: str | None, author_name: str, at: int
) -> str:
    """An internal note: in the stream, never on any channel."""
    if not text.strip():
        raise InvalidInput("the note is empty", "text")
    conversation = get_conversation(conn, conversation_id)
    new = NewMessage(
        customer_id=conversation.customer_id,
        conversation_id=conversation.id,
        channel="",
        channel_type="",
        direction=Direction.NOTE,
        author_id=author_id,
        author_name=author_name,
        text=text,
        occurred_at=at,
        created_at=at,
    )
    message_id = append_message(conn, new) or ""
    note(conn, conversation, "note.added", at, author_id, message=message_id)
    return message_id


def cancel(conn: Connection, message_id: str, at: int, by: str | None) -> Message:
    """Take a message back before it left; its text returns to the composer. Raises Conflict when it is too late."""
    message = get_message(conn, message_id)
    items = list_deliveries(conn, [message_id]).get(message_id, [])
    if not items or not all(mark_cancelled(conn, item.id, "taken back", at) for item in items):
        raise Conflict("the message has already left")
    mark_message(conn, message_id, deleted_at=at)
    for item in items:
        announce(conn, item, DeliveryState.CANCELLED, "taken back", at)
    return message


def send_again(conn: Connection, delivery_id: str, at: int) -> str:
    """A person decides that a failed or unknown delivery is to be tried once more, as a new delivery."""
    old = get_delivery(conn, delivery_id)
    if old.state not in (DeliveryState.FAILED, DeliveryState.UNKNOWN, DeliveryState.CANCELLED):
        raise Conflict(f"the message is {old.state}: there is nothing to send again")
    payload = {**old.payload, "first_delivery": old.payload.get("first_delivery", old.id)}
    return _add_delivery(conn, old, payload, at)


def queue_prepared(conn: Connection, new: NewMessage, delivery: NewDelivery) -> Queued | None:
    """For automatic messages whose words and address are already decided; None when client_id was queued before."""
    message_id = append_message(conn, new)
    if message_id is None:
        return None
    values = {name: getattr(delivery, name) for name in NewDelivery.__dataclass_fields__}
    delivery_id = add_delivery(conn, NewDelivery(**values | {"message_id": message_id}))
    return Queued(message_id, new.conversation_id or "", delivery_id)


def _queue(conn: Connection, door: Door, conversation: Conversation, reply: Reply, at: int) -> Queued:
    if reply.client_id:
        before = find_client_message(conn, conversation.id, reply.client_id)
        if before is not None:
            items = list_deliveries(conn, [before.id]).get(before.id, [])
            return Queued(before.id, conversation.id, items[-1].id if items else "", fresh=False)
    choice = _choose(conn, door, conversation, reply, at)
    channel = door.channels[choice.channel]
    _check(channel, reply)
    assert choice.address is not None
    subject = reply.subject or (_answer_subject(conversation) if channel.capabilities.subject else "")
    new = _message(conversation, choice, reply, subject, at)
    message_id = append_message(conn, new)
    if message_id is None:
        raise Conflict("the same message is being sent this instant")
    mark_attached(conn, reply.attachments, conversation.customer_id, message_id)
    payload = _payload(conn, door, conversation, channel, choice.address, reply)
    delivery = _delivery(conversation, message_id, choice, reply, payload, at)
    delivery_id = add_delivery(conn, delivery)
    preview = reply.text or subject
    said = Utterance(
        choice.channel, choice.type, Direction.OUT, new.kind, preview, subject, at, reply.author_id, new.automatic
    )
    mark_utterance(conn, conversation, said)
    append_event(
        conn,
        "message.queued",
        at=at,
        customer_id=conversation.customer_id,
        conversation_id=conversation.id,
        message_id=message_id,
        agent_id=reply.author_id,
        data={"channel": choice.channel, "channel_type": choice.type, "direction": "out", "state": delivery.state},
    )
    return Queued(message_id, conversation.id, delivery_id)


def _choose(conn: Connection, door: Door, conversation: Conversation, reply: Reply, at: int) -> Choice:
    if reply.to is None:
        return choose(conn, door.channels, conversation.customer_id, conversation, reply.channel, at)
    able = [c for c in door.channels.of_kind(reply.to.kind) if reply.channel in ("", "preferred", c.name, c.type)]
    if not able:
        raise InvalidInput(f"there is no channel for {reply.to.kind} addresses", "channel")
    return Choice(able[0].name, able[0].type, reply.to, reachable=True, reason="given")


def _check(channel: Channel, reply: Reply) -> None:
    able = channel.capabilities
    if not (reply.text.strip() or reply.html.strip() or reply.attachments or reply.kind == MessageKind.CALL):
        raise InvalidInput("the message is empty", "text")
    if len(reply.text) > able.max_text:
        raise InvalidInput(
            f"{channel.name} takes at most {able.max_text} characters, these are {len(reply.text)}", "text"
        )
    if reply.attachments and not able.attachments:
        raise InvalidInput(f"{channel.name} cannot carry files", "attachments")
    if channel.type == "voice" and reply.kind != MessageKind.CALL:
        raise InvalidInput(f"{channel.name} is a phone line: call instead of writing", "channel")


def _answer_subject(conversation: Conversation) -> str:
    subject = conversation.subject.strip()
    if not subject:
        return ""
    return subject if subject.lower().startswith(("re:", "aw:")) else f"Re: {subject}"


def _message(conversation: Conversation, choice: Choice, reply: Reply, subject: str, at: int) -> NewMessage:
    assert choice.address is not None
    return NewMessage(
        customer_id=conversation.customer_id,
        conversation_id=conversation.id,
        channel=choice.channel,
        channel_type=choice.type,
        direction=Direction.OUT,
        kind=reply.kind,
        peer=choice.address.handle,
        client_id=reply.client_id,
        author_id=reply.author_id,
        author_name=reply.author_name,
        from_handle=choice.channel,
        to_handle=choice.address.handle,
        subject=subject,
        text=reply.text,
        html=reply.html,
        parts=reply.parts,
        automatic=reply.lane != Lane.AGENT,
        occurred_at=at,
        created_at=at,
    )


def _payload(
    conn: Connection, door: Door, conversation: Conversation, channel: Channel, to: Address, reply: Reply
) -> dict[str, Any]:
    """What the channel needs so that the answer threads: RFC 5322 references, the signed reply address, the
    provider's id of the message answered."""
    payload: dict[str, Any] = {"options": dict(reply.options), "recipient_name": ""}
    last = find_last_inbound(conn, conversation.id, channel.type, to.handle)
    if channel.address_kind == "email":
        payload["recipient_name"] = get_customer(conn, conversation.customer_id).name
        payload["sender_name"] = reply.author_name
        own = str(getattr(channel.settings, "address", ""))
        payload["reply_to"] = door.signer.reply_address(conversation.id, own) if own else ""
        if last and last.provider_id:
            chain = [*last.parts.get("references", []), last.provider_id]
            payload["in_reply_to"] = last.provider_id
            payload["references"] = list(dict.fromkeys(chain))[-REFERENCES:]
        if reply.lane != Lane.AGENT:
            payload["headers"] = {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"}
    elif last and last.provider_id and reply.options.get("quote"):
        payload["reply_to_provider_id"] = last.provider_id
    return payload


def _delivery(
    conversation: Conversation, message_id: str, choice: Choice, reply: Reply, payload: Mapping[str, Any], at: int
) -> NewDelivery:
    assert choice.address is not None
    due_at = max(at + reply.hold_ms, reply.not_before or 0)
    return NewDelivery(
        message_id=message_id,
        customer_id=conversation.customer_id,
        conversation_id=conversation.id,
        channel=choice.channel,
        channel_type=choice.type,
        kind=choice.address.kind,
        handle=choice.address.handle,
        lane=LANES[reply.lane],
        state=DeliveryState.HELD if due_at > at else DeliveryState.QUEUED,
        due_at=due_at,
        give_up_at=due_at + LIFETIME.get(choice.type, DEFAULT_LIFETIME),
        created_at=at,
        cancel_on_inbound=reply.cancel_on_inbound,
        purpose=reply.purpose,
        payload=payload,
        id=new_id(),
    )


def _add_delivery(conn: Connection, old: Delivery, payload: Mapping[str, Any], at: int) -> str:
    new = NewDelivery(
        message_id=old.message_id,
        customer_id=old.customer_id,
        conversation_id=old.conversation_id,
        channel=old.channel,
        channel_type=old.channel_type,
        kind=old.kind,
        handle=old.handle,
        lane=old.lane,
        state=DeliveryState.QUEUED,
        due_at=at,
        give_up_at=at + LIFETIME.get(old.channel_type, DEFAULT_LIFETIME),
        created_at=at,
        purpose=old.purpose,
        campaign_id=old.campaign_id,
        payload=payload,
    )
    delivery_id = add_delivery(conn, new)
    announce(conn, get_delivery(conn, delivery_id), DeliveryState.QUEUED, "sent again", at)
    return delivery_id
