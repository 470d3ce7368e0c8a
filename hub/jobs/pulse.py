"""Hears at every heartbeat whether there is something to do that nobody here was told of, and wakes who does it.

Whoever writes something wakes the others (hub.live). What nobody says: that a time has come, and, where there is no
Redis or it is away, what another process has written. A loop that was woken for nothing looks once and rests again; one
that was not woken looks on its own every hub.live.POLL seconds.
"""

from collections.abc import Mapping

from hub.clock import Clock
from hub.inbound.intake import Intake
from hub.live import Live

RAWS, PROCESSES = "raws", "processes"  # of the marks: for these nobody waits but the reader, nobody but who reaps
EVERYTHING = "everything"


class Pulse:
    """alone: no other process is known to the store."""

    def __init__(self, clock: Clock, live: Live, intake: Intake) -> None:
        self.alone = False
        self._clock, self._live, self._intake = clock, live, intake
        self._marks: Mapping[str, int] | None = None
        self._now = 0

    def forget(self) -> None:
        """The store was away: at the next beat everybody is woken."""
        self._marks = None

    def hear(self, marks: Mapping[str, int]) -> None:
        """What hub.store.pulse has seen."""
        news = self._news(marks)
        self.alone = not marks[PROCESSES]
        self._marks, self._now = marks, self._clock.now()
        if RAWS in news:
            self._intake.news.set()
        if news - {RAWS, PROCESSES}:
            self._live.wake_here()

    def _news(self, marks: Mapping[str, int]) -> set[str]:
        """What changed, and whose time has come since the last beat."""
        if self._marks is None:
            return {RAWS, EVERYTHING}
        now = self._clock.now()
        return {what for what, mark in marks.items() if self._marks.get(what) != mark or self._now < mark <= now}
