"""What is let go after some days, kind by kind: what that would be, and a little of it at a time.

What the law demands stays, however old: the ledger of consents, orders, accepted quotations and whatever belongs to the
customer of one, and of an open complaint.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, exists, func, not_, or_, select, update

from hub.clock import DAY
from hub.model import AddressState, ConversationState, MessageKind
from hub.store.audit import Deed, Entry, add_audit
from hub.store.dialect import lock_name
from hub.store.events import append_event
from hub.store.personal import NO_WORDS, forget_customer
from hub.store.sales import ACCEPTED, CANCELLED
from hub.store.scrub import written_over
from hub.store.search_index import index_messages
from hub.store.settings import find_setting, mark_setting
from hub.store.tables import (
    addresses,
    attachments,
    attempts,
    audit_notes,
    blobs,
    calls,
    complaints,
    consent_states,
    conversations,
    customer_labels,
    customers,
    deliveries,
    drafts,
    events,
    messages,
    orders,
    quotes,
    raw_inbound,
    surveys,
    tasks,
    webhooks,
)

KEY = "retention"
BY = "retention"  # who did it, in the audit log
RAW, FILES, RECORDINGS, CONVERSATIONS = "raw", "files", "recordings", "conversations"
SIGN_UPS, AUDIT, EVENTS = "sign_ups", "audit", "events"
SIGNED_UP = "given in the sign-up form"  # as hub.campaigns.signing_up notes the source of such an address
SPOKEN = (MessageKind.CALL, MessageKind.VOICEMAIL)


@dataclass(frozen=True, slots=True)
class Due:
    """What a rule would let go now. octets: how much that is, where it is counted."""

    count: int
    octets: int | None


@dataclass(frozen=True, slots=True)
class _Kind:
    """old(before): which rows of the table are due, by ids that tell when they came to be; octets: of each."""

    table: Table
    old: Callable[[int], ColumnElement[bool]]
    forget: Callable[[Connection, Sequence[str], int], None]
    batch: int
    octets: ColumnElement[int] | None = None


def load_rules(conn: Connection) -> dict[str, int]:
    """Kind -> days; a kind without a rule is kept."""
    return {kind: days for kind, days in (find_setting(conn, KEY) or {}).items() if kind in KINDS}


def mark_rules(conn: Connection, rules: Mapping[str, int]) -> None:
    mark_setting(conn, KEY, dict(rules))


def count_due(conn: Connection, kind: str, before: int) -> Due:
    of = KINDS[kind]
    octets = func.count() if of.octets is None else func.coalesce(func.sum(of.octets), 0)
    row = conn.execute(select(func.count(), octets).select_from(of.table).where(of.old(before))).one()
    return Due(row[0], None if of.octets is None else int(row[1]))


def forget_due(conn: Connection, kind: str, before: int, after: str, at: int) -> str:
    """One batch of what follows upon an id; the id of its last, empty when there is nothing more. The first batch of a
    round says in the audit log how many there were."""
    of = KINDS[kind]
    lock_name(conn, KEY)
    query = select(of.table.c.id).where(of.old(before), of.table.c.id > after).order_by(of.table.c.id).limit(of.batch)
    ids = list(conn.scalars(query))
    if not ids:
        return ""
    if not after:
        about = f"{kind}: {count_due(conn, kind, before).count}, {(at - before) // DAY} d"
        add_audit(conn, Entry(Deed.LET_GO, BY, about), at)
    with written_over(conn):
        of.forget(conn, ids, at)
    return str(ids[-1])


def _since(before: int) -> str:
    """Ids are made in the order of time: below it are those made before that instant."""
    return f"{max(before, 0):012x}"


def _needed(customer_id: ColumnElement[str]) -> ColumnElement[bool]:
    """The customer has an order, an accepted quotation or an open complaint."""
    o, q = orders.c, quotes.c
    return or_(
        exists().where(o.customer_id == customer_id, o.state != CANCELLED),
        exists().where(q.customer_id == customer_id, q.state == ACCEPTED),
        _complains(customer_id),
    )


def _complains(customer_id: ColumnElement[str]) -> ColumnElement[bool]:
    return exists().where(complaints.c.customer_id == customer_id, complaints.c.closed_at.is_(None))


def _old_raws(before: int) -> ColumnElement[bool]:
    r, m = raw_inbound.c, messages.c
    of_message = exists().where(m.raw_id == r.id, m.raw_id.is_not(None), _complains(m.customer_id))
    return and_(r.id < _since(before), r.state == "read", func.length(r.body) > 0, not_(of_message))


def _empty_raws(conn: Connection, ids: Sequence[str], at: int) -> None:
    """Their rows stay: the same unit does not come in again."""
    conn.execute(update(raw_inbound).where(raw_inbound.c.id.in_(ids)).values(body=b"", envelope={}, problem=KEY))


def _old_files(spoken: bool) -> Callable[[int], ColumnElement[bool]]:
    a, m, q = attachments.c, messages.c, quotes.c
    accepted = exists().where(q.customer_id == a.customer_id, q.message_id == a.message_id, q.state == ACCEPTED)
    of_kind = m.kind.in_(SPOKEN) if spoken else m.kind.not_in(SPOKEN)
    of_message = exists().where(m.id == a.message_id, of_kind)
    return lambda before: and_(a.id < _since(before), of_message, not_(accepted), not_(_complains(a.customer_id)))


def _forget_files(conn: Connection, ids: Sequence[str], at: int) -> None:
    hashes = list(conn.scalars(select(attachments.c.sha256).where(attachments.c.id.in_(ids))))
    conn.execute(delete(attachments).where(attachments.c.id.in_(ids)))
    shared = exists().where(attachments.c.sha256 == blobs.c.sha256)
    conn.execute(delete(blobs).where(blobs.c.sha256.in_(hashes), ~shared))


def _old_conversations(before: int) -> ColumnElement[bool]:
    c, m, t = conversations.c, messages.c, tasks.c
    said = exists().where(m.conversation_id == c.id, m.deleted_at.is_(None))
    to_do = exists().where(t.customer_id == c.customer_id, t.done_at.is_(None))
    old = (c.state == ConversationState.CLOSED, c.last_message_at < before, c.id < _since(before))
    return and_(*old, said, not_(to_do), not_(_needed(c.customer_id)))


def _empty_conversations(conn: Connection, ids: Sequence[str], at: int) -> None:
    """As a person is forgotten: no word stays, and empty rows do, so that reports still add up."""
    said = select(messages.c.id).where(messages.c.conversation_id.in_(ids))
    written = list(conn.scalars(said))
    raws = select(messages.c.raw_id).where(messages.c.conversation_id.in_(ids), messages.c.raw_id.is_not(None))
    _empty_raws(conn, list(conn.scalars(raws)), at)
    files = select(attachments.c.id).where(attachments.c.message_id.in_(said))
    _forget_files(conn, list(conn.scalars(files)), at)
    sent = select(deliveries.c.id).where(deliveries.c.message_id.in_(said))
    conn.execute(update(attempts).where(attempts.c.delivery_id.in_(sent)).values(result="", provider_id=None))
    nothing: dict[str, Any] = {"handle": "", "payload": {}, "reason": "", "detail": "", "provider_id": None}
    conn.execute(update(deliveries).where(deliveries.c.message_id.in_(said)).values(**nothing))
    conn.execute(delete(calls).where(calls.c.message_id.in_(said)))
    conn.execute(update(messages).where(messages.c.conversation_id.in_(ids)).values(**NO_WORDS, deleted_at=at))
    conn.execute(update(surveys).where(surveys.c.conversation_id.in_(ids)).values(comment=""))
    conn.execute(delete(drafts).where(drafts.c.conversation_id.in_(ids)))
    conn.execute(update(events).where(events.c.conversation_id.in_(ids)).values(data={}))
    conn.execute(update(conversations).where(conversations.c.id.in_(ids)).values(subject="", last_preview="", unread=0))
    index_messages(conn, written)


def _old_sign_ups(before: int) -> ColumnElement[bool]:
    """Nobody but an address that somebody typed in, and that was never confirmed."""
    c, a = customers.c, addresses.c
    others = (conversations, orders, quotes, tasks, customer_labels, consent_states)
    mine = a.customer_id == c.id
    known = or_(a.source != SIGNED_UP, a.state != AddressState.CLAIMED)
    living = and_(c.id < _since(before), c.merged_into.is_(None), c.erased_at.is_(None))
    alone = (not_(exists().where(table.c.customer_id == c.id)) for table in others)
    return and_(living, c.name == "", exists().where(mine), not_(exists().where(mine, known)), *alone)


def _forget_customers(conn: Connection, ids: Sequence[str], at: int) -> None:
    for id in ids:
        forget_customer(conn, id, BY, at)
        append_event(conn, "customer.erased", at=at, customer_id=id)


def _old_notes(before: int) -> ColumnElement[bool]:
    return audit_notes.c.at < before


def _old_events(before: int) -> ColumnElement[bool]:
    """What another program was told of already."""
    told = select(func.min(webhooks.c.cursor)).where(webhooks.c.enabled).scalar_subquery()
    e = events.c
    return and_(e.id < _since(before), e.seq <= func.coalesce(told, e.seq), not_(_complains(e.customer_id)))


def _forget_rows(table: Table) -> Callable[[Connection, Sequence[str], int], None]:
    def forget(conn: Connection, ids: Sequence[str], at: int) -> None:
        conn.execute(delete(table).where(table.c.id.in_(ids)))

    return forget


KINDS: Mapping[str, _Kind] = {
    RAW: _Kind(raw_inbound, _old_raws, _empty_raws, 200, func.length(raw_inbound.c.body)),
    FILES: _Kind(attachments, _old_files(spoken=False), _forget_files, 100, attachments.c.size),
    RECORDINGS: _Kind(attachments, _old_files(spoken=True), _forget_files, 100, attachments.c.size),
    CONVERSATIONS: _Kind(conversations, _old_conversations, _empty_conversations, 50),
    SIGN_UPS: _Kind(customers, _old_sign_ups, _forget_customers, 20),
    AUDIT: _Kind(audit_notes, _old_notes, _forget_rows(audit_notes), 500),
    EVENTS: _Kind(events, _old_events, _forget_rows(events), 500),
}
