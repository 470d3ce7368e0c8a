"""Many customers at once: what an import looks up and writes for a whole batch of rows, one statement per table."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, case, or_, select, update

from hub.ids import new_id
from hub.model import Address, AddressState
from hub.phone_spellings import spellings_of
from hub.store.customers import NewCustomer, kinds_of
from hub.store.dialect import insert_fresh, insert_missing, upsert
from hub.store.tables import addresses, consent_states, consents, customer_labels, customers, labels

UNPROVED = (AddressState.UNVERIFIED, AddressState.CLAIMED)
Owners = dict[tuple[str, str], str]  # (kind, handle) -> customer id


def list_owners(conn: Connection, wanted: Collection[Address]) -> Owners:
    """Who owns (verified) these addresses, in any kind that their handles serve and any spelling of their lines."""
    by_kind: dict[str, list[str]] = {}
    for address in wanted:
        for kind in kinds_of(address):
            by_kind.setdefault(kind, []).extend(spellings_of(address.handle))
    found: Owners = {}
    for kind, handles in by_kind.items():
        query = select(addresses.c.handle, addresses.c.customer_id).where(
            addresses.c.kind == kind, addresses.c.handle.in_(handles), addresses.c.verified
        )
        found.update({(kind, handle): customer_id for handle, customer_id in conn.execute(query)})
    return found


def list_living(conn: Connection, ids: Collection[str]) -> dict[str, str]:
    """Of those ids the ones that are customers, or were before a merge: id -> id of today. Not who was erased."""
    query = select(customers.c.id, customers.c.merged_into).where(
        customers.c.id.in_(ids), customers.c.erased_at.is_(None)
    )
    return {id: merged_into or id for id, merged_into in conn.execute(query)} if ids else {}


def add_customers(conn: Connection, new: Mapping[str, NewCustomer], at: int) -> None:
    rows = [
        {
            "id": id,
            "name": one.name,
            "language": one.language,
            "timezone": one.timezone,
            "preferred_channel": one.preferred_channel,
            "fields": dict(one.fields),
            "created_at": at,
            "updated_at": at,
        }
        for id, one in new.items()
    ]
    if rows:
        conn.execute(customers.insert(), rows)


def mark_customers(conn: Connection, changed: Mapping[str, NewCustomer], at: int) -> None:
    statement = (
        update(customers)
        .where(customers.c.id == bindparam("of"))
        .values(
            name=bindparam("new_name"),
            language=bindparam("new_language"),
            timezone=bindparam("new_timezone"),
            preferred_channel=bindparam("new_preferred_channel"),
            fields=bindparam("new_fields"),
            updated_at=at,
        )
    )
    rows = [
        {
            "of": id,
            "new_name": one.name,
            "new_language": one.language,
            "new_timezone": one.timezone,
            "new_preferred_channel": one.preferred_channel,
            "new_fields": dict(one.fields),
        }
        for id, one in changed.items()
    ]
    if rows:
        conn.execute(statement, rows)


def add_addresses(conn: Connection, new: Mapping[tuple[str, Address], bool], at: int, source: str) -> bool:
    """(customer id, address) -> verified. False when somebody else noted one of them this instant: what was decided may
    be wrong then, and all of it has to be taken back."""
    rows = [
        {
            "id": new_id(),
            "customer_id": customer_id,
            "kind": address.kind,
            "handle": address.handle,
            "verified": verified,
            "state": "ok" if verified else "unverified",
            "source": source,
            "created_at": at,
        }
        for (customer_id, address), verified in new.items()
    ]
    return len(insert_fresh(conn, addresses, rows)) == len(rows) if rows else True


def verify_addresses(conn: Connection, proved: Sequence[tuple[str, str, str]]) -> None:
    """(customer id, kind, handle) of addresses that nobody had proved. One that bounced or was blocked stays so: a
    list does not make it sendable."""
    is_unproved = or_(*(addresses.c.state == state for state in UNPROVED))  # many at once: no IN
    statement = (
        update(addresses)
        .where(
            addresses.c.customer_id == bindparam("of"),
            addresses.c.kind == bindparam("in_kind"),
            addresses.c.handle == bindparam("with_handle"),
        )
        .values(verified=True, state=case((is_unproved, "ok"), else_=addresses.c.state))
    )
    rows = [{"of": id, "in_kind": kind, "with_handle": handle} for id, kind, handle in proved]
    if rows:
        conn.execute(statement, rows)


def label_customers(conn: Connection, new: Sequence[tuple[str, str]], at: int) -> None:
    """(customer id, label); labels given by name are created."""
    names = sorted({name for _, name in new})
    if not names:
        return
    insert_missing(conn, labels, [{"id": new_id(), "name": name, "created_at": at} for name in names])
    ids = {name: id for id, name in conn.execute(select(labels.c.id, labels.c.name).where(labels.c.name.in_(names)))}
    insert_missing(conn, customer_labels, [{"customer_id": id, "label_id": ids[name]} for id, name in new])


def append_consents(
    conn: Connection,
    new: Mapping[tuple[str, str, str], str],
    at: int,
    source: str,
    grounds: Mapping[tuple[str, str, str], tuple[str, str]],
) -> None:
    """(customer id, channel kind, purpose) -> state, into the ledger and as what counts now. grounds: of these the
    column that says so, and what stands there."""
    rows: list[dict[str, Any]] = [
        {"customer_id": id, "kind": kind, "purpose": purpose, "state": state, "at": at}
        for (id, kind, purpose), state in new.items()
    ]
    if not rows:
        return
    proof = {"wording": "", "ip": ""}
    sources = [": ".join(filter(None, (source, *grounds.get(key, ())))) for key in new]
    conn.execute(
        consents.insert(),
        [row | proof | {"id": new_id(), "source": told} for row, told in zip(rows, sources, strict=True)],
    )
    statement = upsert(conn, consent_states)
    keys = ["customer_id", "kind", "purpose"]
    told = {"state": statement.excluded.state, "at": statement.excluded.at}
    conn.execute(statement.on_conflict_do_update(index_elements=keys, set_=told), rows)
