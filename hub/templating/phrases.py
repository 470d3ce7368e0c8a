"""Sentences about templates and campaigns that are made far from any page, and said there in the reader's language."""

from collections.abc import Callable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Phrase:
    """text: English, the key of the catalogues, with `%(name)s` where one of the values stands; then: what follows."""

    text: str
    values: tuple[tuple[str, str], ...] = ()
    then: "Phrase | None" = None

    def say(self, translate: Callable[[str], str] = str) -> str:
        said = translate(self.text)
        said = said % dict(self.values) if self.values else said
        return said + (self.then.say(translate) if self.then else "")

    def followed_by(self, phrase: "Phrase | None") -> "Phrase":
        return replace(self, then=self.then.followed_by(phrase) if self.then else phrase)


def phrase(text: str, **values: object) -> Phrase:
    """tests/web/catalogue.py finds the texts it is called with."""
    return Phrase(text, tuple((name, str(value)) for name, value in values.items()))
