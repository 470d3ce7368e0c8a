"""Customers and the addresses that lead to them.

A verified address belongs to one customer and joins what comes from it; a claimed one (unverified) is only a
suggestion, and several customers may claim the same. A phone number reaches sms, voice and whatsapp alike.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, update

from hub.errors import Conflict, NotFound
from hub.ids import new_id
from hub.kinds import PHONES, is_phone
from hub.made_quickly import made_quickly
from hub.model import Address, AddressState
from hub.phone_spellings import spellings_of
from hub.store.dialect import lock_name, lock_row, upsert
from hub.store.tables import addresses, customer_labels, customers, labels


@made_quickly
@dataclass(frozen=True, slots=True)
class Customer:
    id: str
    name: str
    language: str
    timezone: str
    preferred_channel: str
    fields: Mapping[str, Any]
    created_at: int
    updated_at: int
    merged_into: str | None = None
    paused_until: int = 0  # no advertising before, because they said so


@made_quickly
@dataclass(frozen=True, slots=True)
class Reached:
    """One address of a customer. state: ok, unverified, claimed, bounced, blocked."""

    id: str
    customer_id: str
    kind: str
    handle: str
    verified: bool
    state: str
    reason: str = ""
    source: str = ""
    scope: str = ""

    @property
    def address(self) -> Address:
        return Address(self.kind, self.handle, self.scope)

    @property
    def is_id(self) -> bool:
        """An id of the provider's own, where a number would say more."""
        return is_phone(self.kind) and not self.handle.startswith("+")


@dataclass(frozen=True, slots=True)
class NewCustomer:
    name: str = ""
    language: str = ""
    timezone: str = ""
    preferred_channel: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)


_CUSTOMER = tuple(customers.c[one.name] for one in fields(Customer))
_REACHED = tuple(addresses.c[one.name] for one in fields(Reached))
_OWNED = select(addresses.c.customer_id).where(addresses.c.kind == bindparam("kind"), addresses.c.verified)
_OWNER = _OWNED.where(addresses.c.handle == bindparam("handle"))
_SPELLED = addresses.c.handle.in_(bindparam("spellings", expanding=True))
_OWNER_OF_LINE = _OWNED.where(_SPELLED).order_by(addresses.c.handle != bindparam("handle"))


def kinds_of(address: Address) -> Sequence[str]:
    """The address kinds that this handle serves, always in the same order (locks). A full number (E.164) serves all
    kinds of phone; a short code, a name or a withheld number only the one that was used."""
    return PHONES if is_phone(address.kind) and address.handle.startswith("+") else (address.kind,)


def find_customer(conn: Connection, address: Address) -> str | None:
    """The id of the customer who owns (verified) the address, in whatever spelling of its line."""
    spellings = _spellings(address)
    query = _OWNER if len(spellings) == 1 else _OWNER_OF_LINE
    if address.scope:
        query = query.where(addresses.c.scope.in_(("", address.scope)))
    return conn.scalar(query, {"kind": address.kind, "handle": address.handle, "spellings": spellings})


def _spellings(address: Address) -> Sequence[str]:
    return spellings_of(address.handle) if is_phone(address.kind) else (address.handle,)


def list_claimants(conn: Connection, address: Address) -> list[str]:
    """Customers for whom somebody noted the address without proof."""
    noted = (addresses.c.kind == address.kind, addresses.c.handle.in_(_spellings(address)), ~addresses.c.verified)
    return list(dict.fromkeys(conn.scalars(select(addresses.c.customer_id).where(*noted))))


def get_customer(conn: Connection, id: str) -> Customer:
    row = conn.execute(select(*_CUSTOMER).where(customers.c.id == id)).first()
    if row is None:
        raise NotFound("there is no such customer")
    return Customer(*row)


def list_customers_by_id(conn: Connection, ids: Sequence[str]) -> dict[str, Customer]:
    return {row.id: Customer(*row) for row in conn.execute(select(*_CUSTOMER).where(customers.c.id.in_(ids)))}


