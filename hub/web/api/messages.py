"""Messages: write to somebody, look what became of it, take it back before it left."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, model_validator
from sqlalchemy import Connection

from hub.call_log import Said, log_call
from hub.campaigns.content import words_of
from hub.campaigns.single import fill
from hub.conversations import open_for
from hub.errors import NotFound
from hub.model import Address
from hub.outbound.calendar_answers import Answer
from hub.outbound.channel_choice import list_open_channels
from hub.outbound.compose import Reply
from hub.outbound.deps import OutboxDeps
from hub.outbound.outbox import queue_message, queue_reply
from hub.outbound.reacting import By, put_reaction
from hub.outbound.taking_back import cancel
from hub.store.customers import NewCustomer, add_address, add_customer, add_owner, find_customer, list_claimants
from hub.store.gate import check_customer
from hub.store.messages import get_message
from hub.store.personal import get_living
from hub.store.visibility import Visibility, list_seen_customers
from hub.web.api import shapes
from hub.web.api.call import ApiRequest
from hub.web.api.fields import Body, Fields, Id, Nothing, OneLine, Text
from hub.web.api.handles import AnyAddress, addressee
from hub.web.api.operation import operation
from hub.web.api.shapes import Message
from hub.web.api.writing import Outgoing, known_channel, reply_of, says_something, told
from hub.web.invitation_answers import answer_by

_EITHER: dict[str, Any] = {
    "oneOf": [
        {"required": ["customer_id"], "properties": {"customer_id": {"type": "string"}, "to": {"type": "null"}}},
        {"required": ["to"], "properties": {"to": {"type": "object"}, "customer_id": {"type": "null"}}},
    ]
}


class NewMessage(Outgoing):
    """To a customer, or to an address (whose customer is found or made). template: the id or name of one instead of
    words; context: what it sees as `context.<key>`."""

    model_config = ConfigDict(json_schema_extra={**_EITHER, **says_something("template")})

    customer_id: Id | None = None
    to: AnyAddress | None = None
    template: OneLine = ""
    context: Fields = Field(default_factory=dict)

    @model_validator(mode="after")
    def _somebody_and_something(self) -> "NewMessage":
        if (self.customer_id is None) == (self.to is None):
            raise ValueError("give either customer_id or to")
        if self.is_empty and not self.template.strip():
            raise ValueError("says nothing: give text, html, attachments or a template")
        return self


class InvitationAnswer(Body):
    answer: Answer


class Reaction(Body):
    """sign: one of the channel's `reactions`; "" takes back what stands there."""

    sign: Annotated[str, Field(max_length=16)]


class CallSaid(Body):
    """What came of a call. What is absent stays as it is; notes: all of them, "" takes them away."""

    outcome: Literal["reached", "voicemail", "no_answer", "busy", "wrong_number"] | None = None
    notes: Text | None = None


@operation("POST", "/messages", scope="messages:write", status=201, errors=(404,))
async def create(call: ApiRequest, body: NewMessage) -> Message:
    """Write to a customer on the channel named, or on the preferred one."""
    known_channel(call, body.channel)
    country = call.hub.settings.company.country
    to = await call.hub.store.read(addressee, body.to, country, call.seen) if body.to else None
    if to and not call.hub.channels.of_kind(to.kind):
        raise NotFound(f"there is no channel for {to.kind} addresses")
    wanted = await reply_of(call, body, to=to)
    message = await call.write(_write, call, body, wanted)
    told(message)
    return message


@operation("GET", "/messages/{id}", scope="messages:read")
async def show(call: ApiRequest, id: str) -> Message:
    """Get a message with its deliveries and their attempts."""
    return await call.hub.store.read(shown, id)


@operation("POST", "/messages/{id}/invitation", scope="messages:write", status=201)
async def answer(call: ApiRequest, id: str, body: InvitationAnswer) -> Message:
    """Answer an invitation that came by mail; the calendar of who invited hears it."""
    author = Reply(author_name=call.token.name if call.token else "")
    return await call.write(_answer, call.hub.outbox_for(call.seen), id, body.answer, author, call.now)


