"""What tests of the Twilio channels have in common: the account, its numbers, the sandbox, the open channels."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from channels.sms import SmsChannel
from channels.voice import VoiceChannel
from channels.whatsapp import WhatsappChannel
from hub.channel import Channel, Tools
from hub.clock import Clock
from hub.sandbox.twilio import TwilioSandbox
from tests.doors import Door, open_door, open_tools

ACCOUNT = "AC" + "5a" * 16
TOKEN = "f" * 32
API_KEY, API_SECRET = "SK" + "6b" * 16, "e" * 32
LINE = "+12025550100"
AGENT, SECOND_AGENT = "+12025550150", "+12025550151"
TYPES: dict[str, type[Channel]] = {"sms": SmsChannel, "whatsapp": WhatsappChannel, "voice": VoiceChannel}


@dataclass
class Outside:
    """The sandbox, the door it calls at, and the channel between them."""

    twilio: TwilioSandbox
    door: Door
    channel: Channel


def open_twilio_channel(type: str, name: str, tools: Tools, **settings: object) -> Channel:
    adapter = TYPES[type]
    section = {"account_sid": ACCOUNT, "auth_token": TOKEN, "from": LINE, **settings}
    return adapter(name, adapter.Settings.model_validate(section), tools)


@asynccontextmanager
async def outside(type: str, clock: Clock, **settings: object) -> AsyncIterator[Outside]:
    """One channel called `line`, connected with a Twilio of its own."""
    async with AsyncExitStack() as stack:
        door = await stack.enter_async_context(open_door())
        tools = await stack.enter_async_context(open_tools(clock, door.base_url))
        twilio = TwilioSandbox(ACCOUNT, TOKEN, clock, api_secret=API_SECRET)
        api_base = await twilio.start()
        stack.push_async_callback(twilio.stop)
        channel = open_twilio_channel(type, "line", tools, api_base=api_base, **settings)
        door.channels["line"] = channel
        number = f"whatsapp:{LINE}" if type == "whatsapp" else LINE
        base = door.hooks("line")
        twilio.connect(number, **({"calls": base} if type == "voice" else {"messages": base}))
        yield Outside(twilio, door, channel)
