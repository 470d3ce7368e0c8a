"""What is done to a conversation: given to somebody, closed, put off, merged, split, moved to another customer."""

from typing import Annotated

from pydantic import Field
from sqlalchemy import Connection

from hub import conversations as flow
from hub.errors import NotFound
from hub.moving import move as give
from hub.outbound.compose import Reply
from hub.outbound.deps import OutboxDeps
from hub.outbound.outbox import queue_reply
from hub.store.audit import Deed
from hub.store.audited import audit_about
from hub.store.conversations import get_conversation
from hub.store.gate import check_conversation, check_customer
from hub.store.messages import get_message
from hub.store.visibility import Visibility
from hub.web.api import shapes
from hub.web.api.call import ApiRequest
from hub.web.api.conversations import known_agent, shown
from hub.web.api.fields import Body, Id, Instant, Nothing
from hub.web.api.operation import audited_as, operation
from hub.web.api.shapes import Conversation, Message
from hub.web.transcripts import transcript_of


class Assignment(Body):
    """assignee (or agent_id): an agent's id, null for nobody; team (or team_id) likewise."""

    assignee: Id | None = None
    agent_id: Id | None = None
    team: Id | None = None
    team_id: Id | None = None


class Snooze(Body):
    until: Instant


class Other(Body):
    """The conversation whose messages come here."""

    conversation_id: Id


class Elsewhere(Body):
    """channel: a configured name or a type, but not the chat itself."""

    channel: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=63)]


class Moved(Body):
    """Whom it belongs to; message_ids: those alone, which become a conversation of theirs."""

    customer_id: Id
    message_ids: Annotated[tuple[Id, ...], Field(max_length=200)] = ()


class Split(Body):
    """The messages that become a conversation of their own."""

    message_ids: Annotated[tuple[Id, ...], Field(min_length=1, max_length=200)]


@operation("POST", "/conversations/{id}/assignment", scope="conversations:write")
async def assign(call: ApiRequest, id: str, body: Assignment) -> Conversation:
    """Give it to an agent, a team, or both."""
    return await call.write(_assign, id, body, call.now)


@operation("DELETE", "/conversations/{id}/assignment", scope="conversations:write")
async def unassign(call: ApiRequest, id: str) -> Conversation:
    """Give it back to everybody."""
    return await call.write(_assign, id, Assignment(assignee=None, team=None), call.now)


@operation("POST", "/conversations/{id}/closure", scope="conversations:write")
async def close(call: ApiRequest, id: str, body: Nothing) -> Conversation:
    """Close it; it opens again when the customer writes."""
    return await call.write(_close, id, call.now)


@operation("DELETE", "/conversations/{id}/closure", scope="conversations:write")
async def reopen(call: ApiRequest, id: str) -> Conversation:
    """Open it again."""
    return await call.write(_reopen, id, call.now)


@operation("POST", "/conversations/{id}/snooze", scope="conversations:write")
async def snooze(call: ApiRequest, id: str, body: Snooze) -> Conversation:
    """Put it off until then; a moment that is past brings it back at once."""
    return await call.write(_snooze, id, body.until, call.now)


@operation("DELETE", "/conversations/{id}/snooze", scope="conversations:write")
async def wake(call: ApiRequest, id: str) -> Conversation:
    """Bring it back now."""
    return await call.write(_reopen, id, call.now)


@audited_as(Deed.CONVERSATIONS_MERGED)
@operation("POST", "/conversations/{id}/merge", scope="conversations:write")
async def merge(call: ApiRequest, id: str, body: Other) -> Conversation:
    """Bring another conversation of the same customer in here."""
    audit_about(f"{id} {body.conversation_id}")
    return await call.write(_merge, id, body.conversation_id, call.seen, call.now)


@audited_as(Deed.CONVERSATION_SPLIT)
@operation("POST", "/conversations/{id}/split", scope="conversations:write", status=201)
async def split(call: ApiRequest, id: str, body: Split) -> Conversation:
    """Make a new conversation of some of its messages; answers the new one."""
    return await call.write(_split, id, body.message_ids, call.now)


@audited_as(Deed.CONVERSATION_MOVED)
@operation("POST", "/conversations/{id}/move", scope="conversations:write")
async def move(call: ApiRequest, id: str, body: Moved) -> Conversation:
    """Give it, or some messages of it, to the customer it belongs to; answers what moved."""
    audit_about(f"{id} {body.customer_id}")
    return await call.write(_move, id, body, call.seen, call.now)


@operation("POST", "/conversations/{id}/transcript", scope="messages:write", status=201)
async def transcript(call: ApiRequest, id: str, body: Elsewhere) -> Message:
    """Go on elsewhere with what was begun in the web chat: what was said there leaves on the channel named."""
    channel = call.hub.channels.find(body.channel)
    if channel is None or channel.type == "webchat":
        raise NotFound(f"there is no channel {body.channel!r} on which a chat can go on")
    room, zone = channel.capabilities.max_text, call.hub.settings.company.timezone
    return await call.write(
        _go_on,
        call.hub.outbox_for(call.seen),
        id,
        channel.name,
        room,
        zone,
        call.token.name if call.token else "",
        call.now,
    )


def _go_on(
    conn: Connection, deps: OutboxDeps, id: str, channel: str, room: int, zone: str, author: str, now: int
) -> Message:
    reply = Reply(text=transcript_of(conn, id, room, zone), channel=channel, author_name=author)
    queued = queue_reply(conn, deps, id, reply, now)
    return shapes.messages(conn, [get_message(conn, queued.message_id)])[0]


def _assign(conn: Connection, id: str, body: Assignment, now: int) -> Conversation:
    conversation, given = get_conversation(conn, id), body.model_fields_set
    assignee = body.assignee or body.agent_id if given & {"assignee", "agent_id"} else conversation.assignee_id
    team = body.team or body.team_id if given & {"team", "team_id"} else conversation.team_id
    flow.hand_over(conn, id, known_agent(conn, assignee), team, now, None)
    return shown(conn, id)


def _close(conn: Connection, id: str, now: int) -> Conversation:
    return shown(conn, flow.close(conn, id, now, None).id)


def _reopen(conn: Connection, id: str, now: int) -> Conversation:
    return shown(conn, flow.reopen(conn, id, now, None).id)


def _snooze(conn: Connection, id: str, until: int, now: int) -> Conversation:
    return shown(conn, flow.snooze(conn, id, max(until, now + 1), now, None).id)


def _merge(conn: Connection, id: str, other: str, seen: Visibility, now: int) -> Conversation:
    check_conversation(conn, seen, other)
    return shown(conn, flow.merge(conn, other, id, now, None).id)


def _move(conn: Connection, id: str, body: Moved, seen: Visibility, now: int) -> Conversation:
    check_customer(conn, seen, body.customer_id)
    return shown(conn, give(conn, id, body.customer_id, now, None, body.message_ids).id)


def _split(conn: Connection, id: str, message_ids: tuple[str, ...], now: int) -> Conversation:
    return shown(conn, flow.split(conn, id, message_ids, now, None).id)


OPERATIONS = (assign, unassign, close, reopen, snooze, wake, merge, split, move, transcript)
