"""What is remembered of an address: that it is dead, that the customer shut it to us or opened it again."""

from sqlalchemy import Connection

from hub.model import AddressState, Reachability
from hub.store.customers import find_customer, mark_address
from hub.store.deliveries import Delivery
from hub.store.events import append_event


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
