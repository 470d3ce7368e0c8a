"""An agent puts a sign at a customer's message, where the channel can; one stands there at most.

The provider is told before it is written down: nothing is there twice, so that whoever is unsure tries again.
"""

from dataclasses import dataclass

from sqlalchemy import Connection

from hub.channel import Channel
from hub.errors import Conflict, InvalidInput, SendError
from hub.model import Address, Direction
from hub.outbound.channel_choice import list_open_channels
from hub.outbound.deps import OutboxDeps
from hub.store.conversations import get_conversation
from hub.store.database import Store
from hub.store.events import append_event
from hub.store.messages import Message, get_message, mark_message

REACTION = "reaction"  # in the parts of a message: what the other side has put at it


@dataclass(frozen=True, slots=True)
class By:
    """An agent, or a program that has only a name."""

    agent_id: str | None
    at: int


async def put_reaction(store: Store, deps: OutboxDeps, message_id: str, sign: str, by: By) -> Message:
    """sign: "" takes it back. Raises NotFound, InvalidInput, Conflict."""
    message, channel = await store.read(_reachable, deps, message_id)
    if sign and sign not in channel.capabilities.reactions:
        raise InvalidInput(f"one of {' '.join(channel.capabilities.reactions)}", "sign", "no_such_reaction")
    if deps.channels.resting:
        raise Conflict("this hub is a restored copy: nothing leaves it", "resting")
    try:
        await channel.react(Address(channel.address_kind, message.peer), message.provider_id or "", sign)
    except SendError as refused:
        raise Conflict(str(refused)) from refused
    return await store.write(_keep, message_id, sign, by)


def _reachable(conn: Connection, deps: OutboxDeps, message_id: str) -> tuple[Message, Channel]:
    message = get_message(conn, message_id)
    if message.direction != Direction.IN or not message.conversation_id or not message.provider_id:
        raise InvalidInput("only a customer's message takes a reaction", "sign", "no_reaction_here")
    conversation = get_conversation(conn, message.conversation_id)
    channel = list_open_channels(conn, deps.channels, deps.who, conversation).get(message.channel)
    if channel is None or not channel.capabilities.reactions:
        raise InvalidInput(f"{message.channel} carries no reactions: answer in words", "sign", "no_reactions")
    if not channel.can_react(message.provider_id):
        raise InvalidInput(f"{message.channel} takes no reactions at such a message", "sign", "no_reactions")
    return message, channel


def _keep(conn: Connection, message_id: str, sign: str, by: By) -> Message:
    message = get_message(conn, message_id)
    rest = {name: value for name, value in message.parts.items() if name != REACTION}
    mark_message(conn, message_id, parts=rest | ({REACTION: sign} if sign else {}))
    append_event(
        conn,
        "message.reacted",
        at=by.at,
        customer_id=message.customer_id,
        conversation_id=message.conversation_id,
        message_id=message_id,
        agent_id=by.agent_id,
        data={"sign": sign},
    )
    return get_message(conn, message_id)
