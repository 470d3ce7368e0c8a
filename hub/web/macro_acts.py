"""Applies a macro: to the open conversation by its menu, key and the palette, and to rows that are chosen."""

from collections.abc import Sequence

from aiohttp import web
from sqlalchemy import Connection

from hub.clock import SECOND
from hub.ids import is_id
from hub.rules.macros import Hand, apply, changes, read_acts
from hub.store.macros import Macro, get_macro
from hub.web.conversation_acts import back, conversation_id, onward
from hub.web.conversations import undo_seconds
from hub.web.forms import read_fields
from hub.web.keys import AGENT, HUB, VISIBILITY
from hub.web.pages import speaker
from hub.web.undoing import Act, Chosen, Said, do


async def create(request: web.Request) -> web.Response:
    """`macro`: its id. One that closes or snoozes goes on with the next conversation."""
    hub, id = request.app[HUB], conversation_id(request)
    macro, view, cursor = await read_fields(request, "macro", "view", "cursor")
    chosen = await macro_chosen(request, macro)
    undo = await hub.store.write(do, request[VISIBILITY], [id], chosen, hub.clock.now())
    hub.live.wake()
    did = f"&did={undo}.{chosen.word}.1"
    if chosen.ends:
        found = await onward(request, id, view, cursor)
        raise web.HTTPSeeOther(f"{found.location}{did}")
    raise back(id, view, did)


async def macro_chosen(request: web.Request, macro_id: str) -> Chosen:
    """What is done. Raises NotFound."""
    if not is_id(macro_id):
        raise web.HTTPNotFound
    macro = await request.app[HUB].store.read(get_macro, macro_id, request[VISIBILITY])
    acts = read_acts(macro.acts)
    ends = bool(acts.close or acts.snooze)
    return Chosen("macro", _applied(macro, _hand(request)), changes(acts), ends=ends)


def _applied(macro: Macro, hand: Hand) -> Act:
    def act(conn: Connection, ids: Sequence[str], at: int, by: str) -> Said:
        return {id: apply(conn, macro, id, hand, at) for id in ids}

    return act


def _hand(request: web.Request) -> Hand:
    hub = request.app[HUB]
    return Hand(
        outbox=hub.outbox_for(request[VISIBILITY]),
        company=hub.settings.company,
        agent=request[AGENT],
        zone=speaker(request).zone,
        hold=lambda channel: undo_seconds(hub, channel) * SECOND,
    )
