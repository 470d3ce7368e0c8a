"""Campaigns: one message to everybody in an audience who agreed to it."""

from typing import Any

from sqlalchemy import Connection

from hub.campaigns import lifecycle, trying
from hub.campaigns.approved import ask_for_approved
from hub.campaigns.chain import ways_of
from hub.campaigns.check import check_campaign
from hub.campaigns.content import words_of
from hub.campaigns.costs import expect
from hub.campaigns.deciding import choose
from hub.campaigns.foresight import Asked, list_spared
from hub.context import Hub
from hub.errors import InvalidInput, NotFound
from hub.inbound.addresses import normalise
from hub.model import Address
from hub.store import campaigns as store
from hub.store.audit import Deed
from hub.store.audited import audit_about
from hub.store.customers import find_label
from hub.store.recipients import list_recipients
from hub.store.visibility import Visibility, list_seen_customers
from hub.web.api.call import ApiRequest
from hub.web.api.campaigns_asked import (
    CampaignChange,
    CampaignQuery,
    Choice,
    NewCampaign,
    RecipientQuery,
    Schedule,
    SparedQuery,
    Test,
)
from hub.web.api.campaigns_shown import (
    Campaign,
    Check,
    Recipient,
    Report,
    Spared,
    checked,
    listed,
    reported,
    shown,
    spared,
)
from hub.web.api.fields import Answer, Nothing
from hub.web.api.operation import audited_as, operation
from hub.web.api.paging import Page, cut


class Started(Answer):
    """The test is on its way."""

    message_id: str


@operation("GET", "/campaigns", scope="campaigns:read")
async def index(call: ApiRequest, query: CampaignQuery) -> Page[Campaign]:
    """List the campaigns, newest first."""
    return await call.hub.store.read(_page, query, call.seen)


@audited_as(Deed.CAMPAIGN_ADDED)
@operation("POST", "/campaigns", scope="campaigns:write", status=201, errors=(404,))
async def create(call: ApiRequest, body: NewCampaign) -> Campaign:
    """Add a campaign as a draft."""
    audit_about(body.name)
    return await call.write(_add, body, call.seen, call.now)


@operation("GET", "/campaigns/{id}", scope="campaigns:read")
async def show(call: ApiRequest, id: str) -> Campaign:
    """Get a campaign."""
    return await call.hub.store.read(lambda conn: shown(conn, store.get_campaign(conn, id), call.seen))


@audited_as(Deed.CAMPAIGN_CHANGED)
@operation("PATCH", "/campaigns/{id}", scope="campaigns:write", errors=(409,))
async def update(call: ApiRequest, id: str, body: CampaignChange) -> Campaign:
    """Change a draft."""
    return await call.write(_change, id, body, call.seen, call.now)


@audited_as(Deed.CAMPAIGN_REMOVED)
@operation("DELETE", "/campaigns/{id}", scope="campaigns:write", errors=(409,))
async def destroy(call: ApiRequest, id: str) -> None:
    """Delete a draft."""
    await call.write(store.forget_campaign, id)


@operation("POST", "/campaigns/{id}/check", scope="campaigns:read")
async def check(call: ApiRequest, id: str) -> Check:
    """Say what keeps it from being sent, whom it would reach, and what is worth a look."""
    campaign = await call.hub.store.read(store.get_campaign, id)
    hub = call.hub
    way_out = hub.outbox_for(call.seen)
    await ask_for_approved(ways_of(hub.channels, campaign))
    found = await hub.store.read(check_campaign, words_of(hub), way_out, campaign, call.now, exact=True)
    return checked(found, expect(hub.channels, campaign, found.reach))


@audited_as(Deed.CAMPAIGN_TESTED)
@operation("POST", "/campaigns/{id}/test", scope="campaigns:write", status=201, errors=(409,))
async def test(call: ApiRequest, id: str, body: Test) -> Started:
    """Send it to one address, for a look."""
    await ask_for_approved(ways_of(call.hub.channels, await call.hub.store.read(store.get_campaign, id)))
    return await call.write(_test, call, id, body)


