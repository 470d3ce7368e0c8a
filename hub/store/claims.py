"""What is said of addresses besides whose they are: who claims one by whose word, and that a person writes from it."""

from collections.abc import Sequence

from sqlalchemy import Connection, select, update

from hub.model import Address
from hub.store.tables import addresses


def is_person(conn: Connection, address: Address) -> bool:
    """Did an agent say that a person writes from this address, whatever its mails look like?"""
    said = select(addresses.c.id).where(
        addresses.c.kind == address.kind, addresses.c.handle == address.handle, addresses.c.person
    )
    return conn.scalar(said.limit(1)) is not None


def mark_person(conn: Connection, customer_id: str, kind: str, handles: Sequence[str]) -> None:
    """A person writes from these addresses, for good."""
    theirs = update(addresses).where(addresses.c.customer_id == customer_id, addresses.c.kind == kind)
    conn.execute(theirs.where(addresses.c.handle.in_(handles)).values(person=True))


def find_claimant(conn: Connection, address: Address, source: str) -> str | None:
    """The customer who claims this address by the word of the same source."""
    query = select(addresses.c.customer_id).where(
        addresses.c.kind == address.kind,
        addresses.c.handle == address.handle,
        addresses.c.source == source,
        addresses.c.verified.is_(False),
    )
    found: str | None = conn.scalar(query.order_by(addresses.c.id.desc()).limit(1))
    return found
