"""What came of a phone call, as whoever spoke says it: an outcome on the call, and a note beside it that grows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from hub.conversations import add_note, append_conversation_event, change_note, take_back_note
from hub.errors import InvalidInput, NotFound
from hub.model import Direction, MessageKind
from hub.store.conversations import get_conversation
from hub.store.customers import lock_customer
from hub.store.messages import NOTED, OUTCOME, Message, get_message, mark_message

OUTCOMES = ("reached", "voicemail", "no_answer", "busy", "wrong_number")
LOGGED = "call.logged"


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of a call: "" and None leave what was said before."""

    outcome: str = ""
    notes: str | None = None


def log_call(
    conn: Connection, message_id: str, said: Said, author_id: str | None, author_name: str, at: int
) -> Message:
    """Answers the call as it is now. Raises InvalidInput, NotFound for what is no call."""
    lock_customer(conn, get_call_message(conn, message_id).customer_id)
    message = get_call_message(conn, message_id)
    if said.outcome not in ("", *OUTCOMES):
        raise InvalidInput("say what came of the call", "outcome", "call_outcome")
    if said.notes is not None:
        noted = _note(conn, message, said.notes.strip(), author_id, author_name, at)
        message = _mark(conn, message, {NOTED: noted})
    if said.outcome and said.outcome != message.parts.get(OUTCOME):
        message = _mark(conn, message, {OUTCOME: said.outcome})
        conversation = get_conversation(conn, message.conversation_id or "")
        append_conversation_event(conn, conversation, LOGGED, at, author_id, message=message.id, outcome=said.outcome)
    return message


def get_call_message(conn: Connection, message_id: str) -> Message:
    message = get_message(conn, message_id)
    if message.kind != MessageKind.CALL or not message.conversation_id:
        raise NotFound("there is no such call")
    return message


def outcome_of(message: Message) -> str:
    """What was said, else what the provider proves: people talked, or the customer did not pick up; else ""."""
    said = str(message.parts.get(OUTCOME, ""))
    proven = {"completed": "reached", "missed": "no_answer" if message.direction == Direction.OUT else ""}
    return said or proven.get(str(message.parts.get("state", "")), "")


def _note(conn: Connection, call: Message, text: str, author_id: str | None, author_name: str, at: int) -> str:
    """The id of the note, or "" where nothing is written."""
    known = str(call.parts.get(NOTED, ""))
    if known and text:
        change_note(conn, known, text, at, author_id)
    elif known:
        take_back_note(conn, known, at, author_id)
    elif text:
        return add_note(conn, call.conversation_id or "", text, author_id, author_name, at)
    return known if text else ""


def _mark(conn: Connection, message: Message, said: Mapping[str, Any]) -> Message:
    mark_message(conn, message.id, parts={**message.parts, **said})
    return get_message(conn, message.id)
