"""The front door under pressure: who pushes is answered shortly, and nobody else notices."""

import asyncio
import json
import re
import resource
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import monotonic

import aiohttp
import pytest

from hub.networks import network_of
from hub.store.raw import count_raws
from hub.web.connections import Patience
from hub.web.live import BROADCAST, PER_SESSION
from tests.web.browser import Visitor
from tests.web.conftest import PATIENCE
from tests.web.wire import Wire

ROOT = Path(__file__).parents[2]
PAGE = json.dumps({"from": "+12025550101", "id": "m1", "text": "Hello?"}).encode()


def head(path: str, *lines: str) -> bytes:
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: hub.test", *lines, "", ""]).encode()


UNSENT = head("/hooks/texts/message", "Content-Length: 1000000")


async def webhook(port: int, source: str = "127.0.0.2") -> int:
    connector = aiohttp.TCPConnector(local_addr=(source, 0))
    url = f"http://127.0.0.1:{port}/hooks/texts/message"
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.post(url, data=PAGE, headers={"X-Token": "t0p"}) as answer,
    ):
        return answer.status


@pytest.mark.parametrize("says", [b"", b"GET /login HT", b"GET /login HTTP/1.1\r\nHost: hub.test\r\nX-Slow: "])
async def test_connection_that_sends_no_request_is_closed(port, says):
    wire = await Wire.open(port, says)
    assert await wire.rest() == b""


async def test_connection_is_kept_for_a_while_between_requests(port):
    wire = await Wire.open(port, b"GET /healthz HTTP/1.1\r\nHost: hub.test\r\n\r\n")
    first = await wire.reader.readuntil(b"\r\n\r\n")
    await asyncio.sleep(0.1)
    wire.writer.write(b"GET /healthz HTTP/1.1\r\nHost: hub.test\r\nConnection: close\r\n\r\n")
    assert (first[:15], b"200 OK" in await wire.rest()) == (b"HTTP/1.1 200 OK", True)


async def test_silent_connections_of_one_address_are_few_and_others_keep_theirs(port):
    other = await Wire.open(port, b"GET /healthz HTTP/1.1\r\nHost: hub.test\r\n\r\n", source="127.0.0.3")
    await other.reader.readuntil(b"\r\n\r\n")
    pushed = [await Wire.open(port, b"POST /") for _ in range(60)]

    async with asyncio.timeout(20):
        await asyncio.gather(*(wire.rest() for wire in pushed[:40]))
    other.writer.write(b"GET /healthz HTTP/1.1\r\nHost: hub.test\r\nConnection: close\r\n\r\n")
    assert (await webhook(port), b"200 OK" in await other.rest()) == (200, True)
    for wire in pushed[40:]:
        await wire.close()


@pytest.mark.parametrize("patience", [Patience(first=600.0, grace=600.0, at_once=30)])
async def test_connections_of_one_address_at_once_leave_others_descriptors(port):
    """As many as may be at once, none of them old enough to be closed: one more is turned away, of others none."""
    pushed = [await Wire.open(port, source="127.0.0.3") for _ in range(30)]
    more = await Wire.open(port, b"GET /healthz HTTP/1.1\r\nHost: hub.test\r\n\r\n", source="127.0.0.3")

    assert (await more.rest(), await webhook(port)) == (b"", 200)
    for wire in pushed:
        await wire.close()


