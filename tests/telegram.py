"""What tests of Telegram on a running hub have in common: one customer, her chat, the hub that reads it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from hub.clock import Clock, SystemClock
from hub.sandbox.telegram import TelegramSandbox
from hub.store.conversations import Conversation, list_customer_conversations
from hub.store.customers import find_customer, list_addresses
from hub.store.messages import Message
from tests.people import ADA
from tests.running import Office, open_office, until

TOKEN = "4242:AAround_trip-token_0123456789"
CHAT = int(ADA.telegram)


@dataclass
class World:
    """One hub with a bot, and Telegram."""

    office: Office
    telegram: TelegramSandbox

    async def conversation(self) -> Conversation | None:
        customer_id = await self.office.hub.store.read(find_customer, ADA.telegram_address)
        found = await self.office.hub.store.read(list_customer_conversations, customer_id) if customer_id else []
        return found[0] if found else None

    async def message(self, text: str) -> Message:
        async def look() -> Message | None:
            conversation = await self.conversation()
            found = await self.office.messages(conversation.id) if conversation else []
            return next((message for message in found if message.text == text), None)

        return await until(look, f"message {text!r}")

    async def hello(self) -> Conversation:
        await self.telegram.say(CHAT, "Where is my order?", name=ADA.name)
        await self.message("Where is my order?")
        conversation = await self.conversation()
        assert conversation
        return conversation

    async def address_state(self, conversation: Conversation) -> str:
        [one] = await self.office.hub.store.read(list_addresses, conversation.customer_id)
        return one.state


@asynccontextmanager
async def open_world(
    store_url: str, telegram: TelegramSandbox | None = None, clock: Clock | None = None, **settings: object
) -> AsyncIterator[World]:
    clock = clock or SystemClock()
    async with AsyncExitStack() as stack:
        if telegram is None:
            telegram = TelegramSandbox(TOKEN, clock)
            await telegram.start()
            stack.push_async_callback(telegram.stop)
        section = {"type": "telegram", "token": TOKEN, "api_base": telegram.origin, **settings}
        office = await stack.enter_async_context(open_office(store_url, {"bot": section}, clock=clock))
        yield World(office, telegram)