def lock_customer(conn: Connection, id: str) -> None:
    """Whatever else touches this customer waits for us."""
    lock_row(conn, customers, id)


def add_customer(conn: Connection, new: NewCustomer, at: int) -> str:
    customer_id = new_id()
    said = {one.name: getattr(new, one.name) for one in fields(NewCustomer)}
    row = {**said, "id": customer_id, "fields": dict(new.fields), "created_at": at, "updated_at": at}
    conn.execute(customers.insert(), row)
    return customer_id


def mark_customer(conn: Connection, id: str, at: int, **changes: Any) -> None:
    """Change name, language, timezone, preferred_channel or fields."""
    statement = update(customers).where(customers.c.id == id).values(**changes, updated_at=at)
    if conn.execute(statement).rowcount == 0:
        raise NotFound("there is no such customer")


def name_nameless(conn: Connection, id: str, name: str, at: int) -> None:
    """A name that a provider tells is better than none, and never better than one that somebody wrote."""
    nameless = update(customers).where(customers.c.id == id, customers.c.name == "")
    conn.execute(nameless.values(name=name, updated_at=at))


def add_owner(conn: Connection, address: Address, new: NewCustomer, at: int, source: str) -> tuple[str, bool]:
    """The customer who owns the address, made now if nobody does; safe against others doing the same this instant."""
    spellings = _spellings(address)
    if len(spellings) > 1:  # no index keeps two spellings of one line apart
        lock_name(conn, min(spellings))
        if owner := find_customer(conn, address):
            return owner, False
    customer_id = add_customer(conn, new, at)
    if _insert_addresses(conn, customer_id, address, verified=True, at=at, source=source):
        return customer_id, True
    conn.execute(delete(addresses).where(addresses.c.customer_id == customer_id))
    conn.execute(delete(customers).where(customers.c.id == customer_id))
    owner = find_customer(conn, address)
    if owner is None:
        raise Conflict(f"{address.kind} {address.handle} changed hands this instant", "changed_hands")
    return owner, False


def add_address(
    conn: Connection, customer_id: str, address: Address, *, verified: bool, at: int, source: str = ""
) -> None:
    """Note an address; raises Conflict when it is to be verified but belongs to somebody else. What was only claimed is
    no more than that no longer."""
    if verified:
        owner = find_customer(conn, address)
        if owner not in (None, customer_id):
            raise Conflict(f"{address.kind} {address.handle} already belongs to another customer", "owned")
    kinds = kinds_of(address)
    known = {r.kind for r in list_addresses(conn, customer_id) if r.handle == address.handle}
    if known:
        noted = update(addresses).where(addresses.c.customer_id == customer_id, addresses.c.handle == address.handle)
        noted = noted.where(addresses.c.kind.in_(kinds), addresses.c.verified.is_(False))
        claimed = noted.where(addresses.c.state == AddressState.CLAIMED)
        conn.execute(noted.values(verified=True, state="ok") if verified else claimed.values(state="unverified"))
    _insert_addresses(conn, customer_id, address, verified=verified, at=at, source=source)


def add_spelling(conn: Connection, customer_id: str, address: Address, at: int, source: str) -> None:
    """Another spelling of a line that the customer owns, for the one kind of channel that uses it."""
    _insert_addresses(conn, customer_id, address, verified=True, at=at, source=source, kinds=(address.kind,))


def find_spelling(conn: Connection, customer_id: str, address: Address) -> Address:
    """The address as it is noted with the customer: in this spelling if it is, else in another one of its line."""
    noted = {one.handle: one.address for one in list_addresses(conn, customer_id) if one.kind == address.kind}
    return next((noted[handle] for handle in _spellings(address) if handle in noted), address)


def _insert_addresses(
    conn: Connection,
    customer_id: str,
    address: Address,
    *,
    verified: bool,
    at: int,
    source: str,
    kinds: Sequence[str] = (),
) -> bool:
    """One row per kind the handle serves; False when somebody else owns one of them."""
    statement = upsert(conn, addresses).on_conflict_do_nothing()
    kinds = kinds or kinds_of(address)
    inserted = 0
    for kind in kinds:
        row = {
            "id": new_id(),
            "customer_id": customer_id,
            "kind": kind,
            "handle": address.handle,
            "scope": address.scope,
            "verified": verified,
            "state": "ok" if verified else "unverified",
            "source": source,
            "created_at": at,
        }
        inserted += conn.execute(statement, row).rowcount
    return inserted == len(kinds)


