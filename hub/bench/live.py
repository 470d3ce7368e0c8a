"""Measures live updates: what one event costs the server for each browser it reaches, in CPU.

Ours is `hub serve` with every role and many pages open on /live; customers are created through the API, which the
figure includes, and each page hears of each. Theirs is a bare aiohttp server that sends the same words to as many web
sockets with `send_str`. The sides take turns, each frozen while the other is measured.
"""

import asyncio
import json
import resource
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

import aiohttp

from hub.accounts import add_account
from hub.bench import Options
from hub.bench._rounds import paired
from hub.bench._served import CONFIG, Served, check_readable, cpu_of, served
from hub.clock import DAY, SystemClock
from hub.errors import HubError
from hub.model import Role
from hub.sessions import Place, open_session
from hub.store.database import open_store
from hub.store.tokens import add_token, new_secret
from hub.web.live import PER_SESSION

BROWSERS = 1_000
PER_SECOND = 20
PATIENCE = 60.0  # seconds until the last browser has heard the last event
MARK = b'"seq":'  # once in each event
EVENT = {
    "seq": 1,
    "type": "customer.created",
    "conversation": None,
    "customer": "0" * 32,
    "message": None,
    "agent": None,
}

Say = Callable[[aiohttp.ClientSession, int], Awaitable[None]]


class Browser(asyncio.Protocol):
    """Counts the events that reach it."""

    def __init__(self, request: bytes, crowd: "Crowd") -> None:
        self._request, self._crowd, self._rest = request, crowd, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        if not self._rest:
            self._crowd.here += 1
        data = self._rest[1 - len(MARK) :] + data
        self._crowd.heard += data.count(MARK)
        self._rest = data[1 - len(MARK) :]


class Crowd:
    """All browsers of one side. here: that have an answer; heard: events, over all of them."""

    def __init__(self, served: Served, requests: Sequence[bytes], say: Say) -> None:
        """requests: what browsers ask for, in turn; of one session only so many are let in."""
        self.served, self.requests, self.say = served, requests, say
        self.here = self.heard = 0

    async def gather(self) -> None:
        loop = asyncio.get_running_loop()
        for _, request in zip(range(BROWSERS), cycle(self.requests), strict=False):
            await loop.create_connection(partial(Browser, request, self), "127.0.0.1", self.served.port)
        await self._until(lambda: self.here == BROWSERS)

    async def measure(self, seconds: float) -> float:
        """Microseconds of the server's CPU per event and browser."""
        events = max(1, round(PER_SECOND * seconds))
        expected, before = self.heard + events * BROWSERS, cpu_of(self.served)
        async with aiohttp.ClientSession(f"http://127.0.0.1:{self.served.port}") as session:
            for number in range(events):
                await asyncio.gather(self.say(session, number), asyncio.sleep(1 / PER_SECOND))
        await self._until(lambda: self.heard >= expected)
        return (cpu_of(self.served) - before) / (events * BROWSERS) * 1_000_000

    async def _until(self, done: Callable[[], bool]) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                while not done():  # noqa: ASYNC110 - a look costs nothing here, an event for each of thousands would
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise HubError(f"{self.here} of {BROWSERS} browsers were let in, they heard {self.heard} events") from None


def run(options: Options) -> dict[str, Any]:
    check_readable()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config.toml"
        config.write_text(CONFIG.format(folder=folder), "utf-8")
        with (
            served("-m", "hub", "serve", "--config", str(config), "--port", "0") as hub,
            served("-m", "hub.bench._bare_live") as bare,
            asyncio.Runner() as runner,
        ):
            return _measure(runner, options, runner.run(_ours(hub, folder)), runner.run(_theirs(bare)))


def _measure(runner: asyncio.Runner, options: Options, ours: Crowd, theirs: Crowd) -> dict[str, Any]:
    def one(crowd: Crowd, other: Crowd) -> float:
        with other.served.paused():
            return runner.run(crowd.measure(options.seconds))

    one(ours, theirs), one(theirs, ours)  # warm up
    return {
        "benchmark": "live",
        "unit": "microseconds of CPU per event and browser: ours = hub serve, theirs = aiohttp send_str",
        "browsers": BROWSERS,
        "events_per_second": PER_SECOND,
        **paired(options.rounds, lambda: one(ours, theirs), lambda: one(theirs, ours)),
    }


async def _ours(hub: Served, folder: str) -> Crowd:
    """Signed in as a person of the team; a program creates the customers."""
    store, clock = open_store(f"sqlite:///{folder}/hub.db"), SystemClock()
    await store.open()
    agent = await add_account(store, clock, "bench@hub.example", "Bench", Role.OWNER)
    opened = [await open_session(store, clock, agent, Place("bench"), DAY) for _ in range(-(-BROWSERS // PER_SESSION))]
    token = new_secret()
    await store.write(add_token, "bench", token, ["*"], clock.now())
    await store.close()

    async def say(client: aiohttp.ClientSession, number: int) -> None:
        bearer = {"Authorization": f"Bearer {token}"}
        async with client.post("/api/v1/customers", json={"name": f"Customer {number}"}, headers=bearer) as answer:
            answer.raise_for_status()

    crowd = Crowd(hub, [_request(f"Cookie: hub_session={session.token}\r\n") for session in opened], say)
    await crowd.gather()
    return crowd


async def _theirs(bare: Served) -> Crowd:
    words = json.dumps(EVENT, separators=(",", ":"))

    async def say(client: aiohttp.ClientSession, number: int) -> None:
        async with client.post("/say", data=words) as answer:
            answer.raise_for_status()

    upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    crowd = Crowd(bare, [_request(upgrade + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")], say)
    await crowd.gather()
    return crowd


def _request(headers: str) -> bytes:
    return f"GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}\r\n".encode()
