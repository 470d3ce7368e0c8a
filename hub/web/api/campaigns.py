"""Campaigns: one message to everybody in an audience who agreed to it."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema
from sqlalchemy import Connection

from hub.campaigns import lifecycle
from hub.campaigns.audience import channels_for
from hub.campaigns.check import check_campaign
from hub.campaigns.content import words_of
from hub.context import Hub
from hub.errors import InvalidInput
from hub.inbound.addresses import normalise
from hub.model import Address
from hub.store import campaigns as store
from hub.store.audit import Deed
from hub.store.audited import audit_about
from hub.store.customers import find_label
from hub.store.recipients import list_recipients
from hub.web.api.call import ApiRequest
from hub.web.api.campaigns_shown import Campaign, Check, Recipient, Report, checked, listed, reported, shown
from hub.web.api.fields import Answer, Body, Id, Instant, Name, Nothing, OneLine
from hub.web.api.handles import ANY_NUMBER, EMAIL, PHONE, PROMISED
from hub.web.api.operation import audited_as, operation
from hub.web.api.paging import Page, PageQuery, cut
from hub.web.api.templates import TemplateWords

MAX_NAMED = 10_000
State = Literal["draft", "scheduled", "sending", "paused", "sent", "stopped"]
WORD_OF_OURS = r"^\+?[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"  # what a channel of another type may reach
Who = Annotated[
    str,
    Field(pattern=rf"^[^\s@\x00]{{1,64}}@[^\s@\x00]{{1,255}}$|{PHONE}|{WORD_OF_OURS}"),
    WithJsonSchema({"type": "string", "pattern": f"{EMAIL}|^{PROMISED}$", "description": ANY_NUMBER}),
]


class Audience(Body):
    """Each part that is given narrows it: any of the labels, and the segment, and one of the customers."""

    labels: Annotated[tuple[Name, ...], Field(max_length=100)] = ()
    segment: Id | None = None
    customer_ids: Annotated[tuple[Id, ...], Field(max_length=MAX_NAMED)] = ()


class NewCampaign(Body):
    """channel: a configured name, a type, or "preferred"; template: the id (or name) of one, or the words themselves;
    from: the name beside the channel's own address. It need not be complete before it is scheduled."""

    name: OneLine = ""
    purpose: OneLine = ""
    channel: OneLine = "email"
    template: TemplateWords | OneLine = TemplateWords()
    audience: Audience = Audience()
    sender: OneLine = Field("", alias="from")
    track_links: bool = True


class CampaignChange(Body):
    name: OneLine | None = None
    purpose: OneLine | None = None
    channel: OneLine | None = None
    template: TemplateWords | OneLine | None = None
    audience: Audience | None = None
    sender: OneLine | None = Field(None, alias="from")
    track_links: bool | None = None


class Schedule(Body):
    """at: when it begins; absent: now. anyway: also when nobody would be reached, or the template leaves people out."""

    at: Instant | None = None
    anyway: bool = False


class Test(Body):
    """To this address (of a kind that the campaign's channel reaches) only, worded as for that customer (or the
    first of the audience)."""

    to: Who
    customer_id: Id | None = None


class CampaignQuery(PageQuery):
    state: State | None = None


def _yes(value: object) -> object:
    return {"true": True, "false": False}.get(str(value), value)


class RecipientQuery(PageQuery):
    """excluded=true: those who were left out, with the reason."""

    excluded: Annotated[bool, BeforeValidator(_yes)] = False


class Started(Answer):
    """The test is on its way."""

    message_id: str


@operation("GET", "/campaigns", scope="campaigns:read")
async def index(call: ApiRequest, query: CampaignQuery) -> Page[Campaign]:
    """List the campaigns, newest first."""
    states = [query.state] if query.state else []
    rows = await call.hub.store.read(store.list_campaigns, query.after, query.size + 1, states)
    page, after = cut(rows, query.size, lambda campaign: campaign.id)
    return Page(items=[shown(campaign) for campaign in page], next=after)


@audited_as(Deed.CAMPAIGN_ADDED)
@operation("POST", "/campaigns", scope="campaigns:write", status=201)
async def create(call: ApiRequest, body: NewCampaign) -> Campaign:
    """Add a campaign as a draft."""
    audit_about(body.name)
    return await call.write(_add, body, call.now)


@operation("GET", "/campaigns/{id}", scope="campaigns:read")
async def show(call: ApiRequest, id: str) -> Campaign:
    """Get a campaign."""
    return shown(await call.hub.store.read(store.get_campaign, id))


@audited_as(Deed.CAMPAIGN_CHANGED)
@operation("PATCH", "/campaigns/{id}", scope="campaigns:write", errors=(409,))
async def update(call: ApiRequest, id: str, body: CampaignChange) -> Campaign:
    """Change a draft."""
    return await call.write(_change, id, body, call.now)


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
    found = await hub.store.read(check_campaign, words_of(hub), hub.outbox_deps, campaign, call.now, exact=True)
    return checked(found)


@audited_as(Deed.CAMPAIGN_TESTED)
@operation("POST", "/campaigns/{id}/test", scope="campaigns:write", status=201, errors=(409,))
async def test(call: ApiRequest, id: str, body: Test) -> Started:
    """Send it to one address, for a look."""
    return await call.write(_test, call, id, body)


