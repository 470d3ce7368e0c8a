"""Plans by which a new sending address gets known, channel by channel; and what they do to a campaign."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from aiohttp import web

from hub.campaigns.audience import channels_for
from hub.campaigns.chain import ways_of
from hub.campaigns.warming import Warming, find_rooms, foresee
from hub.errors import InvalidInput
from hub.store.audience import Reach
from hub.store.audited import audit_about
from hub.store.campaigns import Campaign
from hub.store.warm_ups import WarmUp, load_warm_ups, mark_warm_up
from hub.web.forms import read_fields
from hub.web.keys import HUB
from hub.web.pages import render
from hub.web.refusals import say_refusal

PAGE = "/campaigns/warm-up"
USUAL = WarmUp(first=50, growth=50, until=5_000, started="")
MOST = {  # field -> the largest number it takes, and the code of its refusal
    "first": (1_000_000, "warm_up_first"),
    "growth": (1_000, "warm_up_growth"),
    "until": (10_000_000, "warm_up_until"),
}


async def index(request: web.Request) -> web.Response:
    return await _page(request)


async def update(request: web.Request) -> web.Response:
    """Begin, change or end the plan of one channel. A plan that runs goes on from its first day."""
    hub = request.app[HUB]
    channel, action, *numbers = await read_fields(request, "channel", "action", *MOST)
    if channel not in _names(request):
        raise web.HTTPNotFound
    typed = dict(zip(MOST, numbers, strict=True))
    running = (await hub.store.read(load_warm_ups)).get(channel)
    try:
        plan = None if action == "end" else _read(typed, running or replace(USUAL, started=_today(request)))
    except InvalidInput as wrong:
        wrongs = {wrong.field: say_refusal(request, wrong)}
        return await _page(request, channel, typed, wrongs, status=422)
    audit_about(channel)
    await hub.store.write(mark_warm_up, channel, plan)
    hub.live.wake()
    raise web.HTTPSeeOther(f"{PAGE}?saved={channel}")


def _read(typed: Mapping[str, str], plan: WarmUp) -> WarmUp:
    """Raises InvalidInput."""
    numbers: dict[str, int] = {}
    for name, (most, code) in MOST.items():
        text = typed[name].strip()
        if not (text.isascii() and text.isdecimal() and len(text) < 9 and 0 < int(text) <= most):
            raise InvalidInput(f"{name}: give a whole number from 1 to {most}", name, code)
        numbers[name] = int(text)
    return WarmUp(**numbers, started=plan.started)


async def _page(
    request: web.Request,
    channel: str = "",
    typed: Mapping[str, str] | None = None,
    wrong: Mapping[str, str] | None = None,
    status: int = 200,
) -> web.Response:
    hub = request.app[HUB]
    names, now = _names(request), hub.clock.now()
    plans = await hub.store.read(load_warm_ups)
    rooms = await hub.store.read(find_rooms, names, now, hub.zone)
    today = datetime.fromtimestamp(now / 1000, hub.zone).date()
    values: dict[str, Any] = {"names": names, "plans": plans, "rooms": rooms, "usual": USUAL, "today": today}
    values |= {"asked": channel, "typed": typed or {}, "wrong": wrong or {}, "saved": request.query.get("saved", "")}
    return render(request, "campaigns/warm_up.html", status=status, **values)


def _names(request: web.Request) -> Sequence[str]:
    channels = request.app[HUB].channels
    return [one.name for one in channels.ordered() if channels_for(channels, one.name)]


def _today(request: web.Request) -> str:
    hub = request.app[HUB]
    return datetime.fromtimestamp(hub.clock.now() / 1000, hub.zone).date().isoformat()


async def foresee_warming(request: web.Request, campaign: Campaign, reach: Reach) -> Sequence[Warming]:
    """What the plans of its channels make of a campaign that would begin now, or that goes on."""
    hub = request.app[HUB]
    ways = [way.name for way in ways_of(hub.channels, campaign)]
    customers = {name: reach.ways.get(name, 0) for name in ways} if reach.ways else dict.fromkeys(ways[:1], 0)
    if len(ways) == 1:
        customers = {ways[0]: reach.reachable}
    now = hub.clock.now()
    return await hub.store.read(foresee, customers, campaign.scheduled_at or now, now, hub.zone)
