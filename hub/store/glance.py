"""A quick look at a text before its words are read, which takes ten times as long."""

import unicodedata
from collections.abc import Callable, Iterable

from hub.store.letters import BOTH
from hub.store.words import INDEXED, Term

# How the words read in a text differ from what stands there: blanks and signs go, ä is written out, ae drawn together,
# and +49 (0)30 loses its zero.
_LEFT_OUT = (" ", "\n", "e", "0")


def glance_for(terms: Iterable[Term]) -> Callable[[str], bool]:
    """Says of a text whether its words may match: where it says no, `matches` says no."""
    sought = [[[_drawn(needle.text) for needle in needles] for needles in term] for term in terms]

    def may_match(text: str) -> bool:
        text = unicodedata.normalize("NFKC", text[:INDEXED])
        tables = BOTH if "å" in text or "Å" in text else BOTH[:1]  # å alone is written out with another letter than e
        spellings = [_drawn(text.translate(table)) for table in tables]
        return all(any(all(_stands_in(one, spellings) for one in needles) for needles in term) for term in sought)

    return may_match


def _stands_in(piece: str, spellings: list[str]) -> bool:
    return any(piece in spelling for spelling in spellings)


def _drawn(folded: str) -> str:
    for sign in _LEFT_OUT:
        folded = folded.replace(sign, "")
    return folded
