"""Measures the search: every kind of question over many messages against the same over a hundredth of them.

The messages are made up; they come and are indexed in the ordinary way, batch by batch.
"""

import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from hub.bench import Options
from hub.bench._corpus import Corpus
from hub.bench._rounds import percentile
from hub.bench._sizes import Sizes
from hub.clock import SystemClock
from hub.store.bench_data import add_messages
from hub.store.database import Store
from hub.store.search import search_messages
from hub.store.search_index import index_pending
from hub.store.search_merge import has_grown, mark_unmerged, merge_step

BATCH = 5_000
PAGE = 26
QUESTIONS = 30  # of each kind in a round


@dataclass
class Side:
    """One store; took is what each question took, by its kind (milliseconds)."""

    store: Store
    holds: int = 0
    corpus: Corpus = field(default_factory=Corpus)
    took: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    async def grow(self, count: int) -> None:
        now = SystemClock().now()
        while self.holds < count:
            batch = range(self.holds, min(self.holds + BATCH, count))
            written = [self.corpus.message(number) for number in batch]
            await self.store.write(add_messages, written, self.holds, now)
            self.holds = batch.stop
            while await self.store.write(index_pending, BATCH):
                pass
        if await self.store.read(has_grown):  # as a hub does when nothing waits
            await self.store.write(mark_unmerged)
            while await self.store.write(merge_step):
                pass

    async def measure(self) -> float:
        """The median of one round."""
        answers = []
        for kind, queries in self.corpus.questions(QUESTIONS).items():
            for query in queries:
                started = time.perf_counter()
                await self.store.read(search_messages, query, None, PAGE)
                answers.append((time.perf_counter() - started) * 1000)
                self.took[kind].append(answers[-1])
        return percentile(answers, 0.5)


def run(options: Options) -> dict[str, Any]:
    few = -(-options.messages // 100)
    figures, large, small = Sizes(Side, few, options.messages, options.rounds).compare(options.store)
    return {
        "benchmark": "search",
        "unit": "milliseconds, median of a round: ours = many messages, theirs = few",
        "messages": {"ours": options.messages, "theirs": few},
        **figures,
        **{kind: {"ours": _spread(took), "theirs": _spread(small.took[kind])} for kind, took in large.took.items()},
    }


def _spread(values: list[float]) -> dict[str, float]:
    return {"p50": round(percentile(values, 0.5), 1), "p95": round(percentile(values, 0.95), 1)}
