"""Cuts a message into what Telegram takes in one call: 4096 characters of text, or up to ten files with a caption.

As few calls as possible, because calls cannot be taken back together: a short text rides along as the caption.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from hub.errors import SendRejected
from hub.model import Attachment, Outbound

from ._telegram_format import formatted, within
from ._telegram_text import Json

MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_PARTS = 4
ALBUM = 10
BREAKS = ("\n\n", "\n", ". ", " ")


@dataclass(frozen=True, slots=True)
class Part:
    """One call: a text, or files with a caption."""

    text: str
    files: tuple[Attachment, ...] = ()
    entities: tuple[Json, ...] = ()  # how the text looks
    buttons: tuple[str, ...] = ()


def parts_of(message: Outbound) -> list[Part]:
    text, entities = formatted(message.html) if message.html else ("", [])
    text, files = text if entities or not message.text.strip() else message.text.strip(), message.attachments
    if not text and not files:
        raise SendRejected("the message is empty")
    buttons = tuple(message.options.get("buttons", ()))
    caption = text if files and size(text) <= MAX_CAPTION and not buttons else ""
    pieces = [] if caption else split(text)
    if len(pieces) > MAX_PARTS:
        raise SendRejected(f"longer than {MAX_PARTS * MAX_TEXT} characters")
    albums = [files[at : at + ALBUM] for at in range(0, len(files), ALBUM)]
    looks = tuple(entities) if caption else ()
    if buttons:  # below the words, which come last: an album carries none
        *said, last = _formatted(text, pieces, entities)
        return [*(Part("", album) for album in albums), *said, replace(last, buttons=buttons)]
    return [*_formatted(text, pieces, entities)] + [
        Part(caption, album, looks) if number == 0 else Part("", album) for number, album in enumerate(albums)
    ]


def _formatted(text: str, pieces: Sequence[str], entities: Sequence[Json]) -> Iterator[Part]:
    """Each piece with what there is of the formatting in it."""
    at = 0
    for piece in pieces:
        at = text.index(piece, at)
        start = size(text[:at])
        yield Part(piece, (), tuple(within(entities, start, start + size(piece))))
        at += len(piece)


def size(text: str) -> int:
    """Telegram counts UTF-16 units: an emoji is two."""
    return len(text) + sum(character > "\uffff" for character in text)


def split(text: str, limit: int = MAX_TEXT) -> list[str]:
    """At a paragraph, a line, a sentence or a word, as late as possible; nothing but white space is lost."""
    pieces = []
    while size(text) > limit:
        window = _first(text, limit)
        cut = next((found for found in (_last_break(window, mark) for mark in BREAKS) if found), len(window))
        pieces.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return [*pieces, text] if text else pieces


def _first(text: str, limit: int) -> str:
    window = text[:limit]
    while size(window) > limit:
        window = window[: -max(1, (size(window) - limit) // 2)]
    return window


def _last_break(window: str, mark: str) -> int:
    """Where the mark ends, if that leaves a piece of decent length."""
    at = window.rfind(mark)
    return at + len(mark) if at > len(window) // 2 else 0


def are_photos(files: Sequence[Attachment], kinds: Sequence[str], limit: int) -> bool:
    return all(file.content_type in kinds and len(file.content) <= limit for file in files)
