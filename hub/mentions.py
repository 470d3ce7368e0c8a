"""Who is meant by an @ in a note: "@Lena Vogt", "@lena" where there is only one, or the name of an address."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

_SIGN = re.compile(r"(?<![\w@.])@(?=\w)")


class Person(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def email(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Colleague:
    id: str
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a note; id: of whom it names."""

    text: str
    id: str = ""


def find_mentioned(text: str, colleagues: Iterable[Person]) -> list[str]:
    """Their ids, each once, in the order of the text."""
    return list(dict.fromkeys(piece.id for piece in in_pieces(text, colleagues) if piece.id))


def in_pieces(text: str, colleagues: Iterable[Person]) -> list[Piece]:
    """The text, cut where somebody is named."""
    names = _names(list(colleagues))
    pieces, done = [], 0
    for sign in _SIGN.finditer(text):
        found = next((name for name in names if _begins(text, sign.end(), name)), None)
        if found:
            end = sign.end() + len(found)
            pieces += [Piece(text[done : sign.start()]), Piece(text[sign.start() : end], names[found])]
            done = end
    return [piece for piece in (*pieces, Piece(text[done:])) if piece.text]


def _begins(text: str, at: int, name: str) -> bool:
    after = text[at + len(name) : at + len(name) + 1]
    return text[at : at + len(name)].casefold() == name and not (after.isalnum() or after == "_")


def _names(colleagues: Sequence[Person]) -> dict[str, str]:
    """What may follow the sign, longest first -> id; a word that two are called by means neither."""
    found: dict[str, set[str]] = {}
    for one in colleagues:
        for name in {one.name.strip(), one.name.split(" ")[0], one.email.partition("@")[0]} - {""}:
            found.setdefault(name.casefold(), set()).add(one.id)
    sure = {name: min(ids) for name, ids in found.items() if len(ids) == 1}
    return dict(sorted(sure.items(), key=lambda pair: -len(pair[0])))
