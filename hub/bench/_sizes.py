"""Measures the same questions over much and over little: what is well indexed takes as long in both.

On SQLite the two stores are measured in turn; a given --store must be empty and is measured small first, then grown.
"""

import asyncio
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from hub.bench._rounds import paired
from hub.errors import ConfigError
from hub.store.bench_data import is_empty
from hub.store.database import Store, open_store
from hub.store.migrate import migrate


class Side(Protocol):
    """A store that grows by made-up rows. holds: how many there are."""

    store: Store
    holds: int

    async def grow(self, count: int) -> None: ...

    async def measure(self) -> float:
        """The median of one round."""
        ...


S = TypeVar("S", bound=Side)


@dataclass(frozen=True, slots=True)
class Sizes(Generic[S]):
    """side makes one of a store and of what it holds; ours = many, theirs = few."""

    side: Callable[[Store, int], S]
    few: int
    many: int
    rounds: int

    def compare(self, url: str) -> tuple[dict[str, Any], S, S]:
        """The figures and the sides they come from."""
        with asyncio.Runner() as runner, tempfile.TemporaryDirectory() as folder:
            return self._grown(runner, url) if url else self._in_turn(runner, folder)

    def _in_turn(self, runner: asyncio.Runner, folder: str) -> tuple[dict[str, Any], S, S]:
        large, small = (self.side(_open(runner, f"sqlite:///{folder}/{name}.db"), 0) for name in ("large", "small"))
        runner.run(small.grow(self.few))
        runner.run(large.grow(self.many))
        figures = paired(self.rounds, lambda: runner.run(large.measure()), lambda: runner.run(small.measure()))
        for side in (large, small):
            runner.run(side.store.close())
        return figures, large, small

    def _grown(self, runner: asyncio.Runner, url: str) -> tuple[dict[str, Any], S, S]:
        """The same store, first small, then large."""
        store = _open(runner, url)
        if not runner.run(store.read(is_empty)):
            raise ConfigError("hub bench fills the store it is given: --store must be empty")
        small = self.side(store, 0)
        runner.run(small.grow(self.few))
        few = [runner.run(small.measure()) for _ in range(self.rounds)]
        large = self.side(store, small.holds)
        runner.run(large.grow(self.many))
        figures = paired(self.rounds, lambda: runner.run(large.measure()), iter(few).__next__)
        runner.run(store.close())
        return figures, large, small


def _open(runner: asyncio.Runner, url: str) -> Store:
    migrate(url)
    store = open_store(url)
    runner.run(store.open())
    return store
