"""Takes back what an agent just did with a case: what that act changed and nothing else, and a message that has not
left yet."""

from dataclasses import dataclass

from aiohttp import web
from sqlalchemy import Connection

from hub import conversations
from hub.errors import Conflict, InvalidInput
from hub.ids import is_id
from hub.model import ConversationState
from hub.outbound.taking_back import cancel
from hub.store.conversations import get_conversation, mark_conversation
from hub.store.drafts import keep_draft
from hub.store.messages import find_client_message
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
    """How the case stood before the act; None is what the act left alone. until: of a snooze, in milliseconds."""

    state: str | None
    until: int
    unread: bool
    assignee: str | None
    priority: str | None
    labels: list[str] | None
    client_id: str


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
    late = _take_back(conn, id, before.client_id, by, at) if before.client_id else None
    if before.state:
        _restore_state(conn, id, before, by, at)
    if before.assignee is not None:
        conversations.assign(conn, id, before.assignee or None, at, by)
    if before.priority is not None:
        conversations.prioritise(conn, id, before.priority, at, by)
    if before.labels is not None:
        conversations.label(conn, id, before.labels, at, by)
    return late


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
