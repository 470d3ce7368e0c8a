"""Conversations: cases over a customer's stream. The row carries what the inbox list shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, delete, exists, select, update

from hub.errors import NotFound
from hub.ids import new_id
from hub.model import ConversationState, Direction, MessageKind, Sort
from hub.store.customers import find_label
from hub.store.deliveries import NOWHERE, copied, parcel_of
from hub.store.tables import conversation_labels, conversations, deliveries, labels, messages
from hub.store.teams import team_of
from hub.store.visibility import EVERYTHING, Conditions, Visibility

PREVIEW = 140  # characters
ANSWERED = ("answered", "completed")  # calls
States = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Conversation:
    id: str
    customer_id: str
    state: str
    assignee_id: str | None
    team_id: str | None
    priority: str
    subject: str
    created_at: int
    last_message_at: int
    last_preview: str
    last_channel: str
    last_channel_type: str
    last_direction: str
    last_kind: str
    last_inbound_at: int | None
    waiting_since: int | None
    unread: int
    message_count: int
    channels: Sequence[str]
    snoozed_until: int | None
    closed_at: int | None
    merged_into: str | None
    sorted_as: str = Sort.PERSON


CONVERSATION = tuple(conversations.c[name] for name in Conversation.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Utterance:
    """What a new message changes in its conversation's row. automatic: nobody waits for an answer to it."""

    channel: str
    channel_type: str
    direction: str
    kind: str
    preview: str
    subject: str
    at: int
    author_id: str | None = None
    automatic: bool = False
    sorted_as: str = ""


def get_conversation(conn: Connection, id: str) -> Conversation:
    """The conversation, or the one it was merged into; raises NotFound."""
    row = conn.execute(select(*CONVERSATION).where(conversations.c.id == id)).first()
    if row is None:
        raise NotFound("there is no such conversation")
    return get_conversation(conn, row.merged_into) if row.merged_into else Conversation(*row)


def find_latest(
    conn: Connection, customer_id: str, states: States, since: int = 0, *, apart: bool = False, among: Conditions = ()
) -> Conversation | None:
    """The customer's conversation with the newest message among those in one of the states. apart: among those in
    which only lists, bulk or machines spoke; among: further conditions, e.g. `goes_on_at`."""
    row = conn.execute(_latest(states, apart, among), {"customer": customer_id, "since": since}).first()
    return Conversation(*row) if row else None


@lru_cache(64)
def _latest(states: States, apart: bool, among: Conditions) -> Select[Any]:
    """Built once for each way of asking: every message asks two of them, and building costs more than asking."""
    person = conversations.c.sorted_as == Sort.PERSON
    return (
        select(*CONVERSATION)
        .where(conversations.c.customer_id == bindparam("customer"), conversations.c.state.in_(states))
        .where(conversations.c.last_message_at >= bindparam("since"), conversations.c.merged_into.is_(None))
        .where(~person if apart else person, *among)
        .order_by(conversations.c.last_message_at.desc(), conversations.c.id.desc())
        .limit(1)
    )


def list_customer_conversations(
    conn: Connection, customer_id: str, limit: int = 50, visibility: Visibility = EVERYTHING
) -> list[Conversation]:
    query = (
        select(*CONVERSATION)
        .where(conversations.c.customer_id == customer_id, conversations.c.merged_into.is_(None))
        .where(*visibility.of_conversations())
        .order_by(conversations.c.last_message_at.desc())
        .limit(limit)
    )
    return [Conversation(*row) for row in conn.execute(query)]


def add_conversation(
    conn: Connection, customer_id: str, subject: str, at: int, sorted_as: str = Sort.PERSON, channel: str = ""
) -> Conversation:
    """channel: where it begins; it is the team's whose channel that is."""
    conversation_id = new_id()
    row = {
        "id": conversation_id,
        "customer_id": customer_id,
        "state": ConversationState.OPEN,
        "subject": subject[:500],
        "created_at": at,
        "last_message_at": at,
        "sorted_as": sorted_as,
    }
    conn.execute(conversations.insert().values(team_id=team_of(channel)), row)
    return get_conversation(conn, conversation_id)


