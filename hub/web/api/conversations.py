"""Conversations: the inbox as a list, one case, and what is written in it."""

from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import Field
from sqlalchemy import Connection

from hub import conversations as flow
from hub.conversations import add_note
from hub.errors import InvalidInput
from hub.inbound.addresses import normalise
from hub.inbound.others import list_others
from hub.inbound.own_addresses import OwnAddresses
from hub.outbound.compose import Reply as Queueable
from hub.outbound.deps import OutboxDeps
from hub.outbound.outbox import queue_reply
from hub.store.agents import get_agent
from hub.store.conversations import get_conversation
from hub.store.lists import NOBODY, Filter, list_conversations, list_stream
from hub.store.messages import get_message
from hub.store.search_index import read_indexed
from hub.store.visibility import Visibility
from hub.web.api import shapes
from hub.web.api.call import ApiRequest
from hub.web.api.fields import Body, Id, Labels, OneLine
from hub.web.api.forwarding import forward_by
from hub.web.api.operation import operation
from hub.web.api.paging import Page, TimePageQuery, cut, time_cursor
from hub.web.api.shapes import Conversation, Message, Sorted
from hub.web.api.writing import Note, Reply, known_channel, reply_of, told

State = Literal["open", "snoozed", "closed"]
Priority = Literal["low", "normal", "high", "urgent"]
Holder = Annotated[str, Field(pattern=rf"^([0-9a-f]{{32}}|{NOBODY})?$")]


class ConversationQuery(TimePageQuery):
    """state: open unless said otherwise; assignee and team: an id, or `none`; channel: a name or a type; sorted_as:
    who spoke in it, people or only lists, bulk senders and machines."""

    state: State = "open"
    assignee: Holder = ""
    team: Holder = ""
    channel: OneLine = ""
    label: OneLine = ""
    q: OneLine = ""
    customer_id: Id | None = None
    sorted_as: Sorted | Literal[""] = ""


class ConversationChange(Body):
    """What is absent stays; null for assignee or team: nobody. `labels` replaces those there were. `sorted_as: person`
    shows it in the inbox, and whatever its senders write from now on."""

    state: Literal["open", "closed"] | None = None
    assignee: Id | None = None
    team: Id | None = None
    priority: Priority | None = None
    subject: OneLine | None = None
    labels: Labels | None = None
    sorted_as: Literal["person"] | None = None


@operation("GET", "/conversations", scope="conversations:read")
async def index(call: ApiRequest, query: ConversationQuery) -> Page[Conversation]:
    """List conversations, newest message first; the open ones when no state is given."""
    return await read_indexed(call.hub.store, query.q, _page, query, call.seen)


@operation("GET", "/conversations/{id}", scope="conversations:read")
async def show(call: ApiRequest, id: str) -> Conversation:
    """Get a conversation; one that was merged away answers with the one it became."""
    return await call.hub.store.read(shown, id)


@operation("PATCH", "/conversations/{id}", scope="conversations:write")
async def update(call: ApiRequest, id: str, body: ConversationChange) -> Conversation:
    """Change state, assignee, team, priority, subject or labels."""
    return await call.write(_change, id, body, call.now)


@operation("GET", "/conversations/{id}/messages", scope="conversations:read")
async def messages(call: ApiRequest, id: str, query: TimePageQuery) -> Page[Message]:
    """List what was said, on whatever channel, in time order; campaigns the customer was sent included."""
    return await call.hub.store.read(_messages, id, query)


@operation("POST", "/conversations/{id}/replies", scope="messages:write", status=201)
async def reply(call: ApiRequest, id: str, body: Reply) -> Message:
    """Answer, on the channel named or on the one the customer prefers."""
    known_channel(call, body.channel)
    message = await call.write(_reply, call.hub.outbox_for(call.seen), id, body, await reply_of(call, body), call.now)
    told(message)
    return message


