"""Guesses at tokens and links: counted before they are looked up; no right one pays for the wrong ones of others."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

from hub.accounts import first_sign_in, invite
from hub.clock import DAY
from hub.config import Settings
from hub.ids import new_id
from hub.sessions import Place, await_second, open_session
from hub.signing import Signer
from hub.store.tokens import add_token, mark_token_revoked
from hub.web.app import make_app
from hub.web.guesses import GUESSES, MANY
from hub.web.keys import HUB
from tests.web.conftest import KEY

BOTH = pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
STRANGER, NEIGHBOUR = "127.0.0.1", "127.0.0.2"
MORE = 60  # than are allowed
SECRET, UNUSED = "s" * 43, "t" * 43


@pytest.fixture
def engine() -> str:
    """Where it makes a difference, on both."""
    return "sqlite"


@pytest.fixture(params=["alone", "shared"])
def configured(request: pytest.FixtureRequest) -> Settings:
    url = request.getfixturevalue("redis_url") if request.param == "shared" else ""
    return Settings.model_validate({"key": KEY, "redis": {"url": url}})


@pytest.fixture
async def ask(port: int, hub) -> AsyncIterator[Callable]:
    """ask(path, source=..., token=..., method=...) -> status; the headers of the last answer are in ask.headers."""
    sessions: dict[str, aiohttp.ClientSession] = {}

    async def asked(path: str, source: str = STRANGER, token: str = "", method: str = "GET", **more) -> int:
        if source not in sessions:
            connector = aiohttp.TCPConnector(local_addr=(source, 0), limit=30)
            sessions[source] = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        headers = {"Authorization": f"Bearer {token}"} if token else more.pop("headers", {})
        url = f"http://127.0.0.1:{port}{path}"
        async with sessions[source].request(method, url, headers=headers, allow_redirects=False, **more) as answer:
            if answer.status == 429:
                asked.waits.append(int(answer.headers["Retry-After"]))
            await answer.read()
            return answer.status

    asked.waits = []
    yield asked
    for session in sessions.values():
        await session.close()
    await hub.limiter.close()


async def pushed(ask, path: Callable[[int], str], allowed: int = GUESSES, **more) -> Counter[int]:
    """More than are allowed, all at once."""
    return Counter(await asyncio.gather(*(ask(path(number), **more) for number in range(allowed + MORE))))


async def tokens(hub) -> None:
    for name, secret in (("used", SECRET), ("unused", UNUSED)):
        await hub.store.write(add_token, name, secret, ["*"], hub.clock.now())


@BOTH
async def test_wrong_tokens_of_one_network_are_few_and_right_ones_go_on(ask, hub):
    await tokens(hub)
    assert await ask("/api/v1/labels", token=SECRET) == 200
    wrong = await asyncio.gather(*(ask("/api/v1/labels", token=f"x{number}") for number in range(MANY + MORE)))
    right = [await ask("/api/v1/labels", token=token) for token in (SECRET, UNUSED)]
    assert (Counter(wrong), right) == ({401: MANY, 429: MORE}, [200, 200])
    assert all(0 < wait <= 15 for wait in ask.waits)
    assert await ask("/api/v1/labels", NEIGHBOUR, token="x") == 401


async def test_right_tokens_are_given_back(ask, hub):
    await tokens(hub)
    statuses = [await ask("/api/v1/labels", token=SECRET) for _ in range(MANY + 5)]
    assert set(statuses) == {200}
    assert (await pushed(ask, lambda number: "/api/v1/labels", MANY, token="x"))[401] == MANY


async def test_token_that_was_revoked_counts_as_a_guess(ask, hub):
    id = await hub.store.write(add_token, "test", SECRET, ["*"], hub.clock.now())
    before = await ask("/api/v1/labels", token=SECRET)
    await hub.store.write(mark_token_revoked, id, hub.clock.now())
    first = await ask("/api/v1/labels", token=SECRET)
    rest = await pushed(ask, lambda number: "/api/v1/labels", MANY, token=SECRET)
    assert (before, first, rest[401]) == (200, 401, MANY)


async def test_wait_that_is_named_is_long_enough(ask, hub, clock):
    await pushed(ask, lambda number: f"/password/x{number}")
    clock.forward(ask.waits[-1] * 1000)
    assert await ask("/password/x") == 404


@pytest.mark.parametrize("page", "upvcem")
async def test_altered_links_of_one_network_are_few_and_right_ones_go_on(ask, hub, page):
    purpose = {"u": "unsubscribe", "p": "preferences", "v": "view", "c": "link", "e": "confirm", "m": "media"}[page]
    number = "0-" if page == "c" else ""
    forger = Signer(b"f" * 32)
    wrong = await pushed(ask, lambda _: f"/{page}/{number}{forger.sign(purpose, new_id())}", MANY)
    right = f"/{page}/{number}{hub.signer.sign(purpose, new_id())}"
    assert wrong == {404: MANY, 429: MORE}
    assert await ask(right) == 404  # a good link to what is gone
    assert await ask(f"/{page}/{number}x", NEIGHBOUR) == 404
    if page in "upe":
        assert await ask(f"/{page}/x", method="POST") == 429


@BOTH
@pytest.mark.parametrize(("name", "path"), [("hub_session", "/settings"), ("hub_step", "/login/second")])
async def test_made_up_cookies_of_one_network_are_few_looked_up_and_right_ones_go_on(ask, hub, agent, name, path):
    who, looked = await agent(), lambda: hub.store.calls["find_session"]
    right = [await a_cookie(hub, who, name) for _ in range(2)]
    before = looked()
    assert await ask(path, headers=right[0]) == 200
    wrong = await asyncio.gather(*(ask(path, headers={"Cookie": f"{name}=x{n}"}) for n in range(MANY + MORE)))
    if name == "hub_session":
        assert (Counter(wrong), looked() - before) == ({303: MANY + MORE}, MANY + 1)
        assert await ask("/login", headers={"Cookie": f"{name}=x"}) == 200
    else:
        assert Counter(wrong) == {303: MANY, 429: MORE}
    assert [await ask(path, headers=cookie) for cookie in right] == [200, 200]


async def a_cookie(hub, who, name: str) -> dict[str, str]:
    """Of a session, or of the second step of signing in."""
    if name == "hub_step":
        return {"Cookie": f"{name}={await await_second(hub, who)}"}
    signed = await open_session(hub.store, hub.clock, who, Place(), DAY)
    return {"Cookie": f"{name}={signed.token}"}


@pytest.mark.parametrize("configured", [Settings(key=KEY, web={"trusted_proxies": [STRANGER]})])
async def test_addresses_of_one_network_count_together(ask):
    async def from_network(network: str, number: int) -> int:
        return await ask(f"/password/x{number}", headers={"X-Forwarded-For": f"2001:db8:1:{network}::{number:x}"})

    statuses = Counter([await from_network("2", number) for number in range(GUESSES + 5)])
    assert (statuses, await from_network("3", 1)) == ({404: GUESSES, 429: 5}, 404)


@BOTH
async def test_wrong_set_up_codes_are_few_and_the_right_one_goes_on(ask, hub):
    code = (await first_sign_in(hub)).rpartition("=")[2]
    form = {"name": "Ada", "email": "ada@example.com", "password": "violet harbour 77 lamp"}
    wrong = await pushed(ask, lambda _: "/setup", method="POST", data={**form, "token": "x"})
    assert wrong == {422: GUESSES, 429: MORE}
    assert len(ask.waits) == MORE
    assert await ask("/setup", method="POST", data={**form, "token": code}) == 303


@BOTH
async def test_made_up_one_time_links_are_few_and_a_right_one_goes_on(ask, hub, agent):
    token = await invite(hub.store, hub.clock, await agent())
    wrong = await pushed(ask, lambda number: f"/password/x{number}")
    chosen = {"password": "violet harbour 77 lamp"}
    assert wrong == {404: GUESSES, 429: MORE}
    assert await ask("/password/x", method="POST", data=chosen) == 429
    assert await ask(f"/password/{token}") == 200
    assert await ask(f"/password/{token}", method="POST", data=chosen) == 303
    assert await ask(f"/password/{token}") in (404, 429)


@pytest.mark.parametrize("configured", ["shared"], indirect=True)
async def test_two_processes_count_together_where_there_is_a_redis(ask, hub):
    await pushed(ask, lambda number: f"/password/x{number}")
    other = TestServer(make_app(replace(hub)))
    await other.start_server()
    async with aiohttp.ClientSession() as session, session.get(other.make_url("/password/x")) as answer:
        assert answer.status == 429
    await other.app[HUB].limiter.close()
    await other.close()
