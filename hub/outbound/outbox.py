"""Sending has one door: a person's reply, an automatic one and a campaign all become a message and its delivery.

Both rows are written in one transaction; nothing leaves that is not in the ledger first. The worker that hands
deliveries over is in hub.outbound.sender.
"""

from collections.abc import Set
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from hub.channel import Channel
from hub.conversations import ACTIVE, append_conversation_event, start, unsay
from hub.errors import Conflict, InvalidInput
from hub.model import DeliveryState, Direction, Lane
from hub.outbound.candidates import Choice, choice_of, choose_for
from hub.outbound.channel_choice import choose
from hub.outbound.compose import Reply, answer_subject, check, dispatch_of, message_of, payload_of
from hub.outbound.delivery_events import append_delivery_event, append_delivery_events
from hub.outbound.deps import OutboxDeps
from hub.outbound.parts import carries_words, in_parts, latest_of
from hub.outbound.plan import Dispatch, plan
from hub.store.blobs import list_attachments, mark_attached, total_size
from hub.store.conversations import (
    Conversation,
    Utterance,
    find_latest,
    get_conversation,
    mark_utterance,
    recount,
)
from hub.store.customers import find_spelling, get_customer, lock_customer
from hub.store.deliveries import (
    NOWHERE,
    WAITING,
    Delivery,
    NewDelivery,
    add_deliveries,
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
    get_message,
    mark_message,
)
from hub.store.teams import goes_on_at


@dataclass(frozen=True, slots=True)
class Queued:
    """fresh is False when the same client_id was queued before."""

    message_id: str
    conversation_id: str
    delivery_id: str
    fresh: bool = True


def queue_reply(conn: Connection, deps: OutboxDeps, conversation_id: str, reply: Reply, at: int) -> Queued:
    """Answer in a conversation, on any channel. Raises InvalidInput when the channel cannot take it."""
    conversation = get_conversation(conn, conversation_id)
    lock_customer(conn, conversation.customer_id)
    return _queue(conn, deps, conversation, reply, at)


def queue_message(conn: Connection, deps: OutboxDeps, customer_id: str, reply: Reply, at: int) -> Queued:
    """Write to a customer: in the open conversation to which the channel belongs, or a new one."""
    customer = get_customer(conn, customer_id)
    lock_customer(conn, customer.id)
    found = find_latest(conn, customer.id, ACTIVE, among=goes_on_at(reply.channel))
    conversation = found or start(conn, customer.id, reply.subject, at, channel=reply.channel)
    return _queue(conn, deps, conversation, reply, at)


def add_note(
    conn: Connection, conversation_id: str, text: str, author_id: str | None, author_name: str, at: int
) -> str:
    """An internal note: in the stream, never on any channel."""
    if not text.strip():
        raise InvalidInput("the note is empty", "text", "empty")
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
    append_conversation_event(conn, conversation, "note.added", at, author_id, message=message_id)
    return message_id


@dataclass(frozen=True, slots=True)
class TakenBack:
    """left: the deliveries of it that have left, or may have; without any, the message is gone from the stream."""

    message: Message
    left: tuple[Delivery, ...] = ()

    @property
    def words_left(self) -> bool:
        return any(carries_words(item) for item in self.left)


def cancel(conn: Connection, message_id: str, at: int, by: str | None) -> TakenBack:
    """Take back what of a message has not left; its words return to the composer. Raises Conflict when all has."""
    message = get_message(conn, message_id)
    lock_customer(conn, message.customer_id)  # somebody may be sending a part of it again
    items = list_deliveries(conn, [message_id]).get(message_id, [])
    waiting = [item for item in latest_of(items) if item.state in WAITING]
    cancelled = mark_cancelled(conn, [item.id for item in waiting], "taken back", at) if waiting else set()
    if not cancelled:
        raise Conflict(_too_late(message, {item.state for item in latest_of(items)}), "too_late")
    left = tuple(item for item in items if item.id not in cancelled and item.state not in NOWHERE)
    if not left:
        mark_message(conn, message_id, deleted_at=at)
    if message.conversation_id:
        unsay(conn, message.conversation_id, message.created_at, at, by)
    news = [(item, DeliveryState.CANCELLED, "taken back") for item in waiting if item.id in cancelled]
    append_delivery_events(conn, news, at)
    return TakenBack(message, left)


def _too_late(message: Message, states: Set[str]) -> str:
    if message.direction == Direction.IN:
        return "the message came from the customer: there is nothing to cancel"
    if not states:
        return "the message is not one that leaves: there is nothing to cancel"
    if states <= set(NOWHERE):
        words = "is already cancelled" if DeliveryState.CANCELLED in states else "has failed"
        return f"the message {words}: there is nothing to cancel"
    return "the message has already left"


