"""Web chat: whose key it is, that a visitor's word is kept before they hear so, and what they have seen.

A visitor is a stranger with a random key until their own site vouches for them.
"""

import base64
import hmac
import json
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from hub.channel import Channel, Raw
from hub.context import Hub
from hub.digests import hash_of
from hub.errors import InvalidInput
from hub.ids import is_id, new_id
from hub.inbound.addresses import normalise
from hub.inbound.at_once import accept_now
from hub.model import Attachment, DeliveryState, Receipt
from hub.outbound.receipts import apply_receipt
from hub.signing import Signer
from hub.store.addresses import has_claim
from hub.store.customers import add_address, find_address, find_customer
from hub.store.messages import Message
from hub.store.webchat import (
    Visitor,
    add_visitor,
    add_visitor_token,
    find_known_visitor,
    find_visitor,
    list_places,
    list_unseen,
    mark_visitor_known,
)
from hub.webchat.confirmation import is_new_claim, may_ask
from hub.webchat.visitor_identity import VOUCHED, Identity, is_news, keep_identity

MAX_CLIENT_ID = 100
FORM, FORM_KEY = "chat-form", "chat-form-key"


@dataclass(eq=False, slots=True)
class Guest:
    """A visitor on one device. Nothing about them is stored before they say something."""

    visitor: Visitor
    token: str
    stored: bool = False
    identity: Identity = field(default_factory=Identity)
    customer_id: str | None = None
    claimed: Identity = field(default_factory=Identity)  # what was typed into the chat: never as good as signed
    stranger: Visitor | None = None  # who that was on this device before signing in as somebody known
    network: str = ""  # whom the device's address stands for

    @property
    def name(self) -> str:
        return self.identity.name or self.claimed.name


@dataclass(frozen=True, slots=True)
class Said:
    """One message of a visitor, checked; the same client_id twice is one message. phone: where to be called back."""

    client_id: str
    text: str
    files: Sequence[Attachment] = ()
    language: str = ""
    page: str = ""
    phone: str = ""


async def admit(hub: Hub, channel: str, token: str, identity: Identity, network: str = "") -> Guest:
    """The visitor whose key it is, or whom the site vouches for; else a new one."""
    guest, is_new_device = await hub.store.read(_admit, channel, token, identity)
    guest.network = network
    if guest.stored and (is_new_device or (identity.verified and guest.visitor.external_id is None)):
        await hub.store.write(_store_device, guest, hub.clock.now())
    if guest.customer_id is not None and await hub.store.read(is_news, guest.customer_id, identity):
        await _note(hub, guest, identity)
    if guest.stranger is not None:
        await hub.store.write(keep_identity, hub, guest.stranger, identity, False, hub.clock.now())
        hub.live.wake()
    return guest


def _admit(conn: Connection, channel: str, token: str, identity: Identity) -> tuple[Guest, bool]:
    known = stranger = None
    visitor = find_visitor(conn, channel, hash_of(token)) if token else None
    if identity.verified and (visitor is None or visitor.external_id != identity.external_id):
        known = find_known_visitor(conn, channel, identity.external_id or "")
        stranger = visitor if visitor is not None and visitor.external_id is None else None
        visitor = known or stranger  # on a shared computer the next user is somebody else
        token = token if visitor is not None and known is None else ""
    if visitor is None:
        return Guest(Visitor(new_id(), channel, identity.external_id), new_token(), identity=identity), True
    customer_id = find_customer(conn, visitor.address)
    guest = Guest(visitor, token or new_token(), True, identity, customer_id)
    guest.stranger = stranger if known else None
    return guest, not token


def sign_form(signer: Signer) -> str:
    """What a form carries so that whoever sends it is one visitor, also before there is a cookie."""
    return signer.sign(FORM, new_id())


def form_id(signer: Signer, form: str) -> str | None:
    """The id by which its message is known: the form itself is a key and is not stored."""
    ids = signer.open(FORM, form)
    return ids[0] if ids else None


async def admit_by_form(hub: Hub, channel: str, token: str, form: str, network: str) -> Guest:
    """The visitor whose cookie it is, else the one to whom this form was shown."""
    guest, id = await admit(hub, channel, token, Identity(), network), form_id(hub.signer, form)
    if guest.stored or id is None:
        return guest
    key = hmac.digest(hub.signer.key(FORM_KEY), id.encode(), "sha256").hex()
    before = await admit(hub, channel, key, Identity(), network)
    return before if before.stored else Guest(Visitor(id, channel, None), key, network=network)


def new_token() -> str:
    return secrets.token_urlsafe(32)


async def say(hub: Hub, channel: Channel, guest: Guest, said: Said) -> Message:
    """Durable, and in its conversation, when it returns. Raises StoreUnavailable, InvalidInput or Unreadable."""
    if not guest.stored:
        guest.visitor = await hub.store.write(_store_guest, guest, hub.clock.now())
        guest.stored = True
    raw = Raw("message", f"{guest.visitor.id}/{said.client_id}", _body(guest, said))
    first = guest.customer_id is None
    message = await accept_now(hub.reader, channel, raw)
    guest.customer_id = message.customer_id
    for known in (guest.identity, guest.claimed) if first else ():
        if known.name or known.email:
            await _note(hub, guest, known)
    return message


