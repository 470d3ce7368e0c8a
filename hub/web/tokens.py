"""API tokens in the settings: which there are, what they may do, when they end; a new one is shown once."""

from typing import Any

from aiohttp import web
from multidict import MultiDict

from hub.clock import DAY
from hub.errors import InvalidInput
from hub.model import Role
from hub.store.audited import audit_about
from hub.store.teams import list_teams
from hub.store.tokens import EVERYTHING, add_token, list_tokens, mark_token_revoked, new_secret
from hub.web.agents import id_of
from hub.web.api.routes import scopes
from hub.web.forms import read_form
from hub.web.keys import AGENT, HUB
from hub.web.mending import told
from hub.web.pages import render

MAX_NAME = 100
MAX_DAYS = 3_650
OWNERS_ONLY = frozenset({EVERYTHING, "agents:write"})  # with these a token can make an owner


async def index(request: web.Request) -> web.Response:
    return await _page(request)


async def _page(request: web.Request, *, status: int = 200, **values: Any) -> web.Response:
    """typed: what was refused, to be mended; secret: of the new token."""
    hub, is_owner = request.app[HUB], request[AGENT].role is Role.OWNER
    teams = {team.id: team.name for team in await hub.store.read(list_teams)}
    tokens = await hub.store.read(list_tokens)
    return render(
        request,
        "tokens.html",
        status=status,
        tokens=tokens,
        teams=teams,
        teams_of={one.id: ", ".join(sorted(teams.get(id, id) for id in one.teams)) for one in tokens},
        scopes=[scope for scope in (EVERYTHING, *scopes()) if is_owner or scope not in OWNERS_ONLY],
        everything=EVERYTHING,
        now=hub.clock.now(),
        max_days=MAX_DAYS,
        **{"secret": "", "typed": MultiDict(), "problem": "", "field": "", **values},
    )


async def create(request: web.Request) -> web.Response:
    hub, form = request.app[HUB], await read_form(request)
    name = " ".join(str(form.get("name", "")).split())[:MAX_NAME]
    wanted, teams = ({str(one) for one in form.getall(field, [])} for field in ("scope", "team"))
    try:
        if not name:
            raise InvalidInput("a token needs a name", "name", "token_name")
        if not wanted:
            raise InvalidInput("a token needs a scope", "scope", "token_scope")
        days = _days(str(form.get("days", "")).strip())
        known = {EVERYTHING, *scopes(), *(team.id for team in await hub.store.read(list_teams))}
        if strange := (wanted | teams) - known:
            raise InvalidInput(f"{min(strange)[:40]!r} is not offered", "scope")
    except InvalidInput as wrong:
        return await _page(request, typed=form, status=422, **told(request, wrong))
    if wanted & OWNERS_ONLY and request[AGENT].role is not Role.OWNER:
        raise web.HTTPForbidden
    secret, now = new_secret(), hub.clock.now()
    audit_about(name)
    until = now + days * DAY if days else None
    await hub.store.write(add_token, name, secret, sorted(wanted), now, until, sorted(teams))
    return await _page(request, secret=secret, status=201)


def _days(text: str) -> int:
    """0: no end."""
    if text and not (text.isascii() and text.isdigit() and len(text) < 5 and 0 < int(text) <= MAX_DAYS):
        raise InvalidInput(f"give a number of days from 1 to {MAX_DAYS}", "days", "token_days")
    return int(text or 0)


async def destroy(request: web.Request) -> web.Response:
    hub = request.app[HUB]
    await hub.store.write(mark_token_revoked, id_of(request), hub.clock.now())
    raise web.HTTPSeeOther("/settings/tokens")
