"""A visitor asks to be called back: a message like any other, the number as a claim, and a task for whoever calls."""

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from hub.channel import Channel
from hub.clock import HOUR
from hub.context import Hub
from hub.errors import InvalidInput
from hub.goals import read_goals
from hub.hours import reached
from hub.inbound.addresses import normalise
from hub.languages import best_tag
from hub.store.messages import Message
from hub.store.tasks import CALLBACK, TaskFilter, list_tasks
from hub.store.teams import find_team_of
from hub.tasks import begin_task
from hub.web.chat.frames import said_of
from hub.web.locale import translations, zone_of
from hub.webchat.visitors import Guest, Said

WITHIN = HOUR  # of opening time


async def call_of(hub: Hub, channel: Channel, guest: Guest, frame: dict[str, Any]) -> Said:
    """What the visitor says by it. Raises InvalidInput for what is no number, and where nobody calls back."""
    if not channel.settings.call_back:
        raise InvalidInput("nobody calls back from here")
    number = normalise("voice", str(frame.get("phone", ""))[:100], hub.settings.company.country).handle
    _ = translations(best_tag(str(frame.get("language", "")), hub.settings.company.language)).gettext
    words = _("Please call me back: %(number)s") % {"number": number}
    return replace(await said_of(hub, guest, {**frame, "text": words, "attachments": []}), phone=number)


async def keep_call(hub: Hub, message: Message, number: str) -> None:
    """Somebody has to call; asked twice for the same message it is one task."""
    await hub.store.write(_begin, hub, message, number, hub.clock.now())
    hub.live.wake()


def _begin(conn: Connection, hub: Hub, message: Message, number: str, now: int) -> None:
    known = list_tasks(conn, TaskFilter(customer_id=message.customer_id), None, 100)
    if any(task.message_id == message.id for task in known):
        return
    company = hub.settings.company
    goals = read_goals(conn, hub.settings.inbox.goal_minutes, zone_of(company.timezone))
    due_at = reached(goals.hours(find_team_of(conn, message.channel)), now, WITHIN)
    title = translations(company.language).gettext("Call back: %(number)s") % {"number": number}
    about = {
        "kind": CALLBACK,
        "conversation_id": message.conversation_id,
        "message_id": message.id,
        "timezone": company.timezone,
    }
    begin_task(conn, {"customer_id": message.customer_id, "title": title, "due_at": due_at, **about}, now, None)
