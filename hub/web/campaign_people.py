"""Whom a campaign reaches and whom it does not: one by one, before it goes and in its report."""

from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from hub.campaigns import lifecycle
from hub.campaigns.content import words_of
from hub.campaigns.foresight import Asked, SparedPage, list_spared
from hub.campaigns.report import count_fates, get_report
from hub.errors import HubError
from hub.ids import is_id
from hub.store.audience import Audience, count_audience
from hub.store.audit import Deed
from hub.store.audited import audit_about
from hub.store.campaigns import Campaign, get_campaign, list_links
from hub.store.fates import Fated
from hub.store.recipients import list_recipients
from hub.store.visibility import Visibility
from hub.web.campaign_forms import line, read_fated
from hub.web.forms import read_fields
from hub.web.keys import HUB, VISIBILITY
from hub.web.pages import render
from hub.web.refusals import say_refusal

PAGE = 25


async def show_report(request: web.Request, campaign: Campaign) -> web.Response:
    """?fate=…&reason=…: only the recipients who stand so."""
    fated = read_fated(campaign.id, request.query.get("fate", ""), request.query.get("reason", ""))
    asked = (campaign, fated, _after(request), request[VISIBILITY], request.app[HUB].clock.now())
    values = await request.app[HUB].store.read(_load_report, *asked)
    return render(request, "campaigns/report.html", campaign=campaign, fated=fated, **values)


def _load_report(
    conn: Connection, campaign: Campaign, fated: Fated | None, after: str | None, who: Visibility, now: int
) -> dict[str, Any]:
    rows = list_recipients(conn, campaign.id, after, PAGE + 1, fated=fated, who=who)
    report = get_report(conn, campaign.id)
    return {
        "report": report,
        "counts": count_fates(conn, report),
        "links": list_links(conn, campaign.id),
        "rows": rows[:PAGE],
        "next": rows[PAGE - 1].customer_id if len(rows) > PAGE else "",
        "after": after,
        "these": count_audience(conn, Audience(fated=fated), now) if fated else 0,
    }


async def show_left_out(request: web.Request) -> web.Response:
    """Of what has not begun; afterwards its report says so."""
    hub = request.app[HUB]
    if not is_id(request.match_info["id"]):
        raise web.HTTPNotFound
    campaign = await hub.store.read(get_campaign, request.match_info["id"])
    if campaign.started_at is not None:
        raise web.HTTPSeeOther(f"/campaigns/{campaign.id}?fate=excluded")
    asked = Asked(request.query.get("reason", "")[:40], _after(request), PAGE)
    page, problem = SparedPage((), None), ""
    try:
        deps = (words_of(hub), hub.outbox_for(request[VISIBILITY]))
        page = await hub.store.read(list_spared, *deps, campaign, asked, hub.clock.now())
    except HubError as unready:
        problem = say_refusal(request, unready)
    return render(request, "campaigns/left_out.html", campaign=campaign, asked=asked, page=page, problem=problem)


async def follow(request: web.Request, id: str) -> Campaign:
    """A new campaign to those whom the form names. Raises HTTPBadRequest."""
    fate, reason, name = await read_fields(request, "fate", "reason", "name")
    fated = read_fated(id, fate, reason)
    if fated is None:
        raise web.HTTPBadRequest
    audit_about(id, Deed.CAMPAIGN_ADDED)
    hub = request.app[HUB]
    return await hub.store.write(lifecycle.follow, fated, line(name), hub.clock.now())


def _after(request: web.Request) -> str | None:
    after = request.query.get("after", "")
    return after if is_id(after) else None
