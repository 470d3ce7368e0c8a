"""Signing in, the second step: a code of the app, a recovery code, or a passkey - which needs no password either."""

from aiohttp import web

from hub.digests import hash_of
from hub.errors import Conflict, InvalidInput, Locked
from hub.factors.codes import check_code, factors_of
from hub.factors.passkeys import host_of, recognise, sign_in_options
from hub.platform.limiter import Limit
from hub.store.agents import Agent
from hub.store.audit import Deed
from hub.store.sessions import SECOND, Session, find_session, forget_session
from hub.web.audit import audit
from hub.web.forms import read_fields
from hub.web.guesses import STEP as COOKIE_OF_STEP
from hub.web.guesses import find_right, guess_limits
from hub.web.keys import HUB
from hub.web.login import STEP, enter, sign_in_page
from hub.web.pages import render, speaker
from hub.web.refusals import say_refusal
from hub.web.security import safe_next
from hub.web.tries import PAIR, TooManyTries, count, give_back, in_words, known_browser, waiting


async def show(request: web.Request) -> web.Response:
    agent = await _awaited(request)
    return await _page(request, agent, request.query.get("next", "/"))


async def create(request: web.Request) -> web.Response:
    """A try is counted for the account, from wherever: whoever is here knows the password. A browser that the account
    was used with is counted apart: somebody who knows the password as well does not lock its owner out."""
    hub, agent = request.app[HUB], await _awaited(request)
    code, target = await read_fields(request, "code", "next")
    limits = known_browser(request, agent.email) or [Limit(f"second {agent.id}", PAIR)]
    try:
        await count(request, limits)
        good = await check_code(hub, agent.id, code[:100])
    except TooManyTries as many:
        return waiting(many, await _page(request, agent, target, in_words(request, many)))
    except Locked as locked:
        return await _page(request, agent, target, say_refusal(request, locked), status=503)
    if not good:
        await audit(request, Deed.SIGN_IN_REFUSED, by=agent)
        problem = speaker(request).gettext("This code is not right, or it was used already.")
        return await _page(request, agent, target, problem, status=422)
    await give_back(request, limits)
    await hub.store.write(forget_session, hash_of(request.cookies.get(STEP, "")))
    await enter(request, agent, safe_next(target))


async def show_passkey(request: web.Request) -> web.Response:
    """What a passkey is asked, for the page's script."""
    hub = request.app[HUB]
    if not host_of(hub):
        raise web.HTTPNotFound
    return web.Response(
        text=sign_in_options(hub), content_type="application/json", headers={"Cache-Control": "no-store"}
    )


async def create_by_passkey(request: web.Request) -> web.Response:
    hub = request.app[HUB]
    answer, target = await read_fields(request, "credential", "next")
    limits, target = known_browser(request) or guess_limits(request, "passkey"), safe_next(target)
    try:
        await count(request, limits)
        agent = await recognise(hub, answer)
    except TooManyTries as many:
        return waiting(many, await sign_in_page(request, target, in_words(request, many)))
    except (InvalidInput, Conflict) as refused:
        await audit(request, Deed.SIGN_IN_REFUSED)
        return await sign_in_page(request, target, say_refusal(request, refused), status=422)
    await give_back(request, limits)
    await enter(request, agent, target)


async def _awaited(request: web.Request) -> Agent:
    """Whose password was right here, a moment ago."""
    hub, token = request.app[HUB], request.cookies.get(STEP, "")

    async def find() -> Session | None:
        return await hub.store.read(find_session, hash_of(token), purpose=SECOND, now=hub.clock.now())

    found = await find_right(request, COOKIE_OF_STEP, token, find) if token else None
    if found is None:
        raise web.HTTPSeeOther("/login")
    return found.agent


async def _page(request: web.Request, agent: Agent, target: str, problem: str = "", status: int = 200) -> web.Response:
    hub = request.app[HUB]
    factors = await factors_of(hub, agent.id)
    return render(
        request,
        "second_step.html",
        status=status,
        next=safe_next(target),
        problem=problem,
        app=bool(factors.totp),
        passkey=bool(factors.passkeys and host_of(hub)),
    )
