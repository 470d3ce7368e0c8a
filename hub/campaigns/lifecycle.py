"""What people do with a campaign: schedule it, put it back, pause it, let it go on, stop it, copy it, try it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from hub.campaigns.audience import resolve_audience, with_bought
from hub.campaigns.chain import ways_of
from hub.campaigns.check import check_campaign
from hub.campaigns.content import Content, RenderDeps, Source, add_frozen, find_source
from hub.campaigns.dry_run import OF_TEMPLATE
from hub.campaigns.expand import append_campaign_event
from hub.campaigns.local_times import check_local, first_of, wall_of
from hub.campaigns.variants import compile_variant, freeze_variants, thawed, winning_words
from hub.campaigns.warming import find_rooms
from hub.campaigns.writing import snapshot
from hub.clock import MINUTE
from hub.errors import Conflict, InvalidInput
from hub.outbound.deps import OutboxDeps
from hub.store.audience import find_candidate, list_samples
from hub.store.campaigns import Campaign, add_campaign, forget_links, get_campaign, mark_campaign, mark_shown
from hub.store.candidates import Candidate
from hub.store.fates import WITHOUT, Fated
from hub.store.segment_choices import load_purposes
from hub.store.testers import NOBODY
from hub.store.visibility import EVERYTHING, Visibility
from hub.templating.template import MessageTemplate, Rendered
from hub.templating.values import customer_values

EDITABLE = ("draft",)
COPIED = (
    *("name", "purpose", "channel", "fallback", "sender", "template_id", "template"),
    *("audience", "track_links", "track_opens", "utm", "hourly", "public"),
)
SAMPLE = "Ada Lovelace"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A campaign that passed its check, with its words compiled; stale once the campaign is changed."""

    campaign: Campaign
    source: Source
    template: MessageTemplate
    words: RenderDeps
    channels: Sequence[str]


def prepare(
    conn: Connection, words: RenderDeps, outbox: OutboxDeps, id: str, now: int, *, anyway: bool = False
) -> Prepared:
    """The slow part of scheduling, for a `read`. Raises Conflict when the check finds problems, and unless it is wanted
    `anyway`, when nobody would be reached or the template leaves people out."""
    campaign = get_campaign(conn, id)
    if campaign.state not in EDITABLE:
        raise Conflict(f"the campaign is {campaign.state}", "campaign_state")
    check = check_campaign(conn, words, outbox, campaign, now, exact=True)
    source = find_source(conn, words.settings, campaign) if check.ok else None
    if source is None:
        raise Conflict("; ".join(str(problem) for problem in check.problems), "unready")
    if "nobody" in check.undecided and not anyway:
        raise Conflict("nobody in this audience may be written to; say `anyway` to start it all the same", "nobody")
    if "left_out" in check.undecided and not anyway:
        number = sum(check.reach.excluded.get(reason, 0) for reason in OF_TEMPLATE)
        raise Conflict(f"the template leaves out {number} of the audience; say `anyway` to do without them", "left_out")
    names = [way.name for way in ways_of(outbox.channels, campaign)]
    return Prepared(campaign, source, words.compile(source, track=campaign.track_links), words, names)


def check_time(at: int | None, now: int) -> None:
    """The minute that runs is none of the past. Raises InvalidInput: what was meant for then is not sent now."""
    if at is not None and at <= now - MINUTE:
        raise InvalidInput("the time to send lies in the past", "at", "past")


def schedule(conn: Connection, prepared: Prepared, at: int | None, now: int, *, local: bool = False) -> Campaign:
    """Freeze the words and let it go at that instant (None: now); local: when it is as late where each recipient lives
    as it is then at the company. Raises InvalidInput for a time in the past, Conflict when it was changed meanwhile."""
    check_time(at, now)
    campaign = prepared.campaign
    wall = ""
    if local:
        zone = prepared.words.settings.company.timezone
        check_local(campaign, warms_up=bool(find_rooms(conn, prepared.channels, now, ZoneInfo(zone))))
        wall = wall_of(at or now, zone)
        at = first_of(wall)
    if get_campaign(conn, campaign.id) != campaign:
        raise Conflict("the campaign was changed this instant; look at it again", "changed")
    urls = prepared.template.urls
    version_id = add_frozen(conn, campaign, prepared.source, urls, now)
    test = freeze_variants(conn, prepared.words, campaign, urls, now)
    due = max(at or now, now)
    changes = {"state": "scheduled", "scheduled_at": due, "template_version_id": version_id, "test": test}
    changes["local_at"] = wall
    scheduled = mark_campaign(conn, campaign.id, now, EDITABLE, **changes)
    append_campaign_event(conn, scheduled, "scheduled", now, due=due)
    return scheduled


def pause(conn: Connection, id: str, now: int) -> Campaign:
    """Nothing more is claimed from here on; what is being handed over this instant still leaves."""
    paused = mark_campaign(conn, id, now, ("scheduled", "sending"), state="paused")
    append_campaign_event(conn, paused, "paused", now)
    return paused


