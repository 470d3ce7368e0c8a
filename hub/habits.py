"""What a customer's orders and messages say of them: scores, the channels they answer on, and whether they fell silent.

docs/value.md says the same to people.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.clock import DAY
from hub.model import Direction
from hub.store.habits import Said
from hub.store.value import HABIT, MONTH, Figures

BEST_SCORE = 5
RECENT = (30, 90, 180, 365)  # days since the last order, up to which somebody has 5, 4, 3, 2
OFTEN = (2, 3, 5, 10)  # orders from which on somebody has 2, 3, 4, 5
MONTHS = 12


@dataclass(frozen=True, slots=True)
class Way:
    """A type of channel. written: how often the customer wrote there; median: how long, in milliseconds, they took to
    answer us there, None where they never did."""

    channel: str
    written: int
    answered: int
    median: int | None


@dataclass(frozen=True, slots=True)
class Silence:
    """Milliseconds: how often they were heard of, and how long ago that is."""

    every: int
    quiet: int


def recency_of(figures: Figures, now: int) -> int:
    return BEST_SCORE - bisect_left(RECENT, (now - figures.last_at) / DAY)


def frequency_of(figures: Figures) -> int:
    return 1 + bisect_right(OFTEN, figures.orders)


def silence_of(heard: Sequence[int], now: int) -> Silence | None:
    """heard: instants, the latest last. Whoever is quiet for over a month, and twice as long as usual, fell silent."""
    if len(heard) < HABIT:
        return None
    every, quiet = (heard[-1] - heard[0]) // (len(heard) - 1), now - heard[-1]
    return Silence(every, quiet) if quiet > MONTH and quiet > 2 * every else None


def ways_of(said: Sequence[Said]) -> list[Way]:
    """Those on which they wrote, the usual one first. An answer is what follows upon something of ours, whichever
    channel that took."""
    written: dict[str, int] = defaultdict(int)
    waits: dict[str, list[int]] = defaultdict(list)
    asked: int | None = None
    for one in said:
        if one.direction == Direction.OUT:
            asked = one.at
            continue
        written[one.channel_type] += 1
        if asked is not None:
            waits[one.channel_type].append(one.at - asked)
        asked = None
    ways = [Way(name, count, len(waits[name]), _median(waits[name])) for name, count in written.items()]
    return sorted(ways, key=lambda way: (-way.written, way.channel))


def _median(waits: list[int]) -> int | None:
    """One that there was, the shorter of two."""
    return sorted(waits)[(len(waits) - 1) // 2] if waits else None


def by_month(bought: Sequence[tuple[int, int]], today: datetime) -> list[tuple[str, int]]:
    """(first day of the month, what was ordered in it) of the last twelve of that calendar, this one last."""
    index = today.year * 12 + today.month - 1
    sums = {_first_day(month): 0 for month in range(index - MONTHS + 1, index + 1)}
    for at, total in bought:
        day = datetime.fromtimestamp(at / 1000, today.tzinfo)
        month = _first_day(day.year * 12 + day.month - 1)
        if month in sums:
            sums[month] += total
    return list(sums.items())


def _first_day(month: int) -> str:
    return f"{month // 12}-{month % 12 + 1:02d}-01"
