"""Slows down guessing: counts failures per key in this process and names the minutes to wait."""

from collections import OrderedDict

from hub.clock import MINUTE, Clock

WINDOW = 15 * MINUTE
KEYS = 10_000  # remembered at most; the oldest go first


class Throttle:
    """allowed failures per window and key."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures: OrderedDict[str, list[int]] = OrderedDict()

    def minutes_to_wait(self, key: str, allowed: int) -> int:
        """0 = go ahead."""
        since = self._clock.now() - WINDOW
        recent = [at for at in self._failures.get(key, ()) if at > since]
        if len(recent) < allowed:
            return 0
        return max(1, -(-(recent[-allowed] - since) // MINUTE))

    def failed(self, key: str) -> None:
        since = self._clock.now() - WINDOW
        recent = [at for at in self._failures.pop(key, ()) if at > since]
        self._failures[key] = [*recent[-200:], self._clock.now()]
        while len(self._failures) > KEYS:
            self._failures.popitem(last=False)

    def forgive(self, key: str) -> None:
        self._failures.pop(key, None)
