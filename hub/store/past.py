"""Rows of what was said before the hub came (hub.history): conversations that are over, messages found again."""

from sqlalchemy import Connection, case, func, select, update

from hub.ids import new_id
from hub.model import ConversationState, Direction, Sort
from hub.store.messages import NewMessage
from hub.store.tables import conversations, customers, messages
from hub.store.teams import team_of


def add_past_conversation(conn: Connection, first: NewMessage) -> str:
    """One that is done, for a message of it; its id. `recount` and `mark_over` tell the rest when all are there."""
    id = new_id()
    row = {
        "id": id,
        "customer_id": first.customer_id,
        "state": ConversationState.CLOSED,
        "subject": first.subject[:500],
        "created_at": first.occurred_at,
        "last_message_at": first.occurred_at,
        "closed_at": first.occurred_at,
        "sorted_as": first.sorted_as or Sort.PERSON,
    }
    conn.execute(conversations.insert().values(team_id=team_of(first.channel)), row)
    return id


def find_past_message(conn: Connection, new: NewMessage) -> str | None:
    """The conversation in which the customer's message of this name stands already, however it came."""
    if not new.provider_id:
        return None
    query = (
        select(messages.c.conversation_id)
        .where(messages.c.provider_id == new.provider_id, messages.c.customer_id == new.customer_id)
        .where(messages.c.channel_type == new.channel_type, messages.c.direction == new.direction)
        .where(messages.c.conversation_id.is_not(None))
    )
    found: str | None = conn.scalar(query.limit(1))
    return found


def mark_over(conn: Connection, id: str) -> None:
    """It began with its first message and was done with its last, and is a person's if one spoke in it; its customer is
    one since then at least. What is under way again stays so."""
    there = messages.c.conversation_id == id
    person = (messages.c.direction == Direction.OUT) | (messages.c.sorted_as == Sort.PERSON)
    query = select(func.min(messages.c.occurred_at), func.max(case((person, 1), else_=0))).where(there)
    begun, persons = conn.execute(query).one()
    first = select(messages.c.subject).where(there).order_by(messages.c.occurred_at, messages.c.id).limit(1)
    changes = {"created_at": begun, "subject": str(conn.scalar(first))[:500]}
    changes |= {"sorted_as": Sort.PERSON} if persons else {}
    conn.execute(update(conversations).where(conversations.c.id == id).values(**changes))
    whose = select(conversations.c.customer_id).where(conversations.c.id == id).scalar_subquery()
    later = (customers.c.id == whose) & (customers.c.created_at > begun)
    conn.execute(update(customers).where(later).values(created_at=begun))
    over = (conversations.c.id == id) & (conversations.c.state == ConversationState.CLOSED)
    conn.execute(update(conversations).where(over).values(closed_at=conversations.c.last_message_at))
