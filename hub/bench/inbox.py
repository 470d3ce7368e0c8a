"""Measures the inbox page: its queries on a million conversations against the same on ten thousand.

A page is what the inbox asks for: one view's rows from some cursor on, and the counts beside the views. On SQLite
the two stores are measured in turn; a given --store must be empty and is measured small first, then grown.
"""

import asyncio
import random
import tempfile
import time
from dataclasses import dataclass, field
from typing import Any

from hub.bench import Options
from hub.bench._rounds import paired, percentile
from hub.clock import SystemClock
from hub.errors import ConfigError
from hub.store.bench_data import AGENTS, add_conversations
from hub.store.database import Store, open_store
from hub.store.inbox import View, count_inbox, cursor_of, list_inbox
from hub.store.migrate import migrate

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
    conversations: int = 0
    rows: list[float] = field(default_factory=list)
    pages: list[float] = field(default_factory=list)

    async def grow(self, count: int) -> None:
        now = SystemClock().now()
        while self.conversations < count:
            batch = min(BATCH, count - self.conversations)
            await self.store.write(add_conversations, batch, self.conversations, now)
            self.conversations += batch

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
    with asyncio.Runner() as runner, tempfile.TemporaryDirectory() as folder:
        if options.store:
            figures, large, small = _grown(runner, options)
        else:
            figures, large, small = _in_turn(runner, options, folder)
    return {
        "benchmark": "inbox",
        "unit": "milliseconds, median of a round: ours = many conversations, theirs = few",
        "conversations": {"ours": options.conversations, "theirs": SMALL},
        **figures,
        "rows_ms": {"ours": _spread(large.rows), "theirs": _spread(small.rows)},
        "page_ms": {"ours": _spread(large.pages), "theirs": _spread(small.pages)},
    }


def _in_turn(runner: asyncio.Runner, options: Options, folder: str) -> tuple[dict[str, Any], Side, Side]:
    large, small = (_open(runner, f"sqlite:///{folder}/{name}.db") for name in ("large", "small"))
    runner.run(small.grow(SMALL))
    runner.run(large.grow(options.conversations))
    figures = paired(options.rounds, lambda: runner.run(large.measure()), lambda: runner.run(small.measure()))
    for side in (large, small):
        runner.run(side.store.close())
    return figures, large, small


def _grown(runner: asyncio.Runner, options: Options) -> tuple[dict[str, Any], Side, Side]:
    """The same store, first small, then large."""
    small = _open(runner, options.store)
    if runner.run(small.store.read(list_inbox, View("open"), None, 1)):
        raise ConfigError("hub bench inbox fills the store it is given: --store must be empty")
    runner.run(small.grow(SMALL))
    few = [runner.run(small.measure()) for _ in range(options.rounds)]
    large = Side(small.store, small.conversations)
    runner.run(large.grow(options.conversations))
    figures = paired(options.rounds, lambda: runner.run(large.measure()), iter(few).__next__)
    runner.run(large.store.close())
    return figures, large, small


def _open(runner: asyncio.Runner, url: str) -> Side:
    migrate(url)
    side = Side(open_store(url))
    runner.run(side.store.open())
    return side


def _spread(values: list[float]) -> dict[str, float]:
    return {"p50": round(percentile(values, 0.5), 3), "p99": round(percentile(values, 0.99), 3)}
