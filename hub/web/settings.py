"""What agents set for themselves: name, phone, language, colours, time zone, password."""

from collections.abc import Collection, Mapping

from aiohttp import web
from sqlalchemy import Connection

from hub.accounts import change_agent, knows_password, new_password
from hub.clock import named_zones, time_zones
from hub.context import Hub
from hub.errors import InvalidInput
from hub.factors.codes import factors_of
from hub.inbound.addresses import normalise
from hub.languages import LANGUAGES
from hub.platform.limiter import Limit
from hub.sessions import sessions_of
from hub.store.agents import Agent, mark_agent
from hub.store.devices import list_devices
from hub.telephony import PhoneChannel, is_seat, seat_of
from hub.web.forms import read_fields, read_form
from hub.web.keys import AGENT, HUB, SESSION
from hub.web.letterhead import MAX_SIGNATURE
from hub.web.login import enter
from hub.web.mending import told
from hub.web.pages import THEMES, render, speaker
from hub.web.sessions import browser_of
from hub.web.tries import PAIR, TooManyTries, count, give_back, in_words, waiting


async def show(request: web.Request) -> web.Response:
    return await _page(request)


async def _page(
    request: web.Request, mine: Mapping[str, str] | None = None, problem: str = "", field: str = ""
) -> web.Response:
    """mine: what was typed and refused, to be mended."""
    hub = request.app[HUB]
    sessions = await sessions_of(hub, request[AGENT])
    return render(
        request,
        "settings.html",
        status=422 if problem else 200,
        problem=problem,
        field=field,
        mine=mine or _kept(request[AGENT]),
        saved=request.query.get("saved", ""),
        sessions=[(one, browser_of(one.user_agent), one.token_hash == request[SESSION]) for one in sessions],
        devices=await hub.store.read(list_devices, request[AGENT].id),
        zones=named_zones(),
        seats=is_seat(request[AGENT].phone) or _has_seats(hub, request[AGENT].id),
        second=(await factors_of(hub, request[AGENT].id)).any,
    )


def _kept(agent: Agent) -> dict[str, str]:
    """What the form about oneself shows."""
    seat = is_seat(agent.phone)
    kept = {name: getattr(agent, name) for name in ("name", "language", "theme", "timezone", "signature")}
    return kept | {"phone": "" if seat else agent.phone, "seat": "1" if seat else ""}


def _has_seats(hub: Hub, agent_id: str) -> bool:
    return any(isinstance(one, PhoneChannel) and one.seat_token(agent_id) for one in hub.channels.values())


async def update(request: web.Request) -> web.Response:
    hub, agent = request.app[HUB], request[AGENT]
    names = ("name", "phone", "seat", "language", "theme", "timezone", "signature")
    typed = dict(zip(names, await read_fields(request, *names), strict=True))
    try:
        values = {
            "name": " ".join(typed["name"].split())[:100] or agent.name,
            "phone": seat_of(agent.id) if typed["seat"] else _number(typed["phone"], hub.settings.company.country),
            "language": _one_of(typed["language"], ("", *LANGUAGES), "language"),
            "theme": _one_of(typed["theme"], THEMES, "theme"),
            "signature": typed["signature"].strip()[:MAX_SIGNATURE],
            "timezone": _one_of(typed["timezone"], {"", *time_zones()}, "timezone"),
        }
    except InvalidInput as wrong:
        return await _page(request, typed, **told(request, wrong))
    await hub.store.write(_update, agent.id, values)
    raise web.HTTPSeeOther("/settings?saved=profile")


def _number(phone: str, country: str) -> str:
    return normalise("voice", phone, country).handle if phone.strip() else ""


def _update(conn: Connection, agent_id: str, values: Mapping[str, str]) -> None:
    mark_agent(conn, agent_id, **values)


def _one_of(value: str, allowed: Collection[str], field: str) -> str:
    if value not in allowed:
        raise InvalidInput(f"{value[:40]!r} is not offered", field)
    return value


async def update_password(request: web.Request) -> web.Response:
    """Ends every session; the browser at hand gets a new one."""
    hub, agent = request.app[HUB], request[AGENT]
    form = await read_form(request)
    old, new = str(form.get("old", "")), str(form.get("password", ""))
    limits = [Limit(f"password {agent.id}", PAIR)]
    try:
        await count(request, limits)
    except TooManyTries as many:
        return waiting(many, await _page(request, problem=in_words(request, many)))
    if not await knows_password(hub.store, agent.email, old):
        problem = speaker(request).gettext("The present password is not right.")
        return await _page(request, problem=problem, field="old")
    await give_back(request, limits)
    try:
        password_hash = await new_password(hub, agent, new)
    except InvalidInput as wrong:
        return await _page(request, **told(request, wrong))
    await hub.store.write(_change_password, agent.id, password_hash, hub.clock.now())
    hub.live.wake()
    await enter(request, agent, "/settings?saved=password")


def _change_password(conn: Connection, agent_id: str, password_hash: str, at: int) -> None:
    change_agent(conn, agent_id, at, password_hash=password_hash)