def test_hub_takes_as_many_descriptors_as_the_system_gives_it():
    command = "from hub.web.connections import take_descriptors; print(take_descriptors())"
    few = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (256, 512))  # noqa: E731
    said = subprocess.run([sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True, preexec_fn=few)
    assert said.stdout == "512\n"


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110 - the server knows of no event
            await asyncio.sleep(0.02)


NO_STORE = pytest.mark.parametrize("engine", ["sqlite"])  # what the engines do has no part in it


@contextmanager
def unread(port: int) -> Iterator[socket.socket]:
    """A connection that asks for a large page many times over, and takes no more than its own few octets of them."""
    with socket.socket() as wire:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
        wire.connect(("127.0.0.1", port))
        wire.sendall(b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: hub.test\r\n\r\n" * 40)
        wire.setblocking(False)
        yield wire


@NO_STORE
async def test_answers_of_one_address_that_nobody_takes_are_few(door, port):
    with ExitStack() as wires:
        for _ in range(30):
            wires.enter_context(unread(port))
        await until(lambda: len(door.connections) == 20)
        assert await webhook(port) == 200


@NO_STORE
async def test_answer_that_nobody_takes_is_given_up(door, port):
    with unread(port):
        await until(lambda: len(door.connections) == 1)
        await until(lambda: not door.connections)


@NO_STORE
async def test_answer_that_is_taken_slowly_is_given_whole(port):
    with unread(port) as wire:
        loop, taken, begun = asyncio.get_running_loop(), 0, monotonic()
        while monotonic() - begun < PATIENCE.between * 1.5:
            taken += len(await loop.sock_recv(wire, 4_096))
            await asyncio.sleep(0.05)
        before = taken
        while taken < before + 2_000_000:
            some = await loop.sock_recv(wire, 65_536)
            assert some, "hung up"
            taken += len(some)


async def test_body_that_is_not_sent_is_not_waited_for(port, hub, caplog):
    wire = await Wire.open(port, UNSENT)
    assert (await wire.rest()).startswith(b"HTTP/1.1 408 ")
    assert await hub.store.read(count_raws) == {}
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


async def test_body_that_stalls_for_a_moment_is_taken(port):
    lines = ("X-Token: t0p", f"Content-Length: {len(PAGE)}", "Connection: close")
    wire = await Wire.open(port, head("/hooks/texts/message", *lines) + PAGE[:20])
    for _ in range(12):
        await asyncio.sleep(0.1)  # one look finds it stalled
    wire.writer.write(PAGE[20:])
    assert (await wire.rest()).startswith(b"HTTP/1.1 200 ")


async def test_slow_bodies_of_one_address_are_few_and_webhooks_of_others_are_taken(port, hub):
    pushed = [await Wire.open(port, UNSENT) for _ in range(40)]
    taken = [await webhook(port) for _ in range(3)]
    answers = await asyncio.gather(*(wire.rest() for wire in pushed))

    assert taken == [200] * 3
    assert {answer[9:12] for answer in answers} == {b"408", b"429"}
    assert all(b"Retry-After: " in answer for answer in answers if answer[9:12] == b"429")


async def test_body_that_comes_slowly_but_steadily_is_taken(port, hub):
    body = PAGE + b" " * 12_000
    wire = await Wire.open(
        port, head("/hooks/texts/message", "X-Token: t0p", f"Content-Length: {len(body)}", "Connection: close")
    )
    for at in range(0, len(body), 600):
        wire.writer.write(body[at : at + 600])
        await asyncio.sleep(0.05)
    assert (await wire.rest()).startswith(b"HTTP/1.1 200 ")


CHUNK = b"1000\r\n" + b"a" * 0x1000 + b"\r\n"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/login", "application/x-www-form-urlencoded"),
        ("/language", "multipart/form-data; boundary=b"),
        ("/password/abc", "application/x-www-form-urlencoded"),
    ],
)
async def test_chunked_body_obeys_the_limit_of_its_route(port, path, kind):
    wire = await Wire.open(port, head(path, "Transfer-Encoding: chunked", f"Content-Type: {kind}", "Connection: close"))
    if kind.startswith("multipart"):
        part = b'--b\r\nContent-Disposition: form-data; name="to"\r\n\r\n'
        wire.writer.write(b"%x\r\n%b\r\n" % (len(part), part))
    for _ in range(300):  # 1.2 MB, a little beyond the largest of these limits
        wire.writer.write(CHUNK)
    wire.writer.write(b"0\r\n\r\n")
    assert (await wire.rest())[9:12] == b"413"


async def test_streams_of_one_session_are_few(signed_in):
    visitor: Visitor = await signed_in()
    async with aiohttp.ClientSession(cookie_jar=visitor.session.cookie_jar) as session:
        streams = [await session.get(visitor.base + "/live") for _ in range(PER_SESSION + 3)]
        assert [stream.status for stream in streams] == [200] * PER_SESSION + [429] * 3
        assert streams[-1].headers["Retry-After"]
        for stream in streams:
            stream.close()


async def test_streams_that_were_closed_count_no_more(signed_in, server):
    visitor: Visitor = await signed_in()
    server.app[BROADCAST].pulse = 600.0  # it would look by itself only then
    async with aiohttp.ClientSession(cookie_jar=visitor.session.cookie_jar) as session, asyncio.timeout(60):
        for _ in range(PER_SESSION):  # pages that are left one after the other
            async with session.get(visitor.base + "/live") as stream:
                assert stream.status == 200
        while True:
            async with session.get(visitor.base + "/live") as stream:
                if stream.status == 200:
                    break
    await until(lambda: server.app[BROADCAST].count == 0)
    assert server.app[BROADCAST].listeners == set()


async def test_stream_ends_with_the_session_it_was_opened_by(signed_in, server):
    visitor: Visitor = await signed_in()
    server.app[BROADCAST].pulse = 600.0  # it would look by itself only then
    jar = visitor.session.cookie_jar
    async with aiohttp.ClientSession(cookie_jar=jar) as session, session.get(visitor.base + "/live") as stream:
        await visitor.post("/logout")
        async with asyncio.timeout(60):
            rest = await stream.content.read()
    assert stream.status == 200
    assert b"event: reset" not in rest


NAMED = {  # who may know a whole address: to make a network of it, to ask who our proxies are, as a proof of consent
    *("hub/networks.py", "hub/web/security.py", "hub/web/connections.py", "channels/email/listener.py"),
    *("hub/web/bodies.py", "hub/web/telemetry.py", "hub/web/public.py", "hub/web/offers.py"),
    "hub/web/signing_up.py",
}


def test_nobody_is_counted_by_a_whole_address():
    files = [file for folder in ("hub", "channels") for file in (ROOT / folder).rglob("*.py")]
    words = re.compile(r"\bclient_ip\b|\.remote\b(?!s)|peername")
    found = {str(file.relative_to(ROOT)) for file in files if words.search(file.read_text("utf-8"))}
    assert found - NAMED - {"hub/html/safe_html.py"} == set()


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_network_is_the_address_or_its_half(address, network):
    assert network_of(address) == network
