"""A link that leads one customer to a chat: whoever opens it is that customer, because nobody else was given it.

It is signed, good for a week, and joins one chat only; the next who opens it is a suggestion for a person to decide.
"""

from dataclasses import replace

from sqlalchemy import Connection

from hub.clock import DAY
from hub.errors import InvalidInput, NotFound
from hub.inbound.addresses import normalise
from hub.model import Address, Inbound
from hub.signing import Signer
from hub.store.addresses import is_only_address
from hub.store.customers import add_address, find_customer, get_customer, list_addresses
from hub.store.merges import append_merge_event, merge_customers, was_undone

GOOD_DAYS = 7
OPENED = "opened a link of ours"
SHARED = "shared on "  # and the kind of chat


def invite(signer: Signer, customer_id: str, at: int) -> str:
    """The token such a link hands over: at most 64 letters, digits, _ and -."""
    return signer.sign(_purpose(at // DAY), customer_id).replace(".", "-")


def invited(signer: Signer, token: str, at: int) -> str | None:
    """The customer whom it was made for."""
    today, signed = at // DAY, token.replace("-", ".", 1)
    days = (signer.open(_purpose(day), signed) for day in range(today, today - GOOD_DAYS - 1, -1))
    return next((ids[0] for ids in days if ids), None)


def _purpose(day: int) -> str:
    return f"invitation {day}"


def follow_invitation(conn: Connection, signer: Signer, inbound: Inbound, at: int) -> Inbound:
    """Who opened a link of ours is joined; the token is not shown to anybody."""
    token = str(inbound.parts.get("start", ""))
    customer_id = invited(signer, token, at) if token else None
    if customer_id is None:
        return inbound
    _join(conn, customer_id, inbound.sender, at)
    told = {name: what for name, what in inbound.parts.items() if name != "start"}
    return replace(inbound, text=inbound.text.replace(token, "").strip(), parts=told)


def _join(conn: Connection, customer_id: str, sender: Address, at: int) -> None:
    try:
        customer = get_customer(conn, customer_id)
    except NotFound:  # erased since
        return
    id, owner = customer.merged_into or customer.id, find_customer(conn, sender)
    if owner == id:
        return
    taken = any(one.verified and one.kind == sender.kind for one in list_addresses(conn, id))
    alone = owner is None or (is_only_address(conn, owner, sender) and not was_undone(conn, id, owner))
    if taken or not alone:
        add_address(conn, id, sender, verified=False, at=at, source=OPENED)
    elif owner is None:
        add_address(conn, id, sender, verified=True, at=at, source=OPENED)
    else:
        append_merge_event(conn, "customer.merged", merge_customers(conn, id, owner, None, at), at)


def note_own_number(conn: Connection, customer_id: str, inbound: Inbound, country: str, at: int) -> None:
    """A number that somebody shared as their own waits for a person to confirm it."""
    number = str(inbound.parts.get("own_number", ""))
    if not number:
        return
    try:
        address = normalise("sms", number, country)
    except InvalidInput:  # it stands in the message all the same
        return
    if find_customer(conn, address) != customer_id:
        add_address(conn, customer_id, address, verified=False, at=at, source=f"{SHARED}{inbound.sender.kind}")
