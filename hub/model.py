"""The nouns: frozen values. Instants are milliseconds since 1970 UTC (`hub.clock`), ids 32 hex digits (`hub.ids`)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from hub.made_quickly import made_quickly


class DeliveryState(StrEnum):
    HELD = "held"
    QUEUED = "queued"
    SENDING = "sending"
    TO_PRINT = "to_print"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


class Direction(StrEnum):
    IN = "in"
    OUT = "out"
    NOTE = "note"


class MessageKind(StrEnum):
    TEXT = "text"
    CALL = "call"
    VOICEMAIL = "voicemail"
    CAMPAIGN = "campaign"
    EVENT = "event"


class ConversationState(StrEnum):
    OPEN = "open"
    SNOOZED = "snoozed"
    CLOSED = "closed"


class AddressState(StrEnum):
    """claimed: a stranger said so, and until whoever reads it confirms it, nothing but the question goes there."""

    OK = "ok"
    UNVERIFIED = "unverified"
    CLAIMED = "claimed"
    BOUNCED = "bounced"
    BLOCKED = "blocked"


SHUT = (AddressState.BOUNCED, AddressState.BLOCKED, AddressState.CLAIMED)  # nothing goes there


class Lane(StrEnum):
    """Who goes first in the outbox: a person's answer, then automatic ones, then campaigns."""

    AGENT = "agent"
    AUTOMATIC = "automatic"
    CAMPAIGN = "campaign"


class Sort(StrEnum):
    """Who is behind a message that came: only a person, and what went to many, may wait for somebody."""

    PERSON = "person"
    LIST = "list"
    BULK = "bulk"
    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"


class Role(StrEnum):
    OWNER = "owner"
    ADMIN = "admin"
    AGENT = "agent"
    SALES = "sales"
    MARKETING = "marketing"
    READ_ONLY = "read-only"


class Sees(StrEnum):
    """Whose conversations an agent sees: everybody's, or those of the own teams and the own ones."""

    ALL = "all"
    TEAMS = "teams"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a customer is reached: a kind (email, sms, telegram...) and the handle that kind knows them by.

    Handles are normalised: lower-case e-mail with an IDNA domain, E.164 for the phone kinds, the numeric
    Telegram id as digits, the visitor id for webchat. A provider's own id is kept letter for letter; scope: the
    provider's account in which alone it means somebody ("" = everywhere).
    """

    kind: str
    handle: str
    scope: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file with its bytes, going in or out."""

    filename: str
    content_type: str
    content: bytes
    inline: bool = False
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file the provider still holds; `Channel.fetch` brings it through the guarded fetcher."""

    reference: str
    filename: str = ""
    content_type: str = ""


@dataclass(frozen=True, slots=True)
class Inbound:
    """A message as a channel read it, before we know whose it is.

    references: ids of ours the message answers, strongest first - for e-mail the RFC Message-IDs in
    In-Reply-To and References (without angle brackets) and the reply address it was sent to, for Telegram the
    provider's id of the message replied to. The hub believes only those it can verify. aliases: other addresses of the
    same sender, as the provider says. sorted_sign, sorted_because: what decided sorted_as (hub.reasons), a header.
    """

    sender: Address
    provider_id: str
    text: str
    sender_name: str = ""
    recipient: str = ""
    subject: str = ""
    html: str = ""
    quoted_text: str = ""
    occurred_at: int | None = None
    attachments: tuple[Attachment, ...] = ()
    files: tuple[RemoteFile, ...] = ()
    references: tuple[str, ...] = ()
    reply_addresses: tuple[str, ...] = ()
    aliases: tuple[Address, ...] = ()
    kind: MessageKind = MessageKind.TEXT
    sorted_as: Sort = Sort.PERSON
    sorted_sign: str = ""
    sorted_because: str = ""
    keyword: str = ""
    language: str = ""
    parts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def automatic(self) -> bool:
        return self.sorted_as != Sort.PERSON


@dataclass(frozen=True, slots=True)
class Edited:
    """The sender changed a message we already have. files: all it holds now; parts: what the message shares now."""

    sender: Address
    provider_id: str
    text: str
    occurred_at: int | None = None
    files: tuple[RemoteFile, ...] = ()
    parts: Mapping[str, Any] = field(default_factory=dict)
    html: str = ""


@dataclass(frozen=True, slots=True)
class ChatChanged:
    """Something the provider reports about a chat that nobody said (what: timer, pinned, title...; text: a detail that
    needs no language; about: the provider's id of our message). It stands in the conversation; nobody waits for it."""

    sender: Address
    what: str
    text: str = ""
    occurred_at: int | None = None
    about: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a provider says became of a message we sent.

    provider_id is the provider's id; reference is our delivery id where the provider hands it back (the
    `ref` of a status callback, the signed Message-ID inside a bounce). One of the two is given. reason: in the
    provider's words; complaint: the customer called it spam; price: what the provider charges, where it says so.
    """

    provider_id: str
    state: DeliveryState
    reason: str = ""
    reference: str = ""
    occurred_at: int | None = None
    bounced: bool = False
    recipient: str = ""
    complaint: bool = False
    price: Decimal | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """A mail that says what became of a mail: all receipts name the same one. When that is none of ours (only our
    signature proves it), message lands like any other; None when the report does not even name a sender."""

    receipts: tuple[Receipt, ...]
    message: Inbound | None


@dataclass(frozen=True, slots=True)
class Reachability:
    """A customer shut the door on an address of ours (state blocked), or opened it (ok), as the provider says it."""

    address: Address
    state: AddressState
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CallUpdate:
    """What happened to a phone call, as far as one webhook tells; later updates add to earlier. direction `in`: the
    customer called; `out`: click-to-call, and `reference` is our delivery id. state: ringing, answered, completed,
    missed, failed. duration: seconds. lost: why no recording. asked: begins no call. step: see hub.phone_calls.steps.
    """

    call_id: str
    customer: Address
    direction: Direction
    state: str = ""
    line: str = ""
    duration: int | None = None
    agent: str = ""
    occurred_at: int | None = None
    recording: RemoteFile | None = None
    recording_id: str = ""
    voicemail: bool = False
    lost: str = ""
    asked: bool = False
    transcript: str = ""
    reference: str = ""
    reason_code: str = ""
    reason: str = ""
    step: Mapping[str, Any] = field(default_factory=dict)


Event = Inbound | Edited | ChatChanged | Receipt | Report | Reachability | CallUpdate


@made_quickly
@dataclass(frozen=True, slots=True)
class Outbound:
    """A message ready to leave: rendered, addressed, nothing left to decide.

    delivery_id is ours, equal on every attempt; message_id, in_reply_to, references: RFC 5322 ids without brackets;
    reply_to: the signed reply address; reply_to_provider_id: the provider's id of what is answered (Telegram); options:
    what one kind of channel knows (`agent_phone`; a mail: `to`, `cc`); html_pieces: of one of many, in turn
    what is alike in all of them and what is not.
    """

    delivery_id: str
    recipient: Address
    text: str
    subject: str = ""
    html: str = ""
    recipient_name: str = ""
    sender_name: str = ""
    attachments: tuple[Attachment, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    message_id: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    reply_to: str = ""
    reply_to_provider_id: str = ""
    language: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    html_pieces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider took it; state is what its answer already proves (queued at the provider is sent)."""

    provider_id: str
    state: DeliveryState = DeliveryState.SENT
