"""A conversation goes to another customer, with all that stands in it or hangs on that."""

from collections.abc import Sequence

from sqlalchemy import Connection, and_, func, or_, select, update

from hub.model import DeliveryState
from hub.store.conversations import Conversation
from hub.store.merge_streams import HANGING
from hub.store.tables import (
    complaints,
    conversations,
    deliveries,
    events,
    messages,
    quotes,
    sequence_runs,
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
    return conn.scalar(select(sequence_runs.c.id).where(*mine).limit(1)) is not None


def list_inside(conn: Connection, conversation: Conversation) -> list[str]:
    """The messages that stand in it."""
    mine = messages.c.customer_id == conversation.customer_id, messages.c.conversation_id == conversation.id
    return list(conn.scalars(select(messages.c.id).where(*mine)))


def give_to(conn: Connection, conversation: Conversation, customer_id: str) -> None:
    """customer_id: of another one, whose rows are locked like those of the one it is with."""
    former = conversation.customer_id
    ids = _with_those_in_it(conn, conversation)
    conn.execute(update(conversations).where(conversations.c.id.in_(ids)).values(customer_id=customer_id))
    for table in WITHIN:
        inside = and_(table.c.customer_id == former, table.c.conversation_id.in_(ids))
        conn.execute(update(table).where(inside).values(customer_id=customer_id))
    for key, owner in HANGING:
        theirs = select(owner).where(owner.table.c.customer_id == customer_id)
        astray = and_(key.table.c.customer_id == former, key.in_(theirs))
        conn.execute(update(key.table).where(astray).values(customer_id=customer_id))


def _with_those_in_it(conn: Connection, conversation: Conversation) -> Sequence[str]:
    """Those that were put into it once, too."""
    theirs = conversations.c.customer_id == conversation.customer_id
    led = or_(conversations.c.id == conversation.id, conversations.c.merged_into == conversation.id)
    return list(conn.scalars(select(conversations.c.id).where(theirs, led)))
