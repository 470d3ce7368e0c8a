"""How every channel is, on one page, and a test of each; only who manages the hub sees it."""

from collections.abc import Sequence

from aiohttp import web

from hub.web.channel_standing import standings
from hub.web.channel_steps import Tried, try_steps
from hub.web.keys import HUB
from hub.web.pages import render


async def index(request: web.Request) -> web.Response:
    return await _page(request)


async def test(request: web.Request) -> web.Response:
    """Ask the channel whether it could work."""
    channels, name = request.app[HUB].channels, request.match_info["name"]
    if name not in channels:
        raise web.HTTPNotFound
    return await _page(request, name, await try_steps(channels[name]))


async def _page(request: web.Request, tested: str = "", steps: Sequence[Tried] = ()) -> web.Response:
    hub = request.app[HUB]
    found = await standings(hub)
    return render(
        request,
        "channels.html",
        standings=found,
        failing=[one for one in found if one.failing],
        resting=hub.channels.resting,
        tested=tested,
        steps=steps,
        added_here=hub.channels.added,
        added=request.query.get("added", "") if request.query.get("added") in hub.channels else "",
        changed=request.query.get("changed", "") if request.query.get("changed") in hub.channels else "",
        removed=request.query.get("removed", "")[:63],
    )
