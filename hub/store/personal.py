"""All that is kept about one person: handed out (GDPR articles 15 and 20), and forgotten (article 17).

Forgetting takes every personal word, file and handle. What stays are empty rows, so that reports still add up.
"""

from typing import Any

from sqlalchemy import Connection, Table, Text, cast, delete, exists, or_, select, update

from hub.clock import iso
from hub.errors import NotFound
from hub.ids import new_id
from hub.model import ConversationState
from hub.reasons import Why
from hub.store.customers import Customer, get_customer, list_customer_labels, lock_customer
from hub.store.deliveries import IS_UNPRINTED, IS_WAITING
from hub.store.dialect import holds_octets
from hub.store.house_words import forget_elsewhere, forget_handles, list_handles
from hub.store.imports import forget_what_files_held
from hub.store.messages import FORWARDED
from hub.store.scrub import written_over
from hub.store.search_index import index_customer
from hub.store.tables import (
    addresses,
    attachments,
    attempts,
    audit,
    blobs,
    calls,
    campaign_recipients,
    complaints,
    consent_states,
    consents,
    conversations,
    customer_labels,
    customer_merges,
    customers,
    deliveries,
    drafts,
    events,
    idempotency_keys,
    import_changes,
    messages,
    metadata,
    orders,
    printed_letters,
    quotes,
    raw_inbound,
    segment_members,
    sequence_runs,
    step_hooks,
    step_messages,
    surveys,
    tasks,
    undoables,
)
from hub.store.webchat import forget_visitors

HIDDEN = {"raw_id", "pdf", "payload", "owner", "lease_until", "attempt_id", "moved"}
GONE = (
    *(addresses, customer_labels, consents, consent_states, drafts, tasks, quotes, orders, segment_members),
    *(import_changes, complaints, surveys, step_messages, step_hooks),
)

NO_WORDS: dict[str, Any] = {  # of a message of which nothing is kept but that it was
    **dict.fromkeys(("from_handle", "to_handle", "subject", "text", "html", "quoted_text", "sorted_because"), ""),
    **{"peer": "", "provider_id": None, "parts": {}, "author_name": "", "client_id": None},
}


def collect_customer(conn: Connection, customer_id: str) -> dict[str, Any]:
    """Everything, table by table; instants as ISO 8601. Raises NotFound.

    Complete by construction: every table that concerns one customer has a column customer_id.
    """
    customer = get_customer(conn, customer_id)
    found: dict[str, Any] = {
        "id": customer.id,
        "name": customer.name,
        "language": customer.language,
        "timezone": customer.timezone,
        "preferred_channel": customer.preferred_channel,
        "fields": dict(customer.fields),
        "labels": list_customer_labels(conn, [customer.id])[customer.id],
        "created_at": iso(customer.created_at),
    }
    for table in metadata.sorted_tables:
        if "customer_id" in table.c:
            found[table.name] = _rows(conn, table, customer.id)
    _leave_out_others(found)
    return found


def _leave_out_others(found: dict[str, Any]) -> None:
    """Whom we told without the customer's knowing: blind copies, and those to whom a mail went on."""
    theirs = {row["handle"] for row in found["addresses"]}
    for row in found["messages"]:
        parts = row["parts"]
        if FORWARDED in parts:
            row.update({name: "" for name in ("to_handle", "peer") if row[name] not in theirs})
        else:
            theirs |= {row["to_handle"], row["peer"]}
        row["parts"] = {name: said for name, said in parts.items() if name != "bcc" and not _of_others(name, parts)}
    for row in found["drafts"]:
        row["bcc"] = ""
    others = [row for row in found["deliveries"] if row["handle"] not in theirs]
    for row in others:  # what a provider says of them may name them
        row.update(handle="", detail="")
    ids = {row["id"] for row in others}
    for row in found["attempts"]:
        row["result"] = "" if row["delivery_id"] in ids else row["result"]
    found["customer_merges"] = [row for row in found["customer_merges"] if row["undone_at"] is None]


def _of_others(name: str, parts: dict[str, Any]) -> bool:
    return name == "cc" and FORWARDED in parts


def forget_customer(conn: Connection, customer_id: str, actor: str, at: int) -> None:
    """Erase the person; what waits to be sent is cancelled. The audit log keeps that it was done, not who it was."""
    lock_customer(conn, customer_id)
    if get_living(conn, customer_id).id != customer_id:
        raise NotFound("there is no such customer")
    with written_over(conn):
        all_of_them = (*_absorbed(conn, customer_id), customer_id)
        handles = list_handles(conn, all_of_them)
        forget_handles(conn, handles)
        forget_elsewhere(conn, all_of_them, handles)
        for id in all_of_them:
            _forget(conn, id, at)
        forget_what_files_held(conn, at)
    row = {"id": new_id(), "actor": actor, "action": "customer.erased", "customer_id": customer_id, "at": at}
    conn.execute(audit.insert(), row)


