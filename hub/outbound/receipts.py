"""A provider's receipt becomes a delivery's state: raised, never lowered."""

from dataclasses import replace

from sqlalchemy import Connection

from hub.errors import ReadDeferred, Unreadable
from hub.ids import is_id
from hub.model import DeliveryState, Receipt, Report
from hub.outbound.address_state import mark_bounced
from hub.outbound.delivery_events import append_delivery_event
from hub.reasons import Reason
from hub.signing import Signer
from hub.store.channel_health import Passage, count_passage
from hub.store.consents import withdraw_all
from hub.store.costs import mark_cost
from hub.store.customers import find_address, find_customer
from hub.store.deliveries import Delivery, find_by_provider_id, find_delivery, mark_provider_id, mark_state
from hub.watch import OUT

COMPLAINT = "complaint"
PROVABLE = (DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.READ, DeliveryState.FAILED)


def apply_receipt(conn: Connection, signer: Signer, channel: str, receipt: Receipt, at: int) -> Delivery:
    """Move the delivery forward, and answer it as it is now; raises ReadDeferred when it is not (yet) known, Unreadable
    when it says what no provider can know."""
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
    if receipt.state not in PROVABLE:
        raise Unreadable(f"a receipt that says {receipt.state}")
    if receipt.provider_id and not receipt.reference.count("@"):
        mark_provider_id(conn, delivery.id, receipt.provider_id)
    if receipt.price is not None:
        mark_cost(conn, delivery, receipt.price, receipt.currency, delivery.sent_at or at)
    why = Reason(detail=receipt.reason)
    changed = mark_state(conn, delivery.id, receipt.state, why, at)
    if receipt.bounced:
        mark_bounced(conn, delivery, receipt.reason, at)
    # "this is spam" (RFC 5965) says more than any unsubscribe link
    if receipt.complaint and _is_theirs(conn, delivery):
        withdraw_all(conn, delivery.customer_id, delivery.kind, COMPLAINT, at)
    if not changed:
        return delivery
    append_delivery_event(conn, delivery, receipt.state, why, at)
    if receipt.state == DeliveryState.FAILED:
        count_passage(conn, delivery.channel, OUT, Passage(lost=1), at)
    return replace(delivery, state=receipt.state)


def _is_theirs(conn: Connection, delivery: Delivery) -> bool:
    """Did it go to the customer? A copy, or what was forwarded, goes to others, who cannot speak for them."""
    known = find_address(conn, delivery.customer_id, delivery.kind, delivery.handle)
    return known is not None or find_customer(conn, delivery.address) == delivery.customer_id


def _find(conn: Connection, signer: Signer, channel: str, receipt: Receipt) -> Delivery | None:
    if receipt.reference:
        reference = receipt.reference if is_id(receipt.reference) else signer.delivery_of(receipt.reference)
        found = find_delivery(conn, reference) if reference else None
        if found:
            return found
    return find_by_provider_id(conn, channel, receipt.provider_id) if receipt.provider_id else None
