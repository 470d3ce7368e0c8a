"""What is remembered of an address: that it is dead, that the customer shut it to us or opened it again; that
whoever reads it says it is theirs."""

from sqlalchemy import Connection

from hub.model import AddressState, Reachability
from hub.store.addresses import get_address
from hub.store.customers import Reached, add_address, find_customer, mark_address
from hub.store.deliveries import Delivery
from hub.store.events import append_event

CONFIRMED = "confirmed by mail"  # where an address is from


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


def confirm(conn: Connection, address_id: str, at: int) -> Reached:
    """Whoever reads it says that it is theirs. Where it is another customer's, a person decides who is who, but it may
    be written to. Raises NotFound."""
    found = get_address(conn, address_id)
    if found.state == AddressState.CLAIMED:
        owner = find_customer(conn, found.address)
        if owner in (None, found.customer_id):
            add_address(conn, found.customer_id, found.address, verified=True, at=at, source=CONFIRMED)
        else:
            mark_address(conn, found.customer_id, found.address, AddressState.UNVERIFIED, found.reason)
        changed = {"changed": ["addresses"]}
        append_event(conn, "customer.changed", at=at, customer_id=found.customer_id, data=changed)
    return get_address(conn, address_id)
