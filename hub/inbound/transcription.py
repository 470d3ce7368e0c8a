"""Has what callers leave written down by an engine of the operator's choosing.

A voicemail lands with its sound alone; a unit of kind `spoken`, which names the message, has its words put to it later.
While the engine is away it is asked again for hours, and the message says so meanwhile.
"""

import json
from typing import Any, Protocol

import aiohttp
from sqlalchemy import Connection

from hub.channel import Raw
from hub.cleaning import clean
from hub.clock import SECOND
from hub.config import TranscriptionSettings
from hub.errors import NotFound, ReadDeferred, Unreadable
from hub.model import Attachment
from hub.platform.fetcher import GuardedFetcher
from hub.store.blobs import list_attachments, load_files
from hub.store.calls import UNWRITTEN
from hub.store.customers import get_customer
from hub.store.database import Store
from hub.store.events import append_event
from hub.store.messages import get_message, mark_message
from hub.store.raw import StoredRaw, append_raws, mark_read, mark_waiting

SPOKEN = "spoken"
LOOK_AGAIN = 5 * SECOND
AT_ONCE = 2  # an engine has one machine, and whoever waits for it holds up other readers
MOST_TRIES = 16  # the last after three hours
MOST_WORDS = 100_000  # bytes of an answer


class Engine(Protocol):
    """Writes down what is said in a sound."""

    async def write_down(self, sound: Attachment, language: str) -> str:
        """language: a tag like de; "" for unknown. Raises ReadDeferred where it may work later, else Unreadable."""
        ...


class HttpEngine:
    """Any server that takes OpenAI's form of `POST /v1/audio/transcriptions` (multipart: file, model, language), as
    engines for one's own machine do. https://platform.openai.com/docs/api-reference/audio/createTranscription"""

    def __init__(self, settings: TranscriptionSettings, fetch: GuardedFetcher) -> None:
        self._settings, self._fetch = settings, fetch

    async def write_down(self, sound: Attachment, language: str) -> str:
        form = aiohttp.FormData({"model": self._settings.model, "response_format": "json"})
        if language:
            form.add_field("language", language.partition("-")[0])
        form.add_field("file", sound.content, filename=sound.filename or "sound", content_type=sound.content_type)
        key = self._settings.api_key.get_secret_value()
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        answer = await self._fetch.hand_over(self._settings.url, form, headers, max_bytes=MOST_WORDS)
        try:
            told = json.loads(answer)
        except ValueError as broken:
            raise Unreadable("the engine answered no JSON") from broken
        if not isinstance(told, dict) or not isinstance(told.get("text"), str):
            raise Unreadable("the engine answered without a text")
        return clean(str(told["text"])).strip()


def ask_for_words(conn: Connection, channel: str, message_id: str, at: int) -> None:
    append_raws(conn, channel, [Raw(SPOKEN, message_id, b"")], at)


class Scribe:
    """Puts words to their messages, a few at a time."""

    def __init__(self, store: Store, engine: Engine | None) -> None:
        self._store, self._engine = store, engine
        self._begun = 0

    async def write_down(self, kept: StoredRaw, at: int) -> bool:
        """Whether anything changed. Raises ReadDeferred while the engine may still answer, else Unreadable."""
        if self._begun >= AT_ONCE:
            await self._store.write(mark_waiting, kept.id, at + LOOK_AGAIN, "the engine is at others")
            return False
        self._begun += 1
        try:
            return await self._write_down(kept, at)
        finally:
            self._begun -= 1

    async def _write_down(self, kept: StoredRaw, at: int) -> bool:
        found = await self._store.read(_spoken, kept.raw.provider_id)
        if found is None or self._engine is None:  # erased, or nobody writes down any more
            await self._store.write(mark_read, kept.id)
            return False
        try:
            words = await self._engine.write_down(*found)
        except (ReadDeferred, Unreadable) as trouble:
            await self._store.write(_keep, kept.raw.provider_id, {UNWRITTEN: clean(str(trouble))}, "", at)
            if isinstance(trouble, ReadDeferred) and kept.attempts + 1 >= MOST_TRIES:
                raise Unreadable(str(trouble)) from trouble
            raise
        return await self._store.write(_land, kept, words, at)


def _spoken(conn: Connection, message_id: str) -> tuple[Attachment, str] | None:
    try:
        message = get_message(conn, message_id)
    except NotFound:
        return None
    files = list_attachments(conn, [message_id]).get(message_id, [])
    if message.text or not files:
        return None
    return load_files(conn, files[:1])[0], get_customer(conn, message.customer_id).language


def _land(conn: Connection, kept: StoredRaw, words: str, at: int) -> bool:
    if mark_read(conn, kept.id):
        _keep(conn, kept.raw.provider_id, {} if words else {UNWRITTEN: "nothing was understood"}, words, at)
    return True


def _keep(conn: Connection, message_id: str, told: dict[str, Any], words: str, at: int) -> None:
    message = get_message(conn, message_id)
    parts = {name: part for name, part in message.parts.items() if name != UNWRITTEN} | told
    if (parts, words) == (message.parts, message.text):
        return
    mark_message(conn, message.id, parts=parts, text=words or message.text)
    append_event(
        conn,
        "message.completed",
        at=at,
        customer_id=message.customer_id,
        conversation_id=message.conversation_id,
        message_id=message.id,
    )
