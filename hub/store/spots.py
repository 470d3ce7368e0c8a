"""Says where a text holds what was looked for, to mark it."""

import re

from hub.store.letters import BOTH, JOINED
from hub.store.words import Needle, terms_of


def spots_of(text: str, query: str) -> list[tuple[int, int]]:
    """Where a text holds what was looked for: (begin, end), in order, none over another."""
    needles = {needle for term in terms_of(query) for needles in term for needle in needles}
    found: set[tuple[int, int]] = set()
    for table in (*BOTH, JOINED):
        pieces = [table[ord(letter)] for letter in text]
        places = [place for place, piece in enumerate(pieces) for _ in piece]
        folded = "".join(pieces)
        for needle in needles:
            found.update((places[hit.start()], places[hit.end() - 1] + 1) for hit in _sought(needle).finditer(folded))
    spots: list[tuple[int, int]] = []
    for begin, end in sorted(found, key=lambda spot: (spot[0], -spot[1])):
        if not spots or begin >= spots[-1][1]:
            spots.append((begin, end))
    return spots


def _sought(needle: Needle) -> re.Pattern[str]:
    if needle.kind == "number":
        return re.compile("[ 0]*".join(needle.text))
    inside = needle.is_part or needle.kind == "run"
    return re.compile(("" if inside else r"(?<![^ \n])") + re.escape(needle.text))
