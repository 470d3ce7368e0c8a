"""The call that is still to be logged in an open conversation, and the form that does it."""

from collections.abc import Sequence

from aiohttp import web

from hub.call_log import KEPT, log_call
from hub.clock import HOUR
from hub.errors import InvalidInput
from hub.ids import is_id
from hub.model import Direction, MessageKind
from hub.store.agents import Agent
from hub.store.messages import Message
from hub.web.conversation_acts import back, conversation_id
from hub.web.forms import read_fields
from hub.web.keys import AGENT, HUB

ASKED_FOR = 8 * HOUR  # after a call
MAX_NOTE = 10_000


async def create(request: web.Request) -> web.Response:
    """`outcome` and, if there is more to say, `note`."""
    hub, agent = request.app[HUB], request[AGENT]
    outcome, note, view = await read_fields(request, "outcome", "note", "view")
    if len(note) > MAX_NOTE:
        raise InvalidInput(f"a note has at most {MAX_NOTE} characters", "note", "long_note")
    asked = (conversation_id(request), outcome, note, agent, hub.clock.now())
    id = await hub.store.write(log_call, *asked)
    hub.live.wake()
    raise back(id, view)


def to_log(messages: Sequence[Message], agent: Agent, wanted: str, now: int) -> Message | None:
    """The call somebody asks to log, else the agent's own last one of late if nobody has said what came of it."""
    calls = [one for one in messages if one.kind == MessageKind.CALL]
    if is_id(wanted):
        return next((one for one in calls if one.id == wanted), None)
    mine = [one for one in calls if _spoke(one, agent) and now - one.occurred_at < ASKED_FOR]
    return mine[-1] if mine and KEPT not in mine[-1].parts else None


def _spoke(call: Message, agent: Agent) -> bool:
    """Who called by a click, or whose phone was picked up."""
    if call.direction == Direction.OUT:
        return call.author_id == agent.id
    return bool(agent.phone) and call.parts.get("agent") == agent.phone and call.parts.get("state") != "missed"
