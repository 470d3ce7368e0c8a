"""An inbound message: kept before anybody hears "ok", then read, whose it is, where it belongs, that it lands once."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from sqlalchemy import Connection

from hub import crash
from hub.calls import land_call
from hub.channel import Channel, Raw
from hub.clock import HOUR, SECOND, Clock
from hub.conversations import Reference, find_reference, place
from hub.delivery import announce, settle
from hub.errors import ReadDeferred, StoreUnavailable, Unreadable
from hub.identity import Identified, identify, normalise_sender
from hub.live import Live
from hub.model import (
    Address,
    AddressState,
    Appended,
    Attachment,
    CallUpdate,
    DeliveryState,
    Direction,
    Edited,
    Event,
    Inbound,
    Receipt,
    RemoteFile,
)
from hub.signing import Signer
from hub.store.blobs import add_attachments
from hub.store.consents import withdraw_all
from hub.store.conversations import Conversation, Utterance, mark_utterance
from hub.store.customers import find_customer, lock_customer, mark_address
from hub.store.database import Store
from hub.store.deliveries import cancel_on_inbound
from hub.store.events import append_event
from hub.store.messages import (
    Message,
    NewMessage,
    append_message,
    find_provider_message,
    find_raw_message,
    mark_message,
)
from hub.store.raw import (
    Kept,
    append_polled,
    append_raws,
    find_raw,
    get_raw,
    mark_read,
    mark_read_later,
    mark_set_aside,
)

TRIES = 8  # of reading one raw unit before it is set aside
LANDING_LOOKS, LANDING_LOOK = 100, 0.05  # how often, and every how many seconds, a chat waits for its message
FILE_TRIES = 6  # of bringing a file before its message lands without it
CROWD = 8  # webhooks waiting for their "ok" at once
CROWD_LINGERS = 0.1  # seconds
RECEIPT_TRIES = 5  # of matching a receipt to a delivery before it is filed as unmatched

log = logging.getLogger("hub.intake")


@dataclass(frozen=True, slots=True)
class Heard:
    """A customer (not an automatic reply) said something. campaign_id: the campaign it provably answers."""

    customer_id: str
    conversation_id: str
    message_id: str
    campaign_id: str | None
    at: int


Reaction = Callable[[Connection, Heard], None]


@dataclass(frozen=True, slots=True)
class Desk:
    """What landing a message needs to know besides the message.

    reactions: what else follows from a customer's word, in the same transaction (sequences end, campaigns count).
    """

    signer: Signer
    country: str
    reopen_days: int
    reactions: tuple[Reaction, ...] = ()


class Reading(Protocol):
    """Runs `channel.read` where it can do no harm (see hub.reading)."""

    async def read(self, channel: Channel, raw: Raw) -> tuple[Event, ...]: ...

    async def close(self) -> None: ...


class PlainReading:
    """Reads in this process: for channels whose bytes are small and whose formats are simple."""

    async def read(self, channel: Channel, raw: Raw) -> tuple[Event, ...]:
        return channel.read(raw)

    async def close(self) -> None:
        """Nothing is held."""


@dataclass(eq=False)
class Intake:
    """The way in, as one process holds it. news is set whenever there is something to read."""

    store: Store
    clock: Clock
    live: Live
    desk: Desk
    reading: Reading
    process_id: str
    news: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: int = 0
    crowded_at: float = float("-inf")

    @property
    def crowded(self) -> bool:
        """Many want to hear "ok" just now: reading gives way to them. A group commit answers a whole crowd at
        once, so it counts as gone only when it has not come back for a moment."""
        return time.monotonic() - self.crowded_at < CROWD_LINGERS

    async def accept(self, channel: str, raws: Sequence[Raw]) -> list[str | None]:
        """Keep raw units durably and have them read soon; see `accept`."""
        self.waiting += 1
        if self.waiting >= CROWD:
            self.crowded_at = time.monotonic()
        try:
            ids = await accept(self.store, self.clock, channel, raws)
        finally:
            if self.waiting >= CROWD:
                self.crowded_at = time.monotonic()
            self.waiting -= 1
        self.news.set()
        return ids

    async def accept_polled(self, channel: str, cursor: str, raws: Sequence[Raw]) -> None:
        """The same for a poll, together with how far it came."""
        await self.store.write(append_polled, channel, cursor, raws, self.clock.now())
        self.news.set()

    async def accept_now(self, channel: Channel, raw: Raw) -> Message:
        """Keep one unit, read it at once and give the message (web chat waits for it). A repeat gives the first."""
        [raw_id] = await self.store.write_first(append_raws, channel.name, [raw], self.clock.now(), self.process_id)
        crash.point("intake.stored")
        kept = await self.store.read(find_raw, channel.name, raw.kind, raw.provider_id)
        if kept is None:
            raise StoreUnavailable("the message was not kept")
        if raw_id is not None:
            await self.land(channel, kept)
        return await self._landed(kept.id)

    async def land(self, channel: Channel, kept: Kept) -> None:
        """Read one claimed unit and tell the browsers."""
        if await read_and_land(self.store, self.clock, self.desk, self.reading, channel, kept):
            self.live.wake()

    async def _landed(self, raw_id: str) -> Message:
        """The message of a unit that this or another process is reading."""
        for _ in range(LANDING_LOOKS):
            message = await self.store.read(find_raw_message, raw_id)
            if message is not None:
                return message
            kept = await self.store.read(get_raw, raw_id)
            if kept.state == "set_aside":
                raise Unreadable(kept.problem)
            await asyncio.sleep(LANDING_LOOK)
        raise StoreUnavailable("the message is kept, but not read yet")


async def accept(store: Store, clock: Clock, channel: str, raws: Sequence[Raw]) -> list[str | None]:
    """Durable when it returns: now the provider may hear "ok". Ids of the units that are new, None for repeats."""
    if not raws:
        return []
    if not store.has_room(sum(len(raw.body) for raw in raws)):
        raise StoreUnavailable("the disk is nearly full")
    crash.point("intake.received")
    ids = await store.write_first(append_raws, channel, raws, clock.now())
    crash.point("intake.stored")
    return ids


async def read_and_land(store: Store, clock: Clock, desk: Desk, reading: Reading, channel: Channel, kept: Kept) -> bool:
    """Read one claimed unit and land what it holds; whether anything happened that others want to hear of.

    Whatever goes wrong is written to the unit itself: it is tried again later or set aside, and blocks nobody.
    """
    crash.point("intake.reading")
    try:
        events = await reading.read(channel, kept.raw)
        files = await _fetch(channel, events, last_try=kept.attempts >= FILE_TRIES)
        await store.write(land, desk, channel.name, channel.type, kept, events, files, clock.now())
        crash.point("intake.appended")
    except StoreUnavailable:
        raise
    except ReadDeferred as deferred:
        await _later(store, clock, kept, str(deferred))
        return False
    except Unreadable as unreadable:
        await store.write(mark_set_aside, kept.id, str(unreadable))
        log.warning("set aside raw %s of %s: %s", kept.id, kept.channel, unreadable)
        return True
    except Exception as bug:
        log.exception("raw %s of %s cannot be landed", kept.id, kept.channel)
        await _later(store, clock, kept, f"{type(bug).__name__}: {bug}")
        return False
    return True


async def _later(store: Store, clock: Clock, kept: Kept, problem: str) -> None:
    """Again after 1 s, 2 s, 4 s ... An unmatched receipt is filed away after some tries, anything else set aside."""
    if kept.raw.kind == "status" and kept.attempts >= RECEIPT_TRIES:
        await store.write(mark_read, kept.id, problem)
    elif kept.attempts >= TRIES:
        await store.write(mark_set_aside, kept.id, problem)
    else:
        due_at = clock.now() + min(2**kept.attempts * SECOND // 2, HOUR)
        await store.write(mark_read_later, kept.id, due_at, problem)


async def _fetch(channel: Channel, events: Sequence[Event], *, last_try: bool) -> Mapping[str, Attachment]:
    """Bring every file the events name, side by side. One that cannot be had does not keep the message back."""
    wanted = [file for event in events if isinstance(event, Inbound) for file in event.files]
    wanted += [event.recording for event in events if isinstance(event, CallUpdate) and event.recording]
    brought = await asyncio.gather(*(_bring(channel, file, last_try) for file in wanted))
    return {file.reference: attachment for file, attachment in zip(wanted, brought, strict=True) if attachment}


async def _bring(channel: Channel, file: RemoteFile, last_try: bool) -> Attachment | None:
    try:
        return await channel.fetch(file)
    except Unreadable as unreadable:
        log.warning("%s: the file %s is not taken: %s", channel.name, file.filename, unreadable)
    except ReadDeferred as deferred:
        if not last_try:
            raise
        log.warning("%s: the file %s is given up: %s", channel.name, file.filename, deferred)
    return None


def land(
    conn: Connection,
    desk: Desk,
    channel: str,
    channel_type: str,
    kept: Kept,
    events: Sequence[Event],
    files: Mapping[str, Attachment],
    at: int,
) -> list[Appended]:
    """Everything one raw unit holds, in one transaction; nothing when somebody else has landed it."""
    if not mark_read(conn, kept.id):
        return []
    landed: list[Appended] = []
    for event in events:
        if isinstance(event, Inbound):
            landed.append(receive(conn, desk, channel, channel_type, kept, event, files, at))
        elif isinstance(event, CallUpdate):
            land_call(conn, desk.country, desk.reopen_days, channel, kept.id, event, files, at)
        elif isinstance(event, Edited):
            _edit(conn, channel, event, at)
        else:
            _settle(conn, desk, channel, event, at)
    return landed


def receive(
    conn: Connection,
    desk: Desk,
    channel: str,
    channel_type: str,
    kept: Kept,
    inbound: Inbound,
    files: Mapping[str, Attachment],
    at: int,
) -> Appended:
    """One message: identify, place, append, react."""
    sender = normalise_sender(inbound.sender, desk.country)
    missing = [file.filename for file in inbound.files if file.reference not in files]
    inbound = replace(inbound, parts={**inbound.parts, "missing_files": missing}) if missing else inbound
    reference = find_reference(conn, desk.signer, channel, sender, inbound)
    who = identify(conn, sender, inbound, _vouched_for(reference, sender), at)
    lock_customer(conn, who.customer_id)
    conversation = place(conn, who.customer_id, reference, inbound.subject, desk.reopen_days, at)
    new = _message(channel, channel_type, kept, inbound, sender, conversation, at)
    message_id = append_message(conn, new)
    if message_id is None:
        return _known(conn, new, who.customer_id, conversation.id)
    attached = (*inbound.attachments, *(files[file.reference] for file in inbound.files if file.reference in files))
    add_attachments(conn, who.customer_id, message_id, attached, at)
    mark_utterance(conn, conversation, _utterance(new, attached))
    _announce(conn, new, message_id, who, reference)
    campaign_id = reference.delivery.campaign_id if reference and reference.delivery else None
    heard = Heard(who.customer_id, conversation.id, message_id, campaign_id, at)
    _react(conn, desk, sender, inbound, heard)
    return Appended(who.customer_id, conversation.id, message_id, fresh=True)


def _message(
    channel: str, channel_type: str, kept: Kept, inbound: Inbound, sender: Address, conversation: Conversation, at: int
) -> NewMessage:
    occurred_at = inbound.occurred_at or kept.received_at
    return NewMessage(
        customer_id=conversation.customer_id,
        conversation_id=conversation.id,
        channel=channel,
        channel_type=channel_type,
        direction=Direction.IN,
        kind=inbound.kind,
        provider_id=inbound.provider_id or None,
        peer=sender.handle,
        raw_id=kept.id,
        author_name=inbound.sender_name[:200],
        from_handle=sender.handle,
        to_handle=inbound.recipient,
        subject=inbound.subject[:1000],
        text=inbound.text,
        html=inbound.html,
        quoted_text=inbound.quoted_text,
        parts={**inbound.parts, "references": list(inbound.references[:50])},
        automatic=inbound.automatic,
        # a sender's clock is not believed about the future: the message would stand below the answer to it
        occurred_at=min(occurred_at, kept.received_at) if channel_type != "email" else _mail_time(kept, occurred_at),
        created_at=at,
    )


def _mail_time(kept: Kept, stated: int) -> int:
    """The Date header is the sender's word; when we received it is ours, and keeps the stream in order."""
    return min(stated, kept.received_at) if kept.received_at - stated > 24 * HOUR * 30 else kept.received_at


