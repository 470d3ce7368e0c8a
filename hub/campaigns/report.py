"""What became of a campaign, in numbers: every recipient counts once, by the state of the delivery."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from hub.model import DeliveryState
from hub.store.campaigns import Campaign, get_campaign
from hub.store.falls import Tried, count_tried
from hub.store.fates import Fate, Fated
from hub.store.marks import count_marks
from hub.store.recipients import count_excluded, count_fated, count_states
from hub.store.unnamed import CLICKED, SCANNED, count_unnamed


@dataclass(frozen=True, slots=True)
class Report:
    """queued counts those being handed over just now, delivered those that were read. opened is an estimate; fetched:
    of how many a machine opened it, scanned: of how many one followed the links. Somebody may stand in both. unnamed:
    of those who clicked, how many did not agree to be seen; nobody can say who they are."""

    campaign: Campaign
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
    opened: int
    fetched: int
    scanned: int
    unnamed: int
    excluded: Mapping[str, int]

    @property
    def recipients(self) -> int:
        return (
            self.held
            + self.queued
            + self.sent
            + self.delivered
            + self.failed
            + self.unknown
            + self.bounced
            + self.cancelled
        )

    @property
    def done(self) -> int:
        return self.recipients - self.held - self.queued


def get_report(conn: Connection, campaign_id: str) -> Report:
    return get_reports(conn, [get_campaign(conn, campaign_id)])[0]


def list_tried(conn: Connection, campaign: Campaign) -> Sequence[Tried]:
    """Channel by channel, in the order of the chain; empty without one."""
    return count_tried(conn, campaign.id) if campaign.fallback else ()


def count_fates(conn: Connection, report: Report) -> Mapping[Fate, int]:
    """Fate -> how many stand so, as the report and as its list say it."""
    silent: Sequence[Fate] = ("not_clicked", "not_replied") if report.campaign.track_links else ("not_replied",)
    return {
        "waiting": report.held + report.queued,
        "sent": report.sent,
        "delivered": report.delivered,
        "bounced": report.bounced,
        "failed": report.failed,
        "unknown": report.unknown,
        "cancelled": report.cancelled,
        "excluded": sum(report.excluded.values()),
        **({"opened": report.opened} if report.campaign.track_opens else {}),
        "clicked": report.clicked - report.unnamed,
        "replied": report.replied,
        "unsubscribed": report.unsubscribed,
        **{fate: count_fated(conn, Fated(report.campaign.id, fate)) for fate in silent},
    }


def get_reports(conn: Connection, campaigns: Sequence[Campaign]) -> list[Report]:
    """One each, in the order given."""
    ids = [campaign.id for campaign in campaigns]
    states, marks, excluded = count_states(conn, ids), count_marks(conn, ids), count_excluded(conn, ids)
    unnamed = count_unnamed(conn, ids)
    return [
        _report(campaign, states[campaign.id], marks[campaign.id], unnamed[campaign.id], excluded[campaign.id])
        for campaign in campaigns
    ]


def _report(
    campaign: Campaign,
    states: Counter[str],
    marks: Counter[str],
    unnamed: Counter[str],
    excluded: Mapping[str, int],
) -> Report:
    return Report(
        campaign=campaign,
        held=states[DeliveryState.HELD],
        queued=states[DeliveryState.QUEUED] + states[DeliveryState.SENDING],
        sent=states[DeliveryState.SENT],
        delivered=states[DeliveryState.DELIVERED] + states[DeliveryState.READ],
        failed=states[DeliveryState.FAILED],
        unknown=states[DeliveryState.UNKNOWN],
        bounced=states["bounced"],
        cancelled=states[DeliveryState.CANCELLED],
        clicked=marks["clicked"] + unnamed[CLICKED],
        replied=marks["replied"],
        unsubscribed=marks["unsubscribed"],
        opened=marks["opened"],
        fetched=marks["fetched"],
        scanned=marks["scanned"] + unnamed[SCANNED],
        unnamed=unnamed[CLICKED],
        excluded=excluded,
    )
