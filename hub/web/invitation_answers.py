"""An invitation that came by mail is accepted or declined by a button."""

from typing import get_args

from aiohttp import web
from sqlalchemy import Connection

from hub.clock import SECOND
from hub.context import Hub
from hub.languages import SOURCE, best_tag
from hub.outbound.calendar_answers import Answer, answer_invitation
from hub.outbound.compose import Reply
from hub.outbound.deps import OutboxDeps
from hub.outbound.outbox import Queued
from hub.store.customers import get_customer
from hub.store.messages import get_message
from hub.web.conversation_acts import back, conversation_id
from hub.web.conversations import undo_seconds
from hub.web.forms import read_fields
from hub.web.keys import AGENT, HUB, VISIBILITY
from hub.web.locale import translations

ANSWERS: tuple[Answer, ...] = get_args(Answer)


async def create(request: web.Request) -> web.Response:
    hub, agent, id = request.app[HUB], request[AGENT], conversation_id(request)
    view, word = await read_fields(request, "view", "answer")
    answer = next((one for one in ANSWERS if one == word), None)
    if answer is None:
        raise web.HTTPNotFound
    by = Reply(author_id=agent.id, author_name=agent.name, hold_ms=await _hold(hub, id))
    queued = await hub.store.write(answer_by, hub.outbox_for(request[VISIBILITY]), id, answer, by, hub.clock.now())
    hub.live.wake()
    raise back(queued.conversation_id, view, "#composer")


async def _hold(hub: Hub, message_id: str) -> int:
    channel = (await hub.store.read(get_message, message_id)).channel
    return undo_seconds(hub, channel) * SECOND if channel in hub.channels else 0


def answer_by(conn: Connection, deps: OutboxDeps, message_id: str, answer: Answer, by: Reply, at: int) -> Queued:
    """With words in the customer's language. Raises NotFound, InvalidInput."""
    customer = get_customer(conn, get_message(conn, message_id).customer_id)
    _ = translations(best_tag(customer.language, SOURCE)).gettext
    words = {"accepted": _("Accepted: %s"), "declined": _("Declined: %s"), "tentative": _("Tentative: %s")}
    return answer_invitation(conn, deps, message_id, answer, words[answer], by, at)
