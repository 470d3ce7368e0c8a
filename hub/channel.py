"""What a channel adapter is: a translator.

An adapter turns a provider's bytes into values (receive, read) and a value into a provider's request (send). It never
touches the store, never calls the hub, keeps no queue: retrying, deduplicating and deciding are the hub's.

The life of inbound bytes: `receive` (or `poll`, or a listener) checks the signature and cuts the request into `Raw`;
the hub makes them durable, and only then answers; `read` turns each into events, `fetch` brings the files they name.
"""

import builtins
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any, ClassVar, Protocol

import aiohttp
from pydantic import BaseModel, ConfigDict, Field

from hub.approved import ApprovedTemplate
from hub.bulk import Bulk
from hub.capabilities import Capabilities as Capabilities
from hub.capabilities import Parcel as Parcel
from hub.clock import Clock
from hub.desk import NOBODY_THERE, Desk
from hub.errors import ReadDeferred, SendRejected, WebhookForged
from hub.kinds import Face, face_of, rank_of
from hub.model import Address, Attachment, Event, Outbound, RemoteFile, Sent
from hub.safekeeping import NoSafe, Safe
from hub.sign_in import SignIn


class ChannelSettings(BaseModel):
    """A channel's section of config.toml; subclass it with the keys of one type. `type` itself is not among them.
    price: of one message. Secrets are `SecretStr`. A key `x_file` stands for `x` and is resolved before validation."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rate: float | None = Field(None, ge=0, le=10_000)
    price: Decimal | None = Field(None, ge=0, le=1_000, max_digits=9, decimal_places=5)


@dataclass(frozen=True, slots=True)
class Webhook:
    """A provider's request, stripped of the web framework.
    action is the path below /hooks/<channel>/ ("message", "status", "call"...); url is what the provider
    signed: web.base_url + path + query; headers are case-insensitive (a CIMultiDict). desk: only for phone lines.
    """

    action: str
    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    desk: Desk = NOBODY_THERE


@dataclass(frozen=True, slots=True)
class Raw:
    """One unit of inbound bytes as received, to be kept before it is understood.

    kind: message, status, call, mail, update... - what `read` needs to know to read it. provider_id: the
    deduplication key within (channel, kind): MessageSid, update_id, "uidvalidity/uid", or a hash.
    envelope: what stood outside the bytes (MAIL FROM, RCPT TO, UID, query parameters); JSON values only.
    """

    kind: str
    provider_id: str
    body: bytes
    envelope: Mapping[str, Any] = field(default_factory=dict)


class FoundInPart(ReadDeferred):
    """A back-fill could not bring everything: `found` is what it could, `problem` why the rest comes later."""

    def __init__(self, found: Sequence[Raw], problem: str) -> None:
        super().__init__(problem)
        self.found = found


@dataclass(frozen=True, slots=True)
class Received:
    """What one webhook held, and what the provider wants to hear back once it is stored."""

    raws: tuple[Raw, ...] = ()
    reply: bytes = b""
    reply_type: str = "text/plain"


class Fetcher(Protocol):
    """The one guarded way out for files named by strangers: public addresses only (and the channel's own
    api_base), no redirects, size and time limits. Raises ReadDeferred or Unreadable."""

    async def __call__(
        self, url: str, *, auth: tuple[str, str] | None = None, max_bytes: int = 25_000_000, allow_origin: str = ""
    ) -> tuple[bytes, str]:
        """Returns (content, content type). auth: (login, password), never carried along by a redirect."""
        ...


@dataclass(frozen=True, slots=True)
class Tools:
    """What the hub hands every adapter, so that tests need no patching.

    secret keys HMACs; base_url is web.base_url without a trailing slash; fetch is the guarded fetcher;
    is_reply_address: is it a signed one of ours; reach: a server's host -> addresses to try; blocks; OSError."""

    session: aiohttp.ClientSession
    fetch: Fetcher
    clock: Clock
    base_url: str
    secret: bytes
    is_reply_address: Callable[[str], bool] = lambda address: False
    reach: Callable[[str], Sequence[str]] = lambda host: (host,)
    keepsakes: Safe = field(default_factory=NoSafe)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that is tried when a channel is tested. check: what is wrong, in the operator's words; next: what can
    be done about it."""

    name: str
    check: Callable[[], Awaitable[list[str]]]
    next: str


Committing = Callable[[], Awaitable[None]]
Accept = Callable[[Sequence[Raw]], Awaitable[None]]
ReadApart = Callable[[str, str, bytes, Mapping[str, Any]], tuple[Event, ...]]  # the fields of a Raw


class Channel:
    """Subclass it in channels/<type>.py as <Type>Channel, set type, implement send; the rest as needed."""

    type: ClassVar[str]
    capabilities: ClassVar[Capabilities] = Capabilities()
    Settings: ClassVar[builtins.type[ChannelSettings]] = ChannelSettings
    reads_in_child: ClassVar[bool] = False
    bulk: Bulk | None = None  # a faster way for campaigns, which else leave through `send`

    def __init__(self, name: str, settings: Any, tools: Tools) -> None:
        """settings: the channel's section of config.toml, validated by the class's own `Settings` model."""
        self.name = name
        self.settings = settings
        self.tools = tools

    @property
    def address_kind(self) -> str:
        """The kind of address this channel reaches."""
        return self.capabilities.address_kind or self.type

    @property
    def template_part(self) -> str:
        """Which part of a message template is for this channel."""
        return self.capabilities.template_part or self.address_kind

    @property
    def face(self) -> Face:
        able = self.capabilities
        return face_of(self.type, self.address_kind, Face(able.label, able.icon, able.colour))

    @property
    def preference(self) -> int:
        """The smaller, the sooner it is asked where nothing else decides."""
        chosen = self.capabilities.preference
        return rank_of(self.type) if chosen is None else chosen

    @property
    def scope(self) -> str:
        """The provider's account whose own ids mean something to this channel; "" where it has none."""
        return ""

    @property
    def own_handle(self) -> str:
        """Our side of a message: the address or number of this channel; its name where it has neither."""
        return str(getattr(self.settings, "address", "") or getattr(self.settings, "from_", "") or self.name)

    @property
    def rate(self) -> float:
        """Messages per second at most; 0 = no limit."""
        chosen = getattr(self.settings, "rate", None)
        return self.capabilities.rate if chosen is None else float(chosen)

    async def open(self) -> None:
        """Called once in the process that serves (setWebhook, connection pool). Must not fail when the provider
        is away: note the trouble, try again on use."""

    async def close(self) -> None:
        """Finish or drop what is open."""

    async def check(self) -> list[str]:
        """Problems in the operator's words (`hub check`, the channel's Test button); empty when all is well."""
        return []

    def steps(self) -> Sequence[Step]:
        """What `check` tries, in the order in which it makes sense: who tests stops at the first that fails."""
        return (Step("check", self.check, "Put the settings of the channel right."),)

    def dns_records(self) -> Mapping[str, str]:
        """TXT records that the operator has to publish for it: name -> value."""
        return {}

    async def receive(self, webhook: Webhook) -> Received:
        """Raise WebhookForged before parsing anything. Cheap: this runs before the provider hears "ok". What `read`
        can parse is left to it: any other exception here answers 500, keeps nothing, and is seen in the log alone."""
        raise WebhookForged(f"{self.name} takes no webhooks")

    def poll(self, cursor: str) -> AsyncIterator[tuple[str, Sequence[Raw]]] | None:
        """Endless (new cursor, raw units) from a provider that does not call us; None if there is nothing to
        poll. The hub stores units and cursor in one transaction, then asks for the next; only then may the
        adapter tell the provider "ok" (Telegram offset, IMAP flag)."""
        return None

    async def listen(self, accept: Accept) -> None:
        """Open a socket of its own (the SMTP listener), answering "ok" only after `await accept(raws)`."""

    async def backfill(self, since: int) -> Sequence[Raw]:
        """What the provider knows since that instant, in the same units and with the same provider ids as
        `receive` gives, so that what already came is not stored twice. Raises ReadDeferred; FoundInPart where only
        some of it cannot be had now."""
        return ()

    def read(self, raw: Raw) -> tuple[Event, ...]:
        """Pure and synchronous: the same bytes give the same events. Raise Unreadable when they can never be
        read. With reads_in_child it runs in a child process limited in time and memory."""
        raise NotImplementedError(f"{self.type} cannot read")

    def apart(self) -> ReadApart:
        """What `read` does, as something that can be sent to a child process; only asked for with reads_in_child.
        Override it with a plain function (or a partial of one) where the whole adapter is heavy to import."""
        return partial(_read_apart, builtins.type(self), self.name, self.settings)

    async def fetch(self, file: RemoteFile) -> Attachment:
        """Bring a file that an event names. Raises ReadDeferred or Unreadable."""
        raise ReadDeferred(f"{self.name} holds no files")

    def parcels(self, text: str, content_types: Sequence[str]) -> Sequence[Parcel]:
        """How many requests a message takes that `send` cannot hand over in one; content_types: of its files. Each
        parcel is recorded, sent and settled by itself."""
        return (Parcel(words=True, files=tuple(range(len(content_types)))),)

    async def send(self, message: Outbound, committing: Committing) -> Sent:
        """Hand it over. `await committing()` immediately before the byte that cannot be taken back (the final dot,
        the POST). Raise SendDeferred, SendRejected or SendDoubtful, nothing else."""
        raise SendRejected(f"{self.name} cannot send")

    @property
    def keeps_copies(self) -> bool:
        """Does what left belong into a folder at the provider, which does not put it there by itself?"""
        return False

    async def keep_copies(self, sent: Sequence[tuple[Outbound, int]]) -> None:
        """Put what left at that instant there, each at most once. Raises ReadDeferred: all of it is tried again."""

    async def look_up(self, message: Outbound, since: int) -> Sent | None:
        """After doubt: does the provider have it? None = not found yet, asked again (only with capabilities.lookup)."""
        return None

    async def approved(self) -> Sequence[ApprovedTemplate]:
        """Words the provider has approved of (only with capabilities.window). Raises ReadDeferred."""
        return ()

    @property
    def known(self) -> Sequence[ApprovedTemplate] | None:
        """What `approved` said last, without asking; None: nothing yet."""
        return None

    async def invitation(self, token: str) -> str:
        """Where a customer begins a chat that hands us the token, as `start` of its parts; "" = there is no such way.
        Raises ReadDeferred."""
        return ""

    @property
    def sign_in(self) -> SignIn | None:
        """How somebody agrees in the browser that it reads and writes for them; None: there is no such way."""
        return None

    @property
    def standstill(self) -> str | None:
        """Why nothing can come in just now, in words; "" when all is well, None where the adapter cannot tell."""
        return None

    async def typing(self, recipient: Address) -> None:
        """Tell the customer an agent is writing, where the provider can."""

    def can_react(self, provider_id: str) -> bool:
        """Does that message of a customer take a sign at all? (only with capabilities.reactions)"""
        return True

    async def react(self, recipient: Address, provider_id: str, sign: str) -> None:
        """Put one of capabilities.reactions at a message of the recipient's in place of what we put there before; "":
        nothing. The same again changes nothing. Raises SendError."""
        raise SendRejected(f"{self.name} cannot put anything at a message")


def _read_apart(adapter: builtins.type[Channel], name: str, settings: ChannelSettings, *unit: Any) -> tuple[Event, ...]:
    """Reading is pure, so the adapter is built without tools. unit: what a Raw is made of, in that order."""
    without_tools: Any = None
    return adapter(name, settings, without_tools).read(Raw(*unit))
