"""What is said of addresses besides whose they are: who claims one by whose word, before whoever reads it has confirmed
it; that a person writes from it; and in which letters an older hub kept it."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, exists, select, update

from hub.errors import NotFound
from hub.ids import new_id
from hub.model import Address, AddressState, Lane
from hub.store.customers import Reached, list_addresses
from hub.store.deliveries import LANES
from hub.store.dialect import insert_missing, lock_name
from hub.store.tables import addresses, consents, deliveries

ASKED = "asked whether it is theirs"  # the reason of a claimed address


def is_person(conn: Connection, address: Address) -> bool:
    """Did an agent say that a person writes from this address, whatever its mails look like?"""
    said = select(addresses.c.id).where(
        addresses.c.kind == address.kind, addresses.c.handle == address.handle, addresses.c.person
    )
    return conn.scalar(said.limit(1)) is not None


def is_only_address(conn: Connection, customer_id: str, address: Address) -> bool:
    """Is nothing surely known of the customer but this address?"""
    return [one.address for one in list_addresses(conn, customer_id) if one.verified] == [address]


def mark_person(conn: Connection, customer_id: str, kind: str, handles: Sequence[str]) -> None:
    """A person writes from these addresses, for good."""
    theirs = update(addresses).where(addresses.c.customer_id == customer_id, addresses.c.kind == kind)
    conn.execute(theirs.where(addresses.c.handle.in_(handles)).values(person=True))


def mark_pictures(conn: Connection, customer_id: str, handle: str) -> None:
    """Pictures that mails from there name elsewhere are shown from now on."""
    theirs = update(addresses).where(addresses.c.customer_id == customer_id, addresses.c.kind == "email")
    conn.execute(theirs.where(addresses.c.handle == handle).values(pictures=True))


def list_pictured(conn: Connection, customer_id: str) -> set[str]:
    """The mail addresses of a customer of which they are."""
    theirs = (addresses.c.customer_id == customer_id) & (addresses.c.kind == "email") & addresses.c.pictures
    return set(conn.scalars(select(addresses.c.handle).where(theirs)))


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


def find_noted(conn: Connection, address: Address) -> str | None:
    """The customer for whom we noted it without proof, the first of them: no visitor who merely claims it."""
    query = select(addresses.c.customer_id).where(
        addresses.c.kind == address.kind,
        addresses.c.handle == address.handle,
        addresses.c.state == AddressState.UNVERIFIED,
    )
    found: str | None = conn.scalar(query.order_by(addresses.c.id).limit(1))
    return found


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


def list_undecided(conn: Connection, address: Address, since: int) -> list[Mapping[str, Any]]:
    """Payloads of what a machine wrote there later than that, without a purpose, after which whoever it was for has
    decided nothing about that kind of channel."""
    theirs = select(addresses.c.customer_id).where(
        addresses.c.kind == address.kind, addresses.c.handle == address.handle
    )
    decided = exists().where(
        consents.c.customer_id == deliveries.c.customer_id,
        consents.c.kind == address.kind,
        consents.c.at > deliveries.c.created_at,
    )
    query = select(deliveries.c.payload).where(
        deliveries.c.customer_id.in_(theirs),
        deliveries.c.kind == address.kind,
        deliveries.c.handle == address.handle,
        deliveries.c.lane == LANES[Lane.AUTOMATIC],
        deliveries.c.purpose == "",
        deliveries.c.created_at > since,
    )
    return list(conn.scalars(query.where(~decided)))


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
