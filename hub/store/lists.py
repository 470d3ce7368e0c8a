"""The lists that are not of one customer: customers and conversations by filter, a conversation's stream.

Each pages by key and runs on a partial index of its own (see tables.py); `q` goes through the search index.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, and_, exists, or_, select
from sqlalchemy.sql import ColumnElement

from hub.model import MessageKind
from hub.store.conversations import CONVERSATION, Conversation
from hub.store.customers import Customer
from hub.store.inbox import came_by
from hub.store.messages import MESSAGE, Message
from hub.store.search import conversations_holding, conversations_with, customers_holding, customers_with
from hub.store.tables import conversation_labels, conversations, customer_labels, customers, labels, messages
from hub.store.visibility import EVERYTHING, Conditions, Visibility

NOBODY = "none"
CUSTOMER = tuple(customers.c[name] for name in Customer.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Filter:
    """Empty means any; assignee and team "none" mean nobody's."""

    state: str = ""
    assignee: str = ""
    team: str = ""
    channel: str = ""
    label: str = ""
    q: str = ""
    customer_id: str = ""
    sorted_as: str = ""
    visibility: Visibility = EVERYTHING


def list_conversations(
    conn: Connection, wanted: Filter, before: tuple[int, str] | None, limit: int
) -> list[Conversation]:
    """Newest message first, before (last_message_at, id)."""
    at, id = conversations.c.last_message_at, conversations.c.id
    erased = exists().where(customers.c.id == conversations.c.customer_id, customers.c.erased_at.is_not(None))
    query = select(*CONVERSATION).where(conversations.c.merged_into.is_(None), ~erased, *_conditions(conn, wanted))
    query = query.order_by(at.desc(), id.desc()).limit(limit)
    found: list[Conversation] = []
    while True:
        page = query.where((at < before[0]) | ((at == before[0]) & (id < before[1]))) if before else query
        rows = [Conversation(*row) for row in conn.execute(page)]
        found += _with_words(conn, rows, wanted.q)
        if len(rows) < limit or len(found) >= limit:
            return found[:limit]
        before = rows[-1].last_message_at, rows[-1].id


def _with_words(conn: Connection, rows: list[Conversation], q: str) -> list[Conversation]:
    """The index proposes, the texts decide."""
    if not q or not rows:
        return rows
    places = conversations_holding(conn, [row.id for row in rows], q)
    people = customers_holding(conn, [row.customer_id for row in rows if row.id not in places], q)
    return [row for row in rows if row.id in places or row.customer_id in people]


def _conditions(conn: Connection, wanted: Filter) -> list[ColumnElement[bool]]:
    c = conversations.c
    found = list(wanted.visibility.of_conversations())
    if wanted.state:
        found.append(c.state == wanted.state)
    for column, value in ((c.assignee_id, wanted.assignee), (c.team_id, wanted.team)):
        if value:
            found.append(column.is_(None) if value == NOBODY else column == value)
    if wanted.channel:
        found.append(or_(c.last_channel == wanted.channel, came_by(wanted.channel)))
    if wanted.sorted_as:
        found.append(c.sorted_as == wanted.sorted_as)
    if wanted.label:
        named = select(labels.c.id).where(labels.c.name == wanted.label).scalar_subquery()
        found.append(c.id.in_(_labelled(conversation_labels.c.conversation_id, conversation_labels.c.label_id, named)))
    if wanted.customer_id:
        found.append(c.customer_id == wanted.customer_id)
    if wanted.q:
        people = select(customers.c.id).where(customers_with(conn, wanted.q))
        found.append(or_(c.id.in_(conversations_with(conn, wanted.q)), c.customer_id.in_(people)))
    return found


def _labelled(owner: ColumnElement[Any], label: ColumnElement[Any], named: Any) -> Select[Any]:
    return select(owner).where(label == named)


def list_customers(
    conn: Connection, q: str, label: str, before: str | None, limit: int, among: Conditions = ()
) -> list[Customer]:
    """Newest first, before an id; among: further conditions on `customers` (a segment, who sees whom)."""
    query = select(*CUSTOMER).where(customers.c.merged_into.is_(None), customers.c.erased_at.is_(None))
    if q:
        query = query.where(customers_with(conn, q))
    if label:
        named = select(labels.c.id).where(labels.c.name == label).scalar_subquery()
        query = query.where(
            customers.c.id.in_(_labelled(customer_labels.c.customer_id, customer_labels.c.label_id, named))
        )
    query = query.where(*among).order_by(customers.c.id.desc()).limit(limit)
    found: list[Customer] = []
    while True:
        page = query.where(customers.c.id < before) if before else query
        rows = [Customer(*row) for row in conn.execute(page)]
        held = customers_holding(conn, [row.id for row in rows], q) if q else {row.id for row in rows}
        found += [row for row in rows if row.id in held]
        if len(rows) < limit or len(found) >= limit:
            return found[:limit]
        before = rows[-1].id


def list_stream(
    conn: Connection, conversation: Conversation, after: tuple[int, str] | None, limit: int
) -> list[Message]:
    """Everything in one conversation in time order, and the campaigns this customer was sent."""
    at, id = messages.c.occurred_at, messages.c.id
    campaigns = and_(
        messages.c.customer_id == conversation.customer_id,
        messages.c.kind == MessageKind.CAMPAIGN,
        messages.c.conversation_id.is_(None),
    )
    query = select(*MESSAGE).where(
        or_(messages.c.conversation_id == conversation.id, campaigns), messages.c.deleted_at.is_(None)
    )
    if after:
        query = query.where((at > after[0]) | ((at == after[0]) & (id > after[1])))
    return [Message(*row) for row in conn.execute(query.order_by(at, id).limit(limit))]
