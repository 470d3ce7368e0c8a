"""Measures the inbox page: its queries on a million conversations against the same on ten thousand.

A page is what the inbox asks for: one view's rows from some cursor on, and the counts beside the views.
"""

import random
import time
from dataclasses import dataclass, field
from typing import Any

from hub.bench import Options
from hub.bench._rounds import percentile
from hub.bench._sizes import Sizes
from hub.clock import SystemClock
from hub.store.bench_data import AGENTS, add_conversations
from hub.store.database import Store
from hub.store.inbox import View, count_inbox, cursor_of, list_inbox

SMALL = 10_000
BATCH = 5_000
PAGE = 50
PAGES = 150  # measured per round and side
NAMES = ("open", "unassigned", "waiting", "done", "channel:sms", "channel:email")
VIEWS = (*(View(name) for name in NAMES), View("mine", AGENTS[0]))


@dataclass
class Side:
    """One store; rows and pages are what each took (milliseconds)."""

    store: Store
    holds: int = 0
    rows: list[float] = field(default_factory=list)
    pages: list[float] = field(default_factory=list)

    async def grow(self, count: int) -> None:
        now = SystemClock().now()
        while self.holds < count:
            batch = min(BATCH, count - self.holds)
            await self.store.write(add_conversations, batch, self.holds, now)
            self.holds += batch

    async def measure(self) -> float:
        """The median of one round."""
        dice, begun = random.Random(1), len(self.rows)  # noqa: S311 - the same pages every time
        for number in range(PAGES):
            await self._page(VIEWS[number % len(VIEWS)], dice)
        return percentile(self.rows[begun:], 0.5)

    async def _page(self, view: View, dice: random.Random) -> None:
        """The first page of a view, or the one after some pages: keyset paging must not mind."""
        started = time.perf_counter()
        rows = await self.store.read(list_inbox, view, None, PAGE)
        first = time.perf_counter()
        await self.store.read(count_inbox, VIEWS)
        self.rows.append((first - started) * 1000)
        self.pages.append((time.perf_counter() - started) * 1000)
        if len(rows) == PAGE and dice.random() < 0.5:
            started = time.perf_counter()
            await self.store.read(list_inbox, view, cursor_of(view, rows[-1]), PAGE)
            self.rows.append((time.perf_counter() - started) * 1000)


def run(options: Options) -> dict[str, Any]:
    figures, large, small = Sizes(Side, SMALL, options.conversations, options.rounds).compare(options.store)
    return {
        "benchmark": "inbox",
        "unit": "milliseconds, median of a round: ours = many conversations, theirs = few",
        "conversations": {"ours": options.conversations, "theirs": SMALL},
        **figures,
        "rows_ms": {"ours": _spread(large.rows), "theirs": _spread(small.rows)},
        "page_ms": {"ours": _spread(large.pages), "theirs": _spread(small.pages)},
    }


def _spread(values: list[float]) -> dict[str, float]:
    return {"p50": round(percentile(values, 0.5), 3), "p99": round(percentile(values, 0.99), 3)}