def _utterance(new: NewMessage, files: Sequence[Attachment]) -> Utterance:
    preview = new.text or new.subject or ", ".join(file.filename for file in files)
    return Utterance(
        new.channel,
        new.channel_type,
        new.direction,
        new.kind,
        preview,
        new.subject,
        new.occurred_at,
        automatic=new.automatic,
    )


def _known(conn: Connection, new: NewMessage, customer_id: str, conversation_id: str) -> Appended:
    found = find_provider_message(conn, new.channel, new.direction, new.peer, new.provider_id or "")
    found = found or find_raw_message(conn, new.raw_id or "")
    message_id = found.id if found else ""
    return Appended(customer_id, conversation_id, message_id, fresh=False)


def _vouched_for(reference: Reference | None, sender: Address) -> str | None:
    """We wrote to exactly this address, and the signed id of that very message came back."""
    if reference and reference.delivery and reference.delivery.address == sender:
        return reference.customer_id
    return None


def _announce(conn: Connection, new: NewMessage, message_id: str, who: Identified, reference: Reference | None) -> None:
    data: dict[str, object] = {"channel": new.channel, "channel_type": new.channel_type, "direction": "in"}
    if who.suggestions:
        data["suggestions"] = list(who.suggestions)
    if reference and reference.customer_id != who.customer_id:
        data["possible_reply_to"] = reference.conversation_id
    append_event(
        conn,
        "message.received",
        at=new.created_at,
        customer_id=who.customer_id,
        conversation_id=new.conversation_id,
        message_id=message_id,
        data=data,
    )


