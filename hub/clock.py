"""The one place time comes from. Instants are whole milliseconds since 1970 UTC, durations seconds."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Protocol
from zoneinfo import available_timezones

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
EARLIEST, LATEST = -30_610_051_200_000, 253_402_128_000_000  # 1000-01-03 and 9999-12-30, UTC
LOOK = 0.05  # seconds over which a load is measured


@cache
def time_zones() -> frozenset[str]:
    """The names of the IANA database, without what stands in its folder besides."""
    return frozenset(available_timezones() - {"localtime", "Factory"})


def named_zones() -> list[str]:
    """Those that are called after a place, to choose from."""
    return sorted(zone for zone in time_zones() if "/" in zone and not zone.startswith("Etc/"))


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


def is_on_calendar(instant: int) -> bool:
    """Is it in every zone within the years of four digits, which are all that can be shown?"""
    return EARLIEST <= instant < LATEST


def parse_iso(text: str) -> int:
    """Raises ValueError when the text is not ISO 8601."""
    return instant_of(datetime.fromisoformat(text))


@dataclass(slots=True)
class Load:
    """How busy the thread is that asks: the share of a processor it used of late, 0 to 1."""

    wall: Callable[[], float] = time.monotonic
    cpu: Callable[[], float] = time.thread_time
    _share: float = 0.0
    _looked: tuple[float, float] = (float("-inf"), 0.0)

    def share(self) -> float:
        """Of the time since it was last looked, at least LOOK ago."""
        now, (before, used) = self.wall(), self._looked
        if now - before >= LOOK:
            self._looked = now, self.cpu()
            self._share = (self._looked[1] - used) / (now - before)
        return self._share
