"""The sign-up form, hosted here or posted to from one's own site, and the page behind the link of its mail.

Known address or not, the answer is the same; looking at the link changes nothing, because scanners do.
"""

import logging
from collections.abc import Callable
from typing import Any

from aiohttp import web

from hub.campaigns.content import words_of
from hub.campaigns.signing_up import LINK, Asked, Wanted, agree, ask, get_asked
from hub.clock import DAY, HOUR
from hub.errors import InvalidInput, NotFound
from hub.inbound.addresses import normalise
from hub.platform.limiter import Limit
from hub.web.forms import read_fields
from hub.web.guesses import open_signed
from hub.web.keys import HUB
from hub.web.pages import speaker
from hub.web.public import QUIET, masked, render_public
from hub.web.security import client_ip, network_at, same_site
from hub.web.tries import TooManyTries, count, waiting

log = logging.getLogger("hub.web.signing_up")

PER_ADDRESS, PER_NETWORK, IN_ALL = 3, 20, 300  # mails at once, and again in a day, in an hour, in an hour


async def show(request: web.Request) -> web.Response:
    return _form(request, asked="asked" in request.query)


async def create(request: web.Request) -> web.Response:
    hub, purpose = request.app[HUB], _purpose(request)
    email, page = await read_fields(request, "email", "page")
    try:
        address = normalise("email", email)
    except InvalidInput:
        return _form(request, 422, typed=email, wrong=True)
    await count(request, [Limit(f"sign-up from {network_at(request)}", PER_NETWORK, HOUR)])
    everybody = [Limit("sign-up", IN_ALL, HOUR)]  # before the address: who is refused here learns nothing about it
    try:
        await count(request, everybody)
    except TooManyTries as many:
        log.warning("nobody is asked: more than %d sign up in an hour", IN_ALL)
        return waiting(many, _form(request, typed=email, full=True))
    if await hub.limiter.take([Limit(f"sign-up {address.handle}", PER_ADDRESS, DAY)]):
        await hub.limiter.refund(everybody)  # and whoever has had them is not told so: that would say who was here
    else:
        wording, language = _wording(request, purpose, hosted=bool(page)), speaker(request).language
        wanted = Wanted(address, purpose, wording, client_ip(request), language)
        await hub.store.write(ask, hub.outbox_deps, words_of(hub), wanted, hub.clock.now())
        hub.live.wake()
    raise web.HTTPSeeOther(f"{request.rel_url.raw_path}?asked", headers=QUIET)


def _wording(request: web.Request, purpose: str, *, hosted: bool) -> str:
    """What stood beside the button: ours only where the browser says that it was our page."""
    say, origin = speaker(request), request.headers.get("Origin", "")
    if hosted and origin and same_site(request):
        return f"{wording_of(say.gettext, purpose, request.app[HUB].settings.company.name)} – {say.gettext('Sign up')}"
    return f"a form at {origin[:200] or 'another site'}"


def _form(
    request: web.Request,
    status: int = 200,
    *,
    typed: str = "",
    asked: bool = False,
    wrong: bool = False,
    full: bool = False,
) -> web.Response:
    values: dict[str, Any] = {"asked": asked, "wrong": wrong, "full": full, "typed": typed[:200].strip()}
    page = "public/join.html"
    answer = render_public(request, speaker(request), page, status=status, purpose=_purpose(request), **values)
    answer.headers["Referrer-Policy"] = "same-origin"  # without one browsers send "Origin: null" with the form
    return answer


async def show_link(request: web.Request) -> web.Response:
    hub = request.app[HUB]
    try:
        asked = await hub.store.read(get_asked, await _opened(request), hub.clock.now())
    except NotFound as gone:
        raise web.HTTPNotFound from gone
    return _answer(request, asked)


async def create_consent(request: web.Request) -> web.Response:
    hub, say = request.app[HUB], speaker(request)
    id = await _opened(request)
    try:
        asked = await hub.store.read(get_asked, id, hub.clock.now())
        company = hub.settings.company.name
        wording = f"{wording_of(say.gettext, asked.purpose, company)} – {say.gettext('Yes, send it to me')}"
        asked = await hub.store.write(agree, id, wording, client_ip(request), hub.clock.now())
    except NotFound as gone:
        raise web.HTTPNotFound from gone
    hub.live.wake()
    return _answer(request, asked)


def wording_of(gettext: Callable[[str], str], purpose: str, company: str) -> str:
    """As both pages say it above their button."""
    said = gettext("I want “%(purpose)s” of %(company)s by e-mail. I can end that at any time.")
    return said % {"purpose": purpose, "company": company}


def _purpose(request: web.Request) -> str:
    """Only what the house offers. Raises HTTPNotFound."""
    purpose = request.match_info["purpose"]
    if purpose not in request.app[HUB].settings.advertising.sign_up:
        raise web.HTTPNotFound
    return purpose


async def _opened(request: web.Request) -> str:
    [id] = await open_signed(request, LINK, request.match_info["token"])
    return id


def _answer(request: web.Request, asked: Asked) -> web.Response:
    handle, say = masked(asked.delivery), speaker(request)
    return render_public(request, say, "public/joined.html", asked=asked, handle=handle, purpose=asked.purpose)
