"""Conversations of two customers whose merge is undone: each goes on with its own, also where some were put together or
parted in between."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, Table, and_, or_, select, update

from hub.store.conversations import Conversation, add_conversation, get_conversation, mark_conversation, recount
from hub.store.merge_siblings import Moved
from hub.store.tables import (
    attachments,
    attempts,
    calls,
    complaints,
    conversation_labels,
    conversations,
    deliveries,
    drafts,
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

WITHIN: tuple[Table, ...] = (messages, deliveries, events, tasks, quotes, complaints, surveys, sequence_runs)
HANGING = (  # on rows that went back, in this order: what came since with them
    (step_messages.c.run_id, sequence_runs.c.id),
    (step_hooks.c.run_id, sequence_runs.c.id),
    (messages.c.id, step_messages.c.message_id),
    (deliveries.c.message_id, messages.c.id),
    (attempts.c.delivery_id, deliveries.c.id),
    (attachments.c.message_id, messages.c.id),
    (calls.c.message_id, messages.c.id),
    (orders.c.quote_id, quotes.c.id),
    (conversation_labels.c.conversation_id, conversations.c.id),
    (drafts.c.conversation_id, conversations.c.id),
)


class Streams:
    """What two customers said and did in conversations; merge_id: of the merge that is undone, siblings: what others
    moved that stay."""

    def __init__(self, conn: Connection, keep_id: str, absorbed_id: str, merge_id: str, siblings: Sequence[Moved]):
        self.conn, self.keep, self.absorbed = conn, keep_id, absorbed_id
        self.merge_id, self.siblings = merge_id, siblings

    def part(self, at: int) -> None:
        """Once the rows that the merge had moved are back: whatever stands in a conversation, or hangs on another row,
        is of the same customer as that."""
        for id in self._foreign(self.absorbed, self.keep):
            if id > self.merge_id and not self._had_words(id):
                self._give(conversations, [id])
        back = select(conversations.c.id).where(conversations.c.customer_id == self.absorbed)
        for table in WITHIN:
            self._give(table, self._since(table, table.c.conversation_id.in_(back)))
        for key, owner in HANGING:
            theirs = select(owner).where(owner.table.c.customer_id == self.absorbed)
            astray = and_(key.table.c.customer_id == self.keep, key.in_(theirs))
            self.conn.execute(update(key.table).where(astray).values(customer_id=self.absorbed))
        for one, other in ((self.absorbed, self.keep), (self.keep, self.absorbed)):
            for id in self._foreign(one, other):
                self._take_out(get_conversation(self.conn, id), one, at)

    def _foreign(self, mine: str, other: str) -> list[str]:
        """The other's conversations in which there is something of mine."""
        inside = [select(table.c.conversation_id).where(table.c.customer_id == mine) for table in WITHIN]
        led = select(conversations.c.merged_into).where(conversations.c.customer_id == mine)
        held = or_(*(conversations.c.id.in_(query) for query in (*inside, led)))
        return list(
            self.conn.scalars(
                select(conversations.c.id)
                .where(conversations.c.customer_id == other, held)
                .order_by(conversations.c.id)
            )
        )

    def _had_words(self, id: str) -> bool:
        """Of the one who kept, before the merge or by another."""
        query = select(messages.c.id).where(messages.c.conversation_id == id, messages.c.customer_id == self.keep)
        return bool(set(self.conn.scalars(query)) - set(self._since(messages, messages.c.conversation_id == id)))

    def _since(self, table: Table, where: ColumnElement[bool]) -> list[str]:
        others = {id for one in self.siblings for id in one.get(table.name, [])}
        query = select(table.c.id).where(table.c.customer_id == self.keep, table.c.id > self.merge_id, where)
        return [id for id in self.conn.scalars(query) if id not in others]

    def _give(self, table: Table, ids: Sequence[str]) -> None:
        self.conn.execute(update(table).where(table.c.id.in_(ids)).values(customer_id=self.absorbed))

    def _take_out(self, shared: Conversation, mine: str, at: int) -> None:
        """Into the conversation that was put into it, or one of its own."""
        query = select(conversations.c.id).where(
            conversations.c.merged_into == shared.id, conversations.c.customer_id == mine
        )
        home, *more = [*self.conn.scalars(query.order_by(conversations.c.id))] or [self._begin(shared, mine, at)]
        stands = {"state": shared.state, "snoozed_until": shared.snoozed_until, "closed_at": shared.closed_at}
        mark_conversation(self.conn, home, merged_into=None, **stands)
        for id in more:
            mark_conversation(self.conn, id, merged_into=home)
        for table in WITHIN:
            theirs = and_(table.c.customer_id == mine, table.c.conversation_id == shared.id)
            self.conn.execute(update(table).where(theirs).values(conversation_id=home))
        for id in (shared.id, home):
            recount(self.conn, id)

    def _begin(self, shared: Conversation, mine: str, at: int) -> str:
        made = add_conversation(self.conn, mine, shared.subject, at, shared.sorted_as)
        mark_conversation(self.conn, made.id, team_id=shared.team_id, assignee_id=shared.assignee_id)
        return made.id
