"""Measures a flood: what webhooks, the inbox and signing in take while one address holds 2,000 idle or half-open
connections, against the same hub left in peace.

Half of the connections say nothing, half announce a body and do not send it. They come from 127.0.0.2, what is measured
from 127.0.0.1, one request at a time. The rounds are paired; each opens the flood anew, because the hub hangs up.
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from itertools import cycle
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode

from hub.accounts import add_account
from hub.bench import Options
from hub.bench._load import load
from hub.bench._rounds import paired, percentile
from hub.bench._served import Served, served
from hub.bench.intake import ACCOUNT, CONFIG, NUMBER, TOKEN, signed_messages
from hub.clock import DAY, SystemClock
from hub.errors import HubError
from hub.model import Role
from hub.platform.limiter import Limit, LocalLimiter
from hub.sessions import Place, open_session
from hub.store.database import open_store

CONNECTIONS = 2_000
FROM = ("127.0.0.2", 0)
HALF = b"POST /hooks/sms/message HTTP/1.1\r\nHost: hub\r\nContent-Length: 100000\r\n\r\n"
EMAIL, PASSWORD = "bench@example.com", "seven ships sail northwards"
TAKES = 20_000
SETTLED = 2.0  # seconds in which the hub takes the connections in


def run(options: Options) -> dict[str, Any]:
    if not Path("/proc/self/statm").exists():
        raise HubError("hub bench flood reads a server's memory from /proc: it needs Linux")
    with tempfile.TemporaryDirectory() as folder:
        config, store = Path(folder) / "config.toml", options.store or f"sqlite:///{folder}/hub.db"
        config.write_text(CONFIG.format(store=store, account=ACCOUNT, token=TOKEN, number=NUMBER), "utf-8")
        with served("-m", "hub", "serve", "--config", str(config), "--port", "0") as hub:
            cookie = asyncio.run(_agent(store))
            sides = {"webhook": _webhooks(hub, options), "inbox": _inbox(hub, cookie), "sign_in": _sign_ins(hub)}
            found = {name: _measure(options, hub, requests) for name, requests in sides.items()}
            memory = asyncio.run(_memory(hub))
    result: dict[str, Any] = {"benchmark": "flood", "unit": "p99 in ms: ours = under the flood, theirs = in peace"}
    for name, figures in found.items():
        result |= {f"{name}_{key}": value for key, value in figures.items()}
    worst = max(figures["ratio"] for figures in found.values())
    return {**result, "ratio": worst, **memory, "limiter_us": asyncio.run(_limiter())}


async def _agent(url: str) -> str:
    """A session's cookie."""
    store, clock = open_store(url), SystemClock()
    await store.open()
    try:
        agent = await add_account(store, clock, EMAIL, "Bench", Role.OWNER, PASSWORD)
        return (await open_session(store, clock, agent, Place(), DAY)).token
    finally:
        await store.close()


def _webhooks(hub: Served, options: Options) -> Iterator[bytes]:
    return signed_messages(hub.port, round(10_000 * (options.seconds + 1) * options.rounds))


def _inbox(hub: Served, cookie: str) -> Iterator[bytes]:
    return cycle(
        [f"GET /inbox HTTP/1.1\r\nHost: 127.0.0.1:{hub.port}\r\nCookie: hub_session={cookie}\r\n\r\n".encode()]
    )


def _sign_ins(hub: Served) -> Iterator[bytes]:
    form = urlencode({"email": EMAIL, "password": PASSWORD})
    head = f"POST /login HTTP/1.1\r\nHost: 127.0.0.1:{hub.port}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    return cycle([f"{head}Content-Length: {len(form)}\r\n\r\n{form}".encode()])


def _measure(options: Options, hub: Served, requests: Iterator[bytes]) -> dict[str, Any]:
    async def p99() -> float:
        tally = await load(hub.port, requests, 1, options.seconds)
        if refused := {status for status in tally.statuses if status >= 400}:
            raise HubError(f"answered {refused}")
        return percentile(tally.latencies, 0.99) * 1000

    asyncio.run(p99())  # warm up
    return paired(options.rounds, lambda: asyncio.run(_under_flood(hub, p99)), lambda: asyncio.run(p99()))


async def _under_flood(hub: Served, measure: Callable[[], Awaitable[float]]) -> float:
    loop = asyncio.get_running_loop()
    held: list[asyncio.Transport] = []
    try:
        for number in range(CONNECTIONS):
            transport, _ = await loop.create_connection(asyncio.Protocol, "127.0.0.1", hub.port, local_addr=FROM)
            held.append(transport)
            if number % 2:
                transport.write(HALF)
        await asyncio.sleep(SETTLED)
        return await measure()
    finally:
        for transport in held:
            transport.close()


async def _memory(hub: Served) -> dict[str, Any]:
    idle = _resident(hub)

    async def resident() -> float:
        return _resident(hub)

    flooded = await _under_flood(hub, resident)
    return {"idle_mb": idle, "flooded_mb": flooded, "memory_ratio": round(flooded / idle, 3)}


def _resident(hub: Served) -> float:
    pages = int(Path(f"/proc/{hub.process.pid}/statm").read_text("utf-8").split()[1])
    return round(pages * 4096 / 1_000_000, 1)


async def _limiter() -> float:
    """Microseconds of one try that is counted against three limits and given back."""
    limiter, rounds = LocalLimiter(SystemClock()), []
    limits = [Limit(f"bench {number}", TAKES * 10) for number in range(3)]
    for _ in range(5):
        begun = time.perf_counter()
        for _ in range(TAKES):
            await limiter.take(limits)
            await limiter.refund(limits)
        rounds.append((time.perf_counter() - begun) / TAKES)
    return round(median(rounds) * 1_000_000, 2)
