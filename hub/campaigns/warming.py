"""A new sending address gets known slowly: how many of a campaign may be written today, and when it will be done.

Nobody is dropped: who has no place today gets it on one of the next days, at the time at which the campaign began.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from hub.clock import instant_of
from hub.store.campaigns import Campaign
from hub.store.recipients import NewRecipient
from hub.store.warm_ups import WarmUp, count_used, load_warm_ups

LONGEST = 1_000  # days that a forecast looks ahead


@dataclass(frozen=True, slots=True)
class Warming:
    """One channel of a campaign. today: so many may leave on the first day, of all campaigns; left: so many of these
    places are free; done: the day on which the last of `customers` gets it; plan: of the channel."""

    channel: str
    plan: WarmUp
    today: int
    left: int
    customers: int
    done: date


def find_rooms(
    conn: Connection, channels: Iterable[str], now: int, zone: ZoneInfo, *, lock: bool = False
) -> Mapping[str, int]:
    """Channel -> for how many more there is a place today; only those that warm up."""
    plans, day = load_warm_ups(conn, lock=lock), _day_of(now, zone)
    rooms: dict[str, int] = {}
    for name in channels:
        allowed = plans[name].allows(day) if name in plans else None
        if allowed is not None:
            rooms[name] = max(0, allowed - count_used(conn, name, _begin_of(day, zone)))
    return rooms


def count_fitting(rows: Sequence[NewRecipient], rooms: Mapping[str, int]) -> int:
    """So many of the first rows have a place."""
    taken: Counter[str] = Counter()
    for number, row in enumerate(rows):
        name = row.delivery.channel if row.delivery else ""
        taken[name] += 1
        if name in rooms and taken[name] > rooms[name]:
            return number
    return len(rows)


def next_day(campaign: Campaign, now: int, zone: ZoneInfo) -> int:
    """Tomorrow, as late as it was when the campaign began."""
    began = datetime.fromtimestamp((campaign.started_at or now) / 1000, zone)
    tomorrow = _day_of(now, zone) + timedelta(days=1)
    return instant_of(datetime.combine(tomorrow, began.time(), zone))


def foresee(conn: Connection, customers: Mapping[str, int], begins: int, now: int, zone: ZoneInfo) -> Sequence[Warming]:
    """customers: channel -> how many get it there; begins: when it is to begin. What other campaigns will need of the
    days to come is not known; what they have had of this one is."""
    plans, first = load_warm_ups(conn), _day_of(begins, zone)
    used_on = _day_of(now, zone)
    found: list[Warming] = []
    for name, number in customers.items():
        allowed = plans[name].allows(first) if name in plans else None
        if allowed is None:
            continue
        used = count_used(conn, name, _begin_of(first, zone)) if first == used_on else 0
        left = max(0, allowed - used)
        found.append(Warming(name, plans[name], allowed, left, number, _done(plans[name], number, left, first)))
    return found


def _done(plan: WarmUp, customers: int, left: int, first: date) -> date:
    waiting, day = customers - left, first
    while waiting > 0 and (day - first).days < LONGEST:
        day += timedelta(days=1)
        allowed = plan.allows(day)
        if allowed is None:
            break
        waiting -= allowed
    return day


def _day_of(at: int, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(at / 1000, zone).date()


def _begin_of(day: date, zone: ZoneInfo) -> int:
    return instant_of(datetime.combine(day, datetime.min.time(), zone))
