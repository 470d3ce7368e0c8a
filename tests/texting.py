"""What tests of SMS and WhatsApp on a running hub have in common: one number on both, and the provider."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from hub.clock import Clock, SystemClock
from hub.model import Address
from hub.sandbox.twilio import TwilioSandbox
from hub.store.conversations import Conversation, list_customer_conversations
from hub.store.customers import find_customer, list_addresses
from hub.store.messages import Message
from tests.people import ADA
from tests.running import Office, open_office, until
from tests.twilio import ACCOUNT, LINE, TOKEN

WA_LINE = f"whatsapp:{LINE}"


@dataclass
class World:
    """One hub with SMS and WhatsApp on one number, and the provider."""

    office: Office
    twilio: TwilioSandbox

    async def conversation(self, address: Address) -> Conversation | None:
        customer_id = await self.office.hub.store.read(find_customer, address)
        found = await self.office.hub.store.read(list_customer_conversations, customer_id) if customer_id else []
        return found[0] if found else None

    async def message(self, text: str, address: Address = ADA.sms_address) -> Message:
        """From that customer, once it stands in the conversation."""

        async def look() -> Message | None:
            conversation = await self.conversation(address)
            found = await self.office.messages(conversation.id) if conversation else []
            return next((message for message in found if message.text == text), None)

        return await until(look, f"message {text!r}")

    async def states(self, conversation: Conversation) -> dict[str, str]:
        """Kind of address -> its state."""
        reached = await self.office.hub.store.read(list_addresses, conversation.customer_id)
        return {one.kind: one.state for one in reached}

    async def hello(self) -> Conversation:
        await self.twilio.text(ADA.phone, LINE, "Where is my order?")
        await self.message("Where is my order?")
        conversation = await self.conversation(ADA.sms_address)
        assert conversation
        return conversation


@asynccontextmanager
async def open_world(
    store_url: str,
    clock: Clock | None = None,
    more: Mapping[str, Mapping[str, object]] | None = None,
    **settings: object,
) -> AsyncIterator[World]:
    """more: channels besides, by name."""
    clock = clock or SystemClock()
    twilio = TwilioSandbox(ACCOUNT, TOKEN, clock)
    account = {"account_sid": ACCOUNT, "auth_token": TOKEN, "from": LINE, "api_base": await twilio.start(), **settings}
    channels = {"sms": {"type": "sms", **account}, "wa": {"type": "whatsapp", **account}, **(more or {})}
    async with AsyncExitStack() as stack:
        stack.push_async_callback(twilio.stop)
        office = await stack.enter_async_context(open_office(store_url, channels, clock=clock))
        stack.push_async_callback(twilio.idle)
        twilio.connect(LINE, messages=office.hooks("sms"))
        twilio.connect(WA_LINE, messages=office.hooks("wa"))
        yield World(office, twilio)
