"""Addresses that a stranger says are theirs, before whoever reads them has confirmed it."""

from sqlalchemy import Connection, exists, select

from hub.errors import NotFound
from hub.ids import new_id
from hub.model import Address, AddressState
from hub.store.customers import Reached, list_addresses
from hub.store.dialect import insert_missing, lock_name
from hub.store.tables import addresses

ASKED = "asked whether it is theirs"  # the reason of a claimed address


def add_claim(conn: Connection, customer_id: str, address: Address, at: int, source: str, *, asked: bool) -> None:
    """asked: whoever reads it is asked now."""
    row = {
        "id": new_id(),
        "customer_id": customer_id,
        "kind": address.kind,
        "handle": address.handle,
        "state": AddressState.CLAIMED,
        "reason": ASKED if asked else "",
        "source": source,
        "created_at": at,
    }
    insert_missing(conn, addresses, [row])


def get_address(conn: Connection, id: str) -> Reached:
    """Claimed, or what became of it. Raises NotFound."""
    owner = conn.scalar(select(addresses.c.customer_id).where(addresses.c.id == id))
    found = next((one for one in list_addresses(conn, owner) if one.id == id), None) if owner else None
    if found is None:
        raise NotFound("there is no such address")
    return found


def has_claim(conn: Connection, customer_id: str) -> bool:
    """Is there an address that this customer claims, not confirmed?"""
    mine = exists().where(addresses.c.customer_id == customer_id, addresses.c.state == AddressState.CLAIMED)
    return bool(conn.scalar(select(mine)))


def was_asked(conn: Connection, address: Address, since: int) -> bool:
    """Later than that, whoever claimed it; others who would ask this instant wait."""
    lock_name(conn, f"claim {address.handle}")
    noted = exists().where(addresses.c.kind == address.kind, addresses.c.handle == address.handle)
    asked = noted.where(addresses.c.reason == ASKED, addresses.c.created_at > since)
    return bool(conn.scalar(select(asked)))
