"""A merge that is undone while others of the same customer stay: what they found there because of it, and what the
customer still has because of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select, update

from hub.store.dialect import insert_missing
from hub.store.tables import addresses, customer_merges

Moved = dict[str, Any]
"""What a merge notes: ids by table, labels of both, addresses it `dropped`, what was known `before`, and `learned`."""

MISSING = object()  # a field that is not there; None is a value of one


def list_siblings(conn: Connection, keep_id: str, but: str) -> list[tuple[str, Moved]]:
    """(id, what it moved) of the merges that stay, the first one first."""
    table = customer_merges.c
    query = select(table.id, table.moved).where(table.customer_id == keep_id, table.undone_at.is_(None))
    found = conn.execute(query.where(table.id != but).order_by(table.created_at, table.id))
    return [(id, dict(moved)) for id, moved in found]


def keep_siblings(conn: Connection, siblings: Sequence[tuple[str, Moved]]) -> None:
    for id, moved in siblings:
        conn.execute(update(customer_merges).where(customer_merges.c.id == id).values(moved=moved))


def gained_labels(undone: Moved, siblings: Sequence[Moved]) -> list[str]:
    """Those the customer has because of it alone."""
    gained = set(undone["labels"]) - set(undone["kept"])
    for other in siblings:
        other["kept"] = [label for label in other["kept"] if label not in gained]
    return sorted(gained.difference(*(other["labels"] for other in siblings)))


def unlearned(undone: Moved, siblings: Sequence[Moved], now: Mapping[str, Any]) -> dict[str, Any]:
    """The customer's values without what was learned from the absorbed one; what somebody changed by hand since stays.
    siblings: those that came later."""
    values, before, learned = _flat(now), _flat(undone["before"]), _flat({**undone["before"], **undone["learned"]})
    for name in learned.keys() | before.keys():
        was, became = before.get(name, MISSING), learned.get(name, MISSING)
        if was != became and _forget(name, was, became, siblings) and values.get(name, MISSING) == became:
            _put(values, name, was)
    return _deep(values)


def _forget(name: str, was: Any, became: Any, siblings: Sequence[Moved]) -> bool:
    """For the others it was never so; whether none of them has changed it again."""
    for other in siblings:
        before, learned = _flat(other["before"]), _flat({**other["before"], **other["learned"]})
        if before.get(name, MISSING) != became:
            return False
        changed = learned.get(name, MISSING) != became
        _put(before, name, was)
        other["before"] = _deep(before)
        if changed:
            return False
        _put(learned, name, was)
        other["learned"] = _deep(learned)
    return True


def restore_addresses(
    conn: Connection, keep_id: str, absorbed_id: str, undone: Moved, siblings: Sequence[Moved]
) -> None:
    """Each goes back to whose it was, and what the customer has of the others' stays in one row."""
    _put_back(conn, undone["dropped"])
    gone = set(undone["addresses"])
    for other in siblings:  # what another merge set aside had come with this one
        theirs = [{**row, "customer_id": absorbed_id} for row in other["dropped"] if row["id"] in gone]
        _put_back(conn, theirs)
        other["dropped"] = [row for row in other["dropped"] if row["id"] not in gone]
    query = select(addresses.c.kind, addresses.c.handle).where(addresses.c.customer_id == keep_id)
    has = {(kind, handle) for kind, handle in conn.execute(query)}
    for row in (row for other in siblings for row in other["dropped"]):
        if (row["kind"], row["handle"]) not in has:
            has.add((row["kind"], row["handle"]))
            _put_back(conn, [{**row, "customer_id": keep_id}])


def _put_back(conn: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """There they are again, or still: as part of the customer who had lost the others' row of it."""
    insert_missing(conn, addresses, [dict(row) for row in rows])
    for row in rows:
        conn.execute(update(addresses).where(addresses.c.id == row["id"]).values(customer_id=row["customer_id"]))


def _flat(values: Mapping[str, Any]) -> dict[str, Any]:
    """Each field by itself."""
    fields = {f"fields.{key}": value for key, value in values["fields"].items()}
    return {**{name: value for name, value in values.items() if name != "fields"}, **fields}


def _deep(values: Mapping[str, Any]) -> dict[str, Any]:
    fields = {name.removeprefix("fields."): value for name, value in values.items() if name.startswith("fields.")}
    return {**{name: value for name, value in values.items() if not name.startswith("fields.")}, "fields": fields}


def _put(values: dict[str, Any], name: str, value: Any) -> None:
    if value is MISSING:
        values.pop(name, None)
    else:
        values[name] = value
