"""The composition root: builds everything a process holds, starts it, and stops it in the reverse order."""

import asyncio
import gc
import logging
import signal
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any

import aiohttp
from aiohttp import web

from hub import surveys
from hub.accounts import first_sign_in
from hub.campaigns import expand, track
from hub.campaigns.content import Contents, words_of
from hub.campaigns.writing import Personaliser
from hub.clock import Clock, SystemClock
from hub.config import ROLES, Settings
from hub.context import Hub
from hub.errors import ConfigError
from hub.inbound.parse_pool import ParsePool
from hub.jobs import importing
from hub.jobs.locking import find_key_problems, find_secret, lock_clear
from hub.jobs.loops import Job, Jobs
from hub.jobs.webhook_sender import WEBHOOK, WebhookSender
from hub.live import Live
from hub.outbound.deps import SenderDeps
from hub.outbound.pacing import LocalPacing, Pacing
from hub.platform.fetcher import GuardedFetcher
from hub.registry import Registry, open_channel
from hub.rules import acting
from hub.rules.talking import with_bots
from hub.sandbox.world import World, kept_in_sandbox
from hub.sequences import hooking, leaving, loop, starting
from hub.signing import Signer
from hub.store.database import open_store
from hub.store.settings import is_armed
from hub.vault import open_vault
from hub.web.app import make_app
from hub.web.connections import Connection, Connections, Patience, refuse_early, take_descriptors
from hub.web.keys import WORLD
from hub.web.security import is_trusted

DRAIN_SECONDS = 25.0
GARBAGE = 10_000  # objects made before the collector looks

log = logging.getLogger("hub.app")


@dataclass(frozen=True, slots=True)
class Running:
    """A started hub; port is the one it really listens on."""

    hub: Hub
    jobs: Jobs
    port: int
    world: World | None = None


def serve(
    settings: Settings, *, roles: Sequence[str] = ROLES, sandbox: bool = False, say: Callable[[str], None]
) -> None:
    """Run until SIGTERM or SIGINT, then drain. The store must be migrated."""
    asyncio.run(_serve(settings, roles, sandbox, say))


def spare_garbage() -> None:
    """What was loaded stays: no need to look through it again and again."""
    gc.freeze()
    gc.set_threshold(GARBAGE)


async def _serve(settings: Settings, roles: Sequence[str], sandbox: bool, say: Callable[[str], None]) -> None:
    stop = asyncio.Event()
    running_loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        running_loop.add_signal_handler(number, stop.set)
    async with running(settings, roles=roles, sandbox=sandbox) as started:
        spare_garbage()
        here = f"http://{_name(settings.web.host)}:{started.port}"
        say(f"hub is running at {here}")
        if started.hub.base_url != here:
            say(f"The world knows it as {started.hub.base_url}")
        if "web" in roles:
            say(await first_sign_in(started.hub))
        for problem in await find_key_problems(started.hub.store, started.hub.vault):
            say(problem)
        if not await started.hub.store.read(is_armed):
            say("This store is a restored copy: it sends nothing until `hub arm`.")
        await stop.wait()
        say("hub is stopping")


@asynccontextmanager
async def running(
    settings: Settings, *, roles: Sequence[str] = ROLES, sandbox: bool = False, clock: Clock | None = None
) -> AsyncIterator[Running]:
    """A whole hub, for `hub serve` and for tests."""
    async with AsyncExitStack() as stack:
        listening = _listen(settings)
        stack.callback(listening.close)
        port = int(listening.getsockname()[1])
        clock = clock or SystemClock()
        base_url = settings.web.base_url.rstrip("/") or f"http://{_name(settings.web.host)}:{port}"
        world = World(base_url, clock) if sandbox else None
        if world:
            stack.push_async_callback(world.stop)
            await world.start()
        hub = await _build(stack, settings, base_url, world, clock)
        contents = Contents(hub.store, words_of(hub))
        jobs = Jobs(hub, _sender_deps(stack, hub, contents), roles, _extra_jobs(hub, contents, roles))
        await jobs.listen()
        if "web" in roles:
            await _open_web(stack, hub, world, listening)
        await hub.channels.open(armed=await hub.store.read(is_armed))
        stack.push_async_callback(hub.channels.close)
        await jobs.start()
        stack.push_async_callback(_stop_jobs, jobs)
        yield Running(hub, jobs, port, world)


