"""Keeps what the Twilio sandbox knows - messages, media, calls, recordings - in memory, and bounded."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Generic, TypeVar
from uuid import uuid4

from hub.clock import DAY, Clock

MAX_MESSAGES = 20_000
MAX_CALLS = 5_000
MAX_BYTES = 128_000_000
MAX_LOG = 20_000

Item = TypeVar("Item")
FINAL_CALL_STATES = ("completed", "busy", "no-answer", "failed", "canceled")


@dataclass
class Media:
    sid: str
    parent_sid: str
    content_type: str
    content: bytes
    created: int


@dataclass
class TwilioMessage:
    """direction: inbound (from the customer's handset), outbound-api (from the hub), outbound-reply (TwiML, STOP).

    fields: what its webhook tells besides, and the REST API does not (Latitude, InteractiveData, Referral...).
    """

    sid: str
    direction: str
    from_: str
    to: str
    body: str
    status: str
    created: int
    updated: int
    sent: int | None = None
    segments: int = 1
    error_code: int | None = None
    error_message: str | None = None
    callback: str = ""
    profile_name: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    messaging_service_sid: str | None = None
    content: "Content | None" = None
    media: list[Media] = field(default_factory=list)
    webhook_status: int | None = None


@dataclass(frozen=True)
class Content:
    """Words that were laid before WhatsApp; variables: with an example each."""

    sid: str
    name: str
    language: str
    body: str
    variables: Mapping[str, str]
    status: str = "approved"
    category: str = "UTILITY"
    choices: tuple[str, ...] = ()

    def filled(self, given: Mapping[str, str]) -> str:
        """What is not given is as in the example, as the provider does it."""
        text = self.body
        for name, value in {**self.variables, **given}.items():
            text = text.replace("{{" + name + "}}", str(value))
        return text


@dataclass
class TwilioCall:
    """heard: what the person on this leg experienced, in order, as (verb, detail)."""

    sid: str
    direction: str
    from_: str
    to: str
    status: str
    created: int
    updated: int
    parent_sid: str | None = None
    started: int | None = None
    ended: int | None = None
    duration: int | None = None
    callback: str = ""
    callback_events: tuple[str, ...] = ("completed",)
    callback_sequence: int = 0
    timeout: int = 60
    heard: list[tuple[str, str]] = field(default_factory=list)
    hung_up_by_api: bool = False
    redirected_to: "tuple[str, str] | None" = None
    gone: asyncio.Event = field(default_factory=asyncio.Event)  # hung up by whoever is really there, or by the API
    moved: asyncio.Event = field(default_factory=asyncio.Event)  # the API has sent it to another document

    @property
    def over(self) -> bool:
        return self.status in FINAL_CALL_STATES


@dataclass
class Recording:
    sid: str
    call_sid: str
    source: str
    duration: int
    content: bytes
    created: int
    channels: int = 1


@dataclass
class Number:
    """A number of the account. message_url, voice_url and status_url are what its owner configured."""

    sid: str
    number: str
    created: int
    message_url: str = ""
    voice_url: str = ""
    status_url: str = ""


@dataclass(frozen=True)
class SeenRequest:
    """One request the REST API received; form holds every value of every field."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    form: Mapping[str, list[str]]
    at: int


@dataclass(frozen=True)
class SentWebhook:
    """One request the sandbox made to the hub, and the answer; status 0: no connection."""

    url: str
    form: Mapping[str, str]
    status: int
    body: bytes
    content_type: str
    at: int


class Shelf(OrderedDict[str, Item], Generic[Item]):
    """A dict that forgets its oldest item when full."""

    def __init__(self, limit: int, forget: Callable[[Item], None] = lambda item: None) -> None:
        super().__init__()
        self._limit = limit
        self._forget = forget

    def put(self, key: str, item: Item) -> Item:
        self[key] = item
        while len(self) > self._limit:
            self._forget(self.popitem(last=False)[1])
        return item


class TwilioState:
    """One account. Everything the REST API shows and the handsets did."""

    def __init__(self, account_sid: str, auth_token: str, clock: Clock) -> None:
        self.account_sid = account_sid
        self.auth_token = auth_token
        self.clock = clock
        self.created = clock.now()
        self.origin = ""
        self.numbers: dict[str, Number] = {}
        self.contents: dict[str, Content] = {}
        self.services: dict[str, list[str]] = {}  # a messaging service's sid -> the numbers of its pool
        self.messages: Shelf[TwilioMessage] = Shelf(MAX_MESSAGES)
        self.calls: Shelf[TwilioCall] = Shelf(MAX_CALLS)
        self.media: Shelf[Media] = Shelf(MAX_MESSAGES)
        self.recordings: Shelf[Recording] = Shelf(MAX_CALLS)
        self.whatsapp_ids: dict[str, str] = {}  # number -> the id this account knows its owner by
        self.hidden: set[str] = set()  # numbers whose owners show nobody more than the id
        self.price: Decimal | None = None  # of each segment that arrives
        self.opted_out: set[tuple[str, str]] = set()
        self.requests: deque[SeenRequest] = deque(maxlen=MAX_LOG)
        self.webhooks: deque[SentWebhook] = deque(maxlen=MAX_LOG)
        self.alerts: deque[tuple[int, str]] = deque(maxlen=MAX_LOG)

    def sender_of(self, service: str, to: str) -> str:
        """A service keeps to the number that a recipient knows ("sticky sender"); "" where it has none."""
        pool = self.services.get(service, [])
        known = (one.from_ for one in reversed([*self.messages.values()]) if one.to == to and one.from_ in pool)
        return next(known, pool[0] if pool else "")

    def shown_as(self, number: str) -> str:
        """What the account is told of a WhatsApp user: the number, or only the id."""
        return f"whatsapp:{self.whatsapp_ids[number]}" if number in self.hidden else f"whatsapp:{number}"

    def has_heard(self, person: str, line: str) -> bool:
        """Did they write to that line of ours within a day? By number or id, which are the same person."""
        since = self.clock.now() - DAY
        names = {bare(person), self.whatsapp_ids.get(bare(person), "")}
        names |= {number for number, id in self.whatsapp_ids.items() if id == bare(person)}
        return any(
            said.direction == "inbound" and said.to == line and bare(said.from_) in names and said.created > since
            for said in self.messages.values()
        )

    def is_reached(self, id: str) -> bool:
        """An id is taken letter for letter, and only from the account it was told to."""
        told = {message.from_ for message in self.messages.values() if message.direction == "inbound"}
        return id in self.whatsapp_ids.values() or f"whatsapp:{id}" in told

    @property
    def path(self) -> str:
        return f"/2010-04-01/Accounts/{self.account_sid}"

    def add_message(self, *, direction: str, from_: str, to: str, body: str, status: str, **rest: Any) -> TwilioMessage:
        now = self.clock.now()
        prefix = "MM" if rest.pop("with_media", False) else "SM"
        message = TwilioMessage(new_sid(prefix), direction, from_, to, body, status, now, now, **rest)
        return self.messages.put(message.sid, message)

    def add_media(self, message: TwilioMessage, content_type: str, content: bytes) -> Media:
        media = Media(new_sid("ME"), message.sid, content_type, content, self.clock.now())
        message.media.append(media)
        self.media.put(media.sid, media)
        self._drop_bytes()
        return media

    def add_call(self, *, direction: str, from_: str, to: str, status: str, **rest: Any) -> TwilioCall:
        now = self.clock.now()
        call = TwilioCall(new_sid("CA"), direction, from_, to, status, now, now, **rest)
        return self.calls.put(call.sid, call)

    def add_recording(self, call_sid: str, source: str, duration: int, content: bytes) -> Recording:
        recording = Recording(new_sid("RE"), call_sid, source, duration, content, self.clock.now())
        self.recordings.put(recording.sid, recording)
        self._drop_bytes()
        return recording

    def media_url(self, media: Media) -> str:
        return f"{self.origin}{self.path}/Messages/{media.parent_sid}/Media/{media.sid}"

    def recording_url(self, recording: Recording) -> str:
        return f"{self.origin}{self.path}/Recordings/{recording.sid}"

    def alert(self, code: int, text: str) -> None:
        """What the provider's debugger would show the operator."""
        self.alerts.append((code, text))

    def _drop_bytes(self) -> None:
        held: list[Media | Recording] = [*self.media.values(), *self.recordings.values()]
        surplus = sum(len(item.content) for item in held) - MAX_BYTES
        for item in sorted(held, key=lambda item: item.created):
            if surplus <= 0:
                return
            surplus -= len(item.content)
            item.content = b""


def new_sid(prefix: str) -> str:
    return prefix + uuid4().hex


def kind_of(number: str) -> str:
    """whatsapp, or sms (RCS is answered by the same phone)."""
    return "whatsapp" if number.startswith("whatsapp:") else "sms"


def bare(address: str) -> str:
    """Without the channel's prefix."""
    return address.removeprefix("whatsapp:").removeprefix("rcs:")
