"""What is done with those who are in a segment: a frozen copy, a campaign, a table of them."""

from collections.abc import AsyncIterator
from dataclasses import replace

from aiohttp import web
from sqlalchemy import Connection

from hub.campaigns.lifecycle import begin
from hub.exchange.streaming import csv_of
from hub.store import segments as store
from hub.store.audience import Audience, list_members
from hub.store.campaigns import Campaign
from hub.store.condition_tree import read_condition
from hub.store.whole_customers import Whole, list_whole
from hub.web.downloads import TYPES, send_growing
from hub.web.keys import HUB, VISIBILITY
from hub.web.pages import speaker
from hub.web.segments import segment_id

AT_ONCE = 500  # customers of an export that stand in memory


async def freeze(request: web.Request) -> web.Response:
    """A copy that keeps whom the segment holds now."""
    hub, say = request.app[HUB], speaker(request)
    day = say.date(f"{say.local(hub.clock.now()):%Y-%m-%d}")
    made = await hub.store.write(_freeze, segment_id(request), day, hub.clock.now())
    raise web.HTTPSeeOther(f"/segments/{made.id}")


def _freeze(conn: Connection, id: str, day: str, at: int) -> store.Segment:
    segment = store.get_segment(conn, id)
    audience = Audience(condition=read_condition(segment.condition))
    return store.add_frozen(conn, f"{segment.name} · {day}", audience, at)


async def campaign(request: web.Request) -> web.Response:
    """A new one that goes to them."""
    hub = request.app[HUB]
    made = await hub.store.write(_campaign, segment_id(request), hub.clock.now())
    raise web.HTTPSeeOther(f"/campaigns/{made.id}")


def _campaign(conn: Connection, id: str, at: int) -> Campaign:
    segment = store.get_segment(conn, id)
    return begin(conn, segment.name, {"segment": segment.id}, at)


async def export(request: web.Request) -> web.StreamResponse:
    """A table of those who may be seen, as an import takes it back."""
    hub, id = request.app[HUB], segment_id(request)
    segment = await hub.store.read(store.get_segment, id)
    audience = Audience(condition=read_condition(segment.condition))
    now = hub.clock.now()

    async def people() -> AsyncIterator[Whole]:
        after = ""
        while page := await hub.store.read(_page, replace(audience, who=request[VISIBILITY]), now, after):
            for whole in page:
                yield whole
            after = page[-1].customer.id

    headers = {"Content-Disposition": 'attachment; filename="customers.csv"', "Content-Type": TYPES["csv"]}
    return await send_growing(request, csv_of(people, speaker(request).separator), headers)


def _page(conn: Connection, audience: Audience, now: int, after: str) -> list[Whole]:
    return list_whole(conn, list_members(conn, audience, now, after, AT_ONCE))