def _forget(conn: Connection, customer_id: str, at: int) -> None:
    forget_visitors(conn, customer_id)
    _forget_raws(conn, customer_id)
    _forget_files(conn, customer_id)
    _forget_words(conn, customer_id, at)
    for table in GONE:
        conn.execute(delete(table).where(table.c.customer_id == customer_id))
    merges = customer_merges.c
    conn.execute(
        delete(customer_merges).where(or_(merges.customer_id == customer_id, merges.absorbed_id == customer_id))
    )
    empty = {"name": "", "language": "", "timezone": "", "preferred_channel": "", "fields": {}, "paused_until": 0}
    conn.execute(update(customers).where(customers.c.id == customer_id).values(**empty, updated_at=at, erased_at=at))
    index_customer(conn, customer_id)
    conn.execute(delete(undoables).where(cast(undoables.c.before, Text).contains(customer_id)))
    answers = idempotency_keys
    conn.execute(delete(answers).where(holds_octets(conn, answers.c.body, customer_id.encode())))


def _absorbed(conn: Connection, customer_id: str) -> list[str]:
    """Those who became part of them, also by way of another."""
    found = [customer_id]
    for id in found:
        found += conn.scalars(select(customers.c.id).where(customers.c.merged_into == id))
    return found[1:]


def get_living(conn: Connection, id: str) -> Customer:
    """The customer, or the one it was merged into. Raises NotFound, also when that was erased."""
    customer = get_customer(conn, id)
    if customer.merged_into:
        return get_living(conn, customer.merged_into)
    if is_erased(conn, customer.id):
        raise NotFound("there is no such customer")
    return customer


def is_erased(conn: Connection, customer_id: str) -> bool:
    return conn.scalar(select(customers.c.erased_at).where(customers.c.id == customer_id)) is not None


def _rows(conn: Connection, table: Table, customer_id: str) -> list[dict[str, Any]]:
    columns = [column for column in table.c if column.name not in HIDDEN]
    query = select(*columns).where(table.c.customer_id == customer_id).order_by(*table.primary_key.columns)
    return [{key: _readable(key, value) for key, value in row.items()} for row in conn.execute(query).mappings()]


def _readable(column: str, value: Any) -> Any:
    return iso(value) if value is not None and (column in ("at", "until") or column.endswith("_at")) else value


def _forget_raws(conn: Connection, customer_id: str) -> None:
    """The bytes as they came in."""
    kept = select(messages.c.raw_id).where(messages.c.customer_id == customer_id, messages.c.raw_id.is_not(None))
    for mine in (raw_inbound.c.id.in_(kept), raw_inbound.c.about == customer_id):
        conn.execute(update(raw_inbound).where(mine).values(body=b"", envelope={}, problem="erased"))


def _forget_files(conn: Connection, customer_id: str) -> None:
    """The customer's attachments, and the bytes nobody else's attachment shares."""
    mine = attachments.c.customer_id == customer_id
    hashes = list(conn.scalars(select(attachments.c.sha256).where(mine)))
    conn.execute(delete(attachments).where(mine))
    shared = exists().where(attachments.c.sha256 == blobs.c.sha256)
    conn.execute(delete(blobs).where(blobs.c.sha256.in_(hashes), ~shared))


def _forget_words(conn: Connection, customer_id: str, at: int) -> None:
    _set(conn, messages, customer_id, **NO_WORDS, deleted_at=at)
    closed = {"state": ConversationState.CLOSED, "closed_at": at, "snoozed_until": None, "waiting_since": None}
    _set(conn, conversations, customer_id, subject="", last_preview="", unread=0, **closed)
    theirs = select(deliveries.c.id).where(deliveries.c.customer_id == customer_id)
    conn.execute(delete(printed_letters).where(printed_letters.c.delivery_id.in_(theirs)))
    waiting = (deliveries.c.customer_id == customer_id) & or_(IS_WAITING, IS_UNPRINTED)
    conn.execute(update(deliveries).where(waiting).values(state="cancelled", changed_at=at))
    _set(conn, deliveries, customer_id, handle="", payload={}, reason="", detail="", provider_id=None, copy_at=None)
    _set(conn, attempts, customer_id, result="", provider_id=None)
    _set(conn, events, customer_id, data={})
    _set(conn, campaign_recipients, customer_id, handle="")
    conn.execute(delete(calls).where(calls.c.customer_id == customer_id))
    running = (sequence_runs.c.customer_id == customer_id) & (sequence_runs.c.state == "waiting")
    conn.execute(update(sequence_runs).where(running).values(state="stopped", reason=Why.ERASED, changed_at=at))
    _set(conn, sequence_runs, customer_id, detail="")


def _set(conn: Connection, table: Table, customer_id: str, **values: Any) -> None:
    conn.execute(update(table).where(table.c.customer_id == customer_id).values(**values))
