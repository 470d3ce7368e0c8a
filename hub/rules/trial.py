"""What a rule would have done with the last messages, and why not with the others; nothing is changed."""

from dataclasses import dataclass

from sqlalchemy import Connection

from hub.rules.sentences import Sentence, failing
from hub.store.rules import Incoming, list_incoming
from hub.store.visibility import Visibility

LAST = 100  # messages


@dataclass(frozen=True, slots=True)
class Tried:
    """failed: the condition that did not hold, "" where the rule would have acted."""

    message: Incoming
    failed: str


def try_out(conn: Connection, sentence: Sentence, who: Visibility) -> list[Tried]:
    return [Tried(message, failing(sentence, message)) for message in list_incoming(conn, LAST, who)]
