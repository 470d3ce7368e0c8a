"""Says how people behave on the telephone, so that a test reads like what happened."""

from dataclasses import dataclass

MINUTE = 60


@dataclass(frozen=True)
class Phone:
    """What happens when this phone rings. outcome: answered, busy, no-answer, failed. talk: seconds; None: as long as
    the other side does, in real time."""

    outcome: str = "no-answer"
    after: int = 4
    talk: int | None = 30
    digits: str = ""


@dataclass(frozen=True)
class Caller:
    """voicemail: seconds spoken after the beep (0: hangs up at the beep); patience: hangs up after so long without an
    agent; digits: pressed whenever a menu asks, where a blank lets a question pass; words: said, one after the other,
    where somebody listens; finish_key: ends the voicemail with a key instead of hanging up; pitch: of the voice, so
    that recordings differ; says: its words, where they are written down."""

    voicemail: int = 0
    patience: int = 10 * MINUTE
    digits: str = ""
    words: tuple[str, ...] = ()
    finish_key: str = ""
    pitch: int = 180
    says: str = ""


def answers(talk: int | None = 30, after: int = 4, digits: str = "") -> Phone:
    return Phone("answered", after, talk, digits)


def busy() -> Phone:
    return Phone("busy", after=1)


def no_answer() -> Phone:
    return Phone("no-answer")


def unreachable() -> Phone:
    return Phone("failed", after=1)
