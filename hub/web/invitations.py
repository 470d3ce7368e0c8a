"""A customer is asked for another way to be reached: a question, or a link to a chat, waits in the composer."""

from gettext import NullTranslations

from aiohttp import web
from sqlalchemy import Connection

from hub.context import Hub
from hub.errors import NotFound, ReadDeferred
from hub.inbound.invitations import invite
from hub.languages import SOURCE, best_tag
from hub.store.conversations import get_conversation
from hub.store.customers import get_customer
from hub.store.drafts import find_draft, keep_draft
from hub.web.conversation_acts import back, conversation_id
from hub.web.conversations import answer
from hub.web.forms import read_fields
from hub.web.keys import AGENT, HUB
from hub.web.locale import translations
from hub.web.pages import speaker
from hub.web.replies import MAX_TEXT
from hub.web.views import view_of


async def ask_for_number(request: web.Request) -> web.Response:
    """Of a customer of whom we know only an id."""
    hub, agent, id = request.app[HUB], request[AGENT], conversation_id(request)
    view, channel = await read_fields(request, "view", "channel")
    await hub.store.write(_ask_for_number, id, agent.id, channel, hub.clock.now())
    raise back(id, view, "#composer")


def _ask_for_number(conn: Connection, id: str, agent_id: str, channel: str, at: int) -> None:
    _ = _language_of(conn, id).gettext
    question = _("Would you tell us the phone number at which we can reach you? You can also share it as a contact.")
    _begin(conn, id, agent_id, channel, question, at)


async def telegram(request: web.Request) -> web.Response:
    """A link to our bot that is this customer's alone."""
    hub, agent, id = request.app[HUB], request[AGENT], conversation_id(request)
    view, channel = await read_fields(request, "view", "channel")
    case = await hub.store.read(get_conversation, id)
    try:
        url = await link_to(hub, "telegram", case.customer_id)
    except ReadDeferred:
        problem = speaker(request).gettext("Telegram does not answer just now. Try again in a minute.")
        return await answer(request, status=503, problem=problem, view=view_of(view))
    await hub.store.write(_invite_to_telegram, id, agent.id, channel, url, hub.clock.now())
    raise back(id, view, "#composer")


def _invite_to_telegram(conn: Connection, id: str, agent_id: str, channel: str, url: str, at: int) -> None:
    _ = _language_of(conn, id).gettext
    _begin(conn, id, agent_id, channel, _("You can also write to us on Telegram: %(url)s") % {"url": url}, at)


async def link_to(hub: Hub, kind: str, customer_id: str) -> str:
    """To a chat of this kind, for this customer alone. Raises NotFound where we have none, and ReadDeferred."""
    channel = next(iter(hub.channels.of_kind(kind)), None)
    url = await channel.invitation(invite(hub.signer, customer_id, hub.clock.now())) if channel else ""
    if not url:
        raise NotFound(f"there is no {kind} channel that customers can be led to")
    return url


def _language_of(conn: Connection, id: str) -> NullTranslations:
    return translations(best_tag(get_customer(conn, get_conversation(conn, id).customer_id).language, SOURCE))


def _begin(conn: Connection, id: str, agent_id: str, channel: str, words: str, at: int) -> None:
    """Below what the agent has written already."""
    begun = find_draft(conn, id, agent_id)
    text = "\n\n".join(filter(None, [begun.text.rstrip() if begun else "", words]))
    keep_draft(conn, id, agent_id, text[:MAX_TEXT], channel or (begun.channel if begun else ""), at=at)
