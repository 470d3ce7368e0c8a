"""A page from which an agent answers by words that WhatsApp has approved of: after 24 hours no others arrive."""

from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from hub.approved import ApprovedTemplate
from hub.channel import Channel
from hub.clock import SECOND
from hub.context import Hub
from hub.errors import Conflict, InvalidInput, ReadDeferred
from hub.outbound.approved import by_approved_words
from hub.outbound.channel_choice import list_choices, list_open_channels
from hub.outbound.compose import Reply
from hub.outbound.outbox import queue_reply
from hub.store.conversations import get_conversation
from hub.store.customers import get_customer
from hub.store.visibility import Visibility
from hub.web.conversation_acts import back, conversation_id
from hub.web.conversations import undo_seconds
from hub.web.forms import read_fields, read_form
from hub.web.keys import AGENT, HUB, VISIBILITY
from hub.web.pages import render, speaker
from hub.web.refusals import say_refusal
from hub.web.views import view_of

FIELD = "variable-"


async def show(request: web.Request) -> web.Response:
    return await _page(request, {}, view=request.query.get("view", ""))


async def create(request: web.Request) -> web.Response:
    hub, agent, id = request.app[HUB], request[AGENT], conversation_id(request)
    view, channel, content_sid = await read_fields(request, "view", "channel", "content_sid")
    form = await read_form(request)
    variables = {name.removeprefix(FIELD): str(form[name]).strip() for name in form if name.startswith(FIELD)}
    reply = Reply(
        channel=channel,
        hold_ms=undo_seconds(hub, channel) * SECOND if channel in hub.channels else 0,
        author_id=agent.id,
        author_name=agent.name,
    )
    try:
        filled = await by_approved_words(hub.channels, reply, content_sid, variables)
        await hub.store.write(queue_reply, hub.outbox_for(request[VISIBILITY]), id, filled, hub.clock.now())
    except (Conflict, InvalidInput) as refused:
        given = {"content_sid": content_sid, **variables}
        return await _page(request, given, view=view, problem=say_refusal(request, refused))
    hub.live.wake()
    raise back(id, view, "#composer")


async def _page(request: web.Request, given: dict[str, str], view: str, problem: str = "") -> web.Response:
    hub, id = request.app[HUB], conversation_id(request)
    channel, language = await hub.store.read(_of_customer, hub, request[VISIBILITY], id)
    listed, away = await _listed(request, channel)
    theirs = sorted(listed, key=lambda one: (not one.language.startswith(language or " "), one.name))
    about: dict[str, Any] = {"id": id, "channel": channel.name if channel else "", "given": given}
    page = {**about, "listed": theirs, "problem": problem or away, "view": view_of(view)}
    return render(request, "inbox/approved.html", status=422 if problem else 200, **page)


async def _listed(request: web.Request, channel: Channel | None) -> tuple[list[ApprovedTemplate], str]:
    """What may be said, or why nobody knows."""
    try:
        return list(await channel.approved()) if channel else [], ""
    except ReadDeferred:
        return [], speaker(request).gettext("Twilio does not tell just now which templates are approved.")


def _of_customer(conn: Connection, hub: Hub, who: Visibility, id: str) -> tuple[Channel | None, str]:
    """(the channel that reaches them, their language)"""
    conversation = get_conversation(conn, id)
    customer = get_customer(conn, conversation.customer_id)
    channels = list_open_channels(conn, hub.channels, who, conversation)
    choices = list_choices(conn, channels, customer.id, conversation, hub.clock.now())
    found = next((one for one in choices if one.able.window and one.reachable), None)
    return (channels[found.channel] if found else None), customer.language[:2]
