"""hub.platform.fetcher: what a provider holds is brought from where it lies; what may come later is asked for again."""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import TestServer
from yarl import URL

from hub.errors import ReadDeferred, Unreadable
from hub.platform.fetcher import CONNECTIONS, PER_HOST, GuardedFetcher, guarded_connector, refusal_of


class Provider:
    """Hands files out by a redirect, as Twilio does; `says` is what the place it points to answers next."""

    def __init__(self) -> None:
        self.says: list[int] = []
        self.origin = ""
        self.target = "/there"

    async def redirect(self, request: web.Request) -> web.Response:
        raise web.HTTPTemporaryRedirect(self.target)

    async def there(self, request: web.Request) -> web.Response:
        return web.Response(body=b"jpeg", content_type="image/jpeg", status=self.says.pop(0) if self.says else 200)


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    made, app = Provider(), web.Application()
    app.router.add_get("/media", made.redirect)
    app.router.add_get("/there", made.there)
    async with TestServer(app) as server:
        made.origin = str(server.make_url("")).rstrip("/")
        yield made


@pytest.fixture
async def fetch() -> AsyncIterator[GuardedFetcher]:
    async with aiohttp.ClientSession() as session:
        made = GuardedFetcher(session)
        yield made
        await made.close()


@pytest.mark.parametrize("path", ["/media", "/there"])
@pytest.mark.parametrize(("status", "error"), [(503, ReadDeferred), (429, ReadDeferred), (404, Unreadable)])
async def test_trouble_is_passing_or_final_wherever_the_file_lies(
    provider: Provider, fetch: GuardedFetcher, path: str, status: int, error: type[Exception]
) -> None:
    provider.says = [status]
    with pytest.raises(error, match=f"answered {status}$"):
        await fetch(provider.origin + path, allow_origin=provider.origin)

    assert await fetch(provider.origin + path, allow_origin=provider.origin) == (b"jpeg", "image/jpeg")


class Stuck(AbstractResolver):
    """Knows nobody, and never says so of slow.example."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.full = asyncio.Event()

    async def resolve(self, host: str, port: int = 0, family: int = socket.AF_INET) -> list[ResolveResult]:
        self.asked.append(host)
        if len(self.asked) == PER_HOST:
            self.full.set()
        if host == "slow.example":
            await asyncio.Event().wait()
        raise OSError(errno.ENOENT, "no such host")

    async def close(self) -> None:
        """Nothing is held."""


async def test_who_answers_slowly_keeps_nobody_else_waiting() -> None:
    resolver = Stuck()
    async with aiohttp.ClientSession(connector=guarded_connector(resolver)) as session:
        waiting = [asyncio.ensure_future(session.get("http://slow.example/")) for _ in range(CONNECTIONS + 1)]
        await resolver.full.wait()
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get("http://other.example/", timeout=aiohttp.ClientTimeout(connect=20))
        for one in waiting:
            one.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
    assert resolver.asked == ["slow.example"] * PER_HOST + ["other.example"]


@pytest.mark.parametrize("host", ["a..b", "a" * 64 + ".example"])
async def test_what_cannot_be_a_host_is_refused_for_good(fetch: GuardedFetcher, host: str) -> None:
    with pytest.raises(Unreadable):
        await fetch(f"https://{host}/x.png")


async def test_strangers_leave_nothing_with_us_and_are_not_told_what_asks(fetch):
    jar = fetch.session.cookie_jar
    jar.update_cookies({"seen": "before"}, URL("https://example.com/"))

    assert (list(jar), dict(fetch.session.headers)) == ([], {"User-Agent": "hub"})


OURS = (  # this machine, this network, or nobody
    *("127.0.0.1", "127.1", "0x7f.0.0.1", "2130706433", "0177.0.0.1", "127.0.0.1.", "0.0.0.0", "0", "10.1.2.3"),
    *("100.64.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.254", "192.168.1.1", "192.0.0.1", "192.0.2.1"),
    *("192.0.0.8", "192.0.0.171", "192.0.0.255", "[::ffff:192.0.0.8]", "[64:ff9b::c000:8]"),
    *("192.88.99.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
    *(
        "[::]",
        "[::1]",
        "[::127.0.0.1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:10.0.0.1]",
        "[64:ff9b::a00:1]",
        "[64:ff9b:1::1]",
    ),
    *("[100::1]", "[2001::1]", "[2001:db8::1]", "[2002:7f00:1::]", "[3fff::1]", "[fc00::1]", "[fd12::1]", "[fe80::1]"),
    *("[fec0::1]", "[ff02::1]", "[5f00::1]", "１２７.0.0.1", "127。0。0。1", "①②⑦.0.0.1"),
)
THEIRS = (
    "8.8.8.8",
    "1.1.1.1",
    "[2606:4700:4700::1111]",
    "[2a00:1450:4001::1]",
    "[64:ff9b::808:808]",
    "example.com",
    "bücher.example",
)


@pytest.mark.parametrize("host", OURS)
@pytest.mark.parametrize("path", ["http://{}/", "https://user@{}:8443/x?y"])
async def test_what_is_not_public_is_refused_however_it_is_spelled(fetch, host, path):
    with pytest.raises(Unreadable, match="not a public address"):
        await fetch(path.format(host))
    with pytest.raises(Unreadable, match="not a public address"):
        await fetch.post(path.format(host), b"", {})


@pytest.mark.parametrize("host", THEIRS)
def test_what_is_public_may_be_asked(host):
    assert refusal_of(f"https://{host}/") == ""


@pytest.mark.parametrize(
    "url", ["file:///etc/hostname", "ftp://example.com/", "http:///x", "http://[::1", "x", "", "http://a:0/"]
)
def test_what_is_no_web_address_is_refused(url):
    assert refusal_of(url)


async def test_name_of_this_machine_is_refused_when_it_is_resolved(fetch, provider):
    port = provider.origin.rpartition(":")[2]
    with pytest.raises(ReadDeferred, match="no public address"):
        await fetch(f"http://localhost:{port}/there")


async def test_address_is_judged_again_when_the_connection_is_made(provider):
    """Whatever the resolver answered: this one says that every name is this machine."""

    class ThisMachine(AbstractResolver):
        async def resolve(self, host, port=0, family=socket.AF_INET):
            return [ResolveResult(hostname=host, host="127.0.0.1", port=port, family=family, proto=0, flags=0)]

        async def close(self):
            """Nothing is held."""

    async with aiohttp.ClientSession(connector=guarded_connector(ThisMachine())) as session:
        with pytest.raises(aiohttp.ClientError, match="not a public address"):
            await session.get(f"http://files.example:{provider.origin.rpartition(':')[2]}/there")


async def test_redirect_to_this_machine_is_refused(fetch, provider):
    other = provider.origin.replace("127.0.0.1", "localhost")
    provider.target = f"{other}/there"
    with pytest.raises(ReadDeferred, match="no public address"):
        await fetch(provider.origin + "/media", allow_origin=provider.origin)
