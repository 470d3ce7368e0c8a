"""What happens to an agent's work while the hub or a provider cannot be reached."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from hub.accounts import add_account
from hub.clock import DAY, SystemClock
from hub.model import Role
from hub.sandbox.world import TEXT_NUMBER
from hub.sessions import Place, open_session
from hub.store.customers import add_address
from hub.store.database import open_store
from hub.web.guard import NAME
from tests.browser.scene import LENA, PASSWORD, comes_true
from tests.outsider.outside.loop import Loop
from tests.outsider.outside.world import SMS, World
from tests.people import ADA
from tests.running import until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
MISSED = 30
AWAY = 20.0  # seconds
ASKED, ANSWER = "Is invoice 4711 right?", "It is right."


async def write_while_away(page: Page) -> None:
    """Half of it was there before; the whole leaves the composer and waits."""
    await page.focus("#text")
    await page.keyboard.type(ANSWER.partition(" ")[2])
    await expect(page.locator("#line")).to_contain_text("your text is safe")
    await expect(page.locator("#text")).to_have_value(ANSWER)
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#line")).to_contain_text("leaves as soon as the hub is back")
    await expect(page.locator("#text")).to_have_value(ANSWER)


async def begin(page: Page, address: str) -> None:
    await page.goto(address)
    await expect(page.locator("#stream")).to_contain_text(ASKED)
    await page.evaluate("window.unloaded = false")
    await page.focus("#text")
    await page.keyboard.type(ANSWER.partition(" ")[0] + " ")


async def test_t_l4_a_send_while_away_leaves_once_and_what_was_missed_appears(scene, sit_down):
    page = await sit_down()
    await scene.world.twilio.text(ADA.phone, TEXT_NUMBER, ASKED)
    id = (await scene.heard(ADA.sms_address, ASKED)).conversation_id
    await begin(page, f"{scene.base}/conversations/{id}?view=open")
    await page.context.set_offline(True)
    await write_while_away(page)
    for number in range(MISSED):
        await scene.world.twilio.text(ADA.phone, TEXT_NUMBER, f"Missed {number}.")
    await scene.heard(ADA.sms_address, f"Missed {MISSED - 1}.")
    await page.context.set_offline(False)

    await expect(page.locator("#stream .msg.in")).to_have_count(MISSED + 1)
    await expect(page.locator(".msg.out")).to_have_count(1)
    await expect(page.locator(".msg.out .tick")).to_contain_text("Delivered")
    await expect(page.locator("#text")).to_have_value("")
    assert [message.body for message in scene.world.twilio.sent_to(ADA.phone)] == [ANSWER]
    assert await page.evaluate("window.unloaded") is False


async def test_a_send_that_waits_is_called_off_by_changing_it(scene, sit_down):
    page = await sit_down()
    await scene.world.twilio.text(ADA.phone, TEXT_NUMBER, ASKED)
    id = (await scene.heard(ADA.sms_address, ASKED)).conversation_id
    await begin(page, f"{scene.base}/conversations/{id}?view=open")
    await page.context.set_offline(True)
    await write_while_away(page)
    await page.keyboard.type(" But")
    await expect(page.locator("#line")).to_contain_text("your text is safe")
    await page.context.set_offline(False)
    await expect(page.locator("#line")).to_have_text("Back online")
    await comes_true(page, "!running && !due && !loading")
    await expect(page.locator("#text")).to_have_value(f"{ANSWER} But")
    await expect(page.locator(".msg.out")).to_have_count(0)


@pytest_asyncio.fixture(loop_scope="session")
async def killable(tmp_path: Path) -> AsyncIterator[World]:
    """A hub that is a process of its own; providers and customers live on when it dies."""
    loop = Loop()
    world = World(loop, tmp_path)
    await asyncio.to_thread(world.start)
    yield world
    await asyncio.to_thread(world.close)
    loop.stop()


async def token_of_lena(world: World) -> str:
    store, clock = open_store(f"sqlite:///{world.folder / 'data' / 'hub.db'}"), SystemClock()
    await store.open()
    lena = await add_account(store, clock, LENA, "Lena Vogt", Role.OWNER, PASSWORD)
    session = await open_session(store, clock, lena, Place(), DAY)
    await store.close()
    return session.token


@pytest.mark.slow
async def test_t_l4_a_hub_killed_for_twenty_seconds_costs_nothing(killable, chromium):
    page = await sit_down_at(killable, chromium)
    await asyncio.to_thread(killable.twilio.text, "sms", ADA.phone, SMS, ASKED)
    await page.goto(f"{killable.base}/inbox?view=open")
    await expect(page.locator(".row")).to_have_count(1)
    await begin(page, f"{killable.base}{await page.locator('.row').get_attribute('href')}")
    await asyncio.to_thread(killable.hub.kill)
    died = time.monotonic()
    await write_while_away(page)

    async def away() -> bool:
        return time.monotonic() - died >= AWAY

    await until(away, "end of the outage")
    await asyncio.to_thread(killable.hub.start)
    for number in range(MISSED):
        await asyncio.to_thread(killable.twilio.text, "sms", ADA.phone, SMS, f"Missed {number}.")
    await expect(page.locator("#stream .msg.in")).to_have_count(MISSED + 1)
    await expect(page.locator(".msg.out .tick")).to_contain_text("Sent")
    await expect(page.locator(".msg.out")).to_have_count(1)
    assert [message.text for message in killable.twilio.sent(ADA.phone)] == [ANSWER]
    assert await page.evaluate("window.unloaded") is False


async def sit_down_at(world: World, chromium: Browser) -> Page:
    """Lena, before a hub that can be killed."""
    context = await chromium.new_context(locale="en-GB")
    cookie = {"name": NAME, "value": await token_of_lena(world), "url": world.base}
    await context.add_cookies([cookie | {"httpOnly": True, "sameSite": "Lax"}])
    return await context.new_page()


async def test_a_hub_that_dies_before_it_answers_doubles_neither_a_note_nor_a_task(killable, chromium):
    """It has done what was asked for when it dies; somebody who sees no answer asks once more."""
    page = await sit_down_at(killable, chromium)
    await asyncio.to_thread(killable.twilio.text, "sms", ADA.phone, SMS, ASKED)
    await page.goto(f"{killable.base}/inbox?view=open")
    await page.locator(".row").click()
    for number in (1, 2):
        await asyncio.to_thread(killable.hub.stop)
        dying = {"HUB_TESTING": "1", "HUB_CRASH_AT": "web.written:1"}
        await asyncio.to_thread(lambda armed: killable.hub.start(env=armed), dying)
        await page.reload()
        if number == 1:
            await page.check("#composer [value=note]")
            await page.fill("#text", "Credit approved")
            await page.keyboard.press("Control+Enter")
        else:
            await page.get_by_text("Add a task").click()
            await page.fill("[name=title]", "Call her back")
            await page.keyboard.press("Enter")
        assert await asyncio.to_thread(killable.hub.wait) == 137
        await asyncio.to_thread(killable.hub.start)
        if number == 1:
            await expect(page.locator(".msg.note .text")).to_have_text("Credit approved")
        else:
            await page.keyboard.press("Enter")
    await expect(page.get_by_role("link", name="Call her back")).to_have_count(1)


async def test_t_l6_what_a_provider_refused_says_why_and_goes_again_or_by_another_channel(scene, sit_down):
    page = await sit_down()
    await scene.world.telegram.say(int(ADA.telegram), ASKED, name=ADA.name)
    asked = await scene.heard(ADA.telegram_address, ASKED)
    known = {"verified": True, "at": scene.hub.clock.now(), "source": "import"}
    await scene.hub.store.write(add_address, asked.customer_id, ADA.sms_address, **known)
    scene.world.telegram.fail_next("sendMessage", status=400, description="Bad Request: it is too late")
    await page.goto(f"{scene.base}/conversations/{asked.conversation_id}?view=open")
    await page.fill("#text", ANSWER)
    await page.focus("#text")
    await page.keyboard.press("Control+Enter")
    failed = page.locator(".msg.out .tick.failed")
    await expect(failed).to_contain_text("It is too late")
    await expect(page.locator(".msg.out .text")).to_have_text(ANSWER)
    await expect(failed.get_by_role("button", name="Send again")).to_be_visible()

    await page.fill("#text", "By the way:")
    await failed.get_by_role("link", name="Other channel").click()
    await expect(page.locator("#composer [value=sms]")).to_be_checked()
    await expect(page.locator("#text")).to_have_value(f"{ANSWER}\n\nBy the way:")
    await page.fill("#text", ANSWER)
    await page.focus("#text")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".msg.out .tick.delivered")).to_have_count(1)
    assert [message.body for message in scene.world.twilio.sent_to(ADA.phone)] == [ANSWER]

    await failed.get_by_role("button", name="Send again").click()
    await expect(page.locator(".msg.out .tick.failed")).to_have_count(0)
    await expect(page.locator(".msg.out .tick.sent")).to_have_count(1)
