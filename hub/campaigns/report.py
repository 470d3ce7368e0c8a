"""What became of a campaign, in numbers: every recipient counts once, by the state of the delivery."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from hub.model import DeliveryState
from hub.store.campaigns import Campaign, get_campaign
from hub.store.recipients import count_excluded, count_marks, count_states


@dataclass(frozen=True, slots=True)
class Report:
    """queued counts those being handed over just now, delivered those that were read."""

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
    campaign = get_campaign(conn, campaign_id)
    states = count_states(conn, campaign_id)
    marks = count_marks(conn, campaign_id)
    return Report(
        campaign=campaign,
        held=states.get(DeliveryState.HELD, 0),
        queued=states.get(DeliveryState.QUEUED, 0) + states.get(DeliveryState.SENDING, 0),
        sent=states.get(DeliveryState.SENT, 0),
        delivered=states.get(DeliveryState.DELIVERED, 0) + states.get(DeliveryState.READ, 0),
        failed=states.get(DeliveryState.FAILED, 0),
        unknown=states.get(DeliveryState.UNKNOWN, 0),
        bounced=states.get("bounced", 0),
        cancelled=states.get(DeliveryState.CANCELLED, 0),
        clicked=marks["clicked_at"],
        replied=marks["replied_at"],
        unsubscribed=marks["unsubscribed_at"],
        excluded=count_excluded(conn, campaign_id),
    )