def mark_conversation(conn: Connection, id: str, **changes: Any) -> None:
    """Set state, assignee_id, team_id, priority, subject, snoozed_until, closed_at, unread, waiting_since..."""
    if conn.execute(update(conversations).where(conversations.c.id == id).values(**changes)).rowcount == 0:
        raise NotFound("there is no such conversation")


def mark_utterance(conn: Connection, before: Conversation, said: Utterance) -> None:
    """Bring the row up to date with a message just appended. A late one, or a machine's to who waits, is no preview."""
    changes: dict[str, Any] = {"message_count": conversations.c.message_count + 1}
    aside = said.automatic and said.direction == Direction.OUT and before.waiting_since
    if not aside and (said.at >= before.last_message_at or not before.message_count):
        changes |= {
            "last_message_at": max(said.at, before.last_message_at),
            "last_preview": " ".join(said.preview.split())[:PREVIEW],
            "last_channel": said.channel,
            "last_channel_type": said.channel_type,
            "last_direction": said.direction,
            "last_kind": said.kind,
        }
    if said.channel_type and said.channel_type not in before.channels:
        changes["channels"] = [*before.channels, said.channel_type]
    if said.subject and not before.subject:
        changes["subject"] = said.subject[:500]
    if said.direction == Direction.IN:
        changes |= _customer_spoke(before, said)
    elif said.direction == Direction.OUT and not said.automatic:
        changes |= {"waiting_since": None, "unread": 0, "sorted_as": Sort.PERSON}
        if said.author_id and not before.assignee_id:
            changes["assignee_id"] = said.author_id
    conn.execute(update(conversations).where(conversations.c.id == before.id).values(**changes))


def _customer_spoke(before: Conversation, said: Utterance) -> Mapping[str, Any]:
    changes: dict[str, Any] = {
        "unread": conversations.c.unread + 1,
        "last_inbound_at": max(said.at, before.last_inbound_at or 0),
    }
    if not said.automatic:
        changes["waiting_since"] = before.waiting_since or said.at
        changes["sorted_as"] = Sort.PERSON
    elif before.sorted_as != Sort.PERSON:
        changes["sorted_as"] = said.sorted_as
    if not said.automatic or before.sorted_as != Sort.PERSON:
        changes |= {"state": ConversationState.OPEN, "snoozed_until": None, "closed_at": None}
    return changes


def list_due_snoozes(conn: Connection, now: int, limit: int = 100) -> list[Conversation]:
    query = (
        select(*CONVERSATION)
        .where(conversations.c.state == ConversationState.SNOOZED, conversations.c.snoozed_until <= now)
        .limit(limit)
    )
    return [Conversation(*row) for row in conn.execute(query)]


def list_conversation_labels(conn: Connection, ids: Sequence[str]) -> dict[str, list[str]]:
    """Conversation id -> label names, sorted."""
    query = (
        select(conversation_labels.c.conversation_id, labels.c.name)
        .join(labels, labels.c.id == conversation_labels.c.label_id)
        .where(conversation_labels.c.conversation_id.in_(ids))
        .order_by(labels.c.name)
    )
    found: dict[str, list[str]] = {id: [] for id in ids}
    for conversation_id, name in conn.execute(query):
        found[conversation_id].append(name)
    return found


def mark_conversation_labels(conn: Connection, conversation: Conversation, names: Sequence[str], at: int) -> None:
    """Replace the conversation's labels."""
    conn.execute(delete(conversation_labels).where(conversation_labels.c.conversation_id == conversation.id))
    for name in dict.fromkeys(names):
        row = {
            "conversation_id": conversation.id,
            "label_id": find_label(conn, name, at),
            "customer_id": conversation.customer_id,
        }
        conn.execute(conversation_labels.insert(), row)


