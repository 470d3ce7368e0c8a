"""What is wrong with a template, said so that its author can mend it."""

from collections.abc import Sequence
from dataclasses import dataclass

from hub.errors import InvalidInput
from hub.templating.phrases import Phrase


@dataclass(frozen=True, slots=True)
class Problem:
    """warning: worth a look, but nothing that keeps a message from being sent."""

    file: str
    line: int
    said: Phrase
    warning: bool = False

    @property
    def message(self) -> str:
        """In English, for programs; pages say it in the reader's language."""
        return self.said.say()

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {'warning: ' if self.warning else ''}{self.message}"


class BrokenTemplate(InvalidInput):
    """The template cannot be used; problems says where and why."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(map(str, problems)), field="template")
        self.problems = tuple(problems)