def _react(conn: Connection, desk: Desk, sender: Address, inbound: Inbound, heard: Heard) -> None:
    """What a customer's word changes at once, in the same transaction."""
    if inbound.keyword:
        _obey(conn, heard.customer_id, sender, inbound.keyword, heard.at)
    if inbound.automatic:
        return
    for delivery in cancel_on_inbound(conn, heard.customer_id, heard.at):
        announce(conn, delivery, DeliveryState.CANCELLED, "the customer wrote first", heard.at)
    for reaction in desk.reactions:
        reaction(conn, heard)


def _obey(conn: Connection, customer_id: str, sender: Address, keyword: str, at: int) -> None:
    """STOP and START by SMS or WhatsApp: consent and address follow at once (CTIA, provider keyword handling)."""
    if keyword == "stop":
        withdraw_all(conn, customer_id, sender.kind, "STOP", at)
        mark_address(conn, customer_id, sender, AddressState.BLOCKED, "the customer wrote STOP")
    elif keyword == "start":
        mark_address(conn, customer_id, sender, AddressState.OK, "")
    if keyword in ("stop", "start"):
        data = {"kind": sender.kind, "handle": sender.handle, "keyword": keyword}
        append_event(conn, f"address.{keyword}", at=at, customer_id=customer_id, data=data)