def mark_merged(conn: Connection, source: Conversation, target: Conversation) -> None:
    """Move every message of source to target (same customer); source stays as a pointer."""
    conn.execute(update(messages).where(messages.c.conversation_id == source.id).values(conversation_id=target.id))
    sent = (deliveries.c.customer_id == source.customer_id, deliveries.c.conversation_id == source.id)
    conn.execute(update(deliveries).where(*sent).values(conversation_id=target.id))
    mark_conversation(conn, source.id, merged_into=target.id, state=ConversationState.CLOSED)
    if source.sorted_as == Sort.PERSON:
        mark_conversation(conn, target.id, sorted_as=Sort.PERSON)
    recount(conn, target.id)


def move_messages(conn: Connection, source: Conversation, target: Conversation, ids: Sequence[str]) -> int:
    """Put some messages of source into target (same customer); how many were there."""
    mine = messages.c.id.in_(ids) & (messages.c.conversation_id == source.id)
    moved = conn.execute(update(messages).where(mine).values(conversation_id=target.id)).rowcount
    conn.execute(update(deliveries).where(deliveries.c.message_id.in_(ids)).values(conversation_id=target.id))
    for id in (source.id, target.id):
        recount(conn, id)
    return moved


_later = deliveries.alias("later")
_again = exists(
    select(_later.c.id).where(
        _later.c.message_id == deliveries.c.message_id,
        _later.c.id > deliveries.c.id,
        parcel_of(_later) == parcel_of(deliveries),
    )
)
LOST = exists(  # a parcel for the customer that went nowhere at last, as hub.outbound.parcels.standing_of has it
    select(deliveries.c.id)
    .where(deliveries.c.message_id == messages.c.id, deliveries.c.state.in_(NOWHERE))
    .where(~_again, ~copied(deliveries))
)
_COLUMNS = "occurred_at direction kind channel channel_type text subject parts automatic".split()
_TOLD = (*(messages.c[name] for name in _COLUMNS), LOST.label("lost"))


def recount(conn: Connection, id: str) -> int | None:
    """Rebuild what the row says of its messages, after some were moved, taken back or lost on their way; since when
    the customer has waited for an answer. Notes are none of them."""
    query = (
        select(*_TOLD)
        .where(messages.c.conversation_id == id, messages.c.deleted_at.is_(None))
        .where(messages.c.direction != Direction.NOTE)
        .order_by(messages.c.occurred_at, messages.c.id)
    )
    rows = conn.execute(query).all()
    types = dict.fromkeys(row.channel_type for row in rows if row.channel_type)
    changes: dict[str, Any] = {"message_count": len(rows), "channels": list(types)}
    waiting, since = conversations.c.state != ConversationState.CLOSED, _waiting_since(rows)
    said = [row for row in rows if not row.automatic or row.direction == Direction.IN] if since else rows
    if said:
        last = said[-1]
        changes |= {
            "last_message_at": last.occurred_at,
            "last_preview": " ".join(_preview(last).split())[:PREVIEW],
            "last_channel": last.channel,
            "last_channel_type": last.channel_type,
            "last_direction": last.direction,
            "last_kind": last.kind,
        }
        inbound = [row.occurred_at for row in rows if row.direction == Direction.IN]
        changes["last_inbound_at"] = max(inbound, default=None)
    conn.execute(update(conversations).where(conversations.c.id == id, waiting).values(waiting_since=since))
    mark_conversation(conn, id, **changes)
    return since


def _preview(row: Row[Any]) -> str:
    """A call is told by what became of it."""
    if row.kind == MessageKind.CALL:
        return str(row.parts.get("state", ""))
    return str(row.text or row.subject or (row.kind if row.kind == MessageKind.VOICEMAIL else ""))


def _waiting_since(rows: Sequence[Row[Any]]) -> int | None:
    """The first word of the customer that nobody has answered."""
    since: int | None = None
    for row in rows:
        if row.automatic or row.lost:
            continue
        taken = row.kind == MessageKind.CALL and row.parts.get("state") in ANSWERED
        since = None if row.direction == Direction.OUT or taken else since or row.occurred_at
    return since
