"""What happens within a call - chosen, waited, held, handed on - kept on the call, so that its story can be read."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from hub.conversations import hand_over, label
from hub.store.calls import RINGS, STEPS, THIRD_TALKS, list_calls, mark_call
from hub.store.conversations import get_conversation, list_conversation_labels
from hub.store.messages import Message, get_message, mark_message
from hub.store.tasks import CALLBACK
from hub.store.teams import find_teams
from hub.tasks import begin_task

MOST_STEPS = 200
KEPT = ("words", "team", "label")


def note_step(conn: Connection, message_id: str, said: Mapping[str, Any], at: int) -> bool:
    """said: `what`, and what more there is to it. Answers whether the call's story has changed."""
    message = get_message(conn, message_id)
    steps = list(message.parts.get(STEPS, ()))
    if said.get("what"):
        about = {name: said[name] for name in KEPT if said.get(name)}
        steps.append({"what": str(said["what"]), "at": at} | about)
    steps.sort(key=lambda one: int(one["at"]))
    if said.get("waits") and not (steps and steps[-1]["what"] == "waits"):
        steps.append({"what": "waits", "at": at})
    rings: dict[str, Any] = {RINGS: said["phones"]} if "phones" in said else {}
    if THIRD_TALKS in said:
        rings[THIRD_TALKS] = said[THIRD_TALKS]
    parts = {**message.parts, **rings, **({STEPS: steps[:MOST_STEPS]} if steps else {})}
    if "waits_since" in said:
        mark_call(conn, message_id, queue=str(said.get("team", "")), waits_since=int(said["waits_since"]))
    if "legs" in said:
        _mark_legs(conn, message_id, said["legs"])
    if said.get("task"):
        _promise(conn, message, said, at)
    if message.conversation_id and said.get("what"):
        _sort(conn, message.conversation_id, said, at)
    if parts != message.parts:
        mark_message(conn, message_id, parts=parts)
    return parts != message.parts


def _mark_legs(conn: Connection, message_id: str, legs: Mapping[str, str]) -> None:
    known = list_calls(conn, [message_id])[message_id].legs
    mark_call(conn, message_id, legs={**known, **legs})


def _promise(conn: Connection, call: Message, said: Mapping[str, Any], at: int) -> None:
    """To be called back: due since the moment from which the caller waited, so that the place is kept."""
    about = {"customer_id": call.customer_id, "conversation_id": call.conversation_id, "message_id": call.id}
    begin_task(
        conn, {**about, "kind": CALLBACK, "title": said["task"], "due_at": int(said.get("waits_since", at))}, at, None
    )


def _sort(conn: Connection, conversation_id: str, said: Mapping[str, Any], at: int) -> None:
    """What the caller chose says whose conversation it is, unless somebody has it already."""
    conversation = get_conversation(conn, conversation_id)
    team = find_teams(conn, [str(said["team"])]).get(str(said["team"])) if said.get("team") else None
    if team and not conversation.assignee_id:
        hand_over(conn, conversation_id, None, team, at, None)
    if said.get("label"):
        names = list_conversation_labels(conn, [conversation_id])[conversation_id]
        label(conn, conversation_id, [*names, str(said["label"])], at, None)
