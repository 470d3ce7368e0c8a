"""Asks before every handler: is somebody signed in, may they do this, did one of our own pages send them."""

from urllib.parse import urlencode

from aiohttp import web
from yarl import URL

from hub.digests import hash_of
from hub.store.agents import Agent
from hub.store.sessions import SESSION as SESSION_PURPOSE
from hub.store.sessions import find_session
from hub.web.bodies import awaited, limited
from hub.web.forms import read_form
from hub.web.keys import AGENT, HUB, SESSION
from hub.web.permissions import WITHOUT_SESSION, Permission, allows
from hub.web.route import Handler, Route
from hub.web.security import SAFE, csrf_matches, is_secure, same_site

COOKIE = "hub_session"


def guarded(route: Route) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        request = limited(request, route.limit)
        if route.permission not in WITHOUT_SESSION:
            await _admit(request, route.permission)
        with awaited(request):
            if route.csrf and request.method not in SAFE:
                await _check_origin(request, route)
            return await route.handler(request)

    return handle


async def signed_in(request: web.Request) -> Agent | None:
    """Who is calling, looked up once per request."""
    return request[AGENT] if AGENT in request else await signed_in_afresh(request)


async def signed_in_afresh(request: web.Request) -> Agent | None:
    """Looked up now: for streams that outlive a session."""
    token = request.cookies.get(COOKIE, "")
    if not token:
        return None
    hub = request.app[HUB]
    found = await hub.store.read(find_session, hash_of(token), purpose=SESSION_PURPOSE, now=hub.clock.now())
    if found:
        request[AGENT] = found
        request[SESSION] = hash_of(token)
    return found


async def _admit(request: web.Request, permission: Permission) -> None:
    agent = await signed_in(request)
    if agent is None:
        raise web.HTTPSeeOther(login_url(request))
    if not allows(agent.role, permission):
        raise web.HTTPForbidden


def login_url(request: web.Request) -> str:
    """Back to the page that was asked for; after a form, back to the page the form stood on."""
    target = request.path_qs if request.method in SAFE else _came_from(request)
    return "/login" + ("?" + urlencode({"next": target}) if target not in ("", "/") else "")


def _came_from(request: web.Request) -> str:
    try:
        return URL(request.headers.get("Referer", "")).path_qs
    except ValueError:  # no address at all
        return "/"


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
        COOKIE, token, max_age=max_age, httponly=True, secure=is_secure(request), samesite="Lax", path="/"
    )
