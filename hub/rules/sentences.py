"""What a rule says, as plain values read from JSON and checked: when, if, then. Asked of a message without the store.

{"when": "message", "if": {"channel": "support", "words": ["invoice"]}, "then": {"labels": ["billing"], "team": "..."}}
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hub.errors import InvalidInput
from hub.store.condition_tree import HexId, Word
from hub.store.rules import Incoming

MESSAGE, BEGINS = "message", "begins"
WHENS = (MESSAGE, BEGINS)
NEVER_BEGINS = "begins"  # the condition that fails where the rule is for first messages alone


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)


class Conditions(Part):
    """All that is said must hold. words: one of them; sender: an address, or what stands behind its @."""

    channel: Word | None = None
    words: Annotated[list[Word], Field(max_length=50)] = []
    where: Literal["any", "subject", "text"] = "any"
    sender: Word | None = None
    language: Word | None = None
    label: Word | None = None
    team: HexId | None = None


class Acts(Part):
    """Done in this order."""

    labels: Annotated[list[Word], Field(max_length=20)] = []
    team: HexId | None = None
    agent: HexId | None = None
    priority: Literal["low", "normal", "high", "urgent"] | None = None
    note: Annotated[str, Field(max_length=2_000)] = ""
    close: bool = False


class Sentence(Part):
    """stops: no rule behind it is asked about a message that this one was for."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)

    when: Literal["message", "begins"] = "message"
    conditions: Conditions = Field(Conditions(), alias="if")
    acts: Acts = Field(Acts(), alias="then")
    stops: bool = False

    def plain(self) -> dict[str, Any]:
        return self.model_dump(by_alias=True, exclude_defaults=True)


def read_sentence(plain: Mapping[str, Any]) -> Sentence:
    """Raises InvalidInput for what is no sentence, or does nothing."""
    try:
        sentence = Sentence.model_validate(plain)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        where = str(first["loc"][-1]) if first["loc"] else "rule"
        raise InvalidInput(f"this is no rule: {first['msg']}", where, "rule_part") from wrong
    if sentence.acts == Acts():
        raise InvalidInput("the rule does nothing", "then", "rule_acts")
    return sentence


def failing(sentence: Sentence, message: Incoming) -> str:
    """The first condition that does not hold, by its name; "" when the rule is for this message."""
    asked = sentence.conditions
    holds = {
        NEVER_BEGINS: sentence.when != BEGINS or message.begins,
        "channel": asked.channel in (None, message.channel),
        "words": not asked.words or _has_word(asked, message),
        "sender": asked.sender is None or _is_from(asked.sender.casefold(), message.sender.casefold()),
        "language": asked.language is None or message.language[:2] == asked.language,
        "label": asked.label is None or asked.label in message.labels,
        "team": asked.team in (None, message.team_id),
    }
    return next((name for name, held in holds.items() if not held), "")


def _has_word(asked: Conditions, message: Incoming) -> bool:
    said = {"subject": message.subject, "text": message.text, "any": f"{message.subject}\n{message.text}"}
    text = said[asked.where].casefold()
    return any(word.casefold() in text for word in asked.words)


def _is_from(wanted: str, sender: str) -> bool:
    """ada@example.com is that one; example.com and @example.com are all of that domain and of those below it."""
    if "@" in wanted.removeprefix("@") or "@" not in sender:
        return sender == wanted
    domain, host = wanted.removeprefix("@"), sender.rpartition("@")[2]
    return host == domain or host.endswith(f".{domain}")
