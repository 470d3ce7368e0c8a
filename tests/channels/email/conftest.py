"""A relay that a test orders about, and the channel that sends through it; other tests have a channel of their own."""

from collections.abc import AsyncIterator

import pytest

from channels.email.channel import EmailChannel
from hub.clock import FakeClock
from tests.doors import open_tools
from tests.letters import SUPPORT
from tests.relay import Relay, open_relay


@pytest.fixture(params=[("PIPELINING", "SIZE 10000000"), ("8BITMIME",)], ids=["pipelining", "plain"])
async def relay(request: pytest.FixtureRequest) -> AsyncIterator[Relay]:
    async with open_relay(*request.param) as relay:
        yield relay


@pytest.fixture
async def channel(relay: Relay) -> AsyncIterator[EmailChannel]:
    """At most three connections."""
    smtp = {"host": "127.0.0.1", "port": relay.port, "security": "none", "connections": 3}
    async with open_tools(FakeClock(), "http://hub.example") as tools:
        channel = EmailChannel("mail", EmailChannel.Settings(address=SUPPORT, smtp=smtp), tools)
        yield channel
        await channel.close()
