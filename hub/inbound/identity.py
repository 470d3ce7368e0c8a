"""Whose message it is: the customer who owns the address it came from (in one spelling: hub.inbound.addresses)."""

from dataclasses import dataclass

from sqlalchemy import Connection

from hub.inbound.addresses import clean_name
from hub.inbound.aliases import find_by_names, own_names
from hub.model import Address, Inbound
from hub.phone_spellings import spellings_of
from hub.store.addresses import find_claimant
from hub.store.customers import (
    NewCustomer,
    add_address,
    add_customer,
    add_owner,
    add_spelling,
    find_address,
    find_customer,
    list_claimants,
)


@dataclass(frozen=True, slots=True)
class Identified:
    """suggestions: customers for whom somebody noted this address without proof."""

    customer_id: str
    is_new: bool
    suggestions: tuple[str, ...] = ()


def identify(conn: Connection, sender: Address, inbound: Inbound, vouched_for: str | None, at: int) -> Identified:
    """The customer who owns the address. Only verified addresses join; a claimed one stays a suggestion, unless
    `vouched_for` names the customer to whom we wrote at exactly this address and whose signed reference came back."""
    if owners := find_by_names(conn, (sender, *inbound.aliases), at):
        _learn_spelling(conn, owners[0], sender, at)
        return Identified(owners[0], is_new=False, suggestions=tuple(owners[1:]))
    if vouched_for and find_address(conn, vouched_for, sender.kind, sender.handle):
        add_address(conn, vouched_for, sender, verified=True, at=at, source="answered our message")
        return Identified(vouched_for, is_new=False)
    claimants = tuple(list_claimants(conn, sender))
    new = NewCustomer(name=clean_name(inbound.sender_name), language=inbound.language[:2].lower())
    customer_id, is_new = add_owner(conn, sender, new, at, source=f"wrote by {sender.kind}")
    own_names(conn, customer_id, inbound.aliases, (sender, *inbound.aliases), at)
    return Identified(customer_id, is_new, claimants)


def identify_claimed(
    conn: Connection, address: Address | None, name: str, by_whom: str, answers: str | None, at: int
) -> Identified:
    """The customer of whom only a form or a group speaks: their own, however often the same one names them, and never a
    verified one. answers: the customer whom we wrote to at exactly this address, and whose signed id came back."""
    if address is None:
        return Identified(add_customer(conn, NewCustomer(name=clean_name(name)), at), is_new=True)
    source = f"named by {by_whom}"[:300]
    owner = find_customer(conn, address)
    known = (answers if owner is None else None) or find_claimant(conn, address, source)
    others = [id for id in (owner, *list_claimants(conn, address)) if id and id != known]
    if known:
        return Identified(known, is_new=False, suggestions=tuple(others))
    customer_id = add_customer(conn, NewCustomer(name=clean_name(name)), at)
    add_address(conn, customer_id, address, verified=False, at=at, source=source)
    return Identified(customer_id, is_new=True, suggestions=tuple(others))


def _learn_spelling(conn: Connection, customer_id: str, sender: Address, at: int) -> None:
    """An answer goes to exactly the spelling of the line that the customer wrote from."""
    spellings = spellings_of(sender.handle)
    if len(spellings) > 1 and find_address(conn, customer_id, sender.kind, sender.handle) is None:
        add_spelling(conn, customer_id, sender, at, source=f"wrote by {sender.kind}")