async def _stop_jobs(jobs: Jobs) -> None:
    try:
        await asyncio.wait_for(jobs.stop(), DRAIN_SECONDS)
    except TimeoutError:
        log.warning("some work did not end in time; its state is in the ledger")


def _listen(settings: Settings) -> socket.socket:
    """Bind before anything else is built: the sandbox and base_url need to know the port."""
    family = socket.AF_INET6 if ":" in settings.web.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.web.host, settings.web.port))
    except OSError as trouble:
        listening.close()
        raise ConfigError(f"web.port: {settings.web.host}:{settings.web.port} cannot be used: {trouble}") from trouble
    return listening


async def _build(stack: AsyncExitStack, settings: Settings, base_url: str, world: World | None, clock: Clock) -> Hub:
    store = open_store(settings.store_url, settings.store.pool)
    await store.open()
    stack.push_async_callback(store.close)
    live = Live(store, settings.redis.url)
    await live.open()
    stack.push_async_callback(live.close)
    session = await stack.enter_async_context(
        aiohttp.ClientSession(trust_env=False, cookie_jar=aiohttp.DummyCookieJar())
    )
    fetch = GuardedFetcher(session)
    stack.push_async_callback(fetch.close)
    reading = ParsePool()
    stack.push_async_callback(reading.close)
    await lock_clear(store, open_vault(settings))
    signer = Signer(await find_secret(store, settings))
    hub = with_bots(
        Hub(
            settings,
            store,
            live,
            clock,
            signer,
            Registry(),
            session,
            fetch,
            base_url,
            sandbox=world is not None,
            reading=reading,
            reactions=(track.heard, leaving.heard, surveys.heard, acting.heard),
        )
    )
    stack.push_async_callback(hub.limiter.close)
    stack.push_async_callback(hub.outside.close)
    sections: Mapping[str, Mapping[str, Any]] = settings.channels
    if world:
        sections = {**world.channel_sections(), **kept_in_sandbox(sections)}
    for name, section in sections.items():
        hub.channels.admit(open_channel(name, section, hub.tools, str(settings.file)))
    return hub


def _name(host: str) -> str:
    """The host as a browser on this machine can use it."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    return f"[{host}]" if ":" in host else host


def _pacing(stack: AsyncExitStack, redis_url: str) -> Pacing:
    if not redis_url:
        return LocalPacing()
    shared: Any = import_module("hub.outbound.shared_pacing").SharedPacing(redis_url)
    stack.push_async_callback(shared.close)
    pacing: Pacing = shared
    return pacing


def _sender_deps(stack: AsyncExitStack, hub: Hub, contents: Contents) -> SenderDeps:
    return SenderDeps(
        store=hub.store,
        live=hub.live,
        clock=hub.clock,
        signer=hub.signer,
        pacing=_pacing(stack, hub.settings.redis.url),
        process_id=hub.process_id,
        base_url=hub.base_url,
        company=hub.settings.company.name,
        personalise=Personaliser(contents, hub.channels),
        leave_rule=hub.leave_rule,
        watch=hub.watch,
    )


def _extra_jobs(hub: Hub, contents: Contents, roles: Sequence[str]) -> Sequence[Job]:
    if "scheduler" not in roles:
        return ()
    sender = WebhookSender(hub.store, hub.live, hub.clock, hub.fetch.post, partial(hub.vault.open, WEBHOOK))
    return (
        lambda: expand.run(hub, contents, starting.start_for_campaign),
        lambda: loop.run(hub),
        lambda: hooking.run(hub, hub.fetch.post),
        lambda: importing.run(hub),
        lambda: surveys.run(hub),
        sender.run,
    )


async def _open_web(stack: AsyncExitStack, hub: Hub, world: World | None, listening: socket.socket) -> None:
    app = make_app(hub)
    if world:
        app[WORLD] = world
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=5)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    assert runner.server
    server, connections = (
        refuse_early(runner.server),
        Connections(
            lambda address: is_trusted(address, hub.settings.web.trusted_proxies),
            Patience(at_once=take_descriptors() // 2),
        ),
    )
    stack.callback(connections.close)
    opened = await asyncio.get_running_loop().create_server(
        lambda: Connection(server, connections, asyncio.get_running_loop()), sock=listening, backlog=1024
    )
    stack.callback(opened.close)
