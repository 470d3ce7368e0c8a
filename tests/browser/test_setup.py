"""The first minutes: an owner, a customer played in the sandbox, and an answer."""

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from hub.accounts import first_sign_in
from hub.app import Running, running
from hub.config import Settings
from hub.store.agents import find_agent_by_email
from tests.browser.hand import Hand
from tests.browser.scene import KEY, LENA, PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


@pytest.fixture
def empty(sqlite_template: Path, tmp_path: Path) -> Callable[..., AbstractAsyncContextManager[Running]]:
    """A hub where nobody works yet. company: keys of that section."""

    @asynccontextmanager
    async def start(**company: str) -> AsyncIterator[Running]:
        store = {"url": f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'hub.db')}"}
        settings = {"store": store, "web": {"port": 0}, "company": company, "key": KEY}
        async with running(Settings.model_validate(settings), sandbox=True) as started:
            yield started

    return start


async def fill_in(page: Page) -> None:
    await page.fill("[name=name]", "Lena Vogt")
    await page.fill("[name=email]", LENA)
    await page.fill("[name=password]", PASSWORD)


async def test_t_u1_from_an_empty_hub_to_an_answer_that_left_are_eight_acts(chromium, empty):
    async with empty() as started:
        page = await (await chromium.new_context(locale="en-GB")).new_page()
        hand, base = Hand(page), started.hub.base_url
        await page.goto(base)
        await expect(page).to_have_url(f"{base}/setup")
        await page.goto((await first_sign_in(started.hub)).rpartition(" ")[2])
        with hand.job("D1"):
            await fill_in(page)
            await hand.click(page.get_by_role("button", name="Create the account"))
            await hand.click(page.get_by_role("link", name="Be the customer in the sandbox"))
            await page.fill("#write-telegram", "Is invoice 4711 right?")
            await hand.press("Enter")
            await expect(page.locator("#telegram .mine")).to_contain_text("4711")
            await hand.click(page.locator(".rail").get_by_role("link", name="Inbox"))
            await hand.click(page.get_by_role("link", name="Unassigned"))
            await hand.click(page.locator(".row"))
            await page.fill("#text", "It is.")
            await page.focus("#text")
            await hand.press("Control+Enter")
            await expect(page.locator(".msg.out .tick")).to_contain_text("Sent")
        answer = await page.goto(f"{base}/setup")
        assert answer
        assert answer.status == 404


@pytest.mark.parametrize(("zone", "kept"), [("Europe/Berlin", ""), ("America/New_York", "America/New_York")])
async def test_t_u2_set_up_speaks_german_and_knows_the_zone_of_the_browser(chromium, empty, zone, kept):
    async with empty() as started:
        context = await chromium.new_context(locale="de-DE", timezone_id=zone)
        page = await context.new_page()
        await page.goto((await first_sign_in(started.hub)).rpartition(" ")[2])
        await expect(page.locator("html")).to_have_attribute("lang", "de")
        await expect(page.locator("h1")).to_have_text("Willkommen")
        await expect(page.get_by_label("Zeitzone")).to_have_value(zone)
        await fill_in(page)
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/inbox")
        lena = await started.hub.store.read(find_agent_by_email, LENA)
        assert lena
        assert lena.timezone == kept


async def test_without_a_script_set_up_offers_the_zone_of_the_company(chromium, empty):
    async with empty(timezone="UTC") as started:
        context = await chromium.new_context(java_script_enabled=False, timezone_id="Asia/Tokyo")
        page = await context.new_page()
        await page.goto((await first_sign_in(started.hub)).rpartition(" ")[2])
        await expect(page.locator("[name=timezone]")).to_have_value("UTC")
