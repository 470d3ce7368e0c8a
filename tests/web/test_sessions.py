"""Sessions: seen and ended by their owner, over by themselves, deaf at once, and bound to TLS where there is TLS."""

import asyncio
import re
from contextlib import AsyncExitStack
from dataclasses import replace

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

from hub.accounts import add_account, change_agent, invite
from hub.app import running
from hub.clock import DAY, HOUR, MINUTE
from hub.config import Settings
from hub.errors import InvalidInput
from hub.model import Role
from hub.passwords import hash_password
from hub.store.events import append_events
from hub.store.sessions import forget_expired_sessions
from hub.store.tokens import add_token, find_token
from hub.web.app import make_app
from hub.web.live import BROADCAST
from hub.web.sessions import browser_of
from tests.running import until
from tests.web.browser import Visitor
from tests.web.conftest import KEY

PASSWORD = "correct horse battery"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)
ENDING = re.compile(r'name="session" value="([0-9a-f]{64})"')
ROW = {"type": "message.received", "customer_id": None, "conversation_id": None, "message_id": None, "data": {}}


async def sign_in(visitor: Visitor, user_agent: str = "", **more) -> aiohttp.ClientResponse:
    form = {"email": "agent@example.com", "password": PASSWORD}
    return await visitor.answer("POST", "/login", data=form, headers={"User-Agent": user_agent}, **more)


async def is_in(visitor: Visitor) -> bool:
    return (await visitor.get("/settings"))[0] == 200


async def test_own_sessions_are_listed_and_ended_one_by_one_or_all_others(browser, agent):
    await agent()
    here, there, elsewhere = browser(), browser(), browser()
    for visitor, user_agent in ((there, CHROME), (elsewhere, CHROME), (here, FIREFOX)):
        await sign_in(visitor, user_agent)
    _, page = await here.get("/settings")
    known = ENDING.findall(page)

    assert page.count("Chrome, Windows</b>") == 2
    assert "Firefox, Linux</b>" in page
    assert page.count("127.0.0.1") == 3
    await here.post("/settings/sessions", {"session": known[0]})
    assert [await is_in(one) for one in (there, elsewhere)].count(True) == 1
    await sign_in(there)
    await here.post("/settings/sessions", {"session": "others"})
    assert [await is_in(one) for one in (here, there, elsewhere)] == [True, False, False]


async def test_nobody_ends_the_session_of_somebody_else(browser, agent, signed_in):
    boss = await signed_in(Role.OWNER)
    await agent()
    other = browser()
    await sign_in(other)
    third = browser()
    await sign_in(third)
    _, page = await other.get("/settings")
    [stranger] = ENDING.findall(page)
    await boss.post("/settings/sessions", {"session": stranger})

    assert await is_in(third)


@pytest.mark.parametrize("how", ["ended", "signed out", "password", "role", "switched off"])
async def test_stream_of_a_session_that_is_over_says_so_and_hears_nothing_more(browser, agent, server, hub, how):
    server.app[BROADCAST].pulse = 600.0  # by itself it would ask only then
    who = await agent()
    listener, other = browser(), browser()
    await sign_in(listener)
    await sign_in(other)
    endings = {
        "ended": lambda: other.post("/settings/sessions", {"session": "others"}),
        "signed out": lambda: listener.post("/logout"),
        "password": lambda: change(password_hash="another"),
        "role": lambda: change(role=Role.READ_ONLY.value),
        "switched off": lambda: change(active=False),
    }

    async def change(**values: object) -> None:
        await hub.store.write(change_agent, who.id, hub.clock.now(), **values)
        hub.live.wake()

    async def listening() -> bool:
        return server.app[BROADCAST].count == 1

    async with listener.session.get(f"{listener.base}/live") as stream, asyncio.timeout(60):
        await until(listening, "stream")
        await endings[how]()
        await hub.store.write(append_events, [ROW], hub.clock.now())
        hub.live.wake()
        told = await stream.content.read()

    assert told.endswith(b"event: gone\ndata: {}\n\n")
    assert b"message.received" not in told


async def test_session_that_nobody_uses_is_over_and_one_in_use_is_not(signed_in, clock):
    visitor = await signed_in()
    for _ in range(5):
        clock.forward(11 * HOUR)
        assert await is_in(visitor)
    clock.forward(12 * HOUR)

    assert not await is_in(visitor)


async def test_page_that_renews_itself_does_not_keep_a_session_alive(signed_in, clock):
    visitor = await signed_in()
    for _ in range(2):
        clock.forward(5 * HOUR)
        assert (await visitor.get("/settings", headers={"X-Live": "1"}))[0] == 200
    clock.forward(2 * HOUR + MINUTE)

    assert not await is_in(visitor)


