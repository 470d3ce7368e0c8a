"""Takes back what an import changed, newest first, and nothing else: what people changed since stays as it is.

A customer that the import only met stays untouched. One that it added goes, unless somebody has had to do with them
since; then they stay as they are. Of a customer that was there before, what the import told goes where it still stands,
and what it replaced comes back. A consent that came with the list is withdrawn in the ledger; a no that came with it
stays a no.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, case, delete, false, or_, select, update

from hub.store.consents import GRANTED, WITHDRAWN, Consent, append_consent, find_consent
from hub.store.customers import get_customer, mark_customer
from hub.store.importing import UNPROVED
from hub.store.imports import Import
from hub.store.tables import (
    addresses,
    consent_states,
    consents,
    customer_labels,
    customer_merges,
    customers,
    import_changes,
    labels,
    messages,
    metadata,
    segment_members,
)

Change = Mapping[str, Any]
OWN = (addresses, customer_labels, consents, consent_states)  # what an import itself writes about a customer
MET: Change = {"added": False}  # who stood in the file, and of whom it told nothing new


def take_back(conn: Connection, one: Import, limit: int, at: int) -> tuple[Counter[str], int]:
    """Some of its changes: what became of the customers (removed, restored, stayed), and how many there were."""
    query = (
        select(import_changes.c.id, import_changes.c.customer_id, import_changes.c.change)
        .where(import_changes.c.import_id == one.id)
        .order_by(import_changes.c.id.desc())
        .limit(limit)
    )
    rows = conn.execute(query).all()
    conn.execute(delete(import_changes).where(import_changes.c.id.in_([row.id for row in rows])))
    busy = _had_to_do_with(conn, {row.customer_id for row in rows})
    done: Counter[str] = Counter()
    for row in rows:
        if row.change == MET:
            continue
        done[_take_back(conn, one, row.customer_id, row.change, row.customer_id in busy, at)] += 1
    return done, len(rows)


def _take_back(conn: Connection, one: Import, id: str, change: Change, is_busy: bool, at: int) -> str:
    row = conn.execute(select(customers.c.merged_into, customers.c.erased_at).where(customers.c.id == id)).one()
    if row.merged_into or row.erased_at is not None:
        return "stayed"
    if not change["added"]:
        _restore(conn, one, id, change, at)
        return "restored"
    if is_busy or not _is_as_brought(conn, one, id, change):
        _withdraw(conn, one, id, change, at)
        return "stayed"
    for table in (*OWN, segment_members):
        conn.execute(delete(table).where(table.c.customer_id == id))
    conn.execute(delete(customers).where(customers.c.id == id))
    return "removed"


def _had_to_do_with(conn: Connection, ids: set[str]) -> set[str]:
    """Of those customers the ones about whom anything else stands anywhere: every table that concerns one customer has
    a column customer_id."""
    found: set[str] = set()
    for table in metadata.sorted_tables:
        if "customer_id" in table.c and table not in (*OWN, segment_members, import_changes):
            found.update(conn.scalars(select(table.c.customer_id).where(table.c.customer_id.in_(ids)).distinct()))
    merged = select(customer_merges.c.absorbed_id).where(customer_merges.c.absorbed_id.in_(ids))
    joined = select(customers.c.merged_into).where(customers.c.merged_into.in_(ids))
    query = select(import_changes.c.customer_id, import_changes.c.change)
    others = conn.execute(query.where(import_changes.c.customer_id.in_(ids)))
    changed = [id for id, change in others if change != MET]
    return found.union(conn.scalars(merged), filter(None, conn.scalars(joined)), changed)


def _is_as_brought(conn: Connection, one: Import, id: str, change: Change) -> bool:
    """Has nobody told us anything else about them?"""
    customer = get_customer(conn, id)
    told = {key: after for key, (_, after) in change.get("told", {}).items()}
    ours = {f"field:{name}": value for name, value in customer.fields.items()}
    for key in ("name", "language", "timezone", "preferred_channel"):
        ours |= {key: getattr(customer, key)} if getattr(customer, key) else {}
    named = select(labels.c.name).join(customer_labels).where(customer_labels.c.customer_id == id)
    reached = select(addresses.c.kind, addresses.c.handle).where(addresses.c.customer_id == id)
    said = select(consents.c.source).where(consents.c.customer_id == id)
    return (
        ours == told
        and set(conn.scalars(named)) <= set(change.get("labels", ()))
        and {(kind, handle) for kind, handle in conn.execute(reached)} <= _pairs(change, "addresses")
        and all(one.source in source for source in conn.scalars(said))
    )


def _pairs(change: Change, name: str) -> set[tuple[str, str]]:
    return {(kind, handle) for kind, handle in change.get(name, ())}


def _restore(conn: Connection, one: Import, id: str, change: Change, at: int) -> None:
    _tell_again(conn, id, change.get("told", {}), at)
    for kind, handle in _pairs(change, "addresses") - _used(conn, id, _pairs(change, "addresses")):
        ours = (addresses.c.customer_id == id) & (addresses.c.kind == kind) & (addresses.c.handle == handle)
        conn.execute(delete(addresses).where(ours, addresses.c.source.startswith(one.source, autoescape=True)))
    proved = {(kind, handle): state for kind, handle, state in change.get("proved", ())}
    for kind, handle in proved.keys() - _used(conn, id, set(proved)):
        before = proved[kind, handle]
        ours = (addresses.c.customer_id == id) & (addresses.c.kind == kind) & (addresses.c.handle == handle)
        opened = (addresses.c.state == "ok") if before in UNPROVED else false()
        state = case((opened, before), else_=addresses.c.state)
        conn.execute(update(addresses).where(ours).values(verified=False, state=state))
    if names := change.get("labels"):
        named = select(labels.c.id).where(labels.c.name.in_(names))
        conn.execute(
            delete(customer_labels).where(customer_labels.c.customer_id == id, customer_labels.c.label_id.in_(named))
        )
    _withdraw(conn, one, id, change, at)


def _tell_again(conn: Connection, id: str, told: Mapping[str, Sequence[Any]], at: int) -> None:
    """What it was before, where it still is what the import said."""
    customer = get_customer(conn, id)
    fields: dict[str, Any] = dict(customer.fields)
    changes: dict[str, Any] = {}
    for key, (before, after) in told.items():
        name = key.removeprefix("field:")
        if not key.startswith("field:"):
            changes |= {key: before} if getattr(customer, key) == after else {}
        elif fields.get(name) == after:
            fields |= {name: before}
    kept = {name: value for name, value in fields.items() if value is not None}
    if changes or kept != customer.fields:
        mark_customer(conn, id, at, **changes, fields=kept)


def _used(conn: Connection, id: str, reached: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those by which something was said."""
    handles = {handle for _, handle in reached}
    said = select(messages.c.from_handle, messages.c.to_handle).where(
        messages.c.customer_id == id, or_(messages.c.from_handle.in_(handles), messages.c.to_handle.in_(handles))
    )
    used = {handle for row in conn.execute(said) for handle in row} if handles else set()
    return {one for one in reached if one[1] in used}


def _withdraw(conn: Connection, one: Import, id: str, change: Change, at: int) -> None:
    """Where it is still the list's word that counts."""
    for kind, purpose, state in change.get("consents", ()):
        query = select(consents.c.source).where(
            consents.c.customer_id == id, consents.c.kind == kind, consents.c.purpose == purpose
        )
        newest = conn.scalar(query.order_by(consents.c.at.desc(), consents.c.id.desc()).limit(1)) or ""
        if state == GRANTED and newest.startswith(one.source) and find_consent(conn, id, kind, purpose) == GRANTED:
            append_consent(conn, id, Consent(kind, purpose, WITHDRAWN, f"undoing of the {one.source}"), at)
