"""What the API answers about campaigns."""

from typing import Any

from pydantic import Field
from sqlalchemy import Connection

from hub.campaigns.check import Check as Checked
from hub.campaigns.report import get_report
from hub.clock import iso
from hub.reasons import say
from hub.store import campaigns as store
from hub.store.recipients import Recipient as Row
from hub.web.api.fields import Answer, Moment
from hub.web.api.templates import TemplateProblem, told


class Campaign(Answer):
    """template: an id, or the words themselves."""

    id: str
    name: str
    state: str
    purpose: str
    channel: str
    template: str | dict[str, Any]
    audience: dict[str, Any]
    sender: str = Field(alias="from")
    track_links: bool
    scheduled_at: Moment | None
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


class Report(Answer):
    """Counts by current state; every recipient is in exactly one of held ... cancelled."""

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
    replied: int
    unsubscribed: int
    excluded: dict[str, int]
    links: list["LinkCount"]


class LinkCount(Answer):
    url: str
    clicks: int


class Recipient(Answer):
    customer_id: str
    address: str
    kind: str
    state: str
    reason: str
    reason_code: str
    message_id: str | None
    clicked: bool
    replied: bool
    unsubscribed: bool


def shown(campaign: store.Campaign) -> Campaign:
    return Campaign(
        id=campaign.id,
        name=campaign.name,
        state=campaign.state,
        purpose=campaign.purpose,
        channel=campaign.channel,
        template=campaign.template_id or dict(campaign.template),
        audience=dict(campaign.audience),
        sender=campaign.sender,
        track_links=campaign.track_links,
        scheduled_at=_moment(campaign.scheduled_at),
        started_at=_moment(campaign.started_at),
        finished_at=_moment(campaign.finished_at),
        created_at=iso(campaign.created_at),
    )


def checked(check: Checked) -> Check:
    return Check(
        ok=check.ok,
        problems=[told(each) for each in check.problems],
        warnings=[told(each) for each in check.warnings],
        audience=check.reach.audience,
        reachable=check.reach.reachable,
        excluded=dict(check.reach.excluded),
        channels=list(check.kinds),
        undecided=list(check.undecided),
    )


def reported(conn: Connection, id: str) -> Report:
    report = get_report(conn, id)
    return Report(
        state=report.campaign.state,
        recipients=report.recipients,
        held=report.held,
        queued=report.queued,
        sent=report.sent,
        delivered=report.delivered,
        failed=report.failed,
        unknown=report.unknown,
        bounced=report.bounced,
        cancelled=report.cancelled,
        clicked=report.clicked,
        replied=report.replied,
        unsubscribed=report.unsubscribed,
        excluded=dict(report.excluded),
        links=[LinkCount(url=link.url, clicks=link.clicks) for link in store.list_links(conn, id)],
    )


def listed(row: Row) -> Recipient:
    return Recipient(
        customer_id=row.customer_id,
        address=row.handle,
        kind=row.kind,
        state=row.state,
        reason=say(row.why) if row.delivery_id else row.reason,
        reason_code=row.reason,
        message_id=row.message_id,
        clicked=row.clicked_at is not None,
        replied=row.replied_at is not None,
        unsubscribed=row.unsubscribed_at is not None,
    )


def _moment(at: int | None) -> str | None:
    return iso(at) if at is not None else None
