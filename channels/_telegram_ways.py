"""On which way a customer writes: in the bot's own chat, in a topic of it, or to a business account that it answers for
(https://core.telegram.org/bots/api#businessconnection).

An answer leaves on the very way the message came. A business account counts its messages by itself, so their ids are
kept with the connection's before them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.errors import SendRejected
from hub.model import Outbound

from ._telegram_text import Json

CONNECTION, TOPIC = "business_connection_id", "message_thread_id"


@dataclass(frozen=True, slots=True)
class Way:
    """via: what each call names besides the chat."""

    chat_id: int
    via: Mapping[str, Any] = field(default_factory=dict)

    def named(self, message_id: int) -> str:
        """A message of this way, as the hub knows it."""
        return _named(str(self.via.get(CONNECTION, "")), message_id)


def way_of(message: Outbound) -> Way:
    handle, via = message.recipient.handle, message.options.get("reply_via") or {}
    if not handle.isdecimal():
        raise SendRejected(f"{handle} is not a Telegram id")
    connection, topic = str(via.get(CONNECTION, "")), via.get(TOPIC)
    return Way(int(handle), ({CONNECTION: connection} if connection else {}) | ({TOPIC: int(topic)} if topic else {}))


def parts_of_way(message: Json) -> dict[str, Any]:
    """What an answer must name to leave on the same way; nothing in the bot's own chat."""
    via: dict[str, Any] = {}
    if message.get(CONNECTION):
        via[CONNECTION] = str(message[CONNECTION])
    if message.get(TOPIC) and message.get("is_topic_message"):
        via[TOPIC] = int(message[TOPIC])
    return {"reply_via": via} if via else {}


def id_of(message: Json, id: Any = None) -> str:
    """The message's id, or that of another in the same chat."""
    return _named(str(message.get(CONNECTION, "")), int(message["message_id"] if id is None else id))


def number_of(id: str) -> int | None:
    """As Telegram counts it; None where it is no id of a message."""
    number = id.rpartition(":")[2]
    return int(number) if number.isdecimal() else None


def _named(connection: str, message_id: int) -> str:
    return f"{connection}:{message_id}" if connection else str(message_id)