async def test_session_in_use_is_over_after_its_days(signed_in, clock):
    visitor = await signed_in()
    for _ in range(14 * 24 // 8 - 1):
        clock.forward(8 * HOUR)
        assert await is_in(visitor)
    clock.forward(8 * HOUR + MINUTE)

    assert not await is_in(visitor)


async def test_what_is_over_is_tidied_away(hub, signed_in, clock, agent):
    await signed_in()
    await invite(hub.store, clock, await agent(Role.OWNER))
    now = clock.now()

    assert await hub.store.write(forget_expired_sessions, now, now - DAY) == 0
    assert await hub.store.write(forget_expired_sessions, now + 31 * MINUTE, now - DAY) == 1
    assert await hub.store.write(forget_expired_sessions, now + 31 * MINUTE, now) == 1


async def test_one_time_link_is_good_for_half_an_hour(browser, agent, hub, clock):
    token = await invite(hub.store, clock, await agent())
    clock.forward(29 * MINUTE)
    assert (await browser().get(f"/password/{token}"))[0] == 200
    clock.forward(2 * MINUTE)

    assert (await browser().get(f"/password/{token}"))[0] == 404
    assert (await browser().answer("POST", f"/password/{token}", data={"password": "a fresh long one"})).status == 404


async def test_guessable_and_former_passwords_are_refused_wherever_one_is_chosen(browser, agent, hub, signed_in):
    who = await agent(Role.MARKETING, "grace@example.com")
    link = f"/password/{await invite(hub.store, hub.clock, who)}"
    mine = await signed_in()
    guessable = await browser().answer("POST", link, data={"password": "Marketing2026!"})
    former = await browser().answer("POST", link, data={"password": PASSWORD})
    changed = [
        await mine.post("/settings/password", {"old": old, "password": new})
        for old, new in (
            (PASSWORD, "ExampleCompany1"),
            (PASSWORD, "a fresh long one"),
            ("a fresh long one", PASSWORD),
            ("a fresh long one", "a third long one"),
            ("a third long one", "a fresh long one"),
        )
    ]

    assert "easy to guess" in await guessable.text()
    assert "You had this password before" in await former.text()
    assert [answer.status for answer in changed] == [422, 303, 422, 303, 422]
    with pytest.raises(InvalidInput):
        await hash_password("Agent agent 2026", ("Agent", "agent@example.com"))


async def test_behind_tls_the_cookie_is_bound_to_the_host_and_browsers_stay_with_tls(hub, agent):
    await agent()
    secure = TestServer(make_app(replace(hub, base_url="https://hub.example.com")))
    await secure.start_server()
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        visitor = Visitor(session, str(secure.make_url("")).rstrip("/"))
        entered = await sign_in(visitor)
        spoken = await visitor.answer("POST", "/language", data={"to": "de"})
        cookie = entered.cookies["__Host-hub_session"]
        admitted, _ = await visitor.get("/settings", headers={"Cookie": f"__Host-hub_session={cookie.value}"})
        smuggled, _ = await visitor.get("/settings", headers={"Cookie": f"hub_session={cookie.value}"})
    await secure.close()

    assert (cookie["secure"], cookie["httponly"], cookie["path"], cookie["domain"]) == (True, True, "/", "")
    assert all(one["secure"] for answer in (entered, spoken) for one in answer.cookies.values())
    assert entered.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert (admitted, smuggled) == (200, 303)


async def test_over_plain_http_the_cookie_has_a_name_that_works_there(browser, agent):
    await agent()
    entered = await sign_in(browser())

    assert "hub_session" in entered.cookies
    assert "Strict-Transport-Security" not in entered.headers


async def test_only_a_trusted_proxy_says_that_there_is_tls(hub, agent):
    await agent()
    proxied = replace(hub, settings=Settings(web={"trusted_proxies": ["127.0.0.1"], "hsts_days": 1}))
    server = TestServer(make_app(proxied))
    await server.start_server()
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        visitor = Visitor(session, str(server.make_url("")).rstrip("/"))
        answer = await visitor.answer("GET", "/login", headers={"X-Forwarded-Proto": "https"})
        plain = await visitor.answer("GET", "/login")
    await server.close()

    assert answer.headers["Strict-Transport-Security"] == "max-age=86400"
    assert "Strict-Transport-Security" not in plain.headers


async def test_token_with_an_end_works_until_then(store, clock):
    now = clock.now()
    await store.write(add_token, "short", "s" * 43, ["*"], now, now + DAY)
    await store.write(add_token, "long", "l" * 43, ["*"], now)
    found = [await store.read(find_token, secret * 43, now + at) for secret in "sl" for at in (DAY - 1, DAY)]

    assert [one is not None for one in found] == [True, False, True, True]


def test_browser_is_named_as_its_owner_knows_it():
    assert browser_of(FIREFOX) == "Firefox, Linux"
    assert browser_of(CHROME) == "Chrome, Windows"
    assert browser_of(CHROME + " Edg/140.0") == "Edge, Windows"
    assert browser_of("curl/8") == ""


@pytest.mark.parametrize("how", ["signed out", "role"])
async def test_stream_hears_that_it_is_over_though_another_process_was_told(store_url, how):
    """Without Redis: two hubs share nothing but the store."""
    settings = {"store": {"url": store_url}, "web": {"port": 0}, "secret": "s" * 32, "key": KEY}
    async with AsyncExitStack() as stack:
        hubs = [
            (await stack.enter_async_context(running(Settings.model_validate(settings), roles=["web"]))).hub
            for _ in range(2)
        ]
        jar = aiohttp.CookieJar(unsafe=True)
        session = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=jar))
        here, there = (Visitor(session, hub.base_url) for hub in hubs)
        who = await add_account(hubs[0].store, hubs[0].clock, "agent@example.com", "Agent", Role.AGENT, PASSWORD)
        await sign_in(here)
        assert await is_in(there)
        async with session.get(f"{here.base}/live") as stream, asyncio.timeout(60):
            await stream.content.readuntil(b"retry: 2000\n\n")
            if how == "signed out":
                await there.post("/logout")
            else:
                await hubs[1].store.write(change_agent, who.id, hubs[1].clock.now(), role=Role.READ_ONLY.value)
                hubs[1].live.wake()
            assert (await stream.content.read()).endswith(b"event: gone\ndata: {}\n\n")
