"""What an agent puts at a customer's message."""

from aiohttp import web

from hub.errors import Conflict, InvalidInput
from hub.ids import is_id
from hub.outbound.reacting import By, put_reaction
from hub.store.messages import get_message
from hub.web.conversation_acts import back, conversation_id
from hub.web.conversations import answer
from hub.web.forms import read_fields
from hub.web.keys import AGENT, HUB, VISIBILITY
from hub.web.refusals import say_refusal
from hub.web.views import view_of


async def create(request: web.Request) -> web.Response:
    """In place of the one that stood there; none takes it back."""
    hub, id, by = request.app[HUB], conversation_id(request), request[AGENT].id
    view, chosen, sign = await read_fields(request, "view", "message", "sign")
    if not is_id(chosen) or (await hub.store.read(get_message, chosen)).conversation_id != id:
        raise web.HTTPNotFound
    try:
        await put_reaction(hub.store, hub.outbox_for(request[VISIBILITY]), chosen, sign, By(by, hub.clock.now()))
    except (Conflict, InvalidInput) as refused:
        status, problem = 409 if isinstance(refused, Conflict) else 422, say_refusal(request, refused)
        page = await answer(request, status=status, problem=problem, view=view_of(view))
        page.headers["HX-Push-Url"] = "false"
        return page
    hub.live.wake()
    raise back(id, view, f"#m-{chosen}")
