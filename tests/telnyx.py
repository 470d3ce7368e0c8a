"""What tests of the Telnyx channel have in common: the account, its number, the sandbox, the open channel."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from channels.telnyx import TelnyxChannel
from hub.clock import Clock
from hub.sandbox.telnyx import TelnyxSandbox
from tests.doors import Door, open_door, open_tools

API_KEY = "KEY" + "f" * 32
PROFILE = "4000eba1-a0c0-4563-9925-b25e842a7cb6"
LINE = "+12025550100"


@dataclass
class Outside:
    """The sandbox, the door it calls at, and the channel between them."""

    telnyx: TelnyxSandbox
    door: Door
    channel: TelnyxChannel


def section_of(telnyx: TelnyxSandbox, **more: object) -> dict[str, object]:
    """What config.toml says of a channel that leads to this sandbox."""
    account = {"api_key": API_KEY, "public_key": telnyx.public_key, "messaging_profile_id": PROFILE}
    return {"type": "telnyx", **account, "from": LINE, "api_base": telnyx.origin, **more}


@asynccontextmanager
async def outside(clock: Clock, **settings: object) -> AsyncIterator[Outside]:
    """One channel called `line`, connected with a Telnyx of its own."""
    async with AsyncExitStack() as stack:
        door = await stack.enter_async_context(open_door())
        tools = await stack.enter_async_context(open_tools(clock, door.base_url))
        telnyx = TelnyxSandbox(API_KEY, PROFILE, clock)
        await telnyx.start()
        stack.push_async_callback(telnyx.stop)
        section = section_of(telnyx, **settings)
        section.pop("type")
        channel = TelnyxChannel("line", TelnyxChannel.Settings.model_validate(section), tools)
        door.channels["line"] = channel
        telnyx.webhook_url = f"{door.hooks('line')}/message"
        yield Outside(telnyx, door, channel)