@audited_as(Deed.CAMPAIGN_STARTED)
@operation("POST", "/campaigns/{id}/schedule", scope="campaigns:write", errors=(409,))
async def schedule(call: ApiRequest, id: str, body: Schedule) -> Campaign:
    """Freeze the words and send it, now or then; 409 says what is missing, what has to be wanted
    `anyway`, or that `at` is past."""
    hub = call.hub
    await ask_for_approved(ways_of(hub.channels, await hub.store.read(store.get_campaign, id)))
    prepared = await hub.store.read(lifecycle.prepare, words_of(hub), hub.outbox_deps, id, call.now, anyway=body.anyway)
    return await call.write(_schedule, prepared, body, call.seen, call.now)


@audited_as(Deed.CAMPAIGN_CHANGED)
@operation("POST", "/campaigns/{id}/draft", scope="campaigns:write", errors=(409,))
async def draft(call: ApiRequest, id: str, body: Nothing) -> Campaign:
    """Put a scheduled campaign back to draft; 409 once it has begun."""
    return await call.write(lambda conn: shown(conn, lifecycle.put_back(conn, id, call.now), call.seen))


@audited_as(Deed.CAMPAIGN_ADDED)
@operation("POST", "/campaigns/{id}/copy", scope="campaigns:write", status=201)
async def copy(call: ApiRequest, id: str, body: Nothing) -> Campaign:
    """Add a draft that says the same to the same audience."""
    return await call.write(lambda conn: shown(conn, lifecycle.copy(conn, id, call.now), call.seen))


@audited_as(Deed.CAMPAIGN_PAUSED)
@operation("POST", "/campaigns/{id}/pause", scope="campaigns:write", errors=(409,))
async def pause(call: ApiRequest, id: str, body: Nothing) -> Campaign:
    """Send nothing more until it is resumed."""
    return await call.write(lambda conn: shown(conn, lifecycle.pause(conn, id, call.now), call.seen))


@audited_as(Deed.CAMPAIGN_RESUMED)
@operation("POST", "/campaigns/{id}/resume", scope="campaigns:write", errors=(409,))
async def resume(call: ApiRequest, id: str, body: Nothing) -> Campaign:
    """Go on where it was paused."""
    return await call.write(lambda conn: shown(conn, lifecycle.resume(conn, id, call.now), call.seen))


@audited_as(Deed.CAMPAIGN_STOPPED)
@operation("POST", "/campaigns/{id}/stop", scope="campaigns:write", errors=(409,))
async def stop(call: ApiRequest, id: str, body: Nothing) -> Campaign:
    """End it for good; what waits is cancelled."""
    return await call.write(lambda conn: shown(conn, lifecycle.stop(conn, id, call.now), call.seen))


@audited_as(Deed.CAMPAIGN_CHANGED)
@operation("POST", "/campaigns/{id}/winner", scope="campaigns:write", errors=(409,))
async def choose_winner(call: ApiRequest, id: str, body: Choice) -> Campaign:
    """Say which variant all others get; 409 unless one is tried just now."""
    return await call.write(lambda conn: shown(conn, choose(conn, id, body.variant, call.now), call.seen))


@operation("GET", "/campaigns/{id}/report", scope="campaigns:read")
async def report(call: ApiRequest, id: str) -> Report:
    """Count what became of it; every recipient stands in one of the states."""
    return await call.hub.store.read(reported, id)


@operation("GET", "/campaigns/{id}/recipients", scope="campaigns:read")
async def recipients(call: ApiRequest, id: str, query: RecipientQuery) -> Page[Recipient]:
    """List who gets it, with what became of each, or only those who stand so."""
    await call.hub.store.read(store.get_campaign, id)
    asked = (id, query.after, query.size + 1)
    rows = await call.hub.store.read(list_recipients, *asked, fated=query.fated(id), who=call.seen)
    page, after = cut(rows, query.size, lambda recipient: recipient.customer_id)
    return Page(items=[listed(recipient) for recipient in page], next=after)


