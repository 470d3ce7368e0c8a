"""A browser as a telephone: the provider's own library speaks with the sandbox in the provider's place."""

import asyncio
import re
from collections.abc import Callable

import aiohttp
from playwright.async_api import BrowserContext, WebSocketRoute

from hub.store.agents import mark_agent
from hub.telephony import seat_of
from tests.browser.scene import Scene

SIGNALLING = re.compile(r"wss://[^/]*twilio\.com/signal")


async def seat(scene: Scene, *agent_ids: str) -> None:
    """From now on they take calls in the browser."""
    for id in agent_ids:
        await scene.hub.store.write(mark_agent, id, phone=seat_of(id))


async def wire(context: BrowserContext, scene: Scene) -> None:
    """What a page says to the provider, the sandbox hears."""
    await context.grant_permissions(["microphone"], origin=scene.base)
    await context.route_web_socket(SIGNALLING, connecting(scene.world.twilio.origin))


def connecting(origin: str) -> Callable[[WebSocketRoute], None]:
    def connect(page: WebSocketRoute) -> None:
        said: asyncio.Queue[str] = asyncio.Queue()
        page.on_message(lambda text: said.put_nowait(str(text)))
        carrying = asyncio.ensure_future(_carry(page, said, f"{origin}/signal"))
        page.on_close(lambda code, reason: carrying.cancel() and None)

    return connect


async def _carry(page: WebSocketRoute, said: "asyncio.Queue[str]", url: str) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as provider:
        towards = asyncio.ensure_future(_towards(said, provider))
        try:
            async for message in provider:
                page.send(message.data)
        finally:
            towards.cancel()


async def _towards(said: "asyncio.Queue[str]", provider: aiohttp.ClientWebSocketResponse) -> None:
    while True:
        await provider.send_str(await said.get())
