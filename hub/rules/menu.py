"""What a bot says to what it was told: a menu, the answer to a choice, or that a colleague takes over. Pure values.

It gives up after two messages that it does not understand, and after so many of its own: two bots that talk to each
other end there.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from hub.store.bots import Bot, Choice

MOST_TURNS = 10  # of a bot, in one conversation and day
_WORDS = re.compile(r"[^\W_]+")


class Step(StrEnum):
    MENU = "menu"
    ANSWER = "answer"
    UNKNOWN = "unknown"
    PERSON = "person"


class Why(StrEnum):
    """A colleague takes over because"""

    CHOSEN = "chosen"
    NOT_UNDERSTOOD = "not_understood"
    OFTEN = "often"


@dataclass(frozen=True, slots=True)
class Turn:
    """choice: what was chosen, if something was; why: a colleague takes over, if so."""

    step: Step
    text: str
    choice: Choice | None = None
    why: Why | None = None


def begin(bot: Bot) -> Turn:
    return Turn(Step.MENU, menu_of(bot))


def go_on(bot: Bot, said: str, before: str, turns: int) -> Turn:
    """before: the step of what the bot said last; turns: how often it has spoken."""
    choice = find_choice(bot, said)
    if choice and choice.person:
        return Turn(Step.PERSON, choice.text or bot.handing, choice, Why.CHOSEN)
    if turns + 1 >= MOST_TURNS:
        return Turn(Step.PERSON, bot.handing, choice, Why.OFTEN)
    if choice:
        return Turn(Step.ANSWER, choice.text, choice)
    if before == Step.UNKNOWN:
        return Turn(Step.PERSON, bot.handing, why=Why.NOT_UNDERSTOOD)
    return Turn(Step.UNKNOWN, f"{bot.unknown}\n\n{_lines(bot)}".strip())


def menu_of(bot: Bot) -> str:
    return f"{bot.greeting}\n\n{_lines(bot)}".strip()


def find_choice(bot: Bot, said: str) -> Choice | None:
    """By its number, its title, or one of its words anywhere in what was said; the first that fits."""
    words = _plain(said)
    if words.strip().isdecimal():
        number = int(words[:10])
        return bot.choices[number - 1] if 1 <= number <= len(bot.choices) else None
    return next((one for one in bot.choices if any(_plain(word) in words for word in (one.title, *one.words))), None)


def _plain(text: str) -> str:
    """Its words in small letters, each between blanks."""
    return f" {' '.join(_WORDS.findall(text.casefold()))} "


def _lines(bot: Bot) -> str:
    return "\n".join(f"{number} {one.title}" for number, one in enumerate(bot.choices, 1))
