"""A whole web application on a real socket: agents of every role sign in like a browser without JavaScript."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import count
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from hub.accounts import add_account
from hub.channel import Tools
from hub.clock import FakeClock
from hub.config import Settings
from hub.context import Hub
from hub.inbound.at_once import accept_now
from hub.live import Live
from hub.model import Role
from hub.outbound.deps import SenderDeps
from hub.outbound.pacing import LocalPacing
from hub.registry import Registry
from hub.signing import Signer
from hub.store.agents import Agent
from hub.store.database import Store
from hub.store.messages import Message
from hub.web.app import make_app
from hub.web.bodies import BODIES, Bodies
from hub.web.connections import Connection, Connections, Patience, refuse_early
from tests.pager import PagerChannel, PagerSettings, page
from tests.web.browser import Visitor
from tests.web.house import House, furnish

PATIENCE = Patience(first=1.0, between=10.0, grace=0.3, sweep=0.05, per_network=20)
SLOW = Bodies(at_once=0.5, look_every=0.5, slowest=1_000, looks=2, per_network=20)
BASE = "http://hub.test"
PASSWORD = "correct horse battery"
KEY = "A" * 43 + "="


async def no_fetch(url: str, **limits: object) -> tuple[bytes, str]:
    raise AssertionError(f"nothing is fetched here: {url}")


@pytest.fixture
async def live(store: Store) -> AsyncIterator[Live]:
    opened = Live(store)
    yield opened
    await opened.close()


@pytest.fixture
def configured() -> Settings:
    return Settings(key=KEY)


@pytest.fixture
async def hub(store: Store, clock: FakeClock, live: Live, configured: Settings) -> AsyncIterator[Hub]:
    """With one pager for texts and one for mails; nothing reads or sends by itself."""
    async with aiohttp.ClientSession() as session:
        tools = Tools(session, no_fetch, clock, BASE, b"k" * 32)
        mail = PagerSettings(address="support@example.com")
        pagers = {
            "texts": PagerChannel("texts", PagerSettings(), tools, max_text=160, attachments=False),
            "mail": PagerChannel("mail", mail, tools, "email", subject=True),
        }
        made = Hub(configured, store, live, clock, Signer(b"s" * 32), Registry(pagers), session, no_fetch, BASE)
        yield made
        await made.outside.close()


@pytest.fixture
def office(hub: Hub) -> SenderDeps:
    """What a worker needs, where no campaign is under way."""
    return SenderDeps(
        store=hub.store,
        live=hub.live,
        clock=hub.clock,
        signer=hub.signer,
        pacing=LocalPacing(),
        process_id=hub.process_id,
        base_url=hub.base_url,
        company="Shop",
        personalise=nothing,
        leave_rule=hub.leave_rule,
        watch=hub.watch,
    )


async def nothing(batch: object) -> dict[str, Any]:
    return {}


@pytest.fixture
def says(hub: Hub) -> Callable[..., Awaitable[Message]]:
    """A customer writes: says("Hello?", sender="+12025550101", channel="texts")."""
    numbers = count(1)

    async def write(text: str, sender: str = "+12025550101", channel: str = "texts", **more: object) -> Message:
        unit = page(**{"from": sender, "id": f"p{next(numbers)}", "text": text, **more})
        return await accept_now(hub.reader, hub.channels[channel], unit)

    return write


class Served(TestServer):
    """As the hub serves itself: who hangs up cancels no handler."""

    async def _make_runner(self, **options: Any) -> web.AppRunner:
        return web.AppRunner(self.app, **{**options, "handler_cancellation": False})


@pytest.fixture
async def server(hub: Hub) -> AsyncIterator[TestServer]:
    server = Served(make_app(hub))
    await server.start_server()
    yield server
    await server.close()


@pytest.fixture
async def browser(server: TestServer) -> AsyncIterator[Callable[[], Visitor]]:
    sessions = []

    def open_one() -> Visitor:
        sessions.append(aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)))
        return Visitor(sessions[-1], str(server.make_url("")).rstrip("/"))

    yield open_one
    for session in sessions:
        await session.close()


@pytest.fixture
def agent(hub: Hub) -> Callable[..., Awaitable[Agent]]:
    async def add(role: Role = Role.AGENT, email: str = "") -> Agent:
        return await add_account(hub.store, hub.clock, email or f"{role}@example.com", role.title(), role, PASSWORD)

    return add


@pytest.fixture
def signed_in(browser, agent) -> Callable[..., Awaitable[Visitor]]:
    async def enter(role: Role = Role.AGENT) -> Visitor:
        who = await agent(role)
        visitor = browser()
        answer = await visitor.answer("POST", "/login", data={"email": who.email, "password": PASSWORD})
        assert answer.status == 303
        return visitor

    return enter


@pytest.fixture
def patience() -> Patience:
    return PATIENCE


@pytest.fixture
async def door(hub: Hub, patience: Patience) -> AsyncIterator[web.Server]:
    """A web server with little patience, on 127.0.0.1 and 127.0.0.2 alike; its port is `port`."""
    app = make_app(hub)
    app[BODIES] = SLOW
    runner = web.AppRunner(app)
    await runner.setup()
    connections, loop = Connections(lambda address: address == "127.0.0.9", patience), asyncio.get_running_loop()
    refuse_early(runner.server)
    server = await loop.create_server(lambda: Connection(runner.server, connections, loop), "0.0.0.0", 0)
    runner.server.port = server.sockets[0].getsockname()[1]
    yield runner.server
    server.close()
    connections.close()
    await runner.cleanup()


@pytest.fixture
def port(door: web.Server) -> int:
    return door.port


@pytest.fixture
async def house(hub: Hub, signed_in) -> House:
    return await furnish(hub, await signed_in(Role.OWNER))