@audited_as(Deed.CAMPAIGN_STARTED)
@operation("POST", "/campaigns/{id}/schedule", scope="campaigns:write", errors=(409,))
async def schedule(call: ApiRequest, id: str, body: Schedule) -> Campaign:
    """Freeze the words and send it, now or then; 409 says what is missing, or what has to be wanted `anyway`."""
    hub = call.hub
    prepared = await hub.store.read(lifecycle.prepare, words_of(hub), hub.outbox_deps, id, call.now, anyway=body.anyway)
    return await call.write(_schedule, prepared, body, call.now)


@audited_as(Deed.CAMPAIGN_CHANGED)
@operation("POST", "/campaigns/{id}/draft", scope="campaigns:write", errors=(409,))
async def draft(call: ApiRequest, id: str, body: Nothing) -> Campaign:
    """Put a scheduled campaign back to draft; 409 once it has begun."""
    return await call.write(lambda conn: shown(lifecycle.put_back(conn, id, call.now)))


@audited_as(Deed.CAMPAIGN_ADDED)
@operation("POST", "/campaigns/{id}/copy", scope="campaigns:write", status=201)
async def copy(call: ApiRequest, id: str, body: Nothing) -> Campaign:
    """Add a draft that says the same to the same audience."""
    return await call.write(lambda conn: shown(lifecycle.copy(conn, id, call.now)))


@audited_as(Deed.CAMPAIGN_PAUSED)
@operation("POST", "/campaigns/{id}/pause", scope="campaigns:write", errors=(409,))
async def pause(call: ApiRequest, id: str, body: Nothing) -> Campaign:
    """Send nothing more until it is resumed."""
    return await call.write(lambda conn: shown(lifecycle.pause(conn, id, call.now)))


@audited_as(Deed.CAMPAIGN_RESUMED)
@operation("POST", "/campaigns/{id}/resume", scope="campaigns:write", errors=(409,))
async def resume(call: ApiRequest, id: str, body: Nothing) -> Campaign:
    """Go on where it was paused."""
    return await call.write(lambda conn: shown(lifecycle.resume(conn, id, call.now)))


@audited_as(Deed.CAMPAIGN_STOPPED)
@operation("POST", "/campaigns/{id}/stop", scope="campaigns:write", errors=(409,))
async def stop(call: ApiRequest, id: str, body: Nothing) -> Campaign:
    """End it for good; what waits is cancelled."""
    return await call.write(lambda conn: shown(lifecycle.stop(conn, id, call.now)))


@operation("GET", "/campaigns/{id}/report", scope="campaigns:read")
async def report(call: ApiRequest, id: str) -> Report:
    """Count what became of it; every recipient stands in one of the states."""
    return await call.hub.store.read(reported, id)


@operation("GET", "/campaigns/{id}/recipients", scope="campaigns:read")
async def recipients(call: ApiRequest, id: str, query: RecipientQuery) -> Page[Recipient]:
    """List who gets it, with the state of each delivery."""
    await call.hub.store.read(store.get_campaign, id)
    asked = (id, query.after, query.size + 1)
    rows = await call.hub.store.read(list_recipients, *asked, excluded=query.excluded, who=call.seen)
    page, after = cut(rows, query.size, lambda recipient: recipient.customer_id)
    return Page(items=[listed(recipient) for recipient in page], next=after)


def _add(conn: Connection, body: NewCampaign, now: int) -> Campaign:
    return shown(store.add_campaign(conn, _columns(conn, body, now), now))


def _change(conn: Connection, id: str, body: CampaignChange, now: int) -> Campaign:
    changes = _columns(conn, body, now)
    return shown(store.mark_campaign(conn, id, now, lifecycle.EDITABLE, **changes))


def _columns(conn: Connection, body: NewCampaign | CampaignChange, now: int) -> dict[str, Any]:
    columns: dict[str, Any] = body.model_dump(exclude={"template", "audience"}, exclude_none=True, by_alias=False)
    if isinstance(body.template, str):
        columns |= {"template_id": body.template or None, "template": {}}
    elif body.template is not None:
        columns |= {"template_id": None, "template": body.template.model_dump(exclude_defaults=True)}
    if body.audience is not None:
        columns["audience"] = body.audience.model_dump(mode="json", exclude_defaults=True)
        for name in body.audience.labels:
            find_label(conn, name, now)
    return columns


def _schedule(conn: Connection, prepared: lifecycle.Prepared, body: Schedule, now: int) -> Campaign:
    at: Any = body.at
    return shown(lifecycle.schedule(conn, prepared, at, now))


def _test(conn: Connection, call: ApiRequest, id: str, body: Test) -> Started:
    hub = call.hub
    campaign = store.get_campaign(conn, id)
    to = _address(hub, body.to, campaign.channel)
    queued = lifecycle.send_test(
        conn, words_of(hub), hub.outbox_for(call.seen), campaign, to, body.customer_id, call.now
    )
    return Started(message_id=queued.message_id)


def _address(hub: Hub, to: str, wanted: str) -> Address:
    """Of the first kind that the campaign reaches and that is written like this. Raises InvalidInput."""
    country = hub.settings.company.country
    kinds = dict.fromkeys(channel.address_kind for channel in channels_for(hub.channels, wanted))
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
    *(schedule, draft, copy, pause, resume, stop, report, recipients),
)
