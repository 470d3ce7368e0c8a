"""When a machine must not answer a message (RFC 3834; R20, R21). Asked of plain values, before anything is written.

Two machines that answer each other stop after one message each: of those that say what they are none is answered, and
of those that do not each address once in a day.
"""

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from enum import StrEnum

from hub.clock import DAY, HOUR
from hub.conversations import ACTIVE
from hub.model import MessageKind
from hub.store.auto_replies import Told
from hub.store.conversations import Conversation
from hub.store.messages import Message

LONGEST_HOURS = 720
REST = DAY  # between two automatic replies to one address, whatever it writes about
MOST_AN_HOUR = 500  # automatic replies to all addresses together: beyond that somebody forges senders
NUMBER = re.compile(r"\+\d{8,15}")  # a short code or a name belongs to a machine


class Silence(StrEnum):
    """Why not."""

    NO_WORDS = "no_words"
    KEYWORD = "keyword"
    CLAIMED = "claimed"
    OURSELVES = "ourselves"
    MACHINE = "machine"
    FORBIDDEN = "forbidden"
    LATE = "late"
    OVER = "over"
    AGAIN = "again"
    SOON = "soon"


@dataclass(frozen=True, slots=True)
class Asked:
    """message: as it landed; conversation: as it stands after all else that the message led to; kind: of the address;
    said_at: when, as the sender has it; told: what machines answered the customer of late; own: our own addresses."""

    message: Message
    conversation: Conversation
    kind: str
    keyword: str
    said_at: int
    told: Sequence[Told]
    own: Set[str]


def silence(asked: Asked, hours: int, at: int) -> Silence | None:
    """The first reason that holds. hours: between two automatic replies in one conversation."""
    message = asked.message
    reasons = {
        Silence.NO_WORDS: message.kind != MessageKind.TEXT,
        Silence.KEYWORD: bool(asked.keyword),
        Silence.CLAIMED: not message.peer or message.from_handle != message.peer,
        Silence.OURSELVES: message.peer.lower() in asked.own,
        Silence.MACHINE: asked.kind == "sms" and not NUMBER.fullmatch(message.peer),
        Silence.FORBIDDEN: message.automatic or bool(message.parts.get("unanswerable")),
        Silence.LATE: at - asked.said_at > DAY,
        Silence.OVER: asked.conversation.state not in ACTIVE,
        Silence.AGAIN: any(_is_near(one, asked, at) for one in asked.told),
        Silence.SOON: any(
            one.conversation_id == asked.conversation.id and at - one.at < hours * HOUR for one in asked.told
        ),
    }
    return next((why for why, holds in reasons.items() if holds), None)


def _is_near(told: Told, asked: Asked, at: int) -> bool:
    return (told.kind, told.handle) == (asked.kind, asked.message.peer) and at - told.at < REST
