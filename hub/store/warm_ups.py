"""Plans by which a new sending address gets known: so many messages on the first day, and more on each that follows."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import Connection, Text, and_, cast, func, or_, select, update

from hub.clock import DAY
from hub.model import DeliveryState
from hub.store.campaigns import UNFINISHED
from hub.store.settings import add_setting, mark_setting
from hub.store.tables import campaigns, deliveries, settings_rows

KEY = "warm_ups"
FALLS_FOR = 14 * DAY  # so long something may yet leave of a campaign that is over: its fallback waits for days


@dataclass(frozen=True, slots=True)
class WarmUp:
    """first: on the day it starts; growth: so many percent more on each day than on the one before; until: once a day
    may have so many, there is no limit any more; started: 2026-11-30."""

    first: int
    growth: int
    until: int
    started: str

    def allows(self, day: date) -> int | None:
        """How many on that day; None where there is no limit any more."""
        allowed = self.first
        for _ in range((day - date.fromisoformat(self.started)).days):
            if allowed >= self.until:
                break
            allowed += max(1, allowed * self.growth // 100)
        return allowed if allowed < self.until else None


def load_warm_ups(conn: Connection, *, lock: bool = False) -> Mapping[str, WarmUp]:
    """Channel -> its plan. lock: whoever else asks so waits until this transaction is over."""
    query = select(settings_rows.c.value).where(settings_rows.c.key == KEY)
    kept = conn.scalar(query.with_for_update() if lock else query) or {}
    return {channel: WarmUp(**plan) for channel, plan in kept.items()}


def mark_warm_up(conn: Connection, channel: str, plan: WarmUp | None) -> None:
    """None: there is none any more. Campaigns that wait for their next day look anew."""
    add_setting(conn, KEY, {})
    plans = {**load_warm_ups(conn, lock=True), channel: plan}
    mark_setting(conn, KEY, {name: asdict(one) for name, one in plans.items() if one is not None})
    waits = campaigns.c.state.in_(("sending", "paused")), campaigns.c.hourly == 0
    conn.execute(update(campaigns).where(*waits, campaigns.c.next_at.is_not(None)).values(next_at=None))


def count_used(conn: Connection, channel: str, since: int) -> int:
    """Messages of campaigns that left there since, may have, or are still to leave."""
    c, d = campaigns.c, deliveries.c
    falls_back = and_(c.finished_at >= since - FALLS_FOR, cast(c.fallback, Text) != "{}")
    open = or_(c.finished_at.is_(None), c.finished_at >= since, falls_back)
    under_way = and_(c.started_at.is_not(None), open)
    doubtful = and_(d.state == DeliveryState.UNKNOWN, d.sent_at.is_(None), d.changed_at >= since)
    taken = or_(d.sent_at >= since, d.state.in_(UNFINISHED), doubtful)
    query = select(func.count()).select_from(deliveries.join(campaigns, c.id == d.campaign_id))
    return conn.scalar(query.where(under_way, d.channel == channel, taken)) or 0
