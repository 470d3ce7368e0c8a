"""The methods of the Bot API that send nothing: reactions, presses of buttons, leaving a group."""

from importlib import import_module
from typing import Any

from hub.sandbox.telegram_methods import Asked, Method, Refused, recipient


async def set_message_reaction(asked: Asked) -> Any:
    person, number = recipient(asked), asked.number("message_id")
    if (person.id, number) not in asked.world.messages:
        raise Refused(400, "Bad Request: message to react not found")
    signs = [str(one.get("emoji", "")) for one in asked.value("reaction") or []]
    if len(signs) > 1:
        raise Refused(400, "Bad Request: REACTIONS_TOO_MANY")
    known: Any = import_module("telegram.constants").ReactionEmoji  # with the whole library: 8 MB
    if any(sign not in set(known) for sign in signs):
        raise Refused(400, "Bad Request: REACTION_INVALID")
    asked.world.reactions[person.id, number] = "".join(signs)
    return True


async def answer_callback_query(asked: Asked) -> Any:
    if asked.text("callback_query_id") not in asked.world.turning:
        raise Refused(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
    asked.world.turning.remove(asked.text("callback_query_id"))
    return True


async def leave_chat(asked: Asked) -> Any:
    recipient(asked).blocked = True
    asked.world.left.append(asked.number("chat_id"))
    return True


ACTS: dict[str, Method] = {
    "setMessageReaction": set_message_reaction,
    "answerCallbackQuery": answer_callback_query,
    "leaveChat": leave_chat,
}
