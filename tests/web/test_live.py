"""GET /live: everybody who listens hears everything in order, and whoever does not read is let go."""

import asyncio
import socket

from hub.accounts import change_agent
from hub.model import Role
from hub.store.agents import list_agents
from hub.store.events import append_events
from hub.web.live import BROADCAST
from tests.running import until

LONG = "x" * 2_000  # so that the kernel's buffers are full soon
EVENTS, AT_ONCE = 6_000, 500
REQUEST = "GET /live {version}\r\nHost: {host}\r\nCookie: {cookie}\r\n\r\n"


async def listen(server, count: int) -> None:
    async def as_many() -> bool:
        return server.app[BROADCAST].count == count

    await until(as_many, f"{count} browsers listening")


async def silent_browser(agent, server, version: str = "HTTP/1.1") -> socket.socket:
    """Asks for the stream and never reads a byte of it."""
    deaf = socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    deaf.connect((server.host, server.port))
    cookie = "; ".join(f"{cookie.key}={cookie.value}" for cookie in agent.session.cookie_jar)
    deaf.sendall(REQUEST.format(version=version, host=f"{server.host}:{server.port}", cookie=cookie).encode())
    return deaf


async def heard(stream, count: int) -> list[int]:
    """The numbers of the next events."""
    numbers: list[int] = []
    async with asyncio.timeout(60):
        while len(numbers) < count:
            line = await stream.content.readline()
            assert line, "the stream ended"
            if line.startswith(b"id: "):
                numbers.append(int(line[4:]))
    return numbers


async def test_a_browser_that_never_reads_is_let_go_and_holds_up_nobody(hub, server, signed_in):
    agent = await signed_in()
    with await silent_browser(agent, server):
        async with agent.session.get(f"{agent.base}/live") as stream:
            await listen(server, 2)
            row = {"type": LONG, "customer_id": None, "conversation_id": None, "message_id": None, "data": {}}
            numbers = []
            for _ in range(EVENTS // AT_ONCE):
                await hub.store.write(append_events, [row] * AT_ONCE, hub.clock.now())
                hub.live.wake()
                numbers += await heard(stream, AT_ONCE)

            assert numbers == list(range(numbers[0], numbers[0] + EVENTS))
            await listen(server, 1)

    missed = f"{agent.base}/live?since={numbers[-3]}"
    async with agent.session.get(missed) as stream:  # it comes back and has missed nothing
        assert await heard(stream, 2) == numbers[-2:]


async def test_whose_rights_changed_hears_nothing_more(hub, server, signed_in):
    visitor = await signed_in()
    [who] = await hub.store.read(list_agents)
    row = {"type": "message.received", "customer_id": None, "conversation_id": None, "message_id": None, "data": {}}
    async with visitor.session.get(f"{visitor.base}/live") as stream, asyncio.timeout(30):
        await listen(server, 1)
        await hub.store.write(append_events, [row], hub.clock.now())
        hub.live.wake()
        await heard(stream, 1)

        await hub.store.write(change_agent, who.id, hub.clock.now(), role=Role.MARKETING)
        await hub.store.write(append_events, [row] * 2, hub.clock.now())
        hub.live.wake()

        assert b"id: " not in await stream.content.read()


async def test_a_proxy_that_speaks_http_1_0_hears_the_same(hub, server, signed_in):
    agent = await signed_in()
    with await silent_browser(agent, server, "HTTP/1.0") as proxy:
        await listen(server, 1)
        row = {"type": "message.received", "customer_id": None, "conversation_id": None, "message_id": None, "data": {}}
        await hub.store.write(append_events, [row], hub.clock.now())
        hub.live.wake()

        proxy.settimeout(30)
        told = b""
        while b"message.received" not in told:
            told += await asyncio.to_thread(proxy.recv, 4096)

    body = told.partition(b"\r\n\r\n")[2]
    assert [line.partition(b":")[0] for line in body.splitlines() if line] == [b"retry", b"id", b"data"]


async def test_a_burst_reaches_a_browser_that_reads_without_a_gap(hub, server, signed_in):
    agent = await signed_in()
    async with agent.session.get(f"{agent.base}/live") as stream:
        await listen(server, 1)
        row = {"type": "message.received", "customer_id": None, "conversation_id": None, "message_id": None, "data": {}}
        await hub.store.write(append_events, [row] * 1_500, hub.clock.now())
        hub.live.wake()

        numbers = await heard(stream, 1_500)

    assert numbers == list(range(numbers[0], numbers[0] + 1_500))
