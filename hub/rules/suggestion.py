"""The sentence that a conversation suggests: when somebody writes like this, that is done which was done here."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection

from hub.errors import NotFound
from hub.rules.sentences import Acts, Conditions, Sentence
from hub.store.conversations import Conversation, get_conversation, list_conversation_labels
from hub.store.messages import find_last_inbound
from hub.store.visibility import Visibility, list_seen_conversations

MOST_WORDS = 5
SHORTEST = 4  # letters of a word that says what a message is about
LONGEST = 40
WORD = re.compile(rf"[^\W\d_]{{{SHORTEST},{LONGEST}}}")
USUAL = "normal"  # priority


class By(StrEnum):
    """What messages like it have in common."""

    SUBJECT = "subject"
    SENDER = "sender"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """name: of a rule; by: what it goes by, given: all it could go by."""

    conversation_id: str
    name: str
    sentence: Sentence
    by: By
    given: tuple[By, ...]


def suggest(conn: Connection, who: Visibility, conversation_id: str, by: str) -> Suggestion:
    """by: as wanted; what the customer's last message has not is not gone by. Raises NotFound."""
    if conversation_id not in list_seen_conversations(conn, who, [conversation_id]):
        raise NotFound("there is no such conversation")
    conversation = get_conversation(conn, conversation_id)
    labels = list_conversation_labels(conn, [conversation.id])[conversation.id]
    message = find_last_inbound(conn, conversation.id, "email") or find_last_inbound(conn, conversation.id)
    words, sender = telling_words((message or conversation).subject), message.from_handle if message else ""
    given = tuple(way for way, there in _ways(bool(words), bool(sender)) if there)
    chosen = next((way for way in given if way == by), given[0] if given else By.SUBJECT)
    said = Conditions(
        channel=(message.channel if message else conversation.last_channel) or None,
        words=words if chosen != By.SENDER else [],
        where="subject" if words and chosen != By.SENDER else "any",
        sender=sender if sender and chosen != By.SUBJECT else None,
    )
    name = words[0].capitalize() if said.words else sender
    return Suggestion(conversation.id, name, _sentence(said, conversation, labels), chosen, given)


def _ways(has_words: bool, has_sender: bool) -> tuple[tuple[By, bool], ...]:
    return (By.SUBJECT, has_words), (By.SENDER, has_sender), (By.BOTH, has_words and has_sender)


def _sentence(said: Conditions, conversation: Conversation, labels: list[str]) -> Sentence:
    done: dict[str, Any] = {"labels": labels, "team": conversation.team_id}
    done |= {} if conversation.priority == USUAL else {"priority": conversation.priority}
    return Sentence(conditions=said, acts=Acts.model_validate(done))


def telling_words(subject: str) -> list[str]:
    """Those that tell what it is about; numbers and what stands before a colon (Re:) are left out."""
    said = subject.rpartition(":")[2]
    return list(dict.fromkeys(word.casefold() for word in WORD.findall(said)))[:MOST_WORDS]
