"""What a customer's word changes at once: STOP and START, a dead address that lives, what waited for silence."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from hub.kinds import is_phone
from hub.model import Address, AddressState, DeliveryState, Inbound
from hub.outbound.delivery_events import append_delivery_event
from hub.phone_spellings import spellings_of
from hub.reasons import Reason, Why
from hub.store.consents import withdraw_all
from hub.store.customers import list_addresses, mark_address
from hub.store.deliveries import cancel_on_inbound
from hub.store.events import append_event


@dataclass(frozen=True, slots=True)
class Heard:
    """A customer (not an automatic reply) said something. campaign_id: the campaign it provably answers; kind: of
    the address it came from; woke: the conversation was done until then; keyword: as in Inbound; said_at: when, as the
    sender has it."""

    customer_id: str
    conversation_id: str
    message_id: str
    campaign_id: str | None
    kind: str
    at: int
    woke: bool = False
    keyword: str = ""
    said_at: int = 0


Reaction = Callable[[Connection, Heard], None]


def react(conn: Connection, reactions: Sequence[Reaction], sender: Address, inbound: Inbound, heard: Heard) -> None:
    """What a customer's word changes at once, in the same transaction."""
    if inbound.keyword:
        _obey(conn, heard.customer_id, sender, inbound.keyword, heard.at)
    if inbound.automatic:
        return
    mark_address(conn, heard.customer_id, sender, AddressState.OK, "", was=AddressState.BOUNCED)  # it lives after all
    for delivery in cancel_on_inbound(conn, heard.customer_id, heard.at):
        append_delivery_event(conn, delivery, DeliveryState.CANCELLED, Reason(Why.WROTE_FIRST), heard.at)
    for reaction in reactions:
        reaction(conn, heard)


def _obey(conn: Connection, customer_id: str, sender: Address, keyword: str, at: int) -> None:
    """STOP and START by SMS or WhatsApp: consent and address follow at once (CTIA, provider keyword handling)."""
    if keyword == "stop":
        withdraw_all(conn, customer_id, sender.kind, "STOP", at)
    for address in _same_phone(conn, customer_id, sender):
        if keyword == "stop":
            mark_address(conn, customer_id, address, AddressState.BLOCKED, "STOP")
        elif keyword == "start":
            mark_address(conn, customer_id, address, AddressState.OK, "")
    if keyword in ("stop", "start"):
        data = {"kind": sender.kind, "handle": sender.handle, "keyword": keyword}
        append_event(conn, f"address.{keyword}", at=at, customer_id=customer_id, data=data)


def _same_phone(conn: Connection, customer_id: str, sender: Address) -> Sequence[Address]:
    """Who shuts one means all: the spellings of the line; on WhatsApp, which knows one phone by its number and by ids,
    whatever the customer has there."""
    if is_phone(sender.kind) and sender.kind != "whatsapp":
        return [Address(sender.kind, handle) for handle in spellings_of(sender.handle)]
    if sender.kind != "whatsapp":
        return (sender,)
    return [one.address for one in list_addresses(conn, customer_id) if one.kind == sender.kind]
