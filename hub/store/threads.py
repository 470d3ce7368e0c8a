"""One conversation as a stream: messages of all channels with what belongs to them, and what happened between."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select, tuple_

from hub.model import Direction, MessageKind
from hub.store.blobs import StoredFile, list_attachments
from hub.store.calls import Call, list_calls
from hub.store.costs import Cost, list_costs
from hub.store.deliveries import Delivery, list_deliveries
from hub.store.events import Happening
from hub.store.messages import MESSAGE, Message, list_latest_messages
from hub.store.surveys import list_comments
from hub.store.tables import campaigns, events, messages, sequences
from hub.store.tasks import list_titles

PAGE = 50
_m = messages.c
MAX_HAPPENINGS = 200
SHOWN = (
    "conversation.opened",
    "conversation.assigned",
    "conversation.closed",
    "conversation.reopened",
    "conversation.snoozed",
    "conversation.merged",
    "conversation.moved",
    "conversation.labelled",
    "conversation.prioritised",
    "conversation.sorted",
    "conversation.late",
    "conversation.overdue",
    "address.stop",
    "address.start",
    "delivery.delayed",
    "address.bounced",
    "address.blocked",
    "address.moved",
    "chat.changed",
    "task.added",
    "task.done",
    "task.reopened",
    "quote.sent",
    "quote.accepted",
    "quote.declined",
    "quote.withdrawn",
    "order.added",
    "order.changed",
    "complaint.opened",
    "complaint.answered",
    "complaint.solved",
    "complaint.rejected",
    "complaint.reopened",
    "complaint.removed",
    "complaint.missed",
    "survey.answered",
    "rule.applied",
    "macro.applied",
    "bot.handed_over",
)
QUIET = (
    *("conversation.changed", "conversation.read", "conversation.unread", "conversation.split"),
    *("address.added", "complaint.changed"),
)


HAPPENING = tuple(events.c[name] for name in Happening.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Thread:
    """files, deliveries, calls, costs by message id; campaigns: names, also of sequences, tasks: titles, comments: of
    surveys, by id; earlier: is there more above?"""

    messages: Sequence[Message]
    files: Mapping[str, Sequence[StoredFile]]
    deliveries: Mapping[str, Sequence[Delivery]]
    calls: Mapping[str, Call]
    campaigns: Mapping[str, str]
    tasks: Mapping[str, str]
    comments: Mapping[str, str]
    costs: Mapping[str, Sequence[Cost]]
    happenings: Sequence[Happening]
    earlier: bool


def load_thread(
    conn: Connection, customer_id: str, conversation_id: str, before: tuple[int, str] | None = None
) -> Thread:
    """The newest page, or the page before (occurred_at, id)."""
    found = list_latest_messages(conn, conversation_id, before, PAGE + 1)
    until = before[0] if before else None
    since = found[1].occurred_at if len(found) > PAGE else 0
    shown = sorted(
        [*found[-PAGE:], *list_campaign_messages(conn, customer_id, since, until)],
        key=lambda message: (message.occurred_at, message.id),
    )
    happenings = list_happenings(conn, customer_id, conversation_id, since, until)
    return complete_thread(conn, shown, happenings, len(found) > PAGE)


def list_campaign_messages(conn: Connection, customer_id: str, since: int, until: int | None) -> list[Message]:
    """Campaigns are messages too, but of the customer, not of one conversation."""
    query = select(*MESSAGE).where(
        _m.customer_id == customer_id,
        _m.conversation_id.is_(None),
        _m.kind == MessageKind.CAMPAIGN,
        _m.deleted_at.is_(None),
        _m.occurred_at >= since,
    )
    if until is not None:
        query = query.where(_m.occurred_at < until)
    return [Message(*row) for row in conn.execute(query.order_by(_m.occurred_at.desc()).limit(PAGE))]


def list_happenings(
    conn: Connection,
    customer_id: str,
    conversation_id: str,
    since: int,
    until: int | None = None,
) -> list[Happening]:
    """What was done with a conversation or with the customer, oldest first."""
    query = select(*HAPPENING).where(
        events.c.customer_id == customer_id, events.c.type.in_(SHOWN), events.c.id >= f"{since:012x}"
    )
    query = query.where(events.c.conversation_id.is_(None) | (events.c.conversation_id == conversation_id))
    if until is not None:
        query = query.where(events.c.id < f"{until:012x}")
    rows = conn.execute(query.order_by(events.c.id.desc()).limit(MAX_HAPPENINGS)).all()
    return [Happening(*row) for row in reversed(rows)]


def find_colleagues_word(conn: Connection, customer_id: str, conversation_id: str, seen: int, agent_id: str) -> bool:
    """Did somebody else answer or note something here that an author who had seen so many events cannot know?"""
    query = select(events.c.id).where(
        events.c.customer_id == customer_id,
        events.c.conversation_id == conversation_id,
        events.c.type.in_(("message.queued", "note.added")),
        events.c.agent_id.is_not(None) & (events.c.agent_id != agent_id),
        events.c.seq.is_(None) | (events.c.seq > seen),
    )
    return conn.scalar(query.limit(1)) is not None


def complete_thread(
    conn: Connection, shown: Sequence[Message], happenings: Sequence[Happening], earlier: bool
) -> Thread:
    ids = [message.id for message in shown]
    return Thread(
        messages=shown,
        files=list_attachments(conn, ids),
        deliveries=list_deliveries(conn, ids),
        calls=list_calls(conn, ids),
        campaigns=_list_names(conn, shown, happenings),
        tasks=list_titles(conn, _named(happenings, "task")),
        comments=list_comments(conn, _named(happenings, "survey")),
        costs=list_costs(conn, [message.id for message in shown if message.direction == Direction.OUT]),
        happenings=happenings,
        earlier=earlier,
    )


def _named(happenings: Sequence[Happening], what: str) -> list[str]:
    """The ids that those events say under that name."""
    return [str(one.data[what]) for one in happenings if one.data and what in one.data]


def _list_names(conn: Connection, shown: Sequence[Message], happenings: Sequence[Happening]) -> dict[str, str]:
    """Of the campaigns and sequences that are named."""
    written = [message.campaign_id for message in shown if message.campaign_id]
    names = list_campaign_names(conn, [*written, *_named(happenings, "campaign")])
    if followed := set(_named(happenings, "sequence")):
        rows = conn.execute(select(sequences.c.id, sequences.c.name).where(sequences.c.id.in_(followed)))
        names |= {row.id: row.name for row in rows}
    return names


def list_campaign_names(conn: Connection, ids: Sequence[str]) -> dict[str, str]:
    if not ids:
        return {}
    rows = conn.execute(select(campaigns.c.id, campaigns.c.name).where(campaigns.c.id.in_(set(ids))))
    return {row.id: row.name for row in rows}


def list_from(conn: Connection, conversation_id: str, first: Message) -> list[str]:
    """The ids of this message of a conversation, and of those after it."""
    order, since = (_m.occurred_at, _m.id), (first.occurred_at, first.id)
    mine = _m.conversation_id == conversation_id
    return list(conn.scalars(select(_m.id).where(mine, tuple_(*order) >= tuple_(*since))))
