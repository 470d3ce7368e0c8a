"""A provider's receipt becomes a delivery's state, and a dead address is remembered."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from hub.conversations import unsay
from hub.errors import ReadDeferred
from hub.ids import is_id
from hub.model import AddressState, DeliveryState, Reachability, Receipt, Report
from hub.signing import Signer
from hub.store.consents import withdraw_all
from hub.store.customers import find_customer, mark_address
from hub.store.deliveries import Delivery, find_by_provider_id, find_delivery, mark_provider_id, mark_state
from hub.store.events import append_event, append_events

COMPLAINT = "complaint"


def apply_receipt(conn: Connection, signer: Signer, channel: str, receipt: Receipt, at: int) -> Delivery:
    """Move the delivery forward, and answer it as it is now; raises ReadDeferred when it is not (yet) known."""
    delivery = _find(conn, signer, channel, receipt)
    if delivery is None:
        raise ReadDeferred(f"no delivery is known for {receipt.provider_id or receipt.reference}")
    return _apply(conn, delivery, receipt, at)


def apply_report(conn: Connection, signer: Signer, channel: str, report: Report, at: int) -> list[Delivery]:
    """What a mail says of a mail of ours; empty when it proves to be about none.

    It counts as far as it speaks of the address we wrote to. About others alone (a forwarded mailbox) it tells that
    ours did not arrive, but not that the address is dead.
    """
    delivery = _find(conn, signer, channel, report.receipts[0])
    if delivery is None:
        return []
    told = [one for one in report.receipts if one.recipient in ("", delivery.address.handle)]
    told = told or [replace(one, bounced=False) for one in report.receipts]
    return [_apply(conn, delivery, one, at) for one in told]


def _apply(conn: Connection, delivery: Delivery, receipt: Receipt, at: int) -> Delivery:
    if receipt.provider_id and not receipt.reference.count("@"):
        mark_provider_id(conn, delivery.id, receipt.provider_id)
    changed = mark_state(conn, delivery.id, receipt.state, receipt.reason, at)
    if receipt.bounced:
        mark_bounced(conn, delivery, receipt.reason, at)
    if receipt.reason.startswith(COMPLAINT):  # "this is spam" (RFC 5965) says more than any unsubscribe link
        withdraw_all(conn, delivery.customer_id, delivery.kind, COMPLAINT, at)
    if not changed:
        return delivery
    append_delivery_event(conn, delivery, receipt.state, receipt.reason, at)
    return replace(delivery, state=receipt.state)


def mark_bounced(conn: Connection, delivery: Delivery, reason: str, at: int) -> None:
    """The address itself is dead: nothing goes there until somebody says it lives again."""
    if mark_address(conn, delivery.customer_id, delivery.address, AddressState.BOUNCED, reason):
        data = {"kind": delivery.kind, "handle": delivery.handle, "state": "bounced", "reason": reason}
        append_event(conn, "address.bounced", at=at, customer_id=delivery.customer_id, data=data)


def apply_reachability(conn: Connection, told: Reachability, channel: str, at: int) -> None:
    """The customer shut the address to us, or opened it again."""
    address = told.address
    customer_id = find_customer(conn, address)
    if customer_id and mark_address(conn, customer_id, address, told.state, told.reason):
        data = {"kind": address.kind, "handle": address.handle, "state": told.state, "channel": channel}
        append_event(conn, f"address.{told.state}", at=at, customer_id=customer_id, data=data)


def append_delivery_event(conn: Connection, delivery: Delivery, state: DeliveryState, reason: str, at: int) -> None:
    append_delivery_events(conn, [(delivery, state, reason)], at)


def append_delivery_events(conn: Connection, changed: Sequence[tuple[Delivery, str, str]], at: int) -> None:
    """(delivery, state, reason) of each."""
    append_events(conn, [_news(delivery, state, reason) for delivery, state, reason in changed], at)
    for delivery, state, _ in changed:
        if state == DeliveryState.FAILED and delivery.conversation_id and not delivery.campaign_id:
            unsay(conn, delivery.conversation_id, delivery.created_at, at)


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
