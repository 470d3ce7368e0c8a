"""Notices in memory how each channel is: what passed, what was lost on the way, since when its provider fails.

Whoever hands something over or takes something in says so here, which costs no statement; hub.jobs.watching writes it
down, soon after something changed and never while nothing does.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from hub.made_quickly import made_quickly

IN, OUT = "in", "out"
WAYS = (IN, OUT)
LONGEST_PROBLEM = 300


@made_quickly
@dataclass(frozen=True, slots=True)
class Noted:
    """One way of one channel, since it was last written down. tried: units that were to pass; lost: those that did not;
    works: something showed that the provider does its part; failing_since: the first failure after that."""

    tried: int = 0
    lost: int = 0
    passed_at: int | None = None
    works: bool = False
    failing_since: int | None = None
    failed_at: int | None = None
    problem: str = ""
    rests_until: int = 0


@dataclass(slots=True)
class Way:
    """What senders and pollers tell; instants in milliseconds. news: set when there is something to write down."""

    news: asyncio.Event = field(default_factory=asyncio.Event)
    noted: Noted = Noted()
    _well: bool | None = None  # as it was last told

    def passed(self, at: int, count: int = 1) -> None:
        """So many units passed."""
        noted, self._well = self.noted, True
        self.noted = Noted(noted.tried + count, noted.lost, at, works=True, failed_at=noted.failed_at)
        self.news.set()

    def refused(self) -> None:
        """The provider does its part, but did not take this one."""
        self._works(tried=self.noted.tried + 1, lost=self.noted.lost + 1)

    def works(self) -> None:
        """There is nothing to pass, and the provider says so."""
        if not self._well:
            self._works()

    def recovered(self) -> None:
        """Where it failed before; otherwise that is no sign of anything."""
        if self._well is False:
            self._works()

    def failed(self, at: int, problem: str, *, units: int = 1, rests_until: int = 0) -> None:
        """The provider does not do its part. units: that did not pass for it."""
        since = self.noted.failing_since or at
        self._well = False
        self._note(
            tried=self.noted.tried + units,
            lost=self.noted.lost + units,
            failing_since=since,
            failed_at=at,
            problem=problem[:LONGEST_PROBLEM],
            rests_until=rests_until,
        )

    def take(self) -> Noted:
        noted, self.noted = self.noted, Noted()
        return noted

    def forget(self) -> None:
        """What was taken could not be written down: the next sign counts as news."""
        self._well = None

    def _works(self, **changes: int) -> None:
        self._well = True
        self._note(works=True, failing_since=None, problem="", rests_until=0, **changes)

    def _note(self, **changes: int | str | None) -> None:
        self.noted = replace(self.noted, **changes)  # type: ignore[arg-type]  # fields by name
        self.news.set()


class Watch:
    """The ways of all channels of one process, by (channel, IN or OUT)."""

    def __init__(self) -> None:
        self.news = asyncio.Event()
        self.ways: dict[tuple[str, str], Way] = {}

    def way(self, channel: str, way: str) -> Way:
        return self.ways.setdefault((channel, way), Way(self.news))

    def take(self) -> Mapping[tuple[str, str], Noted]:
        """What is new."""
        self.news.clear()
        return {key: way.take() for key, way in self.ways.items() if way.noted != Noted()}

    def forget(self) -> None:
        for way in self.ways.values():
            way.forget()