@operation("POST", "/messages/{id}/reaction", scope="messages:write")
async def react(call: ApiRequest, id: str, body: Reaction) -> Message:
    """Put a sign at a customer's message in place of the one that stood there, where the channel carries reactions
    (Telegram). 409 where it carries none, and with the provider's words when it refuses."""
    hub, by = call.hub, By(None, call.now)
    await put_reaction(hub.store, hub.outbox_for(call.seen), id, body.sign, by)
    hub.live.wake()
    return await hub.store.read(shown, id)


@operation("POST", "/messages/{id}/cancel", scope="messages:write")
async def take_back(call: ApiRequest, id: str, body: Nothing) -> Message:
    """Cancel what of it has not left; its deliveries say what has. 409 when all of it has."""
    return await call.write(_cancel, id, call.now)


@operation("POST", "/messages/{id}/call", scope="conversations:write")
async def log(call: ApiRequest, id: str, body: CallSaid) -> Message:
    """Say what came of a call, and note what was talked about: an internal note beside it, which grows. 404 for what is
    no call."""
    author = call.token.name if call.token else ""
    return await call.write(_log, id, Said(body.outcome or "", body.notes), author, call.now)


def shown(conn: Connection, id: str) -> Message:
    return shapes.messages(conn, [get_message(conn, id)])[0]


def _write(conn: Connection, call: ApiRequest, body: NewMessage, wanted: Reply) -> Message:
    hub, now, customer_id, unseen = call.hub, call.now, body.customer_id or "", False
    if customer_id:
        customer_id = get_living(conn, customer_id).id
        check_customer(conn, call.seen, customer_id)
    elif wanted.to is not None:
        customer_id = _owner(conn, call.seen, wanted.to, now)
        if unseen := not list_seen_customers(conn, call.seen, [customer_id]):
            customer_id = _stand_in(conn, wanted.to, now)
    if body.template.strip():
        words = words_of(hub)
        channels = list_open_channels(conn, hub.channels, call.seen, None)
        wanted = fill(conn, words, channels, wanted, body.template, customer_id, body.context, now)
    if call.visibility.has_all_teams:
        queued = queue_message(conn, hub.outbox_deps, customer_id, wanted, now)
    else:
        conversation = open_for(conn, call.seen, customer_id, wanted.subject, now)
        queued = queue_reply(conn, hub.outbox_for(call.seen), conversation.id, wanted, now)
    if unseen:  # to write to them would begin a conversation that shows them
        raise NotFound("there is no such customer")
    return shown(conn, queued.message_id)


def _owner(conn: Connection, who: Visibility, to: Address, now: int) -> str:
    """Who has this address: proven, else the only one who claims it, else somebody new."""
    owner = find_customer(conn, to)
    if owner is None:
        claimants = list_seen_customers(conn, who, list_claimants(conn, to))
        owner = claimants.pop() if len(claimants) == 1 else add_owner(conn, to, NewCustomer(), now, "api")[0]
    return owner


def _stand_in(conn: Connection, to: Address, now: int) -> str:
    """For whoever is not seen, until all else is found to be right: what is wrong is answered as for somebody new."""
    customer_id = add_customer(conn, NewCustomer(), now)
    add_address(conn, customer_id, to, verified=False, at=now, source="api")
    return customer_id


def _answer(conn: Connection, deps: OutboxDeps, id: str, answer: Answer, author: Reply, now: int) -> Message:
    return shown(conn, answer_by(conn, deps, id, answer, author, now).message_id)


def _cancel(conn: Connection, id: str, now: int) -> Message:
    cancel(conn, id, now, None)
    return shown(conn, id)


def _log(conn: Connection, id: str, said: Said, author: str, now: int) -> Message:
    return shown(conn, log_call(conn, id, said, None, author, now).id)


OPERATIONS = (create, show, take_back, answer, react, log)
