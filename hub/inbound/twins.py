"""One mail that came to several mailboxes of ours is one message of the conversation, and says all of them.

Message-ID alone proves nothing (R4): what the two say and hold must be the same. Where each mailbox is a team's, each
team has the mail in a conversation of its own.
"""

import hashlib
from collections.abc import Sequence

from sqlalchemy import Connection

from hub.model import Attachment
from hub.store.blobs import list_attachments
from hub.store.messages import Message, NewMessage, find_twin, mark_message
from hub.store.pictures import set_apart


def joined(conn: Connection, new: NewMessage, files: Sequence[Attachment]) -> Message | None:
    """The message that holds this mail already; from now on it says that it came here, too."""
    twin = find_twin(conn, new)
    if twin is None or _words(twin) != _words(new) or _hashes(conn, twin) != _hashes_of(files):
        return None
    both: list[Message | NewMessage] = [twin, new]
    first, other = sorted(both, key=_place)
    also_to = dict.fromkeys([*twin.also_to, other.to_handle])
    told = {**twin.parts, "also_to": [address for address in also_to if address != first.to_handle]}
    mark_message(conn, twin.id, channel=first.channel, to_handle=first.to_handle, parts=told)
    return twin


def _place(one: Message | NewMessage) -> int:
    """Where its mailbox stands among whom the mail is to: the first one answers, whichever copy was here first."""
    boxes = [box for name in ("to", "cc") for box in one.parts.get(name, ()) if isinstance(box, dict)]
    named = [str(box.get("address", "")).lower() for box in boxes]
    return named.index(one.to_handle) if one.to_handle in named else len(named)


def _words(one: Message | NewMessage) -> tuple[str, ...]:
    return one.peer, one.from_handle, one.subject, one.text, one.quoted_text, one.html


def _hashes(conn: Connection, message: Message) -> list[str]:
    apart, files = set_apart(message), list_attachments(conn, [message.id]).get(message.id, ())
    return sorted(file.sha256 for file in files if file.id not in apart)


def _hashes_of(files: Sequence[Attachment]) -> list[str]:
    return sorted(hashlib.sha256(file.content).hexdigest() for file in files)
