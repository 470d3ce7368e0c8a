"""A conversation goes to another customer, with all that stands in it or hangs on that."""

from collections.abc import Sequence

from sqlalchemy import Connection, and_, exists, func, or_, select, update

from hub.errors import Conflict
from hub.model import DeliveryState
from hub.store.conversations import Conversation, get_conversation, recount
from hub.store.customers import lock_customer
from hub.store.merge_streams import HANGING
from hub.store.sequences import WAITING
from hub.store.tables import (
    complaints,
    conversations,
    deliveries,
    events,
    messages,
    quotes,
    sequence_runs,
    step_messages,
    surveys,
    tasks,
)

WITHIN = (messages, deliveries, events, tasks, quotes, complaints, surveys)
LEAVING = (DeliveryState.HELD, DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.TO_PRINT)


def count_leaving(conn: Connection, conversation: Conversation) -> int:
    """Messages on their way to the customer it is with now."""
    mine = deliveries.c.customer_id == conversation.customer_id, deliveries.c.conversation_id == conversation.id
    return conn.scalar(select(func.count()).where(*mine, deliveries.c.state.in_(LEAVING))) or 0


def is_followed_up(conn: Connection, conversation: Conversation) -> bool:
    mine = sequence_runs.c.customer_id == conversation.customer_id, sequence_runs.c.conversation_id == conversation.id
    waits = select(sequence_runs.c.id).where(*mine, sequence_runs.c.state == WAITING)
    return conn.scalar(waits.limit(1)) is not None


def lock_conversation(conn: Connection, id: str, *others: str) -> Conversation:
    """As it stands once its customer is locked, and those others. Raises Conflict when it was moved while we waited."""
    before = get_conversation(conn, id)
    for one in sorted({before.customer_id, *others}):
        lock_customer(conn, one)
    found = get_conversation(conn, id)
    if found.customer_id != before.customer_id:
        raise Conflict("the conversation was moved to another customer this instant", "moved_on")
    return found


def list_inside(conn: Connection, conversation: Conversation) -> list[str]:
    """The messages that stand in it."""
    mine = messages.c.customer_id == conversation.customer_id, messages.c.conversation_id == conversation.id
    return list(conn.scalars(select(messages.c.id).where(*mine)))


def list_advertising(conn: Connection, conversation: Conversation) -> list[str]:
    """Of campaigns and follow-ups: what its links change is the consent of whoever it was sent to."""
    theirs = deliveries.c.customer_id == conversation.customer_id
    followed = exists().where(step_messages.c.delivery_id == deliveries.c.id)
    query = select(deliveries.c.message_id).where(theirs, deliveries.c.conversation_id == conversation.id)
    return sorted(set(conn.scalars(query.where(or_(deliveries.c.purpose != "", followed)))))


def give_to(conn: Connection, conversation: Conversation, customer_id: str) -> None:
    """customer_id: of another one, whose rows are locked like those of the one it is with. Advertising stays with
    that one, in no conversation."""
    former = conversation.customer_id
    ids = _with_those_in_it(conn, conversation)
    stays = list_advertising(conn, conversation)
    for key in (messages.c.id, deliveries.c.message_id):
        conn.execute(update(key.table).where(key.in_(stays)).values(conversation_id=None))
    ended = and_(sequence_runs.c.customer_id == former, sequence_runs.c.conversation_id.in_(ids))
    conn.execute(update(sequence_runs).where(ended).values(conversation_id=None))
    conn.execute(update(conversations).where(conversations.c.id.in_(ids)).values(customer_id=customer_id))
    for table in WITHIN:
        inside = and_(table.c.customer_id == former, table.c.conversation_id.in_(ids))
        conn.execute(update(table).where(inside).values(customer_id=customer_id))
    for key, owner in HANGING:
        theirs = select(owner).where(owner.table.c.customer_id == customer_id)
        astray = and_(key.table.c.customer_id == former, key.in_(theirs))
        conn.execute(update(key.table).where(astray).values(customer_id=customer_id))
    recount(conn, conversation.id)


def _with_those_in_it(conn: Connection, conversation: Conversation) -> Sequence[str]:
    """Those that were put into it once, too, also by way of another."""
    found = [conversation.id]
    for id in found:
        found += conn.scalars(select(conversations.c.id).where(conversations.c.merged_into == id))
    return found
