"""What callers leave: the recording of a voicemail or a talk, and its words."""

from sqlalchemy import Connection

from hub.errors import ReadDeferred
from hub.model import Attachment, CallUpdate, Direction, MessageKind
from hub.store.blobs import add_attachments, list_attachments
from hub.store.calls import Call
from hub.store.conversations import Utterance, get_conversation, mark_utterance
from hub.store.customers import lock_customer
from hub.store.events import append_event
from hub.store.messages import Message, NewMessage, append_message, find_provider_message, get_message, mark_message


def announce(conn: Connection, call: Call, message_id: str, at: int) -> None:
    append_event(
        conn,
        "call.updated",
        at=at,
        customer_id=call.customer_id,
        conversation_id=get_message(conn, message_id).conversation_id,
        message_id=message_id,
        data={"state": call.state, "direction": call.direction},
    )


def append_received(conn: Connection, new: NewMessage, message_id: str, at: int) -> None:
    data = {"channel": new.channel, "channel_type": new.channel_type}
    append_event(
        conn,
        "message.received",
        at=at,
        customer_id=new.customer_id,
        conversation_id=new.conversation_id,
        message_id=message_id,
        data=data | {"direction": str(new.direction), "kind": str(new.kind)},
    )


def attach(conn: Connection, message: Message, update: CallUpdate, brought: Attachment | None, at: int) -> bool:
    """The recording, or why there is none; it is told of more than once, and may come after it was given up."""
    if not (brought or update.lost) or list_attachments(conn, [message.id]):
        return False
    if brought:
        add_attachments(conn, message.customer_id, message.id, [brought], at)
    filename = update.recording.filename if update.recording else ""
    lost = [] if brought else [{"filename": filename, "reason": update.lost}]
    if lost != message.parts.get("lost_files", []):
        mark_message(conn, message.id, parts={**message.parts, "lost_files": lost})
    return True


def leave_voicemail(
    conn: Connection, call: Call, update: CallUpdate, brought: Attachment | None, raw_id: str, at: int
) -> str:
    """A voicemail is a message of its own, with the recording as attachment. Answers the message that has it now."""
    lock_customer(conn, call.customer_id)
    new = _voicemail(call, get_message(conn, call.message_id), update, raw_id, at)
    message_id = append_message(conn, new)
    if message_id is None:
        known = find_provider_message(conn, new.channel, new.direction, new.peer, new.provider_id or "")
        if known and attach(conn, known, update, brought, at):
            announce(conn, call, known.id, at)
            return known.id
        return ""
    attach(conn, get_message(conn, message_id), update, brought, at)
    conversation = get_conversation(conn, new.conversation_id or "")
    said = Utterance(new.channel, new.channel_type, Direction.IN, new.kind, "voicemail", "", new.occurred_at)
    mark_utterance(conn, conversation, said)
    append_received(conn, new, message_id, at)
    return message_id


def write_down(conn: Connection, call: Call, update: CallUpdate) -> bool:
    """What the caller left, in words. Raises ReadDeferred while the message is on its way."""
    peer = get_message(conn, call.message_id).peer
    left = find_provider_message(conn, call.channel, Direction.IN, peer, update.recording_id)
    if left is None:
        raise ReadDeferred("the voicemail is not here yet")
    mark_message(conn, left.id, text=update.transcript)
    return left.text != update.transcript


def _voicemail(call: Call, ringing: Message, update: CallUpdate, raw_id: str, at: int) -> NewMessage:
    return NewMessage(
        customer_id=call.customer_id,
        conversation_id=ringing.conversation_id,
        channel=call.channel,
        channel_type=ringing.channel_type,
        direction=Direction.IN,
        kind=MessageKind.VOICEMAIL,
        provider_id=update.recording_id or f"{call.call_id}/voicemail",
        peer=ringing.peer,
        raw_id=raw_id,
        from_handle=ringing.from_handle,
        to_handle=ringing.to_handle,
        parts={"duration": update.duration, "call": call.message_id},
        occurred_at=max(min(update.occurred_at or at, at), ringing.occurred_at),
        created_at=at,
    )
