"""Campaigns as they run: how far each has come, what became of it, and how to halt it. They are made by the API."""

from collections.abc import Callable

from aiohttp import web
from sqlalchemy import Connection

from hub.campaigns.lifecycle import pause, resume, stop
from hub.campaigns.report import Report, get_report
from hub.ids import is_id
from hub.store.campaigns import Campaign, list_campaigns
from hub.web.forms import read_fields
from hub.web.keys import HUB
from hub.web.pages import render

PAGE = 25
ACTS: dict[str, Callable[[Connection, str, int], Campaign]] = {"pause": pause, "resume": resume, "stop": stop}


async def index(request: web.Request) -> web.Response:
    after = request.query.get("after", "")
    found = await request.app[HUB].store.read(_list, after if is_id(after) else None)
    following = found[PAGE - 1].campaign.id if len(found) > PAGE else ""
    return render(request, "campaigns/index.html", reports=found[:PAGE], next=following)


def _list(conn: Connection, after: str | None) -> list[Report]:
    return [get_report(conn, campaign.id) for campaign in list_campaigns(conn, after, PAGE + 1)]


async def update(request: web.Request) -> web.Response:
    """Pause, go on, or stop for good."""
    hub, id = request.app[HUB], request.match_info["id"]
    [act] = await read_fields(request, "act")
    if act not in ACTS or not is_id(id):
        raise web.HTTPNotFound
    await hub.store.write(_act, act, id, hub.clock.now())
    hub.live.wake()
    raise web.HTTPSeeOther("/campaigns")


def _act(conn: Connection, act: str, id: str, at: int) -> None:
    ACTS[act](conn, id, at)
