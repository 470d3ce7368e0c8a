"""The one place time comes from. Instants are whole milliseconds since 1970 UTC, durations seconds."""

import time
from datetime import UTC, datetime
from functools import cache
from typing import Protocol
from zoneinfo import available_timezones

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@cache
def time_zones() -> frozenset[str]:
    """The names of the IANA database, without what stands in its folder besides."""
    return frozenset(available_timezones() - {"localtime", "Factory"})


class Clock(Protocol):
    """What the hub asks for the time; tests hand in one they can turn."""

    def now(self) -> int:
        """Milliseconds since 1970 UTC."""
        ...


class SystemClock:
    def now(self) -> int:
        return time.time_ns() // 1_000_000


class FakeClock:
    """A clock that only moves when told to (tests, and `fast-forward` of sequences)."""

    def __init__(self, now: int = 1_795_000_000_000) -> None:
        self.instant = now

    def now(self) -> int:
        return self.instant

    def forward(self, milliseconds: int) -> None:
        self.instant += milliseconds


def iso(instant: int) -> str:
    """2026-11-22T09:10:00.000Z (RFC 3339)."""
    moment = datetime.fromtimestamp(instant / 1000, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant % 1000:03d}Z"


def instant_of(moment: datetime) -> int:
    """Milliseconds since 1970; a naive datetime counts as UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(aware.timestamp() * 1000)


def parse_iso(text: str) -> int:
    """Raises ValueError when the text is not ISO 8601."""
    return instant_of(datetime.fromisoformat(text))
