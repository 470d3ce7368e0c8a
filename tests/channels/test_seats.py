"""Telephones in browsers: what their token allows, how they ring together, and how a call is ended from here."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from xml.etree.ElementTree import fromstring

import aiohttp
import jwt
import pytest

from hub.clock import FakeClock
from hub.errors import SendError
from hub.model import CallUpdate, Outbound
from hub.sandbox.twilio import Caller, answers
from hub.telephony import seat_of
from tests.doors import Ledger
from tests.people import ADA
from tests.running import until
from tests.twilio import ACCOUNT, AGENT, API_KEY, API_SECRET, LINE, Outside, outside

LENA, MAX = "a" * 32, "b" * 32


class Browser:
    """One that has registered, and answers or does not."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def say(self, what: str, **payload: str) -> None:
        await self.socket.send_json({"type": what, "payload": payload})

    async def hear(self, what: str) -> dict[str, object]:
        while True:
            said = (await self.socket.receive_str(timeout=10)).strip()
            if said and (told := json.loads(said))["type"] == what:
                return dict(told["payload"])


@pytest.fixture
async def world(clock: FakeClock) -> AsyncIterator[Outside]:
    async with outside("voice", clock, api_key=API_KEY, api_secret=API_SECRET) as opened:
        yield opened


@pytest.fixture
async def sits(world: Outside) -> AsyncIterator[Callable[[str], Awaitable[Browser]]]:
    opened: list[Browser] = []
    async with aiohttp.ClientSession() as session:

        async def sit_down(agent_id: str, token: str = "") -> Browser:
            browser = Browser(await session.ws_connect(f"{world.twilio.origin}/signal"))
            opened.append(browser)
            await browser.say("listen", token=token or world.channel.seat_token(agent_id))
            if token:
                return browser
            await browser.hear("connected")
            await browser.say("register")
            await browser.hear("ready")
            return browser

        yield sit_down
        for browser in opened:
            await browser.socket.close()


def updates(world: Outside) -> list[CallUpdate]:
    return [event for event in world.door.events("line") if isinstance(event, CallUpdate)]


async def answered(world: Outside) -> bool:
    return any(one.state == "answered" for one in updates(world))


def test_a_token_lets_one_agent_take_calls_for_an_hour_and_do_nothing_else(world):
    claims = jwt.decode(world.channel.seat_token(LENA), API_SECRET, algorithms=["HS256"])
    assert claims["grants"] == {"identity": LENA, "voice": {"incoming": {"allow": True}}}
    assert (claims["iss"], claims["sub"], claims["exp"] - claims["nbf"]) == (API_KEY, ACCOUNT, 3600)


async def test_without_a_key_there_is_no_token(clock):
    async with outside("voice", clock) as world:
        assert world.channel.seat_token(LENA) == ""


async def test_another_secrets_token_registers_nobody(sits):
    forged = jwt.encode({"grants": {"identity": LENA}}, "another" * 5, algorithm="HS256")
    browser = await sits(LENA, forged)
    assert (await browser.hear("error"))["error"]["code"] == 31204


async def test_all_browsers_ring_at_once_and_the_first_who_answers_talks(world, sits):
    lena, max = await sits(LENA), await sits(MAX)
    world.door.desk.ring = (seat_of(LENA), AGENT, seat_of(MAX))
    calling = asyncio.create_task(world.twilio.call(ADA.phone, LINE, Caller()))
    rung, other = await lena.hear("invite"), await max.hear("invite")
    assert rung["parameters"]["From"] == ADA.phone
    assert rung["parameters"]["Params"] == f"call={world.twilio.calls[0].sid}"
    await max.say("answer", callsid=other["callsid"])
    assert (await lena.hear("cancel"))["callsid"] == rung["callsid"]
    await until(partial(answered, world), "answer")
    await max.say("hangup", callsid=other["callsid"])
    call = await calling
    assert [detail for what, detail in call.heard if what == "Dial"] == [seat_of(LENA), seat_of(MAX)]
    told = [(one.state, one.agent) for one in updates(world) if one.state in ("answered", "completed")]
    assert told == [("answered", seat_of(MAX)), ("completed", "")]
    assert not world.twilio.alerts


async def test_phones_ring_when_no_browser_answers(world, sits):
    lena = await sits(LENA)
    world.door.desk.ring = (AGENT, seat_of(LENA), seat_of(MAX))
    calling = asyncio.create_task(world.twilio.call(ADA.phone, LINE, Caller(), {AGENT: answers(talk=9)}))
    rung = await lena.hear("invite")
    await lena.say("reject", callsid=rung["callsid"])
    call = await calling
    assert call.heard[-1] == ("Talk", f"9 s with {AGENT}")
    first = fromstring(world.twilio.webhooks[0].body)
    assert [one.findtext("Identity") for one in first.iter("Client")] == [LENA, MAX]


async def test_who_hangs_up_here_ends_the_call_for_everybody(world, sits):
    lena = await sits(LENA)
    world.door.desk.ring = (seat_of(LENA),)
    calling = asyncio.create_task(world.twilio.call(ADA.phone, LINE, Caller()))
    rung = await lena.hear("invite")
    await lena.say("answer", callsid=rung["callsid"])
    await until(partial(answered, world), "answer")
    await world.channel.hang_up(world.twilio.calls[0].sid)
    assert (await lena.hear("hangup"))["callsid"] == rung["callsid"]
    assert (await calling).over
    with pytest.raises(SendError):
        await world.channel.hang_up("CA" + "0" * 32)


async def test_a_call_by_a_click_rings_the_browser_and_then_the_customer(world, sits):
    lena = await sits(LENA)
    world.twilio.phone(ADA.phone, answers(talk=12))
    asked = Outbound("d" * 32, ADA.voice_address, "", options={"agent_phone": seat_of(LENA)})
    sent = await world.channel.send(asked, Ledger())
    rung = await lena.hear("invite")
    assert (rung["callsid"], rung["parameters"]["Params"]) == (sent.provider_id, "")
    await lena.say("answer", callsid=rung["callsid"])
    await world.twilio.idle()
    ended = [one for one in updates(world) if one.state == "completed"]
    assert [(one.agent, one.duration) for one in ended] == [(seat_of(LENA), 12)]
