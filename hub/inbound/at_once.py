"""Keeps one unit and reads it at once, for whoever waits for its message (web chat)."""

import asyncio

from hub.channel import Channel, Raw
from hub.errors import StoreUnavailable, Unreadable
from hub.inbound.reader import Reader
from hub.platform import crash
from hub.store.messages import Message, find_raw_message
from hub.store.raw import append_raws, find_raw, get_raw

LOOKS, LOOK = 100, 0.05  # how often, and every how many seconds, a chat waits for its message


async def accept_now(reader: Reader, channel: Channel, raw: Raw) -> Message:
    """Durable and landed when it returns. A repeat gives the first."""
    store = reader.store
    [raw_id] = await store.write_first(append_raws, channel.name, [raw], reader.clock.now(), reader.process_id)
    crash.point("intake.stored")
    reader.intake.count(channel.name, 1)
    kept = await store.read(find_raw, channel.name, raw.kind, raw.provider_id)
    if kept is None:
        raise StoreUnavailable("the message was not kept")
    if raw_id is not None:
        await reader.read(channel, kept, waits=False)
    return await _landed(reader, kept.id)


async def _landed(reader: Reader, raw_id: str) -> Message:
    """The message of a unit that this or another process is reading."""
    for _ in range(LOOKS):
        message = await reader.store.read(find_raw_message, raw_id)
        if message is not None:
            return message
        kept = await reader.store.read(get_raw, raw_id)
        if kept.state == "set_aside":
            raise Unreadable(kept.problem)
        await asyncio.sleep(LOOK)
    raise StoreUnavailable("the message is kept, but not read yet")
