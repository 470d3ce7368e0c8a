"""Hides `{{ }}`, `{% %}` and `{# #}` from tools that understand HTML only, and brings them back afterwards."""

import re
from collections.abc import Callable

JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
MASK = re.compile(r"<!--HUB(\d+)X-->|HUB(\d+)X")


MAX_TAGS = 400  # beyond that the work is done per message instead of once


class Unmaskable(Exception):
    """A tag stands where nothing can stand for it."""


class Mask:
    """tags: what was hidden, by number."""

    def __init__(self, source: str, stand_in: Callable[[int, str], str]) -> None:
        """stand_in(number, html before the tag) -> the text that takes its place."""
        if MASK.search(source) or len(JINJA.findall(source)) > MAX_TAGS:
            raise Unmaskable
        self.tags: list[str] = []
        pieces: list[str] = []
        at = 0
        for found in JINJA.finditer(source):
            pieces.append(source[at : found.start()])
            pieces.append(stand_in(len(self.tags), source[: found.start()]))
            self.tags.append(found[0])
            at = found.end()
        self.text = "".join([*pieces, source[at:]])

    def lifted(self, text: str) -> str:
        """The tags back in their places; every one exactly once."""
        seen = sorted(int(found[1] or found[2]) for found in MASK.finditer(text))
        if seen != list(range(len(self.tags))):
            raise Unmaskable
        return MASK.sub(lambda found: self.tags[int(found[1] or found[2])], text)
