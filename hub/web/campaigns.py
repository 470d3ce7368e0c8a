"""Campaigns: the list with its progress, the editor with a real customer beside it, the sheet before it goes, the
report."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from aiohttp import web
from sqlalchemy import Connection

from hub.campaigns import lifecycle, trying
from hub.campaigns.approved import ask_for_approved
from hub.campaigns.chain import ways_of
from hub.campaigns.content import words_of
from hub.campaigns.costs import expect
from hub.campaigns.deciding import choose
from hub.campaigns.report import Report, get_reports
from hub.campaigns.subjects import read_subjects
from hub.campaigns.variants import letters_of
from hub.errors import Conflict, HubError, InvalidInput
from hub.ids import is_id
from hub.kinds import is_word
from hub.model import Address
from hub.store.audit import Deed
from hub.store.audited import audit_about
from hub.store.campaigns import (
    Campaign,
    count_campaigns,
    forget_campaign,
    get_campaign,
    list_campaigns,
)
from hub.templating.parts import MAIL, files_of_words, spread
from hub.web.approved_forms import list_offers, say_approved
from hub.web.audit import auditing
from hub.web.campaign_forms import (
    keep_named,
    load_options,
    parts_to_show,
    read_campaign,
    spot_of,
    step_on,
    words_to_write,
)
from hub.web.campaign_people import follow, show_report
from hub.web.campaign_versions import save_draft, shown_fields
from hub.web.forms import read_fields, read_local
from hub.web.keys import AGENT, HUB, VISIBILITY
from hub.web.pages import render, speaker
from hub.web.quotes import writing_of
from hub.web.refusals import say_refusal
from hub.web.versions import NAME as VERSIONS
from hub.web.versions import versions
from hub.web.warm_ups import foresee_warming

PAGE = 25
VIEWS = {
    "draft": ("draft",),
    "scheduled": ("scheduled",),
    "sending": ("sending", "paused"),
    "sent": ("sent", "stopped"),
}
ACTS = {
    "pause": (lifecycle.pause, Deed.CAMPAIGN_PAUSED),
    "resume": (lifecycle.resume, Deed.CAMPAIGN_RESUMED),
    "stop": (lifecycle.stop, Deed.CAMPAIGN_STOPPED),
    "draft": (lifecycle.put_back, Deed.CAMPAIGN_CHANGED),
    "publish": (lifecycle.publish, Deed.CAMPAIGN_CHANGED),
    "withdraw": (lifecycle.withdraw, Deed.CAMPAIGN_CHANGED),
    "copy": (lifecycle.copy, Deed.CAMPAIGN_ADDED),
}


async def index(request: web.Request) -> web.Response:
    """?view=: only those in one of its states."""
    after, view = request.query.get("after", ""), request.query.get("view", "")
    view = view if view in VIEWS else ""
    asked = (after if is_id(after) else None, VIEWS.get(view, ()))
    reports, counts = await request.app[HUB].store.read(_list, *asked)
    more = reports[PAGE - 1].campaign.id if len(reports) > PAGE else ""
    return render(request, "campaigns/index.html", reports=reports[:PAGE], next=more, view=view, counts=counts)


def _list(conn: Connection, after: str | None, states: Sequence[str]) -> tuple[list[Report], dict[str, int]]:
    """With how many there are in each view."""
    counts = count_campaigns(conn)
    views = {view: sum(counts.get(state, 0) for state in VIEWS[view]) for view in VIEWS}
    return get_reports(conn, list_campaigns(conn, after, PAGE + 1, states)), views


async def create(request: web.Request) -> web.Response:
    hub = request.app[HUB]
    [name] = await read_fields(request, "name")
    name = " ".join(name.split())[:200]
    audit_about(name)
    made = await hub.store.write(lifecycle.begin, name, {}, hub.clock.now())
    raise web.HTTPSeeOther(f"/campaigns/{made.id}")


async def show(request: web.Request) -> web.Response:
    campaign = await request.app[HUB].store.read(get_campaign, _id(request))
    return await (_editor(request, campaign) if campaign.state == "draft" else show_report(request, campaign))


async def _editor(request: web.Request, campaign: Campaign, *, status: int = 200, **said: str) -> web.Response:
    hub = request.app[HUB]
    await ask_for_approved(hub.channels.values())  # the form may choose another channel
    options = await hub.store.read(
        load_options, words_of(hub), hub.outbox_for(request[VISIBILITY]), campaign, hub.clock.now()
    )
    asked = [request.query.get(word, usual) for word, usual in (("as", ""), ("kind", ""), ("variant", ""))]
    shown = await _preview(request, campaign, *asked)
    channels = [channel for channel in hub.channels.values() if channel.capabilities.campaigns]

    def leaving(wanted: str) -> str:
        """The name of the channel that is meant."""
        found = hub.channels.find(wanted)
        return found.name if found else wanted

    return render(
        request,
        "campaigns/edit.html",
        status=status,
        campaign=campaign,
        options=options,
        channels=channels,
        leaves_from=leaving(campaign.channel),
        leaving=leaving,
        words=words_to_write(hub.channels, campaign),
        versions=versions(shown_fields(campaign, words_to_write(hub.channels, campaign))),
        spot=partial(spot_of, campaign, ""),
        filled=spread(campaign.template),
        approved_offers=partial(list_offers, hub.channels),
        parts=parts_to_show(hub.channels, files_of_words(campaign.template)),
        problem=said.get("problem", ""),
        done=said.get("done", ""),
        archived=hub.settings.advertising.archive,
        **shown,
    )


STEPS = {"next": 1, "back": -1}


async def update(request: web.Request) -> web.Response:
    """Saves the draft; with one of the other buttons it also shows the preview, sends a test or opens the sheet."""
    hub = request.app[HUB]
    before = await hub.store.read(get_campaign, _id(request))
    columns = await read_campaign(request, words_to_write(hub.channels, before))
    action, customer, kind, variant = await read_fields(request, "action", "as", "kind", "variant")
    [was] = await read_fields(request, VERSIONS)
    known = words_to_write(hub.channels, before)
    campaign = await hub.store.write(save_draft, _id(request), columns, was, known, hub.clock.now())
    here = f"/campaigns/{campaign.id}"
    if action == "test":
        return await _send_test(request, campaign, customer)
    if action == "send":
        raise web.HTTPSeeOther(f"{here}/send")
    if action in STEPS:
        about = (customer, STEPS[action], request[VISIBILITY], hub.clock.now())
        customer = await hub.store.read(step_on, campaign, *about)
    asked = {
        "as": customer if is_id(customer) else "",
        "kind": kind if is_word(kind) and campaign.channel == before.channel else "",
        "variant": variant if variant in tuple(letters_of(campaign)) else "",
    }
    raise web.HTTPSeeOther(f"{here}?{urlencode(asked)}")


async def _send_test(request: web.Request, campaign: Campaign, customer: str) -> web.Response:
    hub, to = request.app[HUB], Address("email", request[AGENT].email)
    wanted = customer if is_id(customer) else None
    asked = (words_of(hub), hub.outbox_for(request[VISIBILITY]), campaign, to, wanted, hub.clock.now())
    try:
        with auditing(request, Deed.CAMPAIGN_TESTED, campaign.id):
            await hub.store.write(trying.send_test, *asked)
    except (Conflict, InvalidInput) as refused:
        return await _editor(request, campaign, status=409, problem=say_refusal(request, refused))
    hub.live.wake()
    say = speaker(request).gettext("A test is on its way to %(address)s.") % {"address": to.handle}
    return await _editor(request, campaign, done=say)


async def preview(request: web.Request) -> web.Response:
    """The form as it stands, not saved, as one customer would get it."""
    hub = request.app[HUB]
    campaign = await hub.store.read(get_campaign, _id(request))
    columns = await read_campaign(request, words_to_write(hub.channels, campaign))
    asked = await read_fields(request, "as", "kind", "variant")
    shown = await _preview(request, replace(campaign, **keep_named(campaign, columns)), *asked)
    return render(request, "campaigns/_preview.html", **shown)


async def _preview(request: web.Request, campaign: Campaign, customer: str, kind: str, variant: str) -> dict[str, Any]:
    hub = request.app[HUB]
    leaving = hub.channels.find(campaign.channel)
    kind = kind if is_word(kind) else leaving.address_kind if leaving else MAIL
    wanted = customer if is_id(customer) else None
    variant = variant if variant in tuple(letters_of(campaign)) else ""
    values: dict[str, Any] = {"shown": None, "problems": (), "kind": kind, "customer": customer, "variant": variant}
    values["say_approved"] = partial(say_approved, hub.channels)
    try:
        asked = (words_of(hub), campaign, kind, wanted, hub.clock.now(), request[VISIBILITY], variant)
        return {**values, "shown": await hub.store.read(lifecycle.preview, *asked)}
    except InvalidInput as broken:
        return {**values, "problems": getattr(broken, "problems", ())}
    except HubError:  # nothing written yet
        return values


async def show_send(request: web.Request) -> web.Response:
    """The one sheet before it goes: who, what, when."""
    hub = request.app[HUB]
    campaign = await hub.store.read(get_campaign, _id(request))
    return await _sheet(request, campaign)


async def _sheet(request: web.Request, campaign: Campaign, *, status: int = 200, **said: str) -> web.Response:
    """problem: why it was not started; wrong: what is wrong with the time asked for, at."""
    hub = request.app[HUB]
    await ask_for_approved(ways_of(hub.channels, campaign))
    asked = (words_of(hub), hub.outbox_for(request[VISIBILITY]), campaign, hub.clock.now())
    options = await hub.store.read(load_options, *asked, exact=True)
    person = options.check.examples[0] if options.check.examples else None
    told = (words_of(hub), campaign, person, hub.clock.now())
    subjects = await hub.store.read(read_subjects, *told) if options.check.ok else {}
    values = {"campaign": campaign, "options": options, "subjects": subjects, "problem": "", "wrong": "", "at": ""}
    values["spot"] = partial(spot_of, campaign, f"/campaigns/{campaign.id}")
    values["warming"] = await foresee_warming(request, campaign, options.check.reach)
    values["ways"] = expect(hub.channels, campaign, options.check.reach)
    values["money"] = writing_of(request, hub.settings.company.currency).money
    return render(request, "campaigns/send.html", status=status, **(values | said))


async def send(request: web.Request) -> web.Response:
    hub, id = request.app[HUB], _id(request)
    when, at, anyway, local = await read_fields(request, "when", "at", "anyway", "local")
    now = hub.clock.now()
    try:
        instant = _read_time(at, speaker(request).zone, now) if when == "at" else None
        asked = (words_of(hub), hub.outbox_deps, id, now)
        await ask_for_approved(ways_of(hub.channels, await hub.store.read(get_campaign, id)))
        prepared = await hub.store.read(lifecycle.prepare, *asked, anyway=anyway == "yes")
        at_home = instant is not None and local == "yes"
        await hub.store.write(lifecycle.schedule, prepared, instant, now, local=at_home)
    except (Conflict, InvalidInput) as refused:
        field = "wrong" if isinstance(refused, InvalidInput) and refused.field == "at" else "problem"
        said = {field: say_refusal(request, refused), "at": at if when == "at" else ""}
        return await _sheet(request, await hub.store.read(get_campaign, id), status=409, **said)
    hub.live.wake()
    raise web.HTTPSeeOther(f"/campaigns/{id}")


def _read_time(at: str, zone: ZoneInfo, now: int) -> int:
    instant = read_local(at, zone)
    lifecycle.check_time(instant, now)
    return instant


async def change(request: web.Request) -> web.Response:
    """Pause, resume, stop, back to draft, into the archive or out of it, copy, delete, a new one to some recipients, or
    a variant for all others; leads to what came of it."""
    hub, id = request.app[HUB], _id(request)
    action, variant = await read_fields(request, "action", "variant")
    if action == "choose":
        audit_about(id, Deed.CAMPAIGN_CHANGED)
        await hub.store.write(choose, id, variant, hub.clock.now())
        hub.live.wake()
        raise web.HTTPSeeOther(f"/campaigns/{id}")
    if action == "delete":
        audit_about(id, Deed.CAMPAIGN_REMOVED)
        await hub.store.write(forget_campaign, id)
        raise web.HTTPSeeOther("/campaigns")
    if action == "follow":
        raise web.HTTPSeeOther(f"/campaigns/{(await follow(request, id)).id}")
    if action not in ACTS:
        raise web.HTTPBadRequest
    act, deed = ACTS[action]
    audit_about(id, deed)
    changed = await hub.store.write(act, id, hub.clock.now())
    hub.live.wake()
    raise web.HTTPSeeOther(f"/campaigns/{changed.id}")


def _id(request: web.Request) -> str:
    if not is_id(request.match_info["id"]):
        raise web.HTTPNotFound
    return request.match_info["id"]
