"""One sender under several names: WhatsApp tells a business-scoped id beside the number, or in its place.

An id belongs to one number and is made anew when the number changes, so a known id with an unknown number is somebody
who moved (https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids).
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from hub.errors import Conflict
from hub.inbound.addresses import WHATSAPP_ID
from hub.model import Address, AddressState
from hub.store.addresses import respell
from hub.store.customers import add_address, find_customer, list_addresses, mark_address, release_number
from hub.store.events import append_event
from hub.store.merges import append_merge_event, merge_customers, was_undone

TOLD = "told by the provider with "  # and the other name


def find_by_names(conn: Connection, names: Sequence[Address], at: int) -> list[str]:
    """Whose the names are, the sender's owner first; names nobody owns become theirs. More than one where it takes a
    person to say that they are the same; none when nobody owns any of them."""
    owners = {name: owner for name in names if (owner := find_customer(conn, name) or _respelled(conn, name))}
    if not owners:
        return []
    customer_id, *others = dict.fromkeys(owners.values())
    apart = []
    for other in others:
        joined = _join(conn, customer_id, other, at)
        apart += [] if joined else [other]
        customer_id = joined or customer_id
    new = [name for name in names if name not in owners]
    for number in filter(_is_number, new):
        _move(conn, customer_id, number, [name.handle for name in owners], at)
    own_names(conn, customer_id, new, names, at)
    return [customer_id, *apart]


def _respelled(conn: Connection, name: Address) -> str | None:
    is_id = name.kind == "whatsapp" and WHATSAPP_ID.fullmatch(name.handle)
    return respell(conn, name) if is_id else None


def own_names(conn: Connection, customer_id: str, new: Sequence[Address], names: Sequence[Address], at: int) -> None:
    """One customer is behind all the names: the provider says so."""
    known = [one for one in list_addresses(conn, customer_id) if one.address in names]
    shut = next(
        (one for one in known if one.state == AddressState.BLOCKED), None
    )  # whoever stopped has not begun again
    for name in new:
        other = next((one.handle for one in names if one != name), "")
        add_address(conn, customer_id, name, verified=True, at=at, source=f"{TOLD}{other}")
        if shut:
            mark_address(conn, customer_id, name, shut.state, shut.reason)


def _join(conn: Connection, one: str, other: str, at: int) -> str | None:
    """The two are one person: of whom nothing but an id is known is taken in. None where a person must decide."""
    keep, absorb = (other, one) if _is_only_an_id(conn, one) else (one, other)
    if not _is_only_an_id(conn, absorb) or was_undone(conn, keep, absorb):
        return None
    try:
        append_merge_event(conn, "customer.merged", merge_customers(conn, keep, absorb, None, at), at)
    except Conflict:  # joined by somebody else this instant
        return None
    return keep


def _is_only_an_id(conn: Connection, customer_id: str) -> bool:
    return all(one.is_id for one in list_addresses(conn, customer_id) if one.verified)


def _move(conn: Connection, customer_id: str, number: Address, ids: Sequence[str], at: int) -> None:
    """The ids were told with another number before: that one may be somebody else's soon."""
    known = [one for one in list_addresses(conn, customer_id) if one.verified]
    told = {one.source.removeprefix(TOLD) for one in known if one.handle in ids and one.source.startswith(TOLD)}
    told |= {one.handle for one in known if one.source in {f"{TOLD}{id}" for id in ids}}
    for handle in sorted({one.handle for one in known if not one.is_id} & told - {number.handle}):
        release_number(conn, customer_id, handle, f"moved to {number.handle}")
        data = {"kind": number.kind, "handle": handle, "to": number.handle}
        append_event(conn, "address.moved", at=at, customer_id=customer_id, data=data)


def _is_number(name: Address) -> bool:
    return name.handle.startswith("+")
