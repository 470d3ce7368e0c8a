"""A mail of the conversation goes on to others, as a program asks for it."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from hub.clock import iso
from hub.errors import InvalidInput, NotFound
from hub.ids import new_id
from hub.outbound.compose import Reply
from hub.outbound.deps import OutboxDeps
from hub.outbound.forwarding import files_of, forward
from hub.store.conversations import get_conversation
from hub.store.messages import Message, find_client_message, get_message


def forward_by(
    conn: Connection, deps: OutboxDeps, conversation_id: str, message_id: str, to: Sequence[str], reply: Reply, now: int
) -> str:
    """With all its files, unless the reply names some of them; answers the id of what leaves. Raises NotFound,
    InvalidInput."""
    message = get_message(conn, message_id)
    if message.conversation_id != get_conversation(conn, conversation_id).id:
        raise NotFound("there is no such message in this conversation")
    if not to:
        raise InvalidInput("say to whom it goes", "to", "no_addressee")
    files = reply.attachments or [file.id for file in files_of(conn, message)]
    words = "\n\n".join(filter(None, [reply.text.strip(), _quoted(message)]))
    subject, client_id = reply.subject or f"Fwd: {message.subject}"[:500], new_id()
    whole = replace(reply, text=words, subject=subject, attachments=files, client_id=client_id)
    where = forward(conn, deps, message.id, to, whole, now)
    sent = find_client_message(conn, where, client_id)
    if sent is None:
        raise NotFound("the message that was forwarded is gone")
    return sent.id


def _quoted(message: Message) -> str:
    """As mail programs write it."""
    author = f"{message.author_name} <{message.from_handle}>" if message.author_name else message.from_handle
    told = ", ".join(str(box.get("address", "")) for box in message.parts.get("to", ())) or message.to_handle
    heads = {"From": author, "Date": iso(message.occurred_at), "Subject": message.subject, "To": told}
    lines = ["---------- Forwarded message ----------", *(f"{head}: {said}" for head, said in heads.items())]
    return "\n".join(lines) + "\n\n" + "\n\n".join(filter(None, [message.text, message.quoted_text]))
