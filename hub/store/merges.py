"""Two customers who are one person: put together, and taken apart again when that was wrong.

A merge notes which rows it moved; undoing moves exactly those back, and with a conversation whatever was said in
it since.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, exists, func, or_, select, update

from hub.errors import Conflict, NotFound
from hub.ids import new_id
from hub.reasons import Why
from hub.store.consents import rebuild_states
from hub.store.customers import Customer, get_customer, lock_customer
from hub.store.dialect import insert_missing
from hub.store.events import append_event
from hub.store.merge_siblings import (
    Moved,
    gained_labels,
    keep_siblings,
    list_siblings,
    restore_addresses,
    unlearned,
)
from hub.store.merge_streams import Streams
from hub.store.tables import (
    addresses,
    attachments,
    attempts,
    calls,
    campaign_recipients,
    complaints,
    consents,
    conversation_labels,
    conversations,
    customer_labels,
    customer_merges,
    customers,
    deliveries,
    events,
    messages,
    orders,
    quotes,
    sequence_runs,
    step_hooks,
    step_messages,
    surveys,
    tasks,
)
from hub.store.tables import drafts as drafts_table

MOVED = (
    conversations,
    messages,
    deliveries,
    attempts,
    attachments,
    consents,
    events,
    sequence_runs,
    step_hooks,
    step_messages,
    tasks,
    quotes,
    orders,
    complaints,
    surveys,
)
FILLED = ("name", "language", "timezone", "preferred_channel")


@dataclass(frozen=True, slots=True)
class Merge:
    id: str
    customer_id: str
    absorbed_id: str
    created_at: int
    undone_at: int | None


def merge_customers(
    conn: Connection,
    keep_id: str,
    absorb_id: str,
    agent_id: str | None,
    at: int,
    chosen: Mapping[str, Any] | None = None,
) -> Merge:
    """absorb becomes part of keep, which learns what it does not know; chosen: what somebody decided instead, by a name
    of FILLED or "fields". Raises NotFound, or Conflict when they are one already."""
    for id in sorted((keep_id, absorb_id)):
        lock_customer(conn, id)
    keep, absorbed = get_customer(conn, keep_id), get_customer(conn, absorb_id)
    if keep.id == absorbed.id or keep.merged_into or absorbed.merged_into:
        raise Conflict("these two are one customer already", "one_already")
    moved: dict[str, Any] = {
        "before": _filled(keep),
        "labels": _labels(conn, absorbed.id),
        "kept": _labels(conn, keep.id),
    }
    moved["dropped"] = _drop_doubles(conn, keep.id, absorbed.id)
    for table in (addresses, *MOVED):
        moved[table.name] = _move(conn, table, keep.id, absorbed.id)
    moved["left"] = _leave_double_runs(conn, absorbed.id, at)
    moved["campaigns"] = _move_campaigns(conn, keep.id, absorbed.id)
    _follow(conn, moved["conversations"], moved["messages"], keep.id)
    _join_labels(conn, keep.id, absorbed.id)
    moved["learned"] = _fill(conn, keep, absorbed, at, chosen or {})
    for id in (keep.id, absorbed.id):
        rebuild_states(conn, id)
    merge = Merge(new_id(), keep.id, absorbed.id, at, None)
    row = {"id": merge.id, "customer_id": keep.id, "absorbed_id": absorbed.id, "moved": moved, "agent_id": agent_id}
    conn.execute(customer_merges.insert(), row | {"created_at": at})
    return merge


def undo_merge(conn: Connection, keep_id: str, merge_id: str | None, at: int) -> Merge:
    """The merge named, or the latest; the absorbed customer is as before, and keeps what came since."""
    query = select(customer_merges).where(
        customer_merges.c.customer_id == keep_id, customer_merges.c.undone_at.is_(None)
    )
    if merge_id:
        query = query.where(customer_merges.c.id == merge_id)
    row = conn.execute(query.order_by(customer_merges.c.created_at.desc(), customer_merges.c.id.desc())).first()
    if row is None:
        raise NotFound("there is no merge to undo")
    for id in sorted((keep_id, row.absorbed_id)):
        lock_customer(conn, id)
    keep = get_customer(conn, keep_id)
    if keep.merged_into:
        raise Conflict("this customer was merged into another since: undo that first", "merged_since")
    staying = list_siblings(conn, keep_id, row.id)
    siblings = [moved for _, moved in staying]
    _move_back(conn, keep_id, row.absorbed_id, row.moved, siblings)
    _go_on_again(conn, keep_id, row.moved, siblings, at)
    Streams(conn, keep_id, row.absorbed_id, row.id, siblings).part(at)
    conn.execute(update(customers).where(customers.c.id == row.absorbed_id).values(merged_into=None, updated_at=at))
    later = [moved for id, moved in staying if id > row.id]
    values = unlearned(row.moved, later, _filled(keep))
    conn.execute(update(customers).where(customers.c.id == keep.id).values(**values, updated_at=at))
    keep_siblings(conn, staying)
    conn.execute(update(customer_merges).where(customer_merges.c.id == row.id).values(undone_at=at))
    for id in (keep_id, row.absorbed_id):
        rebuild_states(conn, id)
    return Merge(row.id, keep_id, row.absorbed_id, row.created_at, at)


def list_merges(conn: Connection, keep_id: str, since: int) -> list[Merge]:
    """Those later than that which were not undone, the latest first."""
    table = customer_merges.c
    query = select(table.id, table.customer_id, table.absorbed_id, table.created_at, table.undone_at).where(
        table.customer_id == keep_id, table.undone_at.is_(None), table.created_at > since
    )
    return [Merge(*row) for row in conn.execute(query.order_by(table.created_at.desc(), table.id.desc()))]


def count_moved(conn: Connection, customer_id: str) -> dict[str, int]:
    """What would go along, by name of the table."""
    counted = (conversations, messages, addresses, consents, tasks, quotes, orders, complaints)
    numbers = [
        select(func.count()).select_from(table).where(table.c.customer_id == customer_id).scalar_subquery()
        for table in counted
    ]
    row = conn.execute(select(*numbers)).one()
    return {table.name: number for table, number in zip(counted, row, strict=True)}


def append_merge_event(conn: Connection, what: str, merge: Merge, at: int) -> None:
    """what: customer.merged or customer.unmerged."""
    append_event(conn, what, at=at, customer_id=merge.customer_id, data={"merge": merge.id, "other": merge.absorbed_id})


def was_undone(conn: Connection, one_id: str, other_id: str) -> bool:
    """Somebody has decided that these two are not one, whichever had taken in the other."""
    keep, absorbed = customer_merges.c.customer_id, customer_merges.c.absorbed_id
    query = select(customer_merges.c.id).where(
        or_(and_(keep == one_id, absorbed == other_id), and_(keep == other_id, absorbed == one_id))
    )
    return conn.execute(query.where(customer_merges.c.undone_at.is_not(None))).first() is not None


def _filled(customer: Customer) -> dict[str, Any]:
    return {name: getattr(customer, name) for name in FILLED} | {"fields": dict(customer.fields)}


def _fill(conn: Connection, keep: Customer, absorbed: Customer, at: int, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """What keep does not know about itself, it learns."""
    learned: dict[str, Any] = {name: getattr(keep, name) or getattr(absorbed, name) for name in FILLED}
    learned["fields"] = {**absorbed.fields, **keep.fields}
    learned |= chosen
    conn.execute(update(customers).where(customers.c.id == keep.id).values(**learned, updated_at=at))
    conn.execute(update(customers).where(customers.c.id == absorbed.id).values(merged_into=keep.id, updated_at=at))
    return learned


def _move(conn: Connection, table: Table, keep_id: str, absorb_id: str) -> list[str]:
    mine = table.c.customer_id == absorb_id
    if table is sequence_runs:
        mine &= ~_is_double(keep_id)
    moved = list(conn.scalars(select(table.c.id).where(mine)))
    conn.execute(update(table).where(mine).values(customer_id=keep_id))
    return moved


def _is_double(keep_id: str) -> ColumnElement[bool]:
    """A run that the other one has too: both came into a sequence by the same segment, or on the same day."""
    mine, other = sequence_runs.c, sequence_runs.alias("other").c
    same = (other.sequence_id == mine.sequence_id, other.trigger_id == mine.trigger_id)
    return exists().where(other.customer_id == keep_id, *same)


def _leave_double_runs(conn: Connection, absorb_id: str, at: int) -> list[str]:
    """What was not moved has a twin that goes on: nobody is written to twice."""
    mine = (sequence_runs.c.customer_id == absorb_id, sequence_runs.c.state == "waiting")
    left = list(conn.scalars(select(sequence_runs.c.id).where(*mine)))
    gone = {"state": "exited", "reason": Why.MERGED.value, "changed_at": at}
    conn.execute(update(sequence_runs).where(*mine).values(**gone))
    return left


def _go_on_again(conn: Connection, keep_id: str, undone: Moved, siblings: Sequence[Moved], at: int) -> None:
    """Two people again, and each is followed up; so is the customer for others of whom the twin was gone with it."""
    _go_on(conn, undone.get("left", []), at)
    for other in siblings:
        left = sequence_runs.c.id.in_(other.get("left", []))
        freed = list(conn.scalars(select(sequence_runs.c.id).where(left, ~_is_double(keep_id))))
        conn.execute(update(sequence_runs).where(sequence_runs.c.id.in_(freed)).values(customer_id=keep_id))
        _go_on(conn, freed, at)
        other["sequence_runs"] = [*other["sequence_runs"], *freed]
        other["left"] = [id for id in other.get("left", []) if id not in freed]


def _go_on(conn: Connection, left: Sequence[str], at: int) -> None:
    gone = (sequence_runs.c.id.in_(left), sequence_runs.c.state == "exited", sequence_runs.c.reason == Why.MERGED.value)
    conn.execute(update(sequence_runs).where(*gone).values(state="waiting", reason="", changed_at=at))


def _follow(conn: Connection, conversation_ids: Sequence[str], message_ids: Sequence[str], customer_id: str) -> None:
    """Rows that hang on a conversation or a message by its id."""
    for table in (conversation_labels, drafts_table):
        owned = table.c.conversation_id.in_(conversation_ids)
        conn.execute(update(table).where(owned).values(customer_id=customer_id))
    conn.execute(update(calls).where(calls.c.message_id.in_(message_ids)).values(customer_id=customer_id))


def _move_campaigns(conn: Connection, keep_id: str, absorb_id: str) -> list[str]:
    """A campaign that reached both stays noted with both."""
    table = campaign_recipients
    both = select(table.c.campaign_id).where(table.c.customer_id == keep_id)
    mine = table.c.customer_id == absorb_id
    moved = list(conn.scalars(select(table.c.campaign_id).where(mine, table.c.campaign_id.not_in(both))))
    conn.execute(update(table).where(mine, table.c.campaign_id.in_(moved)).values(customer_id=keep_id))
    return moved


def _drop_doubles(conn: Connection, keep_id: str, absorb_id: str) -> list[dict[str, Any]]:
    """Of an address that both have, the verified row stays."""
    rows = conn.execute(select(addresses).where(addresses.c.customer_id.in_((keep_id, absorb_id)))).mappings().all()
    mine = {(row["kind"], row["handle"]): row for row in rows if row["customer_id"] == keep_id}
    dropped = []
    for row in rows:
        double = mine.get((row["kind"], row["handle"]))
        if row["customer_id"] == absorb_id and double:
            dropped.append(dict(double if row["verified"] else row))
    conn.execute(delete(addresses).where(addresses.c.id.in_([row["id"] for row in dropped])))
    return dropped


def _labels(conn: Connection, customer_id: str) -> list[str]:
    return list(conn.scalars(select(customer_labels.c.label_id).where(customer_labels.c.customer_id == customer_id)))


def _join_labels(conn: Connection, keep_id: str, absorb_id: str) -> None:
    rows = [{"customer_id": keep_id, "label_id": label} for label in _labels(conn, absorb_id)]
    insert_missing(conn, customer_labels, rows)
    conn.execute(delete(customer_labels).where(customer_labels.c.customer_id == absorb_id))


def _move_back(conn: Connection, keep_id: str, absorbed_id: str, moved: Moved, siblings: Sequence[Moved]) -> None:
    for table in (addresses, *MOVED):
        mine = (table.c.id.in_(moved.get(table.name, []))) & (table.c.customer_id == keep_id)
        conn.execute(update(table).where(mine).values(customer_id=absorbed_id))
    _follow(conn, moved["conversations"], moved["messages"], absorbed_id)
    table = campaign_recipients
    mine = (table.c.campaign_id.in_(moved["campaigns"])) & (table.c.customer_id == keep_id)
    conn.execute(update(table).where(mine).values(customer_id=absorbed_id))
    gained = gained_labels(moved, siblings)
    theirs = (customer_labels.c.customer_id == keep_id) & customer_labels.c.label_id.in_(gained)
    conn.execute(delete(customer_labels).where(theirs))
    insert_missing(conn, customer_labels, [{"customer_id": absorbed_id, "label_id": x} for x in moved["labels"]])
    restore_addresses(conn, keep_id, absorbed_id, moved, siblings)
