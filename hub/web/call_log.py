"""The call somebody wants to log, and the form that does it: below the stream without a script, else on the card."""

from collections.abc import Sequence

from aiohttp import web

from hub.call_log import Said, log_call
from hub.errors import InvalidInput
from hub.model import MessageKind
from hub.store.messages import Message
from hub.web.conversation_acts import back, conversation_id
from hub.web.forms import read_fields, read_form
from hub.web.keys import AGENT, HUB

MAX_NOTE = 10_000


async def create(request: web.Request) -> web.Response:
    """`outcome`, `note`, or both; the card saves what is typed while it is typed."""
    hub, agent = request.app[HUB], request[AGENT]
    outcome, note, view = await read_fields(request, "outcome", "note", "view")
    if len(note) > MAX_NOTE:
        raise InvalidInput(f"a note has at most {MAX_NOTE} characters", "note", "long_note")
    said = Said(outcome, note if "note" in await read_form(request) else None)
    asked = (conversation_id(request), said, agent.id, agent.name, hub.clock.now())
    call = await hub.store.write(log_call, *asked)
    hub.live.wake()
    if request.headers.get("X-Quiet"):
        return web.Response(status=204)
    raise back(call.conversation_id or "", view)


def to_log(messages: Sequence[Message], wanted: str) -> Message | None:
    """The call somebody asks to log."""
    return next((one for one in messages if one.kind == MessageKind.CALL and one.id == wanted), None)
