"""Sending has one door: a person's reply, an automatic one and a campaign all become a message and its delivery.

Both rows are written in one transaction; nothing leaves that is not in the ledger first. hub.outbound.sender sends.
"""

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from hub.channel import Channel
from hub.complaints import hear_answer
from hub.conversations import ACTIVE, start
from hub.errors import Conflict
from hub.model import Direction, Lane
from hub.outbound.buttons import BUTTONS, offered
from hub.outbound.candidates import Choice, choice_for
from hub.outbound.channel_choice import choose, list_open_channels
from hub.outbound.compose import Reply, answer_subject, check, dispatch_of, message_of, payload_of
from hub.outbound.copies import in_copies
from hub.outbound.deps import OutboxDeps
from hub.outbound.parcels import in_parcels
from hub.outbound.plan import plan
from hub.store.blobs import list_attachments, mark_attached, total_size
from hub.store.conversations import Conversation, Utterance, find_latest, mark_utterance
from hub.store.customers import get_customer, lock_customer
from hub.store.deliveries import NewDelivery, add_deliveries, add_delivery, list_deliveries
from hub.store.events import append_event
from hub.store.messages import NewMessage, append_message, find_client_message
from hub.store.moving import lock_conversation
from hub.store.teams import goes_on_at


@dataclass(frozen=True, slots=True)
class Queued:
    """fresh is False when the same client_id was queued before."""

    message_id: str
    conversation_id: str
    delivery_id: str
    fresh: bool = True


def queue_reply(conn: Connection, deps: OutboxDeps, conversation_id: str, reply: Reply, at: int) -> Queued:
    """Answer in a conversation, on any channel. Raises InvalidInput when the channel cannot take it, Conflict when
    the conversation is moved to another customer this instant."""
    return _queue(conn, deps, lock_conversation(conn, conversation_id), reply, at)


def queue_message(conn: Connection, deps: OutboxDeps, customer_id: str, reply: Reply, at: int) -> Queued:
    """Write to a customer: in the open conversation to which the channel belongs, or a new one."""
    customer = get_customer(conn, customer_id)
    lock_customer(conn, customer.id)
    found = find_latest(conn, customer.id, ACTIVE, among=goes_on_at(reply.channel))
    conversation = found or start(conn, customer.id, reply.subject, at, channel=reply.channel)
    return _queue(conn, deps, conversation, reply, at)


def queue_prepared(conn: Connection, new: NewMessage, delivery: NewDelivery) -> Queued | None:
    """For automatic messages whose words and address are already decided; None when client_id was queued before."""
    message_id = append_message(conn, new)
    if message_id is None:
        return None
    return Queued(message_id, new.conversation_id or "", add_delivery(conn, replace(delivery, message_id=message_id)))


def _queue(conn: Connection, deps: OutboxDeps, conversation: Conversation, reply: Reply, at: int) -> Queued:
    if before := _queued_before(conn, conversation, reply):
        return before
    choice = _choose(conn, deps, conversation, reply, at)
    channel, asked_as = deps.channels[choice.channel], choice.address
    reply = offered(channel, reply) if reply.options.get(BUTTONS) else reply
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
    delivery_id = _add_parcels(conn, channel, reply, replace(planned, message_id=message_id))
    tell_queued(conn, conversation, new, message_id, planned.state)
    hear_answer(conn, new)
    return Queued(message_id, conversation.id, delivery_id)


def _queued_before(conn: Connection, conversation: Conversation, reply: Reply) -> Queued | None:
    before = find_client_message(conn, conversation.id, reply.client_id) if reply.client_id else None
    if before is None:
        return None
    items = list_deliveries(conn, [before.id]).get(before.id, [])
    return Queued(before.id, conversation.id, items[-1].id if items else "", fresh=False)


def _choose(conn: Connection, deps: OutboxDeps, conversation: Conversation, reply: Reply, at: int) -> Choice:
    """On which channel; with an address, or it raises."""
    channels = list_open_channels(conn, deps.channels, deps.who, conversation)
    if reply.to:
        return choice_for(conn, channels, conversation.customer_id, reply.to, reply.channel)
    return choose(conn, channels, conversation.customer_id, conversation, reply.channel, at)


def _add_parcels(conn: Connection, channel: Channel, reply: Reply, whole: NewDelivery) -> str:
    """With the files that it carries; answers the delivery of the first."""
    mark_attached(conn, reply.attachments, whole.customer_id, whole.message_id)
    files = list_attachments(conn, [whole.message_id]).get(whole.message_id, []) if reply.attachments else []
    if reply.cc or reply.bcc:
        return add_deliveries(conn, in_copies(reply.cc, reply.bcc, files, whole))[0]
    return add_deliveries(conn, in_parcels(channel, reply.text, files, whole))[0]


def tell_queued(conn: Connection, conversation: Conversation, new: NewMessage, message_id: str, state: str) -> None:
    """The conversation's row and the event of a message that leaves."""
    said = (new.kind, new.text or new.subject, new.subject, new.created_at, new.author_id, new.automatic)
    mark_utterance(conn, conversation, Utterance(new.channel, new.channel_type, Direction.OUT, *said))
    data = {"channel": new.channel, "channel_type": new.channel_type, "direction": "out", "state": state}
    about = {"customer_id": new.customer_id, "conversation_id": new.conversation_id, "message_id": message_id}
    append_event(conn, "message.queued", at=new.created_at, agent_id=new.author_id, data=data, **about)
