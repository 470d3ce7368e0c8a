"""What the API answers about campaigns."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from pydantic import Field
from sqlalchemy import Connection

from hub.campaigns import costs
from hub.campaigns.check import Check as Checked
from hub.campaigns.deciding import Standings, find_standings
from hub.campaigns.foresight import Spared as SparedRow
from hub.campaigns.report import count_fates, get_report, list_tried
from hub.campaigns.variants import thawed
from hub.reasons import say
from hub.store import campaigns as store
from hub.store.campaign_value import sum_bought
from hub.store.costs import sum_campaign
from hub.store.recipients import Recipient as Row
from hub.store.visibility import Visibility, list_seen_customers
from hub.web.api.fields import Answer, Moment
from hub.web.api.templates import TemplateProblem, told


class Campaign(Answer):
    """template: an id, or the words themselves. audience: of the customers it names only those the token sees."""

    id: str
    name: str
    state: str
    purpose: str
    channel: str
    template: str | dict[str, Any]
    audience: dict[str, Any]
    sender: str = Field(alias="from")
    track_links: bool
    track_opens: bool
    utm: bool
    public: bool
    test: dict[str, Any] | None
    hourly: int
    fallback: dict[str, Any] | None
    scheduled_at: Moment | None
    local_at: str
    started_at: Moment | None
    finished_at: Moment | None
    created_at: Moment


class Check(Answer):
    """ok: it can be scheduled. reachable: how many of the audience would get it now; excluded: how many would not, by
    reason; undecided: what `schedule` does only if it is wanted `anyway` (nobody is reached, people are left_out)."""

    ok: bool
    problems: list[TemplateProblem]
    warnings: list[TemplateProblem]
    audience: int
    reachable: int
    excluded: dict[str, int]
    channels: list[str]
    undecided: list[str]
    expected: list["Expected"]


class Expected(Answer):
    """customers: with whom it begins on this channel; most: to whom it goes there if nothing before reaches anybody;
    cost and most_cost: in the company's currency, null where the channel has no `price`."""

    channel: str
    customers: int
    most: int
    cost: str | None
    most_cost: str | None


class Report(Answer):
    """Counts by current state; every recipient is in exactly one of held ... cancelled. not_clicked, not_replied: of
    those it was sent to, who was not seen clicking or answering; not_clicked is 0 where clicks are not counted.
    clicked_unnamed: of `clicked`, how many did not agree to `tracking`: they are in no list. opened: an estimate, of
    people; fetched, scanned: of how many recipients a machine opened it, or followed its links; bought: orders within 7
    days of a click, by currency, and their sum in its smallest coins."""

    state: str
    recipients: int
    held: int
    queued: int
    sent: int
    delivered: int
    failed: int
    unknown: int
    bounced: int
    cancelled: int
    clicked: int
    clicked_unnamed: int
    replied: int
    unsubscribed: int
    opened: int
    fetched: int
    scanned: int
    excluded: dict[str, int]
    not_clicked: int
    not_replied: int
    links: list["LinkCount"]
    test: "TestReport | None"
    chain: list["TriedChannel"]
    bought: list["Bought"]
    costs: list["Charged"]


class Charged(Answer):
    """What providers have told so far that they charge; amount: exact; messages: how many it is for."""

    currency: str
    amount: str
    messages: int


class Bought(Answer):
    currency: str
    orders: int
    value: int


class TriedChannel(Answer):
    """tried: to how many it went there; reached: with how many that counts; waiting: on the way, or not known."""

    channel: str
    tried: int
    reached: int
    waiting: int


class VariantReport(Answer):
    """Of those drawn for it. did: how many did what is measured; rate: did of reached; low, high: between them lies the
    true rate, 19 times of 20."""

    letter: str
    drawn: int
    reached: int
    clicked: int
    replied: int
    unsubscribed: int
    did: int
    rate: float
    low: float
    high: float


class TestReport(Answer):
    """stage: drawing, leaving, trying, decided. winner: the letter all others get, "" before; best: the one that leads,
    "" while nobody did anything; low, high: by how much it leads the next (19 times of 20); clear: not by chance."""

    stage: str
    measure: str
    winner: str
    best: str
    low: float
    high: float
    clear: bool
    due_at: Moment | None
    variants: list[VariantReport]


class LinkCount(Answer):
    url: str
    clicks: int


class Recipient(Answer):
    customer_id: str
    name: str
    address: str
    kind: str
    state: str
    reason: str
    reason_code: str
    message_id: str | None
    clicked: bool
    replied: bool
    unsubscribed: bool
    variant: str


class Spared(Answer):
    """reason: as in `excluded` of the check; problems: what the template lacks of this customer."""

    customer_id: str
    name: str
    reason: str
    problems: list[TemplateProblem]


def shown(conn: Connection, campaign: store.Campaign, who: Visibility) -> Campaign:
    audience = dict(campaign.audience)
    if named := audience.get("customer_ids"):
        seen = list_seen_customers(conn, who, named)
        audience["customer_ids"] = [id for id in named if id in seen]
    words = campaign.template_id or dict(campaign.template)
    return Campaign.of(
        campaign,
        template=words,
        audience=audience,
        test=thawed(campaign) or None,
        fallback=dict(campaign.fallback) or None,
    )


def checked(check: Checked, expected: Sequence[costs.Expected]) -> Check:
    return Check(
        ok=check.ok,
        problems=[told(each) for each in check.problems],
        warnings=[told(each) for each in check.warnings],
        audience=check.reach.audience,
        reachable=check.reach.reachable,
        excluded=dict(check.reach.excluded),
        channels=list(check.kinds),
        undecided=list(check.undecided),
        expected=[_expected(each) for each in expected],
    )


def _expected(each: costs.Expected) -> Expected:
    cost, most = each.cost, each.most_cost
    told = {"cost": None if cost is None else str(cost), "most_cost": None if most is None else str(most)}
    return Expected.of(each, **told)


def reported(conn: Connection, id: str) -> Report:
    report = get_report(conn, id)
    counts = count_fates(conn, report)
    more: dict[str, Any] = {"not_clicked": counts.get("not_clicked", 0), "not_replied": counts["not_replied"]}
    test = _tried(report.campaign, find_standings(conn, report.campaign))
    more |= {"bought": [Bought.of(each) for each in sum_bought(conn, id)]}
    more |= {"costs": [Charged.of(each, amount=f"{each.amount:f}") for each in sum_campaign(conn, id)]}
    more |= {"chain": [TriedChannel.of(each) for each in list_tried(conn, report.campaign)]}
    more |= {"clicked_unnamed": report.unnamed}
    return Report.of(report, state=report.campaign.state, links=store.list_links(conn, id), test=test, **more)


def _tried(campaign: store.Campaign, standings: Standings | None) -> TestReport | None:
    if standings is None:
        return None
    return TestReport.of(
        standings,
        stage=campaign.test_stage,
        measure=standings.test.measure,
        winner=campaign.winner,
        clear=standings.is_clear,
        variants=[VariantReport.of(each, **asdict(each.tally)) for each in standings.showings],
    )


def spared(row: SparedRow) -> Spared:
    return Spared.of(row, problems=[told(each) for each in row.problems])


def listed(row: Row) -> Recipient:
    return Recipient.of(
        row,
        address=row.handle,
        reason=say(row.why) if row.delivery_id else row.reason,
        reason_code=row.reason,
        clicked=row.clicked_at is not None,
        replied=row.replied_at is not None,
        unsubscribed=row.unsubscribed_at is not None,
    )
