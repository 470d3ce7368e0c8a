"""Brings the files that a provider still holds.

A message waits a little for its files. When they are away for longer it lands without them and says so, and a unit
of kind `files`, which repeats the one they were named in, asks for them for hours more.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from hub.channel import Channel, Raw
from hub.cleaning import clean
from hub.contact_cards import CARD, card_lines
from hub.errors import ReadDeferred, Unreadable
from hub.model import Address, Attachment, CallUpdate, Direction, Edited, Event, Inbound, RemoteFile
from hub.store.blobs import add_attachments
from hub.store.events import append_event
from hub.store.messages import find_provider_message, mark_message
from hub.store.raw import StoredRaw

FILES = "files"
MESSAGE_WAITS, CALL_WAITS = 4, 7  # tries, some seconds; a recording is told of before it can be fetched
MOST_TRIES = 16  # of bringing what comes late: the first at once, the last after three hours

log = logging.getLogger("hub.inbound.media")


@dataclass(frozen=True, slots=True)
class Brought:
    """What a unit holds, with the files by their references. The events say which are missing; late: the unit that asks
    for those again."""

    events: Sequence[Event]
    files: Mapping[str, Attachment] = field(default_factory=dict)
    late: Raw | None = None


def as_received(raw: Raw) -> Raw:
    """The unit as it first came, also when it is asked for its files again."""
    if raw.kind != FILES:
        return raw
    kind, _, provider_id = raw.provider_id.partition("/")
    return Raw(kind, provider_id, raw.body, raw.envelope)


async def bring(channel: Channel, kept: StoredRaw, events: Sequence[Event]) -> Brought:
    """Every file the events name, side by side. Raises ReadDeferred while it is worth waiting for one that is away."""
    wanted = _files_of(events)
    if not wanted:
        return Brought(events)
    tried = await asyncio.gather(*(_try(channel, file) for file in wanted))
    away = [got for got in tried if isinstance(got, ReadDeferred)]
    if away and kept.attempts + 1 < _patience(kept.raw, events):
        raise away[0]
    got = dict(zip([file.reference for file in wanted], tried, strict=True))
    files = {reference: file for reference, file in got.items() if isinstance(file, Attachment)}
    lost = {reference: clean(str(why)) for reference, why in got.items() if not isinstance(why, Attachment)}
    late = None
    if away and kept.raw.kind != FILES:
        late = replace(kept.raw, kind=FILES, provider_id=f"{kept.raw.kind}/{kept.raw.provider_id}")
    return Brought([_with_cards(_with_losses(event, lost), files) for event in events], files, late)


def _files_of(events: Sequence[Event]) -> list[RemoteFile]:
    wanted = [file for event in events if isinstance(event, Inbound | Edited) for file in event.files]
    return wanted + [event.recording for event in events if isinstance(event, CallUpdate) and event.recording]


def _patience(raw: Raw, events: Sequence[Event]) -> int:
    if raw.kind == FILES:
        return MOST_TRIES
    return CALL_WAITS if any(isinstance(event, CallUpdate) for event in events) else MESSAGE_WAITS


async def _try(channel: Channel, file: RemoteFile) -> Attachment | Unreadable | ReadDeferred:
    """The file, or why there is none."""
    try:
        return await channel.fetch(file)
    except (Unreadable, ReadDeferred) as trouble:
        log.warning("%s: the file %s is not brought: %s", channel.name, file.filename, trouble)
        return trouble


def _with_losses(event: Event, lost: Mapping[str, str]) -> Event:
    if isinstance(event, CallUpdate) and event.recording:
        return replace(event, lost=lost.get(event.recording.reference, ""))
    if not isinstance(event, Inbound | Edited):
        return event
    gone = [
        {"filename": file.filename, "reason": lost[file.reference]} for file in event.files if file.reference in lost
    ]
    return replace(event, parts={**event.parts, "lost_files": gone}) if gone else event


def _with_cards(event: Event, files: Mapping[str, Attachment]) -> Event:
    """A contact that comes as nothing but a file (WhatsApp, MMS) can be read and found like any other words."""
    if not isinstance(event, Inbound) or event.text or event.html:
        return event
    cards = [files[file.reference] for file in event.files if file.reference in files]
    cards = [card for card in cards if card.content_type.partition(";")[0].strip().lower() in CARD]
    lines = [line for card in cards for line in card_lines(card.content.decode("utf-8", "replace"))]
    if not lines:
        return event
    text = clean("\n".join(lines).removeprefix("fn: "))
    return replace(event, text=text, parts={**event.parts, "shared": [*event.parts.get("shared", ()), "contact"]})


def complete(
    conn: Connection, channel: str, sender: Address, inbound: Inbound | Edited, files: Mapping[str, Attachment], at: int
) -> None:
    """The message has landed; what it lacked and has come since is put to it."""
    message = find_provider_message(conn, channel, Direction.IN, sender.handle, inbound.provider_id)
    lost = {file["filename"] for file in message.parts.get("lost_files", ())} if message else ()
    come = [files[file.reference] for file in inbound.files if file.filename in lost and file.reference in files]
    if message is None or not come:
        return
    add_attachments(conn, message.customer_id, message.id, come, at)
    still = inbound.parts.get("lost_files", [])
    mark_message(conn, message.id, parts={**message.parts, "lost_files": still})
    append_event(
        conn,
        "message.completed",
        at=at,
        customer_id=message.customer_id,
        conversation_id=message.conversation_id,
        message_id=message.id,
    )
