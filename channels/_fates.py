"""What becomes of a message that a provider refuses with an error number, and in which words the agent hears of it."""

from collections.abc import Mapping
from enum import StrEnum

from hub.errors import SendDeferred, SendError, SendRejected


class Fate(StrEnum):
    """busy, setup: all messages wait, for the provider or for whoever runs the hub; later: this one waits; refused:
    never again; dead: nor anything else to that number."""

    BUSY = "busy"
    SETUP = "setup"
    LATER = "later"
    REFUSED = "refused"
    DEAD = "dead"


class SetUpWrongly(SendDeferred):
    """Refused until whoever runs the hub changes something."""


Meanings = Mapping[int, tuple[Fate, str]]  # a provider's error number -> (fate, sentence for the agent)


def error_of(fate: Fate, reason: str, retry_after: float | None = None) -> SendError:
    """retry_after: seconds, where the provider says so."""
    if fate is Fate.SETUP:
        return SetUpWrongly(reason, retry_after)
    if fate in (Fate.BUSY, Fate.LATER):
        return SendDeferred(reason, retry_after, of_provider=fate is not Fate.LATER)
    return SendRejected(reason, bounced=fate is Fate.DEAD)


def sentence_of(meanings: Meanings, code: int, words: str) -> str:
    """Ours where we have one, else the provider's words; and the number to look up."""
    said = meanings[code][1] if code in meanings else words
    return f"{said} ({code})" if code else said


def is_dead(meanings: Meanings, code: int) -> bool:
    """Is the number itself no good?"""
    return code in meanings and meanings[code][0] is Fate.DEAD
