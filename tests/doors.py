"""A stand-in for the hub's web layer: takes webhooks over a real socket, hands them to adapters, keeps what they cut.

For tests of adapters alone; whole stories run on the real hub (tests/flows).
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

from hub.channel import Channel, Raw, Tools, Webhook
from hub.clock import Clock
from hub.desk import KnownCaller, Opening, Telephone
from hub.errors import WebhookForged
from hub.model import Address, Event
from hub.platform.fetcher import GuardedFetcher


@dataclass
class FixedDesk:
    """A desk as a test sets it. ring: the phones on duty; menus: their texts by name; teams: the phones of each; busy:
    where somebody talks; ended: when somebody last did; queue: how many wait ahead, each time somebody asks."""

    ring: Sequence[str] = ()
    teams: dict[str, Sequence[str]] = field(default_factory=dict)
    menus: dict[str, str] = field(default_factory=dict)
    busy: set[str] = field(default_factory=set)
    ended: dict[str, int] = field(default_factory=dict)
    queue: list[int] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)
    known: KnownCaller = field(default_factory=KnownCaller)
    hours: Opening = field(default_factory=Opening)

    async def caller(self, address: Address) -> KnownCaller:
        return self.known

    async def opening(self, language: str) -> Opening:
        return self.hours

    async def menu(self, name: str, language: str, caller: KnownCaller) -> str:
        return self.menus.get(f"{name}.{language}", self.menus.get(name, ""))

    async def telephones(self, team: str, also: Sequence[str], rest: int) -> Sequence[Telephone]:
        there = [*also, *(self.teams.get(team, ()) if team else self.ring)]
        return [Telephone(one, one not in self.busy, self.ended.get(one, 0)) for one in dict.fromkeys(there)]

    async def ahead(self, team: str, since: int) -> int:
        return self.queue.pop(0) if self.queue else 0

    async def place(self, call_id: str) -> str:
        return self.places.get(call_id, "")

    async def holder(self, call_id: str, leg: str) -> str:
        return ""


@dataclass
class Door:
    """desk: what lines ask; files: what lies under /m/ for MediaUrl."""

    base_url: str = ""
    channels: dict[str, Channel] = field(default_factory=dict)
    raws: list[Raw] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    desk: FixedDesk = field(default_factory=FixedDesk)
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    away: bool = False

    def hooks(self, name: str) -> str:
        return f"{self.base_url}/hooks/{name}"

    def events(self, name: str) -> list[Event]:
        """What the channel reads from everything it took, each unit once."""
        seen = {(raw.kind, raw.provider_id): raw for raw in reversed(self.raws)}
        return [event for raw in reversed(seen.values()) for event in self.channels[name].read(raw)]

    async def take(self, request: web.Request) -> web.Response:
        if self.away:
            return web.Response(status=503)
        webhook = Webhook(
            action=request.match_info["action"],
            method=request.method,
            url=self.base_url + request.raw_path,
            headers=request.headers,
            body=await request.read(),
            desk=self.desk,
        )
        try:
            received = await self.channels[request.match_info["channel"]].receive(webhook)
        except WebhookForged as forged:
            self.refused.append(str(forged))
            return web.Response(status=403)
        self.raws += received.raws
        return web.Response(body=received.reply, headers={"Content-Type": received.reply_type})

    async def file(self, request: web.Request) -> web.Response:
        kind, content = self.files[request.match_info["token"]]
        return web.Response(body=content, content_type=kind)


@asynccontextmanager
async def open_door() -> AsyncIterator[Door]:
    door = Door()
    app = web.Application()
    app.router.add_post("/hooks/{channel}/{action}", door.take)
    app.router.add_get("/m/{token}", door.file)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    door.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield door
    await runner.cleanup()


@asynccontextmanager
async def open_tools(clock: Clock, base_url: str) -> AsyncIterator[Tools]:
    """Real ones: a session, the guarded fetcher, a clock."""
    async with aiohttp.ClientSession() as session:
        fetch = GuardedFetcher(session)
        yield Tools(session, fetch, clock, base_url, b"secret")
        await fetch.close()


class Ledger:
    """Counts how often an adapter said that it commits now."""

    def __init__(self) -> None:
        self.committed = 0

    async def __call__(self) -> None:
        self.committed += 1
