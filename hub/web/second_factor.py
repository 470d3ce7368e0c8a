"""The second factor in the settings: app, passkeys, recovery codes. Each change asks for the password."""

from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from hub.accounts import knows_password
from hub.errors import Conflict, InvalidInput, Locked
from hub.factors.codes import (
    confirm_app,
    factors_of,
    propose_app,
    remove_app,
    remove_passkey,
    renew_codes,
    reset_factors,
)
from hub.factors.passkeys import host_of, register, registration_options
from hub.factors.totp import uri_of
from hub.model import Role
from hub.platform.limiter import Limit
from hub.store.agents import get_agent
from hub.store.audited import audit_about
from hub.web.conversation_acts import conversation_id as id_of
from hub.web.forms import read_fields
from hub.web.keys import AGENT, HUB
from hub.web.mending import told
from hub.web.pages import render, speaker
from hub.web.sessions import browser_of
from hub.web.tries import PAIR, TooManyTries, count, give_back, in_words, waiting

PAGE = "/settings/second-factor"
Work = Callable[[], Awaitable[list[str] | None]]


async def show(request: web.Request) -> web.Response:
    return await _page(request)


async def _page(request: web.Request, *, status: int = 200, **values: Any) -> web.Response:
    hub = request.app[HUB]
    return render(
        request,
        "second_factor.html",
        status=status,
        factors=await factors_of(hub, request[AGENT].id),
        host=host_of(hub),
        browser=browser_of(request.headers.get("User-Agent", "")),
        **{
            "problem": "",
            "field": "",
            "codes": [],
            "proposal": None,
            "saved": request.query.get("saved", ""),
            **values,
        },
    )


async def propose(request: web.Request) -> web.Response:
    """A secret to be scanned; nothing is kept before a code of it was shown."""
    secret, locked = propose_app(request.app[HUB], request[AGENT])
    return await _page(request, proposal=_proposal(request, secret, locked))


def _proposal(request: web.Request, secret: str, locked: str) -> dict[str, str]:
    uri = uri_of(secret, request[AGENT].email, request.app[HUB].settings.company.name)
    picture = import_module("segno").make(uri, error="m").svg_data_uri(scale=4, border=3, light="white")
    spaced = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    return {"secret": spaced, "locked": locked, "picture": picture}


async def create_app(request: web.Request) -> web.Response:
    hub, agent = request.app[HUB], request[AGENT]
    locked, code = await read_fields(request, "locked", "code")

    async def confirm() -> list[str] | None:
        codes = await confirm_app(hub, agent, locked, code[:100])
        if codes is None:
            raise InvalidInput("this code is not of this app", "code", "code")
        return codes

    return await _with_password(request, confirm)


async def destroy_app(request: web.Request) -> web.Response:
    return await _with_password(request, lambda: _nothing(remove_app(request.app[HUB], request[AGENT].id)))


async def create_codes(request: web.Request) -> web.Response:
    return await _with_password(request, lambda: renew_codes(request.app[HUB], request[AGENT].id))


async def show_passkey(request: web.Request) -> web.Response:
    """What a new passkey is asked, for the page's script."""
    hub = request.app[HUB]
    if not host_of(hub):
        raise web.HTTPNotFound
    text = await registration_options(hub, request[AGENT])
    return web.Response(text=text, content_type="application/json", headers={"Cache-Control": "no-store"})


async def create_passkey(request: web.Request) -> web.Response:
    name, answer = await read_fields(request, "name", "credential")
    known_as = " ".join(name.split())[:60] or "Passkey"
    return await _with_password(request, lambda: register(request.app[HUB], request[AGENT], known_as, answer))


async def destroy_passkey(request: web.Request) -> web.Response:
    hub, agent, passkey = request.app[HUB], request[AGENT], id_of(request)
    return await _with_password(request, lambda: _nothing(remove_passkey(hub, agent.id, passkey)))


async def reset(request: web.Request) -> web.Response:
    """By an administrator, for a colleague who lost every factor."""
    hub, id = request.app[HUB], id_of(request)
    colleague = await hub.store.read(get_agent, id)
    if colleague.role is Role.OWNER and request[AGENT].role is not Role.OWNER:
        raise web.HTTPForbidden
    audit_about(colleague.email)
    await hub.store.write(_reset, id, hub.clock.now())
    hub.live.wake()
    raise web.HTTPSeeOther("/agents")


def _reset(conn: Connection, agent_id: str, now: int) -> None:
    reset_factors(conn, agent_id, now)


async def _nothing(work: Awaitable[None]) -> None:
    await work


async def _with_password(request: web.Request, work: Work) -> web.Response:
    """Whoever sits before an open session does not change what protects the account."""
    hub, agent = request.app[HUB], request[AGENT]
    [password] = await read_fields(request, "password")
    limits = [Limit(f"password {agent.id}", PAIR)]
    try:
        await count(request, limits)
    except TooManyTries as many:
        return waiting(many, await _page(request, problem=in_words(request, many)))
    if not await knows_password(hub.store, agent.email, password):
        problem = speaker(request).gettext("The present password is not right.")
        return await _page(request, status=422, problem=problem, field="password")
    await give_back(request, limits)
    try:
        codes = await work()
    except (InvalidInput, Conflict, Locked) as refused:
        return await _page(request, status=422, **told(request, refused))
    if not codes:
        raise web.HTTPSeeOther(f"{PAGE}?saved=yes")
    return await _page(request, codes=codes)