def _edit(conn: Connection, channel: str, edited: Edited, at: int) -> None:
    message = find_provider_message(conn, channel, Direction.IN, edited.sender.handle, edited.provider_id)
    if message is None:
        raise ReadDeferred("the edited message is not here yet")
    if message.text == edited.text:
        return
    history = [*message.parts.get("edits", []), {"text": message.text, "at": message.edited_at or message.occurred_at}]
    mark_message(conn, message.id, text=edited.text, edited_at=at, parts={**message.parts, "edits": history[-20:]})
    append_event(
        conn,
        "message.edited",
        at=at,
        customer_id=message.customer_id,
        conversation_id=message.conversation_id,
        message_id=message.id,
    )


def _settle(conn: Connection, desk: Desk, channel: str, receipt: Receipt, at: int) -> None:
    crash.point("delivery.receipt")
    if receipt.provider_id or receipt.reference:
        settle(conn, desk.signer, channel, receipt, at)
    elif receipt.recipient:  # not about one message: the customer shut the door (blocked our bot)
        _shut(conn, receipt, channel, at)


def _shut(conn: Connection, receipt: Receipt, channel: str, at: int) -> None:
    kind, _, handle = receipt.recipient.partition(":")
    address = Address(kind, handle)
    customer_id = find_customer(conn, address)
    if customer_id is None:
        return
    state = AddressState.BLOCKED if receipt.state == "failed" else AddressState.OK
    if mark_address(conn, customer_id, address, state, receipt.reason):
        data = {"kind": kind, "handle": handle, "state": state, "channel": channel}
        append_event(conn, f"address.{state}", at=at, customer_id=customer_id, data=data)
