"""Whom a campaign reaches and whom it does not: one by one, before it goes and in its report."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from hub.campaigns import lifecycle
from hub.campaigns.check import check_campaign
from hub.campaigns.content import RenderDeps, words_of
from hub.campaigns.deciding import find_standings
from hub.campaigns.foresight import Asked, SparedPage, list_spared
from hub.campaigns.report import count_fates, get_report, list_tried
from hub.campaigns.sharing import address_of, is_shared
from hub.campaigns.subjects import read_subjects
from hub.clock import DAY, HOUR, iso
from hub.errors import HubError
from hub.ids import is_id
from hub.reasons import say as say_reason
from hub.store.audience import Audience, Reach, count_audience, find_candidate
from hub.store.audit import Deed
from hub.store.audited import audit_about
from hub.store.campaign_reactions import count_load, count_marks_by, find_last_mark, list_answers
from hub.store.campaign_value import sum_bought
from hub.store.campaigns import Campaign, get_campaign, list_links
from hub.store.costs import sum_campaign
from hub.store.fates import Fated
from hub.store.recipients import Recipient, list_recipients
from hub.store.segment_choices import load_purposes
from hub.store.visibility import Visibility
from hub.web.campaign_forms import keep_named, line, read_campaign, read_fated, spot_of, words_to_write
from hub.web.downloads import send_table
from hub.web.forms import read_fields
from hub.web.keys import HUB, VISIBILITY
from hub.web.locale import Speaker
from hub.web.pages import render, speaker
from hub.web.quotes import money
from hub.web.refusals import say_refusal
from hub.web.warm_ups import foresee_warming

PAGE = 25
TAKEN = 1_000  # read at once for a table
MOST_HOURS, LEAST_BARS, MOST_BARS = 48, 12, 60


async def show_reach(request: web.Request) -> web.Response:
    """Of the editor's form as it stands, not saved: how many get it, and what is missing."""
    hub, now = request.app[HUB], request.app[HUB].clock.now()
    campaign = await hub.store.read(get_campaign, _id(request))
    columns = await read_campaign(request, words_to_write(hub.channels, campaign))
    changed = replace(campaign, **keep_named(campaign, columns))
    asked = (words_of(hub), hub.outbox_for(request[VISIBILITY]), changed, now)
    check, purposes = await hub.store.read(check_campaign, *asked), await hub.store.read(load_purposes)
    values: dict[str, Any] = {"check": check, "purposes": purposes, "spot": partial(spot_of, changed, "")}
    return render(request, "campaigns/_reach.html", live=True, campaign=changed, **values)


async def show_report(request: web.Request, campaign: Campaign) -> web.Response:
    """?fate=…&reason=…: only the recipients who stand so."""
    fated = read_fated(campaign.id, request.query.get("fate", ""), request.query.get("reason", ""))
    asked = (campaign, fated, _after(request), request[VISIBILITY], request.app[HUB].clock.now())
    hub = request.app[HUB]
    values = await hub.store.read(_load_report, *asked)
    if values["standings"]:
        values["subjects"] = await hub.store.read(
            _subjects, words_of(hub), campaign, values["rows"], request[VISIBILITY], hub.clock.now()
        )
    values["money"] = partial(money, request)
    values["bars"] = await hub.store.read(_load_bars, campaign, speaker(request))
    values["warming"] = await foresee_warming(request, campaign, Reach(0, 0))
    values["archived"] = hub.settings.advertising.archive
    values["shared"] = address_of(hub.signer, hub.base_url, campaign) if is_shared(campaign, hub.clock.now()) else ""
    return render(request, "campaigns/report.html", campaign=campaign, fated=fated, **values)