def resume(conn: Connection, id: str, now: int) -> Campaign:
    before = get_campaign(conn, id)
    state = "sending" if before.started_at else "scheduled"
    resumed = mark_campaign(conn, id, now, ("paused",), state=state)
    append_campaign_event(conn, resumed, "resumed", now)
    return resumed


def stop(conn: Connection, id: str, now: int) -> Campaign:
    """For good: what waits is cancelled."""
    stopped = mark_campaign(conn, id, now, ("scheduled", "sending", "paused"), state="stopped", finished_at=now)
    append_campaign_event(conn, stopped, "stopped", now)
    return stopped


def put_back(conn: Connection, id: str, now: int) -> Campaign:
    """A draft again, as long as nothing has begun: its words thaw. Raises Conflict."""
    test = thawed(get_campaign(conn, id))
    changes = {"state": "draft", "scheduled_at": None, "local_at": "", "template_version_id": None, "test": test}
    drafted = mark_campaign(conn, id, now, ("scheduled", "paused"), **changes)
    if drafted.started_at is not None:
        raise Conflict("the campaign has begun; what was sent stays sent", "campaign_state")
    forget_links(conn, id)
    append_campaign_event(conn, drafted, "drafted", now)
    return drafted


def publish(conn: Connection, id: str, now: int) -> Campaign:
    return mark_shown(conn, id, now, public=True)


def withdraw(conn: Connection, id: str, now: int) -> Campaign:
    """Out of the archive."""
    return mark_shown(conn, id, now, public=False)


def begin(conn: Connection, name: str, audience: dict[str, Any], now: int) -> Campaign:
    """A new draft by mail, for the purpose that customers agreed to where there is but one."""
    known = load_purposes(conn)
    values = {"name": name, "purpose": known[0] if len(known) == 1 else "", "channel": "email", "template": {}}
    return add_campaign(conn, values | {"audience": audience}, now)


def copy(conn: Connection, id: str, now: int) -> Campaign:
    """A new draft that says the same to the same audience."""
    campaign = get_campaign(conn, id)
    same = {name: getattr(campaign, name) for name in COPIED}
    return add_campaign(conn, {**same, "test": thawed(campaign)}, now)


def follow(conn: Connection, fated: Fated, name: str, now: int) -> Campaign:
    """A new draft for those recipients: where they did not get it, it says the same (of what was tried, what won), and
    nothing yet where they did."""
    campaign = get_campaign(conn, fated.campaign)
    same = {key: getattr(campaign, key) for key in COPIED}
    unwritten: dict[str, Any] = {"template_id": None, "template": {}}
    words = winning_words(campaign) if fated.fate in WITHOUT else unwritten
    own = {"public": False, "name": name, "audience": {"recipients_of": asdict(fated)}}
    return add_campaign(conn, {**same, **words, **own}, now)


@dataclass(frozen=True, slots=True)
class Preview:
    """A campaign or template as one customer would get it on the channels that take one part of it."""

    part: str
    customer_name: str
    rendered: Rendered


def preview(
    conn: Connection,
    words: RenderDeps,
    campaign: Campaign,
    part: str,
    customer_id: str | None,
    now: int,
    who: Visibility = EVERYTHING,
    variant: str = "",
) -> Preview:
    """As this customer, else as the first of the audience, else as nobody in particular. Raises BrokenTemplate."""
    content = compile_now(conn, words, campaign, variant)
    return preview_content(conn, words, content, part, find_sample(conn, campaign, customer_id, now, who), now)


def compile_now(conn: Connection, words: RenderDeps, campaign: Campaign, variant: str = "") -> Content:
    """With links as if it stood alone."""
    content = compile_variant(conn, words, campaign, variant)
    if content is None:
        raise Conflict("the campaign has no template", "no_template")
    return replace(content, first_link=0)


def find_sample(
    conn: Connection, campaign: Campaign, customer_id: str | None, now: int, who: Visibility
) -> Candidate | None:
    if customer_id:
        return find_candidate(conn, who, customer_id, campaign.purpose)
    audience = replace(resolve_audience(conn, campaign.audience), who=who)
    samples = [] if audience.empty else list_samples(conn, audience, campaign.purpose, now)
    return samples[0] if samples else None


def preview_content(
    conn: Connection, words: RenderDeps, content: Content, part: str, candidate: Candidate | None, now: int
) -> Preview:
    customer = values_of(conn, words, content, candidate, now)
    values = words.values(content, customer, candidate.customer.id if candidate else NOBODY, NOBODY)
    return Preview(part, customer["name"], content.template.render(part, customer["language"], values))


def values_of(
    conn: Connection, words: RenderDeps, content: Content, candidate: Candidate | None, now: int
) -> dict[str, Any]:
    if candidate is None:
        return customer_values(SAMPLE, words.settings.company.language)
    (known,) = with_bought(conn, [content.template], [candidate], now)
    return snapshot(words, content, known)
