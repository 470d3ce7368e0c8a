"""The page behind the link of the mail that asks whose an address is. Looking at it changes nothing: scanners do."""

from dataclasses import replace

from aiohttp import web

from hub.languages import best_tag
from hub.model import AddressState
from hub.outbound.address_state import confirm
from hub.store.addresses import get_address
from hub.store.customers import Reached, get_customer
from hub.web.guesses import open_signed
from hub.web.keys import HUB
from hub.web.pages import PAGES, speaker
from hub.web.public import PAGE_CSP, QUIET
from hub.webchat.confirmation import LINK


async def show(request: web.Request) -> web.Response:
    return await _page(request, await request.app[HUB].store.read(get_address, await _opened(request)))


async def create(request: web.Request) -> web.Response:
    hub = request.app[HUB]
    found = await hub.store.write(confirm, await _opened(request), hub.clock.now())
    hub.live.wake()
    return await _page(request, found)


async def _opened(request: web.Request) -> str:
    [id] = await open_signed(request, LINK, request.match_info["token"])
    return id


async def _page(request: web.Request, found: Reached) -> web.Response:
    hub, say = request.app[HUB], speaker(request)
    customer = await hub.store.read(get_customer, found.customer_id)
    say = replace(say, language=best_tag(customer.language, say.language))
    values = {"handle": found.handle, "done": found.state != AddressState.CLAIMED, "path": request.path}
    body = request.app[PAGES].render(
        say.language, "public/confirm.html", say=say, company=hub.settings.company, **values
    )
    headers = {**QUIET, "Content-Security-Policy": PAGE_CSP}
    return web.Response(text=body, content_type="text/html", headers=headers)
