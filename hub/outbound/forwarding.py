"""A mail goes on to somebody else, with its files. It stands in the conversation, and the customer waits on."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from hub.channel import Channel
from hub.errors import Conflict, InvalidInput, NotFound
from hub.model import Address, Direction, MessageKind
from hub.outbound.candidates import Choice
from hub.outbound.channel_choice import list_open_channels
from hub.outbound.compose import Reply, check, dispatch_of, message_of
from hub.outbound.copies import in_copies
from hub.outbound.deps import OutboxDeps
from hub.outbound.outbox import tell_queued
from hub.outbound.plan import plan
from hub.store.blobs import StoredFile, copy_attachments, list_attachments, mark_attached, total_size
from hub.store.conversations import Conversation, get_conversation
from hub.store.customers import lock_customer
from hub.store.deliveries import add_deliveries
from hub.store.messages import FORWARDED, Message, append_message, find_client_message, get_message
from hub.store.pictures import set_apart


def forward(conn: Connection, deps: OutboxDeps, message_id: str, to: Sequence[str], reply: Reply, at: int) -> str:
    """reply: its attachments are ids of files of the mail, cc of others besides `to`. Answers the conversation. Raises
    NotFound, InvalidInput and Conflict."""
    message = get_message(conn, message_id)
    if not message.conversation_id or not can_go_on(message):
        raise NotFound("there is no such mail")
    conversation = get_conversation(conn, message.conversation_id)
    lock_customer(conn, conversation.customer_id)
    if reply.client_id and find_client_message(conn, conversation.id, reply.client_id):
        return conversation.id
    channel = _channel(conn, deps, conversation, message)
    known = {file.id for file in files_of(conn, message)}
    files = copy_attachments(conn, [id for id in reply.attachments if id in known], at)
    whole = replace(reply, attachments=files, cc=list(to[1:]), parts={FORWARDED: message.id})
    check(channel, whole, total_size(conn, files))
    _queue(conn, deps, conversation, channel, Address("email", to[0]), whole, at)
    return conversation.id


def can_go_on(message: Message) -> bool:
    """A mail does; a note, a call, a text message stay with us."""
    return message.channel_type == "email" and message.kind == MessageKind.TEXT and message.direction != Direction.NOTE


def files_of(conn: Connection, message: Message) -> list[StoredFile]:
    """Those that go on with it."""
    apart = set_apart(message)
    return [file for file in list_attachments(conn, [message.id]).get(message.id, ()) if file.id not in apart]


def _channel(conn: Connection, deps: OutboxDeps, conversation: Conversation, message: Message) -> Channel:
    """The mailbox it came to, else the first that may be used here."""
    able = [
        one
        for one in list_open_channels(conn, deps.channels, deps.who, conversation).ordered()
        if one.address_kind == "email"
    ]
    found = next((one for one in able if one.name == message.channel), next(iter(able), None))
    if found is None:
        raise InvalidInput("there is no mailbox to send from", "channel", "unreachable")
    return found


def _queue(
    conn: Connection, deps: OutboxDeps, conversation: Conversation, channel: Channel, to: Address, reply: Reply, at: int
) -> None:
    own = str(getattr(channel.settings, "address", ""))
    payload = {
        "options": {},
        "sender_name": reply.author_name,
        "reply_to": deps.signer.reply_address(conversation.id, own),
    }
    choice = Choice(channel.name, channel.type, to, reachable=True, reason="given")
    planned = plan(conn, deps.leave_rule, dispatch_of(conversation, channel, choice, reply, payload, at), at)
    # nobody has answered the customer by that, who waits on
    new = replace(message_of(conversation, channel, choice, reply, reply.subject, at), automatic=True)
    message_id = append_message(conn, new)
    if message_id is None:
        raise Conflict("the same message is being sent this instant", "this_instant")
    mark_attached(conn, reply.attachments, conversation.customer_id, message_id)
    files = list_attachments(conn, [message_id]).get(message_id, [])
    add_deliveries(conn, in_copies(reply.cc, (), files, replace(planned, message_id=message_id)))
    tell_queued(conn, conversation, new, message_id, planned.state)
