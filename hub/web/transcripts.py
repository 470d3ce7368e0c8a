"""A chat goes on elsewhere: what was said in it stands in the first message on the other channel."""

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from aiohttp import web
from babel import dates
from sqlalchemy import Connection

from hub.errors import InvalidInput
from hub.languages import LANGUAGES, SOURCE, best_tag
from hub.model import Direction, MessageKind
from hub.store.conversations import get_conversation
from hub.store.customers import Customer, get_customer
from hub.store.drafts import keep_draft
from hub.store.messages import Message, list_messages
from hub.web.conversation_acts import back, conversation_id
from hub.web.forms import read_fields
from hub.web.keys import AGENT, HUB
from hub.web.locale import translations

CHAT = "webchat"
LAST = 100  # messages of a chat that go along


async def create(request: web.Request) -> web.Response:
    """The agent finds it in the composer, on the channel chosen."""
    hub, agent, id = request.app[HUB], request[AGENT], conversation_id(request)
    view, channel = await read_fields(request, "view", "channel")
    known = hub.channels.get(channel)
    room = known.capabilities.max_text if known else 0
    if not room:
        raise web.HTTPNotFound
    await hub.store.write(_draft, id, agent.id, channel, room, hub.settings.company.timezone, hub.clock.now())
    raise back(id, view, "#composer")


def _draft(conn: Connection, id: str, agent_id: str, channel: str, room: int, zone: str, at: int) -> None:
    keep_draft(conn, id, agent_id, transcript_of(conn, id, room, zone), channel, at=at)


def transcript_of(conn: Connection, conversation_id: str, room: int, zone: str) -> str:
    """The chat in the customer's language and by their clock, else that of the company; where it is longer than there
    is room, the last of it. Raises InvalidInput where nothing was said in a chat."""
    conversation = get_conversation(conn, conversation_id)
    customer = get_customer(conn, conversation.customer_id)
    said = [one for one in list_messages(conn, conversation.id) if _was_said(one)][-LAST:]
    if not said:
        raise InvalidInput("nothing was said here by web chat", "channel", "no_chat")
    tag = best_tag(customer.language, SOURCE)
    _ = translations(tag).gettext
    lines = [_line(one, customer, tag, customer.timezone or zone, _("You")) for one in said]
    return _fitting(_("This is what we have written in the chat:"), lines, room)


def _was_said(message: Message) -> bool:
    spoken = message.kind == MessageKind.TEXT and message.direction in (Direction.IN, Direction.OUT)
    return spoken and message.channel_type == CHAT and bool(message.text.strip())


def _line(message: Message, customer: Customer, tag: str, zone: str, you: str) -> str:
    local = datetime.fromtimestamp(message.occurred_at / 1000, UTC).astimezone(ZoneInfo(zone))
    moment = dates.format_datetime(local, "short", locale=LANGUAGES[tag].locale)
    author = (customer.name or you) if message.direction == Direction.IN else message.author_name
    return f"{moment} {author}: {message.text.strip()}".replace("  ", " ")


def _fitting(head: str, lines: Sequence[str], room: int) -> str:
    kept = list(lines)
    while len(kept) > 1 and len("\n\n".join([head, "…", *kept])) > room:
        kept.pop(0)
    cut = ["…"] if len(kept) < len(lines) else []
    return "\n\n".join([head, *cut, *kept])[:room]