def list_addresses(conn: Connection, customer_id: str) -> list[Reached]:
    return list_all_addresses(conn, [customer_id])[customer_id]


def list_all_addresses(conn: Connection, customer_ids: Sequence[str]) -> dict[str, list[Reached]]:
    """Customer id -> addresses, the oldest first."""
    query = select(*_REACHED).where(addresses.c.customer_id.in_(customer_ids)).order_by(addresses.c.id)
    found: dict[str, list[Reached]] = {id: [] for id in customer_ids}
    for row in conn.execute(query):
        found[row.customer_id].append(Reached(*row))
    return found


def find_address(conn: Connection, customer_id: str, kind: str, handle: str) -> Reached | None:
    query = select(*_REACHED).where(
        addresses.c.customer_id == customer_id, addresses.c.kind == kind, addresses.c.handle == handle
    )
    row = conn.execute(query).first()
    return Reached(*row) if row else None


def release_number(conn: Connection, customer_id: str, handle: str, reason: str) -> None:
    """A number that moved on: still noted with the customer, but what comes from it is no longer surely theirs."""
    statement = update(addresses).where(addresses.c.customer_id == customer_id, addresses.c.handle == handle)
    conn.execute(statement.where(addresses.c.verified).values(verified=False, state="unverified", reason=reason))


def mark_address(conn: Connection, customer_id: str, address: Address, state: str, reason: str, was: str = "") -> bool:
    """Set ok, bounced or blocked (only when it `was` something, if that is given); whether anything changed."""
    statement = (
        update(addresses)
        .where(addresses.c.customer_id == customer_id, addresses.c.kind == address.kind)
        .where(addresses.c.handle == address.handle, addresses.c.state != state)
        .values(state=state, reason=reason)
    )
    statement = statement.where(addresses.c.state == was) if was else statement
    return conn.execute(statement).rowcount > 0


def forget_address(conn: Connection, customer_id: str, address_id: str) -> bool:
    statement = delete(addresses).where(addresses.c.customer_id == customer_id, addresses.c.id == address_id)
    return conn.execute(statement).rowcount > 0


def find_label(conn: Connection, name: str, at: int) -> str:
    """The label's id; a label given by name is created."""
    row = {"id": new_id(), "name": name, "created_at": at}
    conn.execute(upsert(conn, labels).on_conflict_do_nothing(), row)
    label_id: str = conn.execute(select(labels.c.id).where(labels.c.name == name)).scalar_one()
    return label_id


def list_customer_labels(conn: Connection, customer_ids: Sequence[str]) -> dict[str, list[str]]:
    """Customer id -> label names, sorted."""
    query = (
        select(customer_labels.c.customer_id, labels.c.name)
        .join(labels, labels.c.id == customer_labels.c.label_id)
        .where(customer_labels.c.customer_id.in_(customer_ids))
        .order_by(labels.c.name)
    )
    found: dict[str, list[str]] = {id: [] for id in customer_ids}
    for customer_id, name in conn.execute(query):
        found[customer_id].append(name)
    return found


def mark_customer_labels(conn: Connection, customer_id: str, names: Sequence[str], at: int) -> None:
    """Replace the customer's labels."""
    conn.execute(delete(customer_labels).where(customer_labels.c.customer_id == customer_id))
    for name in dict.fromkeys(names):
        conn.execute(customer_labels.insert(), {"customer_id": customer_id, "label_id": find_label(conn, name, at)})


def add_customer_label(conn: Connection, customer_id: str, name: str, at: int) -> None:
    row = {"customer_id": customer_id, "label_id": find_label(conn, name, at)}
    conn.execute(upsert(conn, customer_labels).on_conflict_do_nothing(), row)