def _load_bars(conn: Connection, campaign: Campaign, say: Speaker) -> dict[str, dict[str, int]]:
    """Title -> moment -> how many clicked or answered then for the first time: by the hour in the first two days, else
    by the day."""
    last = find_last_mark(conn, campaign.id)
    if last is None or campaign.started_at is None:
        return {}
    by_hour = last - campaign.started_at < MOST_HOURS * HOUR
    unit = HOUR if by_hour else DAY
    start = campaign.started_at - campaign.started_at % HOUR
    titles = {"clicked_at": say.gettext("Clicks"), "replied_at": say.gettext("Replies")}
    found = {mark: count_marks_by(conn, campaign.id, mark, start, unit) for mark in titles}
    units = range(min(max((last - start) // unit + 1, LEAST_BARS), MOST_BARS))
    named = [say.when(start + n * unit) if by_hour else say.short(start + n * unit) for n in units]
    return {
        titles[mark]: {name: counts.get(n, 0) for n, name in zip(units, named, strict=True)}
        for mark, counts in found.items()
        if counts
    }


def _subjects(
    conn: Connection, words: RenderDeps, campaign: Campaign, rows: Sequence[Recipient], who: Visibility, now: int
) -> dict[str, str]:
    """As the first of those listed reads them."""
    person = find_candidate(conn, who, rows[0].customer_id, campaign.purpose) if rows else None
    return read_subjects(conn, words, campaign, person, now)


async def download(request: web.Request) -> web.Response:
    """All recipients and those left out, or only who stands so: one line each. That somebody took it stands in the
    audit log."""
    hub, id = request.app[HUB], request.match_info["id"]
    if not is_id(id):
        raise web.HTTPNotFound
    campaign = await hub.store.read(get_campaign, id)
    audit_about(id)
    fated = read_fated(id, request.query.get("fate", ""), request.query.get("reason", ""))
    say = speaker(request)
    _ = say.gettext
    rows: list[list[str]] = []
    for wanted in (fated,) if fated else (None, Fated(id, "excluded")):
        after: str | None = None
        while page := await hub.store.read(list_recipients, id, after, TAKEN, fated=wanted, who=request[VISIBILITY]):
            rows += [_cells(row, _) for row in page]
            after = page[-1].customer_id
    header = [_("Customer"), _("Channel"), _("Address"), _("State"), _("Reason"), _("Variant")]
    header += [_("Clicked"), _("Replied"), _("Unsubscribed"), _("Page")]
    name = f"{campaign.name.replace('/', '-')[:100]}.{request.path.rpartition('.')[2]}"
    return await asyncio.to_thread(send_table, name, header, rows, "Recipients", say.separator)


def _cells(row: Recipient, say: Callable[[str], str]) -> list[str]:
    why = say_reason(row.why, say) if row.delivery_id else row.reason
    marks = [iso(at) if at else "" for at in (row.clicked_at, row.replied_at, row.unsubscribed_at)]
    return [
        row.name,
        row.kind,
        row.handle,
        row.state,
        why,
        row.variant.upper(),
        *marks,
        f"/customers/{row.customer_id}",
    ]


def _load_report(
    conn: Connection, campaign: Campaign, fated: Fated | None, after: str | None, who: Visibility, now: int
) -> dict[str, Any]:
    rows = list_recipients(conn, campaign.id, after, PAGE + 1, fated=fated, who=who)
    report = get_report(conn, campaign.id)
    return {
        "report": report,
        "counts": count_fates(conn, report),
        "links": list_links(conn, campaign.id),
        "standings": find_standings(conn, campaign),
        "tried": list_tried(conn, campaign),
        "rows": rows[:PAGE],
        "next": rows[PAGE - 1].customer_id if len(rows) > PAGE else "",
        "after": after,
        "answers": list_answers(conn, rows[:PAGE]),
        "load": count_load(conn, campaign.id),
        "bought": sum_bought(conn, campaign.id),
        "costs": sum_campaign(conn, campaign.id),
        "these": count_audience(conn, Audience(fated=fated), now) if fated else 0,
    }


async def show_left_out(request: web.Request) -> web.Response:
    """Of what has not begun; afterwards its report says so."""
    hub = request.app[HUB]
    campaign = await hub.store.read(get_campaign, _id(request))
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


def _id(request: web.Request) -> str:
    if not is_id(request.match_info["id"]):
        raise web.HTTPNotFound
    return request.match_info["id"]


def _after(request: web.Request) -> str | None:
    after = request.query.get("after", "")
    return after if is_id(after) else None
