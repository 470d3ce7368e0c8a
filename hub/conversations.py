"""What becomes of a conversation, decided for pages and API alike; each act with its event, none where nothing changes.

Begun, assigned, done, put off, labelled, noted on, joined and split. The buttons of
`templates/pages/inbox/_thread.html` come here by `hub/web/conversation_acts.py`, programs by
`hub/web/api/conversation_acts.py`.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from hub.errors import Conflict, InvalidInput, NotFound
from hub.mentions import find_mentioned
from hub.model import ConversationState, Direction, Sort
from hub.reasons import Why
from hub.store.addresses import mark_person
from hub.store.agents import find_agent
from hub.store.complaints import follow_conversation, follow_messages, follow_team
from hub.store.conversations import (
    Conversation,
    add_conversation,
    find_latest,
    get_conversation,
    list_conversation_labels,
    list_due_snoozes,
    mark_conversation,
    mark_conversation_labels,
    mark_merged,
    move_messages,
    recount,
)
from hub.store.events import append_event
from hub.store.mentions import add_mentions, list_colleagues, mark_mentions_settled
from hub.store.messages import NewMessage, append_message, get_message, mark_message, mark_persons
from hub.store.surveys import move_surveys, plan_survey
from hub.store.teams import get_team
from hub.store.visibility import Visibility

PRIORITIES = ("low", "normal", "high", "urgent")
ACTIVE = (ConversationState.OPEN, ConversationState.SNOOZED)  # what comes in goes on in these


def start(
    conn: Connection, customer_id: str, subject: str, at: int, sort: Sort = Sort.PERSON, channel: str = ""
) -> Conversation:
    """channel: where it begins."""
    conversation = add_conversation(conn, customer_id, subject, at, sort, channel)
    append_conversation_event(conn, conversation, "conversation.opened", at)
    return conversation


def open_for(conn: Connection, who: Visibility, customer_id: str, subject: str, at: int) -> Conversation:
    """The customer's open conversation among those that are seen, or a new one, handed to whoever would not see it
    otherwise."""
    found = find_latest(conn, customer_id, ACTIVE, among=who.of_conversations())
    if found:
        return found
    begun = start(conn, customer_id, subject, at)
    if who.covers(begun.team_id, begun.assignee_id):
        return begun
    team = min(who.teams or (), default=begun.team_id)
    return hand_over(conn, begun.id, who.agent_id or None, team, at, who.agent_id or None)


def assign(conn: Connection, id: str, assignee_id: str | None, at: int, by: str | None) -> Conversation:
    """The button "Assign to me", and any other colleague, or nobody (None); the team it belongs to stays."""
    return hand_over(conn, id, assignee_id, get_conversation(conn, id).team_id, at, by)


def hand_over(
    conn: Connection, id: str, assignee_id: str | None, team_id: str | None, at: int, by: str | None, **why: Any
) -> Conversation:
    """To a colleague and a team; None is nobody. why: what its event tells besides. Raises InvalidInput when the
    colleague does not work here (any more), NotFound when there is no such team."""
    conversation = get_conversation(conn, id)
    before = (conversation.assignee_id, conversation.team_id)
    if before == (assignee_id, team_id):
        return conversation
    agent = find_agent(conn, assignee_id) if assignee_id else None
    if assignee_id != conversation.assignee_id and assignee_id and not (agent and agent.active):
        raise InvalidInput("there is no such colleague", "assignee", "colleague")
    if team_id:
        get_team(conn, team_id)
    mark_conversation(conn, conversation.id, assignee_id=assignee_id, team_id=team_id)
    follow_team(conn, conversation.id, team_id)
    if {assignee_id, team_id} - {*before, None}:  # whoever takes it on wants it in the inbox
        mark_conversation(conn, conversation.id, sorted_as=Sort.PERSON)
    told = {"assignee": assignee_id, "team": team_id, **why}
    append_conversation_event(conn, conversation, "conversation.assigned", at, by, **told)
    return get_conversation(conn, conversation.id)


def close(conn: Connection, id: str, at: int, by: str | None, *, asks: bool = True) -> Conversation:
    """asks: a customer who is a person is asked how it was, where the team asks at all."""
    conversation = get_conversation(conn, id)
    if by:
        mark_mentions_settled(conn, conversation.id, by, at)
    if conversation.state != ConversationState.CLOSED:
        closed = {"closed_at": at, "snoozed_until": None, "waiting_since": None, "unread": 0}
        mark_conversation(conn, conversation.id, state=ConversationState.CLOSED, **closed)
        append_conversation_event(conn, conversation, "conversation.closed", at, by)
        if asks and conversation.sorted_as == Sort.PERSON:
            plan_survey(conn, conversation.customer_id, conversation.id, conversation.team_id, at)
    return get_conversation(conn, conversation.id)


def reopen(conn: Connection, id: str, at: int, by: str | None) -> Conversation:
    conversation = get_conversation(conn, id)
    if conversation.state != ConversationState.OPEN:
        mark_conversation(conn, conversation.id, state=ConversationState.OPEN, closed_at=None, snoozed_until=None)
        recount(conn, conversation.id)  # who waited before it was closed, waits again
        append_conversation_event(conn, conversation, "conversation.reopened", at, by)
    return get_conversation(conn, conversation.id)


def show_as_person(conn: Connection, id: str, at: int, by: str | None) -> Conversation:
    """An agent says that a person is behind it: it stands in the inbox, and from now on so does whatever looks like a
    list's or like bulk mail from the same addresses."""
    conversation = get_conversation(conn, id)
    if conversation.sorted_as == Sort.PERSON:
        return conversation
    senders = mark_persons(conn, conversation.id, (Sort.LIST, Sort.BULK, Sort.AUTO_REPLY), Why.AGENT_SAID)
    mark_person(conn, conversation.customer_id, "email", senders)
    mark_conversation(conn, conversation.id, sorted_as=Sort.PERSON)
    append_conversation_event(conn, conversation, "conversation.sorted", at, by, sorted_as=Sort.PERSON)
    if conversation.state == ConversationState.CLOSED:
        return reopen(conn, conversation.id, at, by)
    recount(conn, conversation.id)
    return get_conversation(conn, conversation.id)


