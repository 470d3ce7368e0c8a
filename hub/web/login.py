"""Signing in and out, the first owner, and one-time links that let somebody choose a password."""

from collections.abc import Mapping
from typing import NoReturn
from urllib.parse import urlencode

from aiohttp import web

from hub.accounts import Founder, find_link, is_setup_token, knows_password, set_up, use_link
from hub.clock import SECOND, named_zones
from hub.digests import hash_of
from hub.errors import InvalidInput
from hub.factors.codes import factors_of
from hub.factors.passkeys import host_of
from hub.languages import LANGUAGES
from hub.sessions import STEP_LIFETIME, Place, await_second, end_session, open_session
from hub.store.agents import Agent, count_agents
from hub.store.audit import Deed
from hub.store.second_factors import has_passkeys
from hub.store.sessions import Session
from hub.web.audit import audit, auditing
from hub.web.forms import read_form
from hub.web.guard import cookie_of, set_cookie, signed_in
from hub.web.guesses import COOKIE, KNOWN, LINK, find_right, guess_limits
from hub.web.keys import HUB, SESSION
from hub.web.pages import render, speaker
from hub.web.refusals import say_refusal
from hub.web.security import is_secure, network_at, safe_next
from hub.web.tries import TooManyTries, count, give_back, in_words, remember_browser, sign_in_limits, waiting

SETUP = ("token", "name", "email", "timezone")  # fields, besides the password
STEP = "hub_step"  # between the password and the second factor


async def show(request: web.Request) -> web.Response:
    target = safe_next(request.query.get("next", "/"))
    if await signed_in(request):
        raise web.HTTPSeeOther(target)
    return await sign_in_page(request, target)


async def sign_in_page(
    request: web.Request, target: str, problem: str = "", *, status: int = 200, email: str = ""
) -> web.Response:
    """The script of passkeys comes with the page only where somebody has one."""
    hub = request.app[HUB]
    passkey = bool(host_of(hub)) and await hub.store.read(has_passkeys)
    values = {"next": target, "email": email, "problem": problem, "passkey": passkey}
    return render(request, "login.html", status=status, **values)


async def create(request: web.Request) -> web.Response:
    hub, form = request.app[HUB], await read_form(request)
    email, password = str(form.get("email", "")), str(form.get("password", ""))
    target = safe_next(str(form.get("next", "/")))
    limits = sign_in_limits(request, email)
    try:
        await count(request, limits)
    except TooManyTries as many:
        return waiting(many, await sign_in_page(request, target, in_words(request, many), email=email))
    agent = await knows_password(hub.store, email, password)
    if agent is None:
        await audit(request, Deed.SIGN_IN_REFUSED, who=email)
        problem = speaker(request).gettext("E-mail address and password do not match.")
        return await sign_in_page(request, target, problem, status=422, email=email)
    await give_back(request, limits)
    await admit(request, agent, target)


async def admit(request: web.Request, agent: Agent, target: str) -> NoReturn:
    """Who came by password or link: on to the second factor, where there is one."""
    hub = request.app[HUB]
    if not (await factors_of(hub, agent.id)).any:
        await enter(request, agent, target)
    token = await await_second(hub, agent)
    answer = web.HTTPSeeOther("/login/second?" + urlencode({"next": target}))
    answer.set_cookie(
        STEP,
        token,
        max_age=STEP_LIFETIME // SECOND,
        httponly=True,
        secure=is_secure(request),
        samesite="Lax",
        path="/login",
    )
    raise answer


