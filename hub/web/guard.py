"""Asks before every handler: is somebody signed in, may they do this, did one of our own pages send them."""

from dataclasses import replace
from urllib.parse import urlencode

from aiohttp import web

from hub.ids import is_id
from hub.model import Role
from hub.sessions import session_of
from hub.store.agents import Agent
from hub.store.gate import check
from hub.store.visibility import visibility_of
from hub.web.audited import audited
from hub.web.bodies import awaited, has_come, limited
from hub.web.forms import read_form
from hub.web.guesses import COOKIE, find_right
from hub.web.keys import AGENT, HUB, NEEDED, SEEN_AS, SESSION, VISIBILITY
from hub.web.once import once
from hub.web.permissions import WITHOUT_SESSION, Permission, allows
from hub.web.route import Handler, Route
from hub.web.security import SAFE, csrf_matches, is_secure, place_of_form, safe_next, same_site
from hub.web.tries import TooManyTries

NAME = "hub_session"
SEES_AS = "hub_sees_as"  # a cookie: the role as which an owner looks at the pages
END_SEEING = "/settings/seeing/end"
ENDS = (END_SEEING, "/logout")  # what may be done even then
RENEWED = "X-Live"  # a page that asks again by itself: nobody need sit before it
FROM_SCRIPTS = ("HX-Request", RENEWED, "X-Quiet")  # headers of our pages' own requests


def guarded(route: Route) -> Handler:
    limit, open_to_all = route.limit, route.permission in WITHOUT_SESSION
    answer = _answering(route) if route.csrf or route.deed else route.handler

    async def handle(request: web.Request) -> web.StreamResponse:
        whole = has_come(request, limit)
        if not whole:
            request = limited(request, limit)
        if not open_to_all:
            await _admit(request, route)
        if whole:
            return await answer(request)
        with awaited(request, limit):
            return await answer(request)

    return handle


def _answering(route: Route) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        if route.csrf and request.method not in SAFE:
            await _check_origin(request, route)
        return await once(request, lambda: act(request)) if route.once else await act(request)

    async def act(request: web.Request) -> web.StreamResponse:
        if route.deed:
            return await audited(request, route.deed, request[AGENT].email, lambda: route.handler(request))
        return await route.handler(request)

    return answer


async def signed_in(request: web.Request) -> Agent | None:
    """Who is calling, looked up once per request."""
    return request[AGENT] if AGENT in request else await signed_in_afresh(request)


async def signed_in_afresh(request: web.Request) -> Agent | None:
    """Looked up now: for streams that outlive a session. Of a network that makes many cookies up, those that are no
    session are not even looked up: to everybody the sign-in page stays open."""
    token = request.cookies.get(cookie_of(request), "")
    if not token:
        return None
    used = AGENT not in request and RENEWED not in request.headers
    try:
        found = await find_right(request, COOKIE, token, lambda: session_of(request.app[HUB], token, used=used))
    except TooManyTries:
        return None
    if found is None:
        return None
    agent = _as_seen(request, found.agent)
    words = allows(agent.role, Permission.READ_CONVERSATIONS)
    request[VISIBILITY] = await request.app[HUB].store.read(visibility_of, agent, words)
    request[AGENT] = agent
    request[SESSION] = found.token_hash
    return agent


def _as_seen(request: web.Request, agent: Agent) -> Agent:
    """An owner who looks at the pages as another role has no more rights than that role."""
    wanted = request.cookies.get(SEES_AS, "")
    if agent.role != Role.OWNER or wanted not in set(Role) - {Role.OWNER}:
        return agent
    request[SEEN_AS] = Role(wanted)
    return replace(agent, role=request[SEEN_AS])


async def may_go_on(request: web.Request) -> bool:
    """For answers that take long: whether whoever asked is still signed in, and still may. What they may see is anew in
    request[VISIBILITY]."""
    agent = await signed_in_afresh(request)
    return agent is not None and allows(agent.role, request[NEEDED])


def cookie_of(request: web.Request) -> str:
    """What the session's cookie is called. With the prefix browsers take it from nobody but this very host, over TLS
    (RFC 6265bis, section 4.1.3.2); plain HTTP, on the machine itself, knows no such cookies."""
    return f"__Host-{NAME}" if is_secure(request) else NAME


async def _admit(request: web.Request, route: Route) -> None:
    agent = await signed_in(request)
    if agent is None:  # a script must see that nobody is signed in, not the page for doing so
        raise web.HTTPUnauthorized if is_from_script(request) else web.HTTPSeeOther(login_url(request))
    looks = SEEN_AS in request and request.method not in SAFE and route.path not in ENDS
    if looks or not allows(agent.role, route.permission):
        raise web.HTTPForbidden
    request[NEEDED] = route.permission
    visibility, id = request[VISIBILITY], request.match_info.get("id", "")
    if is_id(id) and not visibility.is_whole:
        await request.app[HUB].store.read(check, visibility, route.things, id)


def is_from_script(request: web.Request) -> bool:
    """Asked for by a page that is open, not by a person who goes to one."""
    return any(name in request.headers for name in FROM_SCRIPTS)


def login_url(request: web.Request) -> str:
    """Back to the page that was asked for; after a form, back to the page the form stood on."""
    target = safe_next(request.path_qs if request.method in SAFE else place_of_form(request))
    return "/login" + ("?" + urlencode({"next": target}) if target != "/" else "")


async def _check_origin(request: web.Request, route: Route) -> None:
    if not same_site(request):
        raise web.HTTPForbidden
    if route.permission in WITHOUT_SESSION:
        return
    token = request.headers.get("X-CSRF-Token", "")
    if not token:
        token = str((await read_form(request)).get("csrf", ""))
    if not csrf_matches(request, token):
        raise web.HTTPForbidden


def set_cookie(request: web.Request, response: web.StreamResponse, token: str, max_age: int) -> None:
    response.set_cookie(
        cookie_of(request), token, max_age=max_age, httponly=True, secure=is_secure(request), samesite="Lax", path="/"
    )
