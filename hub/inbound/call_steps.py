"""What happens within a call - chosen, waited, held, handed on - kept on the call, so that its story can be read."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from hub.conversations import hand_over, label
from hub.store.calls import STEPS
from hub.store.conversations import get_conversation, list_conversation_labels
from hub.store.messages import get_message, mark_message
from hub.store.teams import find_teams

MOST_STEPS = 200
KEPT = ("words", "team", "label")


def note_step(conn: Connection, message_id: str, said: Mapping[str, Any], at: int) -> bool:
    """said: `what`, and what more there is to it. Answers whether the call's story has changed."""
    message = get_message(conn, message_id)
    step = {"what": str(said["what"]), "at": at} | {name: said[name] for name in KEPT if said.get(name)}
    steps = sorted([*message.parts.get(STEPS, ()), step], key=lambda one: int(one["at"]))
    mark_message(conn, message_id, parts={**message.parts, STEPS: steps[:MOST_STEPS]})
    if message.conversation_id:
        _sort(conn, message.conversation_id, said, at)
    return len(steps) <= MOST_STEPS


def _sort(conn: Connection, conversation_id: str, said: Mapping[str, Any], at: int) -> None:
    """What the caller chose says whose conversation it is, unless somebody has it already."""
    conversation = get_conversation(conn, conversation_id)
    team = find_teams(conn, [str(said["team"])]).get(str(said["team"])) if said.get("team") else None
    if team and not conversation.assignee_id:
        hand_over(conn, conversation_id, None, team, at, None)
    if said.get("label"):
        names = list_conversation_labels(conn, [conversation_id])[conversation_id]
        label(conn, conversation_id, [*names, str(said["label"])], at, None)