def send_again(conn: Connection, deps: OutboxDeps, delivery_id: str, at: int) -> str:
    """A person decides that a failed or unknown delivery is to be tried once more, as a new delivery.

    Raises Conflict when there is nothing to try or somebody has already done so, NotAllowed when it would not leave.
    """
    old = get_delivery(conn, delivery_id)
    lock_customer(conn, old.customer_id)  # two who press at once would both find nothing newer
    old = get_delivery(conn, delivery_id)
    if old not in latest_of(list_deliveries(conn, [old.message_id])[old.message_id]):
        raise Conflict("the message is sent again already", "not_again")
    if old.state not in (DeliveryState.FAILED, DeliveryState.UNKNOWN, DeliveryState.CANCELLED):
        raise Conflict(f"the message is {old.state}: there is nothing to send again", "not_again")
    channel = deps.channels.get(old.channel)
    if channel is None:
        raise Conflict(f"there is no channel {old.channel} any more", "unreachable")
    planned = plan(conn, deps.leave_rule, _repeated(old, channel), at)
    again = add_delivery(conn, planned)
    append_delivery_event(conn, get_delivery(conn, again), DeliveryState(planned.state), "sent again", at)
    if old.conversation_id:
        recount(conn, old.conversation_id)  # nobody waits for an answer that is on its way again
    return again


def queue_prepared(conn: Connection, new: NewMessage, delivery: NewDelivery) -> Queued | None:
    """For automatic messages whose words and address are already decided; None when client_id was queued before."""
    message_id = append_message(conn, new)
    if message_id is None:
        return None
    delivery_id = add_delivery(conn, replace(delivery, message_id=message_id))
    return Queued(message_id, new.conversation_id or "", delivery_id)


def _queue(conn: Connection, deps: OutboxDeps, conversation: Conversation, reply: Reply, at: int) -> Queued:
    if reply.client_id:
        before = find_client_message(conn, conversation.id, reply.client_id)
        if before is not None:
            items = list_deliveries(conn, [before.id]).get(before.id, [])
            return Queued(before.id, conversation.id, items[-1].id if items else "", fresh=False)
    choice = _choose(conn, deps, conversation, reply, at)
    channel, asked_as = deps.channels[choice.channel], choice.address
    check(channel, reply, total_size(conn, reply.attachments))
    assert asked_as is not None
    if reply.lane == Lane.AGENT:  # a machine writes to nobody whom only a stranger named (R21)
        choice = replace(choice, address=choice.recipient)
    assert choice.address is not None
    payload = payload_of(conn, deps, conversation, channel, asked_as, reply)
    planned = plan(conn, deps.leave_rule, dispatch_of(conversation, channel, choice, reply, payload, at), at)
    subject = reply.subject or (answer_subject(conversation) if channel.capabilities.subject else "")
    new = message_of(conversation, channel, choice, reply, subject, at)
    message_id = append_message(conn, new)
    if message_id is None:
        raise Conflict("the same message is being sent this instant", "this_instant")
    mark_attached(conn, reply.attachments, conversation.customer_id, message_id)
    files = list_attachments(conn, [message_id]).get(message_id, []) if reply.attachments else []
    parts = in_parts(channel, reply.text, files, replace(planned, message_id=message_id))
    delivery_id = add_deliveries(conn, parts)[0]
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
        data={"channel": choice.channel, "channel_type": choice.type, "direction": "out", "state": planned.state},
    )
    return Queued(message_id, conversation.id, delivery_id)


def _choose(conn: Connection, deps: OutboxDeps, conversation: Conversation, reply: Reply, at: int) -> Choice:
    if reply.to is None:
        return choose(conn, deps.channels, conversation.customer_id, conversation, reply.channel, at)
    to = find_spelling(conn, conversation.customer_id, reply.to)
    able = choose_for(conn, deps.channels, conversation.customer_id, to, reply.channel)
    if able is None:
        raise InvalidInput(f"there is no channel for {to.kind} addresses", "channel", "unreachable")
    return choice_of(able, to, "given")


def _repeated(old: Delivery, channel: Channel) -> Dispatch:
    """The same once more; `first_delivery` keeps the mail's Message-ID, so that an answer finds its way."""
    return Dispatch(
        message_id=old.message_id,
        customer_id=old.customer_id,
        conversation_id=old.conversation_id,
        channel=channel,
        to=old.address,
        lane=tuple(Lane)[old.lane],
        purpose=old.purpose,
        campaign_id=old.campaign_id,
        payload={**old.payload, "first_delivery": old.payload.get("first_delivery", old.id)},
    )
