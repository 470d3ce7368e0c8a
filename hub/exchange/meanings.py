"""What headings and cells of other people's tables mean, as `headings.toml` says: read when a file is brought in."""

import re
import tomllib
import unicodedata
from functools import cache
from pathlib import Path

QUALIFIERS = ("work", "home", "other", "mobile")
WHOSE, PAYER, RECEIVER = "whose", "payer", "receiver"
OWNERS = (WHOSE, PAYER, RECEIVER)
TOTAL = "total"  # what stands in a row that adds up the others
_PLAIN = str.maketrans({"ł": "l", "ø": "o", "æ": "ae", "đ": "d"})


@cache
def _meant() -> dict[str, dict[str, list[str]]]:
    """Language -> meaning -> headings. A megabyte with what is made of it, for the first file that is brought in."""
    return tomllib.loads(Path(__file__).with_name("headings.toml").read_text(encoding="utf-8"))


def tongues() -> tuple[str, ...]:
    return tuple(_meant())


def folded(heading: str) -> str:
    """Small letters without accents; everything that is neither letter nor digit is a blank, numbers are nothing."""
    letters = unicodedata.normalize("NFKD", heading.casefold().translate(_PLAIN))
    words = re.findall(r"[^\W_]+", "".join(letter for letter in letters if not unicodedata.combining(letter)))
    named = filter(None, (word.rstrip("0123456789") for word in words))
    return re.sub(r"\be (?=mail|post)", "e", re.sub(r"\bship to\b", "shipping", " ".join(dict.fromkeys(named))))


@cache
def known_headings() -> dict[str, dict[str, str]]:
    """Folded heading, its words written together -> language -> meaning."""
    found: dict[str, dict[str, str]] = {}
    for language, meanings in _meant().items():
        for meaning, headings in meanings.items():
            for heading in headings if meaning not in (*QUALIFIERS, *OWNERS, TOTAL) else ():
                found.setdefault(together(folded(heading)), {})[language] = meaning
    return found


def together(words: str) -> str:
    """For who writes LASTNAME."""
    return words.replace(" ", "")


@cache
def qualifying() -> dict[str, str]:
    """Folded word -> work, home, other or mobile."""
    return {
        folded(word): qualifier
        for meanings in _meant().values()
        for qualifier in QUALIFIERS
        for word in meanings.get(qualifier, ())
    }


@cache
def owners() -> dict[str, str]:
    return {folded(word): kind for meanings in _meant().values() for kind in OWNERS for word in meanings.get(kind, ())}


@cache
def said_of(meaning: str) -> frozenset[str]:
    """The folded headings of that meaning in every language."""
    return frozenset(folded(heading) for meanings in _meant().values() for heading in meanings.get(meaning, ()))


@cache
def words_of(headings: frozenset[str]) -> frozenset[str]:
    return frozenset(word for heading in headings for word in heading.split())