def unsay(conn: Connection, id: str, said_at: int, at: int, by: str | None = None) -> bool:
    """What we said at that moment does not reach the customer, who waits again, even if it was to be the last word.
    Whether somebody waits."""
    conversation = get_conversation(conn, id)
    waits = recount(conn, conversation.id) is not None
    if waits and conversation.closed_at is not None and conversation.closed_at >= said_at:
        reopen(conn, conversation.id, at, by)
    return waits


def snooze(conn: Connection, id: str, until: int, at: int, by: str | None) -> Conversation:
    if until <= at:
        raise InvalidInput("the time to come back lies in the past", "until", "past")
    conversation = get_conversation(conn, id)
    changes = {"state": ConversationState.SNOOZED, "snoozed_until": until, "closed_at": None}
    mark_conversation(conn, conversation.id, **changes)
    append_conversation_event(conn, conversation, "conversation.snoozed", at, by, until=until)
    return get_conversation(conn, conversation.id)


def wake_due(conn: Connection, now: int) -> int:
    """Snoozed conversations whose time has come are open again; how many."""
    due = list_due_snoozes(conn, now)
    for conversation in due:
        reopen(conn, conversation.id, now, by=None)
    return len(due)


def merge(conn: Connection, source_id: str, target_id: str, at: int, by: str | None) -> Conversation:
    """Put two cases of one customer together."""
    source, target = get_conversation(conn, source_id), get_conversation(conn, target_id)
    if source.id == target.id:
        raise Conflict("these are the same conversation already")
    if source.customer_id != target.customer_id:
        raise Conflict("the conversations belong to different customers: merge the customers first")
    mark_merged(conn, source, target)
    follow_conversation(conn, source.id, target.id)
    move_surveys(conn, source.id, target.id)
    append_conversation_event(conn, target, "conversation.merged", at, by, source=source.id)
    return get_conversation(conn, target.id)


def split(conn: Connection, id: str, message_ids: Sequence[str], at: int, by: str | None) -> Conversation:
    """Make a case of its own of some messages; answers the new one. Whoever had the old one has both."""
    source = get_conversation(conn, id)
    wanted = set(message_ids)
    target = add_conversation(conn, source.customer_id, source.subject, at)
    mark_conversation(conn, target.id, team_id=source.team_id, assignee_id=source.assignee_id)
    if move_messages(conn, source, target, sorted(wanted)) != len(wanted):
        raise NotFound("not all of these messages are in this conversation")
    if not get_conversation(conn, source.id).message_count:
        raise Conflict("something has to stay in the old conversation", "all_of_it")
    follow_messages(conn, sorted(wanted), target.id)
    append_conversation_event(conn, source, "conversation.split", at, by, target=target.id)
    append_conversation_event(conn, target, "conversation.opened", at, by, source=source.id)
    return get_conversation(conn, target.id)