async def enter(request: web.Request, agent: Agent, target: str) -> NoReturn:
    """A new session; the one the browser had before is over."""
    hub = request.app[HUB]
    before = request.cookies.get(cookie_of(request), "")
    if before:
        await end_session(hub, hash_of(before))
    place = Place(request.headers.get("User-Agent", ""), network_at(request))
    lifetime = hub.settings.accounts.lifetime
    with auditing(request, Deed.SIGN_IN, who=agent.email):
        signed = await open_session(hub.store, hub.clock, agent, place, lifetime)
    request.app[KNOWN][COOKIE].keep(hash_of(signed.token), right=True)
    answer = web.HTTPSeeOther(target)
    set_cookie(request, answer, signed.token, lifetime // SECOND)
    remember_browser(request, answer, agent.email)
    raise answer


async def destroy(request: web.Request) -> web.Response:
    await end_session(request.app[HUB], request[SESSION])
    answer = web.HTTPSeeOther("/login")
    answer.del_cookie(cookie_of(request), path="/", secure=is_secure(request))
    raise answer


async def set_language(request: web.Request) -> web.Response:
    """Remembered in a cookie; who is signed in sets it in the settings."""
    form = await read_form(request)
    answer = web.HTTPSeeOther(safe_next(str(form.get("next", "/"))))
    chosen = str(form.get("to", ""))
    if chosen in LANGUAGES:
        secure = is_secure(request)
        answer.set_cookie(
            "hub_language", chosen, max_age=31_536_000, samesite="Lax", httponly=True, secure=secure, path="/"
        )
    raise answer


async def show_setup(request: web.Request) -> web.Response:
    if await request.app[HUB].store.read(count_agents):
        raise web.HTTPNotFound
    return _setup_page(request, dict.fromkeys(SETUP, "") | {"token": request.query.get("token", "")})


def _setup_page(request: web.Request, values: Mapping[str, str], problem: str = "", status: int = 200) -> web.Response:
    zones = sorted({*named_zones(), request.app[HUB].settings.company.timezone})
    return render(request, "setup.html", status=status, values=values, problem=problem, zones=zones)


async def create_owner(request: web.Request) -> web.Response:
    hub = request.app[HUB]
    if await hub.store.read(count_agents):
        raise web.HTTPNotFound
    form = await read_form(request)
    values = {name: str(form.get(name, "")).strip() for name in SETUP}
    founder = Founder(values["name"], values["email"], values["timezone"])
    problem = speaker(request).gettext("The set-up code is not the one printed in the terminal.")
    try:
        if not is_setup_token(hub, values["token"]):  # to compare is less work than to count
            await count(request, guess_limits(request, "setup"))
        with auditing(request, Deed.AGENT_ADDED, f"{values['email'][:100]} owner", who="set-up"):
            agent = await set_up(hub, values["token"], founder, str(form.get("password", "")))
    except TooManyTries as many:
        return waiting(many, _setup_page(request, values, in_words(request, many)))
    except InvalidInput as wrong:
        agent, problem = None, say_refusal(request, wrong)
    if agent is None:
        return _setup_page(request, values, problem, 422)
    await enter(request, agent, "/")


async def show_password(request: web.Request) -> web.Response:
    """Looking at a one-time link does not use it up: mail scanners open links too."""
    try:
        link = await _find_link(request)
    except TooManyTries as many:
        return _too_many_links(request, many)
    return render(request, "password.html", status=200 if link else 404, owner=link and link.agent, problem="")


async def create_password(request: web.Request) -> web.Response:
    hub, form = request.app[HUB], await read_form(request)
    try:
        link = await _find_link(request)
    except TooManyTries as many:
        return _too_many_links(request, many)
    if link is None:
        return render(request, "password.html", status=404, owner=None, problem="")
    try:
        with auditing(request, Deed.LINK_USED, who=link.agent.email):
            agent = await use_link(hub, request.match_info["token"], str(form.get("password", "")))
    except InvalidInput as wrong:
        return render(request, "password.html", status=422, owner=link.agent, problem=say_refusal(request, wrong))
    if agent is None:  # used up or too old by now
        return render(request, "password.html", status=404, owner=None, problem="")
    hub.live.wake()
    await admit(request, agent, "/")


async def _find_link(request: web.Request) -> Session | None:
    token = request.match_info["token"]
    return await find_right(request, LINK, token, lambda: find_link(request.app[HUB], token))


def _too_many_links(request: web.Request, many: TooManyTries) -> web.Response:
    return waiting(many, render(request, "password.html", owner=None, problem=in_words(request, many)))
