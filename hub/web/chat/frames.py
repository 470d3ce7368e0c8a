"""What the frames of the chat hold, checked on the way in and written on the way out."""

from collections.abc import Sequence
from typing import Any

from hub.clock import iso
from hub.context import Hub
from hub.errors import InvalidInput, NotFound
from hub.model import Attachment
from hub.store.blobs import StoredFile, get_attachment, get_content
from hub.store.webchat import ChatMessage
from hub.webchat.visitors import MAX_CLIENT_ID, Guest, Said

MAX_FRAME = 65_536
MAX_TEXT = 10_000
MAX_FILES = 5
MAX_TOKEN = 200
UPLOAD = "chat-upload"
FILE = "chat-file"


def hello_of(frame: dict[str, Any]) -> tuple[str, int, object]:
    """(token, since, identity); what is no token is none."""
    token, since = frame.get("token"), frame.get("since")
    usable = isinstance(token, str) and len(token) <= MAX_TOKEN
    place = since if isinstance(since, int) and not isinstance(since, bool) and 0 <= since < 2**62 else 0
    return str(token) if usable else "", place, frame.get("identity")


async def said_of(hub: Hub, guest: Guest, frame: dict[str, Any]) -> Said:
    """Raises InvalidInput with words for the visitor."""
    client_id, text, ids = frame.get("client_id"), frame.get("text", ""), frame.get("attachments") or []
    if not isinstance(client_id, str) or not 0 < len(client_id) <= MAX_CLIENT_ID or not client_id.isprintable():
        raise InvalidInput("a message needs a client_id")
    check_text(text)
    if not isinstance(ids, list) or len(ids) > MAX_FILES or not all(isinstance(id, str) for id in ids):
        raise InvalidInput(f"at most {MAX_FILES} files in one message", code="too_many_files")
    if not text.strip() and not ids:
        raise InvalidInput("the message is empty", code="empty")
    files = [await _uploaded(hub, guest, id) for id in ids]
    return Said(client_id, text.strip(), files, _short(frame, "language", 2), _short(frame, "page", 500))


def check_text(text: object) -> None:
    if not isinstance(text, str):
        raise InvalidInput("the text is no text")
    if len(text) > MAX_TEXT:
        raise InvalidInput(f"the message is longer than {MAX_TEXT} characters", code="too_long")
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise InvalidInput("the message holds characters that cannot be stored", code="signs")


def message_frame(hub: Hub, guest: Guest, line: ChatMessage, files: Sequence[StoredFile]) -> dict[str, Any]:
    author = "visitor" if line.direction == "in" else line.author_name or hub.settings.company.name
    frame = {
        "type": "message",
        "id": line.id,
        "seq": line.seq,
        "author": author,
        "direction": line.direction,
        "text": line.text,
        "at": iso(line.occurred_at),
        "attachments": [file_frame(hub, guest, file) for file in files],
    }
    return frame | ({"client_id": line.client_id} if line.direction == "in" else {})


def file_frame(hub: Hub, guest: Guest, file: StoredFile) -> dict[str, Any]:
    """url: signed for this file and this visitor."""
    url = f"/chat/{guest.visitor.channel}/files/{hub.signer.sign(FILE, file.id, guest.visitor.id)}"
    described = {"filename": file.filename, "content_type": file.content_type, "size": file.size}
    return {"id": file.id, **described, "url": url}


async def _uploaded(hub: Hub, guest: Guest, token: str) -> Attachment:
    """What this visitor uploaded before; nobody else's token opens it."""
    ids = hub.signer.open(UPLOAD, token)
    if ids is None or len(ids) != 2 or ids[1] != guest.visitor.id:
        raise InvalidInput("a file was not uploaded here")
    try:
        file = await hub.store.read(get_attachment, ids[0])
        return Attachment(file.filename, file.content_type, await hub.store.read(get_content, file.sha256))
    except NotFound:
        raise InvalidInput("an uploaded file is gone", code="file_gone") from None


def _short(frame: dict[str, Any], key: str, most: int) -> str:
    value = frame.get(key, "")
    return value[:most] if isinstance(value, str) and value.isprintable() else ""
