"""What changes after it was said: an edited message, with its files, and what happens to a chat without a word."""

import hashlib
from collections.abc import Sequence

from sqlalchemy import Connection

from hub.errors import ReadDeferred
from hub.inbound.rows import Unit
from hub.model import Attachment, ChatChanged, Direction, Edited, Inbound
from hub.store.blobs import StoredFile, add_attachments, list_attachments
from hub.store.conversations import list_customer_conversations
from hub.store.customers import find_customer
from hub.store.events import append_event
from hub.store.messages import Message, find_provider_message, mark_message

EDIT_TRIES = 4  # of finding what was edited
KEPT_EDITS = 20


def edit(conn: Connection, unit: Unit, edited: Edited) -> Inbound | None:
    """Changes the message. It may be on its way still (ReadDeferred); when it does not come, what was edited is the
    message, and is returned."""
    message = find_provider_message(conn, unit.channel, Direction.IN, edited.sender.handle, edited.provider_id)
    if message is not None:
        _change(conn, message, edited, unit.brought(edited.files), unit.at)
        return None
    if unit.kept.attempts < EDIT_TRIES:
        raise ReadDeferred("the edited message is not here yet")
    return Inbound(**{name: getattr(edited, name) for name in Edited.__dataclass_fields__})


def _change(conn: Connection, message: Message, edited: Edited, files: Sequence[Attachment], at: int) -> None:
    """What it said and held before is kept in parts["edits"], the replaced files by their ids: they stay with the
    message, and are not shown as what it holds."""
    held = _held(conn, message)
    new, replaced = _differences(held, files) if edited.files else ([], [])
    shared = {name: value for name, value in edited.parts.items() if value != message.parts.get(name)}
    if (message.text, message.html) == (edited.text, edited.html) and not (new or replaced or shared):
        return
    before = {"text": message.text, "at": message.edited_at or message.occurred_at, "files": replaced}
    edits = [*message.parts.get("edits", []), before]
    parts = {**message.parts, **edited.parts, "edits": _latest(edits)}
    mark_message(conn, message.id, text=edited.text, html=edited.html, edited_at=at, parts=parts)
    add_attachments(conn, message.customer_id, message.id, new, at)
    append_event(
        conn,
        "message.edited",
        at=at,
        customer_id=message.customer_id,
        conversation_id=message.conversation_id,
        message_id=message.id,
    )


def keep_change(conn: Connection, channel: str, changed: ChatChanged, at: int) -> None:
    """Into the stream of who is known, and to the message of ours that it is about: no message, no new conversation,
    nobody waits."""
    customer_id = find_customer(conn, changed.sender)
    for conversation in list_customer_conversations(conn, customer_id, limit=1) if customer_id else ():
        about = _put_at_ours(conn, channel, changed) if changed.about else None
        data = {"what": changed.what, "text": changed.text, "channel": channel}
        where = {"customer_id": customer_id, "conversation_id": conversation.id, "message_id": about}
        append_event(conn, "chat.changed", at=at, **where, data=data)


def _put_at_ours(conn: Connection, channel: str, changed: ChatChanged) -> str | None:
    """The id of the message of ours at which it stands now."""
    ours = find_provider_message(conn, channel, Direction.OUT, changed.sender.handle, changed.about)
    if ours is None:
        return None
    mark_message(conn, ours.id, parts={**ours.parts, "reaction": changed.text})
    return ours.id


def _held(conn: Connection, message: Message) -> list[StoredFile]:
    stored = list_attachments(conn, [message.id]).get(message.id, [])
    return [file for file in stored if file.id not in message.replaced_files]


def _differences(held: Sequence[StoredFile], files: Sequence[Attachment]) -> tuple[list[Attachment], list[str]]:
    """(files that are new, ids of those they replace). A provider names the same bytes differently every time."""
    hashes = {hashlib.sha256(file.content).hexdigest(): file for file in files}
    known = {file.sha256 for file in held}
    new = [file for sha256, file in hashes.items() if sha256 not in known]
    return new, [file.id for file in held if file.sha256 not in hashes] if new else []


def _latest(edits: Sequence[dict[str, object]]) -> list[dict[str, object]]:
    """A place that is shared live is edited every few seconds; what names a file is never forgotten."""
    old, young = edits[:-KEPT_EDITS], edits[-KEPT_EDITS:]
    return [*(edit for edit in old if edit.get("files")), *young]
