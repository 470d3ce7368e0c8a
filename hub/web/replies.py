"""What an agent says: answers on any channel, notes, drafts, calls; and taking it back before it left."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from sqlalchemy import Connection

from hub import conversations
from hub.clock import SECOND
from hub.context import Hub
from hub.conversations import add_note
from hub.errors import Conflict, InvalidInput
from hub.ids import is_id
from hub.inbound.others import list_others
from hub.inbound.own_addresses import OwnAddresses
from hub.model import Attachment
from hub.outbound.buttons import BUTTONS, read_buttons
from hub.outbound.compose import Reply
from hub.outbound.deps import OutboxDeps
from hub.outbound.hurrying import send_now
from hub.outbound.outbox import queue_reply
from hub.outbound.sending_again import send_again
from hub.outbound.taking_back import TakenBack, cancel
from hub.platform import crash
from hub.store.agents import Agent
from hub.store.blobs import add_attachment
from hub.store.conversations import Conversation, get_conversation
from hub.store.deliveries import get_delivery
from hub.store.drafts import forget_draft, keep_draft
from hub.store.mentions import mark_mentions_settled
from hub.store.messages import FORWARDED, Message
from hub.store.threads import find_colleagues_word
from hub.templating.snippet import first_gap
from hub.web.conversation_acts import back, conversation_id, onward
from hub.web.conversations import answer, undo_seconds
from hub.web.forms import read_fields, read_files, read_local
from hub.web.keys import AGENT, HUB, VISIBILITY
from hub.web.letterhead import heads_of, read_copies, read_heads, signature_for
from hub.web.pages import speaker
from hub.web.refusals import say_refusal
from hub.web.views import view_of
from hub.webchat.presence import agent_types

NOTE = "note"  # stands among the channels of the composer
MAX_TEXT = 100_000
COLLEAGUE = "colleague"  # wrote meanwhile: the composer says it at more length


@dataclass(frozen=True, slots=True)
class Composed:
    """The composer's form. everybody: copies to all the customer wrote to; seen: the last event its author can have
    seen."""

    channel: str
    text: str
    subject: str
    cc: Sequence[str]
    bcc: Sequence[str]
    everybody: bool
    later: int | None
    cancel_on_inbound: bool
    client_id: str | None
    seen: int
    then: str
    buttons: Sequence[str]
    files: Sequence[Attachment]


async def create(request: web.Request) -> web.Response:
    """Answer, or add a note; `then=next` also closes and goes on with the next conversation."""
    hub, agent, id = request.app[HUB], request[AGENT], conversation_id(request)
    view, cursor, text, channel = await read_fields(request, "view", "cursor", "text", "channel")
    try:
        said = await _read(request)
        await hub.store.write(
            _say, hub.outbox_for(request[VISIBILITY]), id, said, agent, _hold(hub, said.channel), hub.clock.now()
        )
    except (Conflict, InvalidInput) as refused:
        heads = await read_heads(request)
        await hub.store.write(keep_draft, id, agent.id, text, channel, at=hub.clock.now(), **heads)
        status = 409 if isinstance(refused, Conflict) else 422
        tried, everybody, buttons = await read_fields(request, "client_id", "everybody", "buttons")
        again = {"view": view_of(view), "client_id": tried if is_id(tried) else ""}
        problem = say_refusal(request, refused)
        page = await answer(
            request, status=status, problem=problem, everybody=bool(everybody), buttons=buttons, **again
        )
        page.headers["HX-Push-Url"] = "false"
        return page
    crash.point("web.written")
    hub.live.wake()
    if said.then == "next":
        raise await onward(request, id, view, cursor)
    raise back(id, view, "#composer")


async def _read(request: web.Request) -> Composed:
    names = ("channel", "text", "everybody", "cancel_on_inbound", "client_id", "seen", "then", "buttons")
    channel, text, everybody, cancel_too, client_id, seen, then, buttons = await read_fields(request, *names)
    heads = await read_heads(request)
    later = next(filter(None, await read_fields(request, "offer", "moment", "later")), "")
    if len(text) > MAX_TEXT:
        raise InvalidInput(f"at most {MAX_TEXT} characters", "text", "too_long")
    copied = request.app[HUB].channels.carries_copies(channel)
    return Composed(
        channel=channel,
        text=text.strip(),
        subject=heads["subject"],
        cc=read_copies(heads["cc"], "cc") if copied else [],
        bcc=read_copies(heads["bcc"], "bcc") if copied else [],
        everybody=bool(everybody),
        later=read_local(later, speaker(request).zone) if later else None,
        cancel_on_inbound=bool(cancel_too),
        client_id=client_id if is_id(client_id) else None,
        seen=int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 17 else 0,
        then=then,
        buttons=read_buttons(buttons.splitlines()),
        files=await read_files(request, "files"),
    )


def _hold(hub: Hub, channel: str) -> int:
    """The undo window in milliseconds."""
    return undo_seconds(hub, channel) * SECOND if channel in hub.channels else 0


def _say(conn: Connection, deps: OutboxDeps, id: str, said: Composed, agent: Agent, hold_ms: int, at: int) -> None:
    conversation = get_conversation(conn, id)
    if said.later is not None and said.later <= at:
        raise InvalidInput("the time to send lies in the past", "later", "past")
    if find_colleagues_word(conn, conversation.customer_id, conversation.id, said.seen, agent.id):
        raise Conflict(COLLEAGUE)
    if said.channel != NOTE and (gap := first_gap(said.text)):
        raise InvalidInput(f"{gap} is still to be filled in", "text", "unfilled")
    mark_mentions_settled(conn, conversation.id, agent.id, at)
    if said.channel == NOTE:
        add_note(conn, conversation.id, said.text, agent.id, agent.name, at, said.client_id)
    else:
        reply = _reply(conn, said, agent, hold_ms, at)
        if deps.channels.carries_copies(said.channel):
            reply = replace(reply, **_heads(conn, deps, conversation, said, agent))
        queue_reply(conn, deps, conversation.id, reply, at)
    forget_draft(conn, conversation.id, agent.id)
    if said.then in ("done", "next"):
        conversations.close(conn, conversation.id, at, agent.id)


def _reply(conn: Connection, said: Composed, agent: Agent, hold_ms: int, at: int) -> Reply:
    return Reply(
        text=said.text,
        subject=said.subject,
        channel=said.channel,
        attachments=[add_attachment(conn, file, at) for file in said.files],
        not_before=said.later,
        hold_ms=hold_ms,
        cancel_on_inbound=said.cancel_on_inbound and said.later is not None,
        author_id=agent.id,
        author_name=agent.name,
        client_id=said.client_id,
        options={BUTTONS: said.buttons} if said.buttons else {},
    )


def _heads(
    conn: Connection, deps: OutboxDeps, conversation: Conversation, said: Composed, agent: Agent
) -> dict[str, Any]:
    """What only a mail carries."""
    own = OwnAddresses(deps.channels.own_handles("email"), deps.signer)
    others = list_others(conn, conversation.id, own) if said.everybody else []
    return {
        "cc": list(dict.fromkeys([*said.cc, *others])),
        "bcc": said.bcc,
        "signature": signature_for(conn, agent, conversation.team_id),
    }


async def draft(request: web.Request) -> web.Response:
    """Saved by the page while somebody writes."""
    hub, id = request.app[HUB], conversation_id(request)
    text, channel = await read_fields(request, "text", "channel")
    known = (id, request[AGENT].id, text[:MAX_TEXT], channel)
    await hub.store.write(keep_draft, *known, at=hub.clock.now(), **await read_heads(request))
    return web.Response(status=204)


async def typing(request: web.Request) -> web.Response:
    """Said by the page while somebody writes, at most every few seconds."""
    hub = request.app[HUB]
    [channel] = await read_fields(request, "channel")
    await agent_types(hub, conversation_id(request), channel, request[AGENT].name)
    return web.Response(status=204)


async def undo(request: web.Request) -> web.Response:
    """Take back what of a message has not left; words that have not are in the composer again."""
    hub, agent = request.app[HUB], request[AGENT]
    [view] = await read_fields(request, "view")
    taken = await hub.store.write(_undo, conversation_id(request), hub.clock.now(), agent.id)
    hub.live.wake()
    source = taken.message.parts.get(FORWARDED)
    if source and not taken.words_left:
        again = urlencode({"view": view_of(view), "again": taken.message.id})
        raise web.HTTPSeeOther(f"/messages/{source}/forward?{again}")
    raise back(_of_conversation(taken.message), view, "#composer")


async def hurry(request: web.Request) -> web.Response:
    """What was to leave later leaves now."""
    return await _change(request, send_now)


async def withdraw(request: web.Request) -> web.Response:
    """What was to leave later does not, and its words are not wanted back."""
    return await _change(request, _withdraw)


async def _change(request: web.Request, change: Callable[[Connection, str, int, str], str]) -> web.Response:
    """change: of a message; answers its conversation."""
    hub, agent = request.app[HUB], request[AGENT]
    [view] = await read_fields(request, "view")
    id = await hub.store.write(change, conversation_id(request), hub.clock.now(), agent.id)
    hub.live.wake()
    raise back(id, view, "#composer")


def _undo(conn: Connection, message_id: str, at: int, by: str) -> TakenBack:
    """Words that were to go on to others are none for the customer."""
    taken = cancel(conn, message_id, at, by)
    message, conversation_id = taken.message, _of_conversation(taken.message)
    if not taken.words_left and FORWARDED not in message.parts:
        keep_draft(conn, conversation_id, by, message.text, message.channel, at=at, **heads_of(message))
    return taken


def _withdraw(conn: Connection, message_id: str, at: int, by: str) -> str:
    return _of_conversation(cancel(conn, message_id, at, by).message)


def _of_conversation(message: Message) -> str:
    if not message.conversation_id:
        raise Conflict("the message belongs to a campaign: stop the campaign", "of_campaign")
    return message.conversation_id


async def repeat(request: web.Request) -> web.Response:
    """Somebody looked and decided: send a failed or doubtful message once more."""
    hub = request.app[HUB]
    [view] = await read_fields(request, "view")
    id = await hub.store.write(_repeat, hub.outbox_deps, conversation_id(request), hub.clock.now())
    hub.live.wake()
    raise back(id, view) if id else web.HTTPSeeOther("/customers")


def _repeat(conn: Connection, deps: OutboxDeps, delivery_id: str, at: int) -> str | None:
    delivery = get_delivery(conn, delivery_id)
    send_again(conn, deps, delivery.id, at)
    return delivery.conversation_id
