"""Several conversations at once, by keys: chosen, labelled, given out evenly, and all of it taken back by one key."""

from collections import Counter
from typing import Any

import pytest
from playwright.async_api import Page, expect

from hub.accounts import add_account
from hub.model import Address, Role
from hub.sandbox.world import TEXT_NUMBER
from hub.store.inbox import View, list_inbox
from tests.browser.scene import PASSWORD

pytestmark = pytest.mark.browser


async def rows(scene: Any) -> list[Any]:
    return list(await scene.hub.store.read(list_inbox, View("open"), None, 50))


async def twelve_chosen(scene: Any, page: Page) -> None:
    await page.goto(f"{scene.base}/inbox?view=open")
    for number in range(12):
        await scene.world.twilio.text(f"+4915755{number:06d}", TEXT_NUMBER, f"Text {number}")
    await expect(page.locator(".row")).to_have_count(12)
    await page.keyboard.press("x")
    for _ in range(11):
        await page.keyboard.press("Shift+J")
    await expect(page.locator("#chosen")).to_have_text("12 chosen")


async def test_t_i6_twelve_are_labelled_and_given_out_evenly_and_undone(scene, sit_down):
    await add_account(scene.hub.store, scene.hub.clock, "kay@example.com", "Kay", Role.AGENT, PASSWORD)
    page = await sit_down()
    await twelve_chosen(scene, page)
    await page.evaluate("loading += 1")  # a page is on its way: the keys wait for it
    await page.keyboard.press("l")
    await page.keyboard.type("invoice, !high")
    await page.keyboard.press("Enter")
    await page.evaluate("loading -= 1, play_keys()")
    await expect(page.locator("#toast")).to_contain_text("12 changed")
    assert {(tuple(row.labels), row.priority) for row in await rows(scene)} == {(("invoice",), "high")}
    await page.keyboard.press("z")
    await expect(page.locator(".row .hot")).to_have_count(0)
    assert {(tuple(row.labels), row.priority) for row in await rows(scene)} == {((), "normal")}

    await twelve_chosen_again(page)
    await page.keyboard.press("a")
    await page.keyboard.press("ArrowDown")
    await expect(page.locator("#b-assign button:has-text('Distribute evenly')")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#toast")).to_contain_text("12 assigned")
    assert sorted(Counter(row.assignee_id for row in await rows(scene)).values()) == [4, 4, 4]
    assert "did=" not in page.url
    await page.keyboard.press("z")
    await expect(page.locator(".row .holder")).to_have_count(0)


async def twelve_chosen_again(page: Page) -> None:
    await expect(page.locator("#chosen")).to_be_empty()
    await page.locator(".row").first.focus()
    await page.keyboard.press("x")
    for _ in range(11):
        await page.keyboard.press("Shift+J")
    await expect(page.locator("#chosen")).to_have_text("12 chosen")


async def test_done_by_key_is_for_the_chosen_ones_and_escape_chooses_none(scene, sit_down):
    page = await sit_down()
    await twelve_chosen(scene, page)
    await page.keyboard.press("Escape")
    await expect(page.locator("#bulk")).to_be_hidden()
    await page.locator(".row").nth(2).focus()
    await page.keyboard.press("x")
    await page.keyboard.press("Shift+J")
    await expect(page.locator("#chosen")).to_have_text("2 chosen")
    await page.keyboard.press("e")
    await expect(page.locator(".row")).to_have_count(10)
    await expect(page.locator("#toast")).to_contain_text("2 set to done")
    await page.reload()
    await page.keyboard.press("z")
    await expect(page.locator(".row")).to_have_count(12)


async def test_what_is_chosen_stays_so_while_somebody_reads_and_others_write(scene, sit_down):
    page = await sit_down()
    await twelve_chosen(scene, page)
    await page.keyboard.press("Escape")
    for number in (1, 3):
        await page.locator(".rows > li").nth(number).hover()
        await page.locator(".pick input").nth(number).check()
    await page.locator(".row").nth(5).click()
    await page.wait_for_url("**/conversations/**")
    await expect(page.locator("#chosen")).to_have_text("2 chosen")
    await scene.world.twilio.text("+4915755999999", TEXT_NUMBER, "One more")
    await expect(page.locator("#news")).to_contain_text("1 new conversation")
    await expect(page.locator("#chosen")).to_have_text("2 chosen")
    assert await page.locator(".pick :checked").count() == 2


async def test_boxes_and_bar_need_no_script(scene, sit_down):
    page = await sit_down(java_script_enabled=False)
    for number in range(3):
        await scene.world.twilio.text(f"+4915755{number:06d}", TEXT_NUMBER, f"Text {number}")
        await scene.heard(Address("sms", f"+4915755{number:06d}"), f"Text {number}")
    await page.goto(f"{scene.base}/inbox?view=open")
    await expect(page.locator("#bulk")).to_be_hidden()
    for number in range(2):
        await page.locator(".pick input").nth(number).check()
    await page.click("#bulk button[value=done]")
    await expect(page.locator(".row")).to_have_count(1)
    await page.click("#did button")
    await expect(page.locator(".row")).to_have_count(3)