def _body(guest: Guest, said: Said) -> bytes:
    files = [
        {
            "filename": file.filename,
            "content_type": file.content_type,
            "content": base64.b64encode(file.content).decode(),
        }
        for file in said.files
    ]
    message = {
        "visitor": guest.visitor.id,
        "client_id": said.client_id,
        "text": said.text,
        "name": guest.name,
        "language": said.language,
        "page": said.page,
        "phone": said.phone,
        "files": files,
    }
    return json.dumps(message).encode()


def _store_guest(conn: Connection, guest: Guest, at: int) -> Visitor:
    """Before the first word: the key, and the customer the site says it is."""
    visitor = guest.visitor
    if not add_visitor(conn, visitor, at):
        visitor = find_known_visitor(conn, visitor.channel, visitor.external_id or "") or visitor
    add_visitor_token(conn, hash_of(guest.token), visitor.id, at)
    address = visitor.address
    if guest.identity.verified and guest.identity.email and find_customer(conn, address) is None:
        owner = find_customer(conn, normalise("email", guest.identity.email))
        if owner is not None:
            add_address(conn, owner, address, verified=True, at=at, source=VOUCHED)
    return visitor


def _store_device(conn: Connection, guest: Guest, at: int) -> None:
    add_visitor_token(conn, hash_of(guest.token), guest.visitor.id, at)
    if guest.identity.external_id is not None:
        mark_visitor_known(conn, guest.visitor.id, guest.identity.external_id)


async def keep_contact(hub: Hub, guest: Guest, claimed: Identity) -> None:
    """A name or an e-mail address given in the chat: a claim, whoever it is. Raises like check_contact."""
    await check_contact(hub, guest, claimed)
    guest.claimed = Identity(claimed.name or guest.claimed.name, claimed.email or guest.claimed.email)
    if guest.customer_id is not None:
        await _note(hub, guest, Identity(claimed.name, claimed.email))


async def check_contact(hub: Hub, guest: Guest, claimed: Identity) -> None:
    """Raises InvalidInput for another address than the one that was given before and is not confirmed."""
    if guest.customer_id is None or not claimed.email:
        return
    email = normalise("email", claimed.email)
    known = await hub.store.read(find_address, guest.customer_id, email.kind, email.handle)
    if known is None and await hub.store.read(has_claim, guest.customer_id):
        raise InvalidInput("you gave another address before, and it is not confirmed yet", "email", "claimed")


async def _note(hub: Hub, guest: Guest, identity: Identity) -> None:
    ask = await _may_ask(hub, guest, identity)
    guest.customer_id = await hub.store.write(keep_identity, hub, guest.visitor, identity, ask, hub.clock.now())
    hub.live.wake()


async def _may_ask(hub: Hub, guest: Guest, identity: Identity) -> bool:
    """Of an address that is new: may its reader be asked whether it is theirs?"""
    if not identity.email or identity.verified or guest.customer_id is None:
        return False
    email = normalise("email", identity.email)
    is_new = await hub.store.read(is_new_claim, guest.customer_id, email)
    return is_new and await may_ask(hub, email, guest.network)


async def mark_arrived(hub: Hub, guest: Guest, message_ids: Collection[str]) -> None:
    """The visitor's device has shown that it got these."""
    if guest.customer_id is None:
        return
    states = (DeliveryState.SENT,)
    unseen = await hub.store.read(list_unseen, guest.customer_id, guest.visitor, states)
    arrived = [delivery for delivery, message in unseen if message in message_ids]
    await _settle(hub, guest.visitor.channel, arrived, DeliveryState.DELIVERED)


async def mark_read_until(hub: Hub, guest: Guest, message_id: str) -> None:
    """The visitor has seen this message, an answer or their own, and what stands before it."""
    if guest.customer_id is None or not is_id(message_id):
        return
    await hub.live.last()  # what was said a moment ago may have no place yet
    unseen = await hub.store.read(list_unseen, guest.customer_id, guest.visitor)
    asked = [message_id, *(message for _, message in unseen)]
    places = await hub.store.read(list_places, guest.customer_id, guest.visitor, asked)
    until = places.get(message_id, 0)
    seen = [delivery for delivery, message in unseen if places.get(message, until + 1) <= until]
    await _settle(hub, guest.visitor.channel, seen, DeliveryState.READ)


async def _settle(hub: Hub, channel: str, delivery_ids: Sequence[str], state: DeliveryState) -> None:
    if delivery_ids:
        receipts = [Receipt("", state, reference=id) for id in delivery_ids]
        await hub.store.write(_settle_all, hub.signer, channel, receipts, hub.clock.now())
        hub.live.wake()


def _settle_all(conn: Connection, signer: Signer, channel: str, receipts: Sequence[Receipt], at: int) -> None:
    for receipt in receipts:
        apply_receipt(conn, signer, channel, receipt, at)
