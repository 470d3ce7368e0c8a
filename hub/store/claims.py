"""What is said of addresses besides whose they are: who claims one by whose word, that a person writes from it, and in
which letters an older hub kept it."""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, select, update

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


def respell(conn: Connection, address: Address) -> str | None:
    """Keep a provider's id letter for letter that an older hub kept in small letters, whose account it did not know
    either; its owner, if there is one."""
    here = (addresses.c.kind == address.kind, addresses.c.handle == address.handle.lower(), addresses.c.scope == "")
    owner: str | None = conn.scalar(select(addresses.c.customer_id).where(*here, addresses.c.verified))
    if owner is not None:
        noted = (addresses.c.customer_id == owner, addresses.c.kind == address.kind)
        conn.execute(delete(addresses).where(*noted, addresses.c.handle == address.handle, ~addresses.c.verified))
        values = {"handle": address.handle, "scope": address.scope}
        conn.execute(update(addresses).where(*here, addresses.c.verified).values(**values))
    return owner
