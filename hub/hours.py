"""Business hours: when somebody answers, and since when a customer must have waited for a goal to be passed.

A day's hours are wall time of one zone, so a day on which the clocks change is an hour shorter or longer.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hub.clock import DAY, instant_of

FARTHEST = 1_100  # days that are looked at, back or ahead; who has waited longer is late by any goal
WHOLE_DAY = 1_440  # minutes
Day = tuple[int, int] | None
"""From and to in minutes since midnight, beyond 1440 on the next day; None: closed."""


@dataclass(frozen=True, slots=True)
class Hours:
    """week: seven days, Monday first, or none at all: around the clock. closed: ISO dates of days without hours."""

    zone: ZoneInfo
    week: tuple[Day, ...] = ()
    closed: frozenset[str] = frozenset()

    def of(self, day: date) -> tuple[int, int] | None:
        """The instants of opening and closing on that day."""
        span = self.week[day.weekday()] if self.week else (0, WHOLE_DAY)
        if span is None or day.isoformat() in self.closed:
            return None
        return _instant(day, span[0], self.zone), _instant(day, span[1], self.zone)


@dataclass(frozen=True, slots=True)
class Now:
    """Whether it is open, and when that changes next; None: never."""

    is_open: bool
    until: int | None


def look(hours: Hours, now: int) -> Now:
    """What a customer who asks now meets."""
    if not hours.week and not hours.closed:
        return Now(True, None)
    until: int | None = None
    for opens, closes in _ahead(hours, now):
        if opens > now and until is None:
            return Now(False, opens)
        if until is not None and opens > until:
            return Now(True, until)
        until = closes
    return Now(until is not None, None)  # as far as one can see, it stays as it is


def since_when(hours: Hours, worked: int, now: int) -> int:
    """The last moment from which so many milliseconds of opening time have passed by now, FARTHEST days ago at most."""
    if not hours.week and not hours.closed:
        return now - worked
    left = worked
    for opens, closes in _back(hours, now):
        if closes - opens >= left:
            return closes - left
        left -= closes - opens
    return now - FARTHEST * DAY


def reached(hours: Hours, start: int, worked: int) -> int:
    """The moment at which so many milliseconds of opening time have passed since start, FARTHEST days later at most."""
    if not hours.week and not hours.closed:
        return start + worked
    left = worked
    for opens, closes in _ahead(hours, start):
        begins = max(opens, start)
        if closes - begins >= left:
            return begins + left
        left -= closes - begins
    return start + FARTHEST * DAY


def worked_between(hours: Hours, start: int, end: int) -> int:
    """Milliseconds of opening time from start to end."""
    if not hours.week and not hours.closed:
        return max(end - start, 0)
    spans = ((max(opens, start), closes) for opens, closes in _back(hours, end, start) if closes > start)
    return sum(closes - opens for opens, closes in spans)


def _back(hours: Hours, now: int, start: int = 0) -> Iterator[tuple[int, int]]:
    """Spans of opening that began before now, the last one first and cut off at now; none that ended before start."""
    today = _day_of(now, hours.zone)
    for ago in range(min(FARTHEST, (today - _day_of(start, hours.zone)).days + 2)):
        span = hours.of(today - timedelta(days=ago))
        if span and span[0] < now:
            yield span[0], min(span[1], now)


def _ahead(hours: Hours, now: int) -> Iterator[tuple[int, int]]:
    """Spans of opening that end after now."""
    today = _day_of(now, hours.zone)
    for days in range(-1, FARTHEST):
        span = hours.of(today + timedelta(days=days))
        if span and span[1] > now:
            yield span


def _day_of(instant: int, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(instant / 1000, UTC).astimezone(zone).date()


def _instant(day: date, minutes: int, zone: ZoneInfo) -> int:
    moment = datetime.combine(day, time(), zone) + timedelta(minutes=minutes)  # wall time, whatever the clocks do
    return instant_of(moment)
