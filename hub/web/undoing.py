"""Takes back what an agent just did with cases: what that act changed and nothing else, a note, and a message that has
not left yet."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from hub import conversations
from hub.errors import Conflict, InvalidInput, NotFound
from hub.ids import is_id
from hub.model import ConversationState, Direction
from hub.moving import move
from hub.outbound.taking_back import cancel
from hub.store.conversations import Conversation, get_conversation, list_conversation_labels, mark_conversation
from hub.store.drafts import keep_draft
from hub.store.joined import Belongings, part
from hub.store.messages import find_client_message, get_message
from hub.store.moving import list_inside
from hub.store.undoables import add_undoable
from hub.store.visibility import Visibility, list_seen_conversations
from hub.web.conversation_acts import back, conversation_id, read_labels
from hub.web.conversations import answer
from hub.web.forms import Form, read_fields, read_form
from hub.web.keys import AGENT, HUB
from hub.web.letterhead import heads_of
from hub.web.refusals import say_refusal
from hub.web.views import view_of

STATES = tuple(state.value for state in ConversationState)


@dataclass(frozen=True, slots=True)
class Before:
    """How the case stood before the act; None is what the act left alone. until: of a snooze, in milliseconds; said:
    the messages and notes that came with the act; joined: what it took along into another conversation;
    customer: whom it was with, into: the conversation it was a part of, moved: the messages that went with it."""

    state: str | None
    until: int
    unread: bool
    assignee: str | None
    priority: str | None
    labels: list[str] | None
    client_id: str = ""
    team: str | None = None
    said: Sequence[str] = ()
    joined: Belongings | None = None
    customer: str = ""
    into: str = ""
    moved: Sequence[str] = ()


Said = Mapping[str, Sequence[str]]  # conversation -> messages
Act = Callable[[Connection, Sequence[str], int, str], Said]


@dataclass(frozen=True, slots=True)
class Chosen:
    """word: what is told of the act; leaves: what of a case the act may change, as in Before; ends: it goes out of the
    view, most likely."""

    word: str
    act: Act
    leaves: tuple[str, ...]
    ends: bool = False


def each(change: Callable[..., Any], *args: Any) -> Act:
    """The same for all, without a word said."""

    def act(conn: Connection, ids: Sequence[str], at: int, by: str) -> Said:
        for id in ids:
            change(conn, id, *args, at, by)
        return {}

    return act


def do(conn: Connection, who: Visibility, ids: Sequence[str], chosen: Chosen, at: int) -> str:
    """All of them or none; answers under which id it can be undone."""
    if list_seen_conversations(conn, who, ids) != set(ids):
        raise NotFound("there is no such conversation")
    cases = [get_conversation(conn, id) for id in ids]
    labels = list_conversation_labels(conn, [case.id for case in cases])
    before = {case.id: stood(case, labels[case.id], chosen.leaves) for case in cases}
    said = chosen.act(conn, [case.id for case in cases], at, who.agent_id)
    kept = [[id, asdict(one) | {"said": list(said.get(id, ()))}] for id, one in before.items()]
    return add_undoable(conn, who.agent_id, kept, at)


def stood(case: Conversation, labels: Iterable[str], leaves: Sequence[str]) -> Before:
    return Before(
        state=case.state if "state" in leaves else None,
        until=case.snoozed_until or 0,
        unread=case.unread > 0,
        assignee=(case.assignee_id or "") if "assignee" in leaves else None,
        priority=case.priority if "priority" in leaves else None,
        labels=list(labels) if "labels" in leaves else None,
        team=(case.team_id or "") if "team" in leaves else None,
    )


async def restore(request: web.Request) -> web.Response:
    """Undo, from whatever page: ends in the conversation, with the text of the message in the composer."""
    hub, agent, id = request.app[HUB], request[AGENT], conversation_id(request)
    before = _read(await read_form(request))
    [view] = await read_fields(request, "view")
    late = await hub.store.write(restore_case, id, before, agent.id, hub.clock.now())
    hub.live.wake()
    if late:
        return await answer(request, status=409, problem=say_refusal(request, late), view=view_of(view))
    raise back(id, view, "#composer" if before.client_id else "")


def _read(form: Form) -> Before:
    state, until = str(form.get("state", "")), str(form.get("until", ""))
    if state and state not in STATES:
        raise InvalidInput("there is no such state", "state")
    client_id = str(form.get("client_id", ""))
    return Before(
        state=state or None,
        until=int(until) if until.isascii() and until.isdigit() and len(until) < 17 else 0,
        unread=form.get("unread") == "1",
        assignee=str(form["assignee"]) if "assignee" in form else None,
        priority=str(form["priority"]) if "priority" in form else None,
        labels=read_labels(form.getall("label", [])) if "labels" in form else None,
        client_id=client_id if is_id(client_id) else "",
    )


def restore_case(conn: Connection, id: str, before: Before, by: str, at: int) -> Conflict | None:
    """Answers why the message could not be taken back; the case is as it was nevertheless."""
    if before.customer:
        _move_back(conn, id, before, at, by)
    if before.into:
        conversations.merge(conn, id, before.into, at, by)
        return None
    if before.joined:
        home = part(conn, id, before.joined)
        conversations.append_conversation_event(
            conn, get_conversation(conn, id), "conversation.opened", at, by, source=home
        )
    late = _take_back(conn, id, before.client_id, by, at) if before.client_id else None
    for message_id in before.said:
        late = _unsay(conn, message_id, by, at) or late
    if before.state:
        _restore_state(conn, id, before, by, at)
    _restore_holder(conn, id, before, by, at)
    if before.priority is not None:
        conversations.prioritise(conn, id, before.priority, at, by)
    if before.labels is not None:
        conversations.label(conn, id, before.labels, at, by)
    return late


def _move_back(conn: Connection, id: str, before: Before, at: int, by: str) -> None:
    """What was written since stays with whom it was moved to."""
    since = set(list_inside(conn, get_conversation(conn, id))).difference(before.moved) if before.moved else ()
    if since:
        conversations.split(conn, id, sorted(since), at, by)
    move(conn, id, before.customer, at, by)


def _take_back(conn: Connection, id: str, client_id: str, by: str, at: int) -> Conflict | None:
    message = find_client_message(conn, get_conversation(conn, id).id, client_id)
    if message is None:
        return Conflict("the message is not one that leaves: there is nothing to cancel", "too_late")
    try:
        cancel(conn, message.id, at, by)
    except Conflict as late:
        return late
    keep_draft(conn, id, by, message.text, message.channel, at=at, **heads_of(message))
    return None


def _unsay(conn: Connection, message_id: str, by: str, at: int) -> Conflict | None:
    """A note goes without a trace in the stream; a message, if it has not left."""
    if get_message(conn, message_id).direction == Direction.NOTE:
        conversations.take_back_note(conn, message_id, at, by)
        return None
    try:
        cancel(conn, message_id, at, by)
    except Conflict as late:
        return late
    return None


def _restore_holder(conn: Connection, id: str, before: Before, by: str, at: int) -> None:
    now = get_conversation(conn, id)
    agent = now.assignee_id if before.assignee is None else before.assignee or None
    team = now.team_id if before.team is None else before.team or None
    conversations.hand_over(conn, id, agent, team, at, by)


def _restore_state(conn: Connection, id: str, before: Before, by: str, at: int) -> None:
    now = get_conversation(conn, id)
    if before.state == ConversationState.CLOSED:
        conversations.close(conn, id, at, by)
    elif before.state == ConversationState.SNOOZED and before.until > at:
        if (now.state, now.snoozed_until) != (ConversationState.SNOOZED, before.until):
            conversations.snooze(conn, id, before.until, at, by)
    else:
        conversations.reopen(conn, id, at, by)
    if before.unread and before.state != ConversationState.CLOSED:
        mark_conversation(conn, now.id, unread=max(1, now.unread))
