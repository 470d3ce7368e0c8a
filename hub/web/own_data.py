"""What customers do themselves about what is kept of them: asked for on their preferences, done behind a mailed link.

Looking at the link changes nothing, because mail scanners do.
"""

from typing import Any

from aiohttp import web

from hub.clock import DAY
from hub.errors import NotFound
from hub.platform.limiter import Limit
from hub.privacy.asking import LINK, Asked, ask, erase_asked, get_asked, note
from hub.privacy.forgetting import take_out
from hub.store.audit import Deed
from hub.store.audited import audit_about
from hub.store.merges import count_moved
from hub.store.personal import get_living
from hub.store.testers import NOBODY
from hub.web.audited import audited
from hub.web.forms import read_fields
from hub.web.guesses import open_signed
from hub.web.keys import HUB
from hub.web.privacy import send_dossier
from hub.web.public import masked, render_public, speaks
from hub.web.tries import count

ASKS_A_DAY, TAKES_A_DAY = 3, 5  # of one customer
CUSTOMER = "the customer"  # as the audit log calls whoever has the link


async def create(request: web.Request) -> web.Response:
    """Asked for on the preferences: the link goes to an address we know to be theirs, never to whoever just asks."""
    hub = request.app[HUB]
    [customer_id] = await open_signed(request, "preferences", request.match_info["token"])
    [action] = await read_fields(request, "action")
    if customer_id == NOBODY:
        raise web.HTTPNotFound
    try:
        customer = await hub.store.read(get_living, customer_id)
        await count(request, [Limit(f"own data {customer.id}", ASKS_A_DAY, DAY)])
        mail = await hub.store.write(ask, hub, customer.id, action == "erase", hub.clock.now())
    except NotFound as gone:
        raise web.HTTPNotFound from gone
    hub.live.wake()
    handle = masked(mail) if mail else ""
    return render_public(request, speaks(request, customer), "public/own_data_asked.html", handle=handle)


async def show(request: web.Request) -> web.Response:
    return await _page(request, await _asked(request))


async def update(request: web.Request) -> web.StreamResponse:
    """Take it along, or have it deleted."""
    asked = await _asked(request)
    action, sure = await read_fields(request, "action", "sure")
    if action == "take":
        await count(request, [Limit(f"dossier {asked.customer.id}", TAKES_A_DAY, DAY)])
        return await audited(request, Deed.EXPORTED, CUSTOMER, lambda: _take(request, asked))
    if action != "erase" or not sure:
        return await _page(request, asked, unsure=action == "erase")
    if asked.busy:
        return await _leave_it(request, asked)
    return await audited(request, Deed.ERASED, CUSTOMER, lambda: _erase(request, asked))


async def _take(request: web.Request, asked: Asked) -> web.StreamResponse:
    audit_about(asked.customer.id)
    return await send_dossier(request, speaks(request, asked.customer), asked.customer.id, own=True)


async def _erase(request: web.Request, asked: Asked) -> web.Response:
    hub = request.app[HUB]
    audit_about(asked.customer.id)
    try:
        done = await hub.store.write(erase_asked, await _opened(request), CUSTOMER, hub.clock.now())
    except NotFound as gone:
        raise web.HTTPNotFound from gone
    if done.busy:
        return await _leave_it(request, done)
    await take_out(hub.store)
    hub.live.wake()
    return render_public(request, speaks(request, asked.customer), "public/own_data.html", erased=True)


async def _leave_it(request: web.Request, asked: Asked) -> web.Response:
    """To a colleague."""
    hub = request.app[HUB]
    await hub.store.write(note, hub, asked.customer.id, True, hub.clock.now())
    hub.live.wake()
    return await _page(request, asked, noted=True)


async def _opened(request: web.Request) -> str:
    [id] = await open_signed(request, LINK, request.match_info["token"])
    return id


async def _asked(request: web.Request) -> Asked:
    hub = request.app[HUB]
    id = await _opened(request)
    try:
        return await hub.store.read(get_asked, id, hub.clock.now())
    except NotFound as gone:
        raise web.HTTPNotFound from gone


async def _page(request: web.Request, asked: Asked, **values: Any) -> web.Response:
    kept = await request.app[HUB].store.read(count_moved, asked.customer.id)
    say = speaks(request, asked.customer)
    shown = {"erased": False, "noted": False, "unsure": False, "kept": kept, **values}
    return render_public(request, say, "public/own_data.html", status=422 if shown["unsure"] else 200, **shown)
