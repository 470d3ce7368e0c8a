"""Web chat: the widget on the customer's site. The hub's own store is the provider.

A message to a visitor is sent once it is stored: the socket shows it from there. What a visitor writes comes
as one JSON object with everything in it, so that the raw bytes stand for themselves.
"""

import base64
import binascii
import json
from typing import Annotated, Any

from pydantic import Field, SecretStr, field_validator

from hub.channel import Capabilities, Channel, ChannelSettings, Committing, Raw
from hub.errors import Unreadable
from hub.model import Address, Attachment, Event, Inbound, Outbound, Sent

MAX_TEXT = 10_000
MAX_FILE = 10_000_000
PARTS = {"page": "page", "own_number": "phone"}  # of a message, and what the visitor's side calls them


class WebchatSettings(ChannelSettings):
    """origins: sites that may show the chat ("https://www.example.com", "*" = any); the hub's own always may.

    identity_secret: what your site signs its users with; greetings: by language, "de"; call_back: visitors may leave a
    number at which they want to be called. See docs/channels/webchat.md.
    """

    origins: tuple[str, ...] = ()
    identity_secret: SecretStr | None = None
    title: str = ""
    greeting: str = ""
    greetings: dict[Annotated[str, Field(pattern="^[a-z]{2}$")], str] = Field(default_factory=dict)
    call_back: bool = False
    colour: str = Field("", pattern=r"^(#[0-9a-fA-F]{6})?$")
    connections_per_ip: int = Field(40, ge=1)
    messages_per_minute: int = Field(240, ge=1)
    visitors_per_minute: int = Field(240, ge=1)
    max_file_bytes: int = Field(MAX_FILE, ge=0, le=25_000_000)

    @field_validator("origins")
    @classmethod
    def _are_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            scheme, _, rest = origin.partition("://")
            if origin != "*" and (scheme not in ("http", "https") or not rest or set(rest) & set("/ ;,'\"?#")):
                raise ValueError(f"{origin!r} is no origin: write https://www.example.com")
        return tuple(origin.lower() for origin in origins)


class WebchatChannel(Channel):
    type = "webchat"
    capabilities = Capabilities(
        max_attachment_bytes=MAX_FILE,
        max_text=MAX_TEXT,
        delivered_receipts=True,
        read_receipts=True,
        typing=True,
        starts_conversations=False,
        waiting=True,
        undo_seconds=0,
        lookup=True,
        campaigns=False,
    )
    Settings = WebchatSettings

    def read(self, raw: Raw) -> tuple[Event, ...]:
        try:
            return (_inbound(json.loads(raw.body)),)
        except (ValueError, KeyError, TypeError, AttributeError, binascii.Error, RecursionError) as trouble:
            raise Unreadable(f"not a chat message: {type(trouble).__name__}: {trouble}") from trouble

    async def send(self, message: Outbound, committing: Committing) -> Sent:
        await committing()
        return Sent(message.delivery_id)

    async def look_up(self, message: Outbound, since: int) -> Sent | None:
        """Stored is sent, so what was about to be sent is there."""
        return Sent(message.delivery_id)


def _inbound(said: dict[str, Any]) -> Inbound:
    return Inbound(
        sender=Address("webchat", str(said["visitor"])),
        provider_id=str(said["client_id"]),
        text=str(said["text"]),
        sender_name=str(said.get("name", "")),
        language=str(said.get("language", "")),
        attachments=tuple(_attachment(file) for file in said.get("files", ())),
        parts={part: str(said[key]) for part, key in PARTS.items() if said.get(key)},
    )


def _attachment(file: dict[str, Any]) -> Attachment:
    content = base64.b64decode(file["content"], validate=True)
    return Attachment(str(file["filename"]), str(file["content_type"]), content)
