"""A provider's receipt becomes a delivery's state, and a dead address is remembered."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from hub.errors import ReadDeferred
from hub.ids import is_id
from hub.model import Address, AddressState, DeliveryState, Receipt
from hub.signing import Signer
from hub.store.consents import withdraw_all
from hub.store.customers import find_customer, mark_address
from hub.store.deliveries import Delivery, find_by_provider_id, find_delivery, mark_provider_id, mark_state
from hub.store.events import append_event, append_events

COMPLAINT = "complaint"


def settle(conn: Connection, signer: Signer, channel: str, receipt: Receipt, at: int) -> Delivery | None:
    """Move the delivery forward, and answer it as it is now; raises ReadDeferred when it is not (yet) known."""
    delivery = _find(conn, signer, channel, receipt)
    if delivery is None:
        if receipt.bounced and receipt.recipient:
            _bounce_unasked(conn, receipt, at)
            return None
        raise ReadDeferred(f"no delivery is known for {receipt.provider_id or receipt.reference}")
    if receipt.provider_id and not receipt.reference.count("@"):
        mark_provider_id(conn, delivery.id, receipt.provider_id)
    changed = mark_state(conn, delivery.id, receipt.state, receipt.reason, at)
    if receipt.bounced:
        mark_bounced(conn, delivery, receipt.reason, at)
    if receipt.reason.startswith(COMPLAINT):  # "this is spam" (RFC 5965) says more than any unsubscribe link
        withdraw_all(conn, delivery.customer_id, delivery.kind, COMPLAINT, at)
    if not changed:
        return delivery
    announce(conn, delivery, receipt.state, receipt.reason, at)
    return replace(delivery, state=receipt.state)


def mark_bounced(conn: Connection, delivery: Delivery, reason: str, at: int) -> None:
    """The address itself is dead: nothing goes there until somebody says it lives again."""
    if mark_address(conn, delivery.customer_id, delivery.address, AddressState.BOUNCED, reason):
        data = {"kind": delivery.kind, "handle": delivery.handle, "state": "bounced", "reason": reason}
        append_event(conn, "address.bounced", at=at, customer_id=delivery.customer_id, data=data)


def announce(conn: Connection, delivery: Delivery, state: DeliveryState, reason: str, at: int) -> None:
    announce_all(conn, [(delivery, state, reason)], at)


def announce_all(conn: Connection, changed: Sequence[tuple[Delivery, str, str]], at: int) -> None:
    """(delivery, state, reason) of each."""
    append_events(conn, [_news(delivery, state, reason) for delivery, state, reason in changed], at)


def _news(delivery: Delivery, state: str, reason: str) -> dict[str, Any]:
    return {
        "type": f"delivery.{state}",
        "customer_id": delivery.customer_id,
        "conversation_id": delivery.conversation_id,
        "message_id": delivery.message_id,
        "data": {"delivery": delivery.id, "state": state, "reason": reason, "channel": delivery.channel},
    }


def _find(conn: Connection, signer: Signer, channel: str, receipt: Receipt) -> Delivery | None:
    if receipt.reference:
        reference = receipt.reference if is_id(receipt.reference) else signer.delivery_of(receipt.reference)
        found = find_delivery(conn, reference) if reference else None
        if found:
            return found
    return find_by_provider_id(conn, channel, receipt.provider_id) if receipt.provider_id else None


def _bounce_unasked(conn: Connection, receipt: Receipt, at: int) -> None:
    """A bounce that names no mail of ours proves nothing about it: it is noted, the address stays as it is."""
    customer_id = find_customer(conn, Address("email", receipt.recipient.lower()))
    data = {"recipient": receipt.recipient, "reason": receipt.reason}
    append_event(conn, "bounce.unmatched", at=at, customer_id=customer_id, data=data)
