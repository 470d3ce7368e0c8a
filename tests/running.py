"""A whole hub running in the test's own process, and waiting for what it does in the background."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from hub.app import Running, running
from hub.config import Settings
from hub.context import Hub
from hub.ids import new_id
from hub.outbound.compose import Reply
from hub.outbound.deps import OutboxDeps
from hub.outbound.outbox import Queued, queue_message, queue_reply
from hub.store.conversations import Conversation
from hub.store.deliveries import Delivery, list_deliveries
from hub.store.messages import Message, list_messages

DEADLINE = 60.0

T = TypeVar("T")


async def until(look: Callable[[], Awaitable[T]], what: str, seconds: float = DEADLINE) -> T:
    """The first truthy answer; fails in words when none comes in time."""
    deadline = time.monotonic() + seconds
    while True:
        found = await look()
        if found:
            return found
        assert time.monotonic() < deadline, f"no {what} after {seconds} s, but {found!r}"
        await asyncio.sleep(0.02)


@dataclass
class Office:
    """What an agent sees and does, without a browser."""

    started: Running

    @property
    def hub(self) -> Hub:
        return self.started.hub

    def hooks(self, channel: str) -> str:
        return f"{self.hub.base_url}/hooks/{channel}"

    async def messages(self, conversation_id: str) -> list[Message]:
        return await self.hub.store.read(list_messages, conversation_id)

    async def delivery(self, queued: Queued, *states: str) -> Delivery:
        """Of a message, once it stands in one of these states."""

        async def look() -> Delivery | None:
            found = await self.hub.store.read(list_deliveries, [queued.message_id])
            [one] = found[queued.message_id]
            return one if one.state in states else None

        return await until(look, f"delivery that is {' or '.join(states)}")

    async def reply(self, conversation: Conversation, **reply: Any) -> Queued:
        """An agent answers; author_name says which."""
        by = {"author_id": new_id()} if "author_name" in reply else {}
        return await self._queue(queue_reply, conversation.id, by | reply)

    async def write_to(self, customer_id: str, **reply: Any) -> Queued:
        return await self._queue(queue_message, customer_id, reply)

    async def _queue(self, verb: Callable[..., Queued], id: str, reply: Mapping[str, Any]) -> Queued:
        hub = self.hub
        door = OutboxDeps(hub.channels, hub.signer, "Example Company", hub.leave_rule)
        queued = await hub.store.write(verb, door, id, Reply(**reply), hub.clock.now())
        hub.live.wake()
        return queued


@asynccontextmanager
async def open_office(
    store_url: str,
    channels: Mapping[str, Mapping[str, Any]],
    redis_url: str = "",
    advertising: Any = None,
    company: Any = None,
    templates: Any = None,
    transcription: Any = None,
    **more: Any,
) -> AsyncIterator[Office]:
    """All but redis_url and more are sections of config.toml; the store is migrated, the port free."""
    settings = Settings.model_validate(
        {
            "store": {"url": store_url},
            "redis": {"url": redis_url},
            "web": {"port": 0},
            "channels": channels,
            "advertising": advertising or {},
            "company": company or {},
            "templates": templates or {},
            "transcription": transcription or {},
            "secret": "s" * 32,
        }
    )
    async with running(settings, **more) as started:
        yield Office(started)
