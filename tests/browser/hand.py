"""What somebody does at a page, counted: an act is a click or a chord of keys; a key held down is one.

What somebody writes is none; neither are the letters that choose from a list, whose Enter is one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.async_api import Locator, Page

TARGETS = {
    **{"A1": 1, "A2": 1, "A3": 2, "A4": 3, "A5": 1, "A6": 2, "A7": 1, "A8": 2, "A9": 2, "A10": 2},
    **{"A11": 2, "A12": 1, "A13": 1, "A14": 2, "A15": 4, "A16": 2},
    **{"L1": 0, "L2": 3, "L3": 1, "L4": 5, "L5": 2, "L6": 2, "L7": 2},
    **{"M1": 6, "M2": 1, "M3": 2, "M4": 9, "M5": 1, "M6": 2, "M7": 3, "M8": 7, "M9": 1, "C3": 2, "C4": 2},
    **{"C5": 1, "C7": 2, "D1": 8, "D9": 2},
}


@dataclass
class Hand:
    page: Page
    acts: int = 0

    async def press(self, chord: str, held: int = 1) -> None:
        self.acts += 1
        for _ in range(held):
            await self.page.keyboard.press(chord)

    async def write(self, text: str) -> None:
        await self.page.keyboard.type(text)

    async def click(self, what: Locator) -> None:
        self.acts += 1
        await what.click()

    async def choose(self, where: Locator, what: str) -> None:
        """From a list."""
        self.acts += 1
        await where.select_option(what)

    @contextmanager
    def job(self, number: str) -> Iterator[None]:
        """Within it, no more acts than that job was promised."""
        before = self.acts
        yield
        assert self.acts - before <= TARGETS[number], number