@operation("POST", "/conversations/{id}/notes", scope="conversations:write", status=201)
async def note(call: ApiRequest, id: str, body: Note) -> Message:
    """Add a note that only colleagues see."""
    author = call.token.name if call.token else ""
    return await call.write(_note, id, body.text, author, call.now)


def shown(conn: Connection, id: str) -> Conversation:
    return shapes.conversations(conn, [get_conversation(conn, id)])[0]


def _page(conn: Connection, query: ConversationQuery, seen: Visibility) -> Page[Conversation]:
    words: dict[str, Any] = query.model_dump(include=set(Filter.__dataclass_fields__))
    wanted = Filter(**words | {"customer_id": query.customer_id or "", "visibility": seen})
    rows = list_conversations(conn, wanted, query.key, query.size + 1)
    page, after = cut(rows, query.size, lambda row: time_cursor(row.last_message_at, row.id))
    return Page(items=shapes.conversations(conn, page), next=after)


def _change(conn: Connection, id: str, body: ConversationChange, now: int) -> Conversation:
    conversation, given = get_conversation(conn, id), body.model_fields_set
    if body.priority is not None:
        flow.prioritise(conn, id, body.priority, now, None)
    if body.subject is not None:
        flow.rename(conn, id, body.subject, now, None)
    if body.labels is not None:
        flow.label(conn, id, body.labels, now, None)
    if given & {"assignee", "team"}:
        assignee = body.assignee if "assignee" in given else conversation.assignee_id
        team = body.team if "team" in given else conversation.team_id
        flow.hand_over(conn, id, known_agent(conn, assignee), team, now, None)
    if body.sorted_as is not None:
        flow.show_as_person(conn, id, now, None)
    if body.state is not None:
        (flow.close if body.state == "closed" else flow.reopen)(conn, id, now, None)
    return shown(conn, id)


def known_agent(conn: Connection, id: str | None) -> str | None:
    """Raises NotFound: who names nobody of ours gets 404, who names somebody who left is told so."""
    return get_agent(conn, id).id if id else None


def _messages(conn: Connection, id: str, query: TimePageQuery) -> Page[Message]:
    rows = list_stream(conn, get_conversation(conn, id), query.key, query.size + 1)
    page, after = cut(rows, query.size, lambda row: time_cursor(row.occurred_at, row.id))
    return Page(items=shapes.messages(conn, page), next=after)


def _reply(conn: Connection, deps: OutboxDeps, id: str, body: Reply, wanted: Queueable, now: int) -> Message:
    if body.forward_of:
        to = [one.handle for one in body.to]
        sent = forward_by(conn, deps, id, body.forward_of, to, wanted, now)
        return shapes.messages(conn, [get_message(conn, sent)])[0]
    if body.to:
        raise InvalidInput("only what is forwarded goes to others than the customer", "to", "no_addressee")
    wanted = _to_others(conn, deps, id, wanted, body)
    queued = queue_reply(conn, deps, id, wanted, now)
    return shapes.messages(conn, [get_message(conn, queued.message_id)])[0]


def _to_others(conn: Connection, deps: OutboxDeps, id: str, wanted: Queueable, body: Reply) -> Queueable:
    """Raises InvalidInput for what is no mail address."""
    if not (body.cc or body.bcc or body.reply_all):
        return wanted
    own = OwnAddresses(deps.channels.own_handles("email"), deps.signer)
    others = list_others(conn, id, own) if body.reply_all else []
    cc, bcc = (tuple(normalise("email", one).handle for one in listed) for listed in (body.cc, body.bcc))
    return replace(wanted, cc=tuple(dict.fromkeys([*cc, *others])), bcc=bcc)


def _note(conn: Connection, id: str, text: str, author: str, now: int) -> Message:
    note_id = add_note(conn, id, text, None, author, now)
    return shapes.messages(conn, [get_message(conn, note_id)])[0]


OPERATIONS = (index, show, update, messages, reply, note)
