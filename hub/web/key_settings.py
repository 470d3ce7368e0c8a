"""The page on which an agent changes keys, or turns single ones off."""

from aiohttp import web
from sqlalchemy import Connection

from hub.errors import InvalidInput
from hub.store.agents import mark_agent
from hub.web.forms import read_fields
from hub.web.keys import AGENT, HUB
from hub.web.mending import told
from hub.web.pages import render, speaker
from hub.web.shortcuts import DEFAULTS, OFF, keys_of, sheet, write_keys


async def show(request: web.Request) -> web.Response:
    changes = request[AGENT].keys
    kept = " ".join(word for word in changes.split(" ") if word != OFF)
    return _page(request, keys_of(kept), off=OFF in changes.split(" "), saved="saved" in request.query)


async def update(request: web.Request) -> web.Response:
    hub, agent = request.app[HUB], request[AGENT]
    off, default, *given = await read_fields(request, "off", "default", *DEFAULTS)
    wanted = dict(zip(DEFAULTS, given, strict=True))
    try:
        changes = "" if default else write_keys(wanted, off=bool(off))
    except InvalidInput as wrong:
        return _page(request, wanted, off=bool(off), **told(request, wrong))
    await hub.store.write(_update, agent.id, changes)
    raise web.HTTPSeeOther("/settings/keys?saved=1")


def _update(conn: Connection, agent_id: str, changes: str) -> None:
    mark_agent(conn, agent_id, keys=changes)


def _page(
    request: web.Request, mine: dict[str, str], *, off: bool, problem: str = "", field: str = "", saved: bool = False
) -> web.Response:
    groups = sheet(speaker(request).gettext)
    shown = {place: [one for one in keys if not one.fixed] for place, keys in groups.items()}
    values = {"groups": {place: keys for place, keys in shown.items() if keys}, "mine": mine, "off": off}
    values |= {"problem": problem, "field": field, "saved": saved}
    return render(request, "keys.html", status=422 if problem else 200, **values)
