"""What came of a phone call, as whoever spoke says it: an outcome on the call, and a note behind it."""

from sqlalchemy import Connection

from hub.conversations import add_note, append_conversation_event
from hub.errors import InvalidInput, NotFound
from hub.model import MessageKind
from hub.store.agents import Agent
from hub.store.conversations import get_conversation
from hub.store.messages import get_message, mark_message

OUTCOMES = ("reached", "voicemail", "no_answer", "busy", "wrong_number")
KEPT = "outcome"  # among the facts of the message that is the call
LOGGED = "call.logged"


def log_call(conn: Connection, message_id: str, outcome: str, note: str, agent: Agent, at: int) -> str:
    """Answers its conversation. Said again it is corrected. Raises InvalidInput, NotFound for what is no call."""
    message = get_message(conn, message_id)
    if message.kind != MessageKind.CALL or not message.conversation_id:
        raise NotFound("there is no such call")
    if outcome not in OUTCOMES:
        raise InvalidInput("say what came of the call", "outcome", "call_outcome")
    mark_message(conn, message.id, parts={**message.parts, KEPT: outcome})
    if note.strip():
        add_note(conn, message.conversation_id, note.strip(), agent.id, agent.name, at)
    conversation = get_conversation(conn, message.conversation_id)
    append_conversation_event(conn, conversation, LOGGED, at, agent.id, message=message.id, outcome=outcome)
    return conversation.id