def label(conn: Connection, id: str, names: Sequence[str], at: int, by: str | None) -> None:
    """These and no others."""
    conversation, wanted = get_conversation(conn, id), sorted(set(names))
    if list_conversation_labels(conn, [conversation.id])[conversation.id] != wanted:
        mark_conversation_labels(conn, conversation, wanted, at)
        append_conversation_event(conn, conversation, "conversation.labelled", at, by, labels=wanted)


def prioritise(conn: Connection, id: str, priority: str, at: int, by: str | None) -> None:
    if priority not in PRIORITIES:
        raise InvalidInput("there is no such priority", "priority")
    conversation = get_conversation(conn, id)
    if conversation.priority != priority:
        mark_conversation(conn, conversation.id, priority=priority)
        append_conversation_event(conn, conversation, "conversation.prioritised", at, by, priority=priority)


def rename(conn: Connection, id: str, subject: str, at: int, by: str | None) -> None:
    conversation = get_conversation(conn, id)
    if conversation.subject != subject:
        mark_conversation(conn, conversation.id, subject=subject)
        append_conversation_event(conn, conversation, "conversation.changed", at, by, subject=subject)


def mark_read(conn: Connection, id: str, at: int, by: str | None) -> None:
    conversation = get_conversation(conn, id)
    if conversation.unread:
        mark_conversation(conn, conversation.id, unread=0)
        append_conversation_event(conn, conversation, "conversation.read", at, by)


def mark_unread(conn: Connection, id: str, at: int, by: str | None) -> None:
    conversation = get_conversation(conn, id)
    if not conversation.unread:
        mark_conversation(conn, conversation.id, unread=1)
        append_conversation_event(conn, conversation, "conversation.unread", at, by)


def append_conversation_event(
    conn: Connection, conversation: Conversation, what: str, at: int, by: str | None = None, **data: Any
) -> None:
    """Append the event that tells what happened to a conversation."""
    append_event(
        conn,
        what,
        at=at,
        customer_id=conversation.customer_id,
        conversation_id=conversation.id,
        agent_id=by,
        data=data,
    )


def add_note(
    conn: Connection,
    conversation_id: str,
    text: str,
    author_id: str | None,
    author_name: str,
    at: int,
    client_id: str | None = None,
) -> str:
    """An internal note: in the stream, never on any channel. Colleagues it names by @ find it among their mentions.
    Its id; none where a note with this client_id stands already."""
    if not text.strip():
        raise InvalidInput("the note is empty", "text", "empty")
    conversation = get_conversation(conn, conversation_id)
    new = NewMessage(
        customer_id=conversation.customer_id,
        conversation_id=conversation.id,
        channel="",
        channel_type="",
        direction=Direction.NOTE,
        author_id=author_id,
        author_name=author_name,
        text=text,
        occurred_at=at,
        created_at=at,
        client_id=client_id,
    )
    message_id = append_message(conn, new)
    if message_id is None:
        return ""
    named = [id for id in find_mentioned(text, list_colleagues(conn)) if id != author_id]
    add_mentions(conn, message_id, named, at)
    append_conversation_event(conn, conversation, "note.added", at, author_id, message=message_id, mentions=named)
    return message_id


def change_note(conn: Connection, message_id: str, text: str, at: int, by: str | None) -> None:
    """It says this now; colleagues it did not name before find it among their mentions."""
    note = get_message(conn, message_id)
    if note.text == text:
        return
    mark_message(conn, note.id, text=text)
    everybody = list_colleagues(conn)
    named = [id for id in find_mentioned(text, everybody) if id not in (by, *find_mentioned(note.text, everybody))]
    add_mentions(conn, note.id, named, at)
    conversation = get_conversation(conn, note.conversation_id or "")
    append_conversation_event(conn, conversation, "note.changed", at, by, message=note.id, mentions=named)


def take_back_note(conn: Connection, message_id: str, at: int, by: str | None) -> None:
    """It is gone from the stream and from the mentions of those it named."""
    note = get_message(conn, message_id)
    mark_message(conn, note.id, deleted_at=at)
    conversation = get_conversation(conn, note.conversation_id or "")
    append_conversation_event(conn, conversation, "note.taken_back", at, by, message=note.id)