@operation("GET", "/campaigns/{id}/left-out", scope="campaigns:read", errors=(409,))
async def left_out(call: ApiRequest, id: str, query: SparedQuery) -> Page[Spared]:
    """List who of the audience would get nothing as things stand, and why; 409 before anything is written."""
    hub = call.hub
    campaign = await hub.store.read(store.get_campaign, id)
    asked = Asked(query.reason, query.after, query.size)
    found = await hub.store.read(list_spared, words_of(hub), hub.outbox_for(call.seen), campaign, asked, call.now)
    return Page(items=[spared(row) for row in found.rows], next=found.next)


def _page(conn: Connection, query: CampaignQuery, who: Visibility) -> Page[Campaign]:
    rows = store.list_campaigns(conn, query.after, query.size + 1, [query.state] if query.state else [])
    page, after = cut(rows, query.size, lambda campaign: campaign.id)
    return Page(items=[shown(conn, campaign, who) for campaign in page], next=after)


def _add(conn: Connection, body: NewCampaign, who: Visibility, now: int) -> Campaign:
    return shown(conn, store.add_campaign(conn, _columns(conn, body, who, now), now), who)


def _change(conn: Connection, id: str, body: CampaignChange, who: Visibility, now: int) -> Campaign:
    changes = _columns(conn, body, who, now)
    if unseen := _list_unseen(conn, store.get_campaign(conn, id), who) if body.audience else ():
        changes["audience"]["customer_ids"] = [*changes["audience"].get("customer_ids", ()), *unseen]
    return shown(conn, store.mark_campaign(conn, id, now, lifecycle.EDITABLE, **changes), who)


def _list_unseen(conn: Connection, campaign: store.Campaign, who: Visibility) -> list[str]:
    """Of the customers it names; nobody takes out whom the token does not see, which could widen whom it reaches."""
    named = campaign.audience.get("customer_ids") or ()
    seen = list_seen_customers(conn, who, named)
    return [id for id in named if id not in seen]


def _columns(conn: Connection, body: NewCampaign | CampaignChange, who: Visibility, now: int) -> dict[str, Any]:
    columns: dict[str, Any] = body.model_dump(
        exclude={"template", "audience", "test", "fallback"}, exclude_none=True, by_alias=False
    )
    if isinstance(body.template, str):
        columns |= {"template_id": body.template or None, "template": {}}
    elif body.template is not None:
        columns |= {"template_id": None, "template": body.template.model_dump(exclude_defaults=True)}
    if body.test is not None:
        columns["test"] = body.test.model_dump(mode="json") if body.test.variants else {}
    if body.fallback is not None:
        columns["fallback"] = body.fallback.model_dump(mode="json") if body.fallback.channels else {}
    if body.audience is not None:
        columns["audience"] = body.audience.model_dump(mode="json", exclude_defaults=True)
        named = set(body.audience.customer_ids or ())
        if named - list_seen_customers(conn, who, named):
            raise NotFound("there is no such customer")
        for name in body.audience.labels:
            find_label(conn, name, now)
    return columns


def _schedule(conn: Connection, prepared: lifecycle.Prepared, body: Schedule, who: Visibility, now: int) -> Campaign:
    at: Any = body.at
    return shown(conn, lifecycle.schedule(conn, prepared, at, now, local=body.local), who)


def _test(conn: Connection, call: ApiRequest, id: str, body: Test) -> Started:
    hub = call.hub
    campaign = store.get_campaign(conn, id)
    to = _address(hub, body.to, campaign)
    queued = trying.send_test(conn, words_of(hub), hub.outbox_for(call.seen), campaign, to, body.customer_id, call.now)
    return Started(message_id=queued.message_id)


def _address(hub: Hub, to: str, campaign: store.Campaign) -> Address:
    """Of the first kind that the campaign reaches and that is written like this. Raises InvalidInput."""
    country = hub.settings.company.country
    kinds = dict.fromkeys(channel.address_kind for channel in ways_of(hub.channels, campaign))
    fitting = [kind for kind in kinds if (kind == "email") == ("@" in to)]
    for kind in fitting:
        try:
            return normalise(kind, to, country)
        except InvalidInput:
            if kind == fitting[-1]:
                raise
    return normalise("email" if "@" in to else "sms", to, country)


OPERATIONS = (
    *(index, create, show, update, destroy, check, test),
    *(schedule, draft, copy, pause, resume, stop, choose_winner, report, recipients, left_out),
)
