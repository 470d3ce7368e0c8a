"""Walking the inbox: the address says what is open, nothing moves under the pointer, and lists have no end."""

import re
from typing import Any

import pytest
from playwright.async_api import expect

from hub.sandbox.world import TEXT_NUMBER
from tests.people import ADA, EMMY, GRACE

pytestmark = pytest.mark.browser


async def write_many(scene: Any, numbers: range) -> None:
    for number in numbers:
        await scene.world.twilio.text(f"+4915755{number:06d}", TEXT_NUMBER, f"Text {number}")


async def test_t_i2_walking_keeps_the_row_the_address_and_the_way_back_together(scene, sit_down):
    page = await sit_down()
    await write_many(scene, range(21))
    await page.goto(f"{scene.base}/inbox?view=open")
    await expect(page.locator(".row")).to_have_count(21)
    seen = []
    for number in range(20):
        await page.keyboard.press("j")
        current = page.locator(".row[aria-current]")
        await expect(page.locator(".row").nth(number)).to_have_attribute("aria-current", "true")
        link = await current.get_attribute("href")
        await page.wait_for_url(f"**{link}")
        await expect(page.locator("#page")).to_have_attribute("data-conversation", re.search("[0-9a-f]{32}", link)[0])
        seen.append(link)
    assert len(set(seen)) == 20
    await page.go_back()
    await expect(page.locator(".row").nth(18)).to_have_attribute("aria-current", "true")


async def test_t_i3_rows_stand_still_under_the_pointer_and_the_bar_counts(scene, sit_down):
    page = await sit_down()
    await write_many(scene, range(3))
    await page.goto(f"{scene.base}/inbox?view=open")
    await expect(page.locator(".row")).to_have_count(3)
    await page.locator(".row").nth(1).hover()
    tops = "rows => rows.map(row => row.getBoundingClientRect().top)"
    before = await page.locator(".row").evaluate_all(tops)
    await write_many(scene, range(10, 15))
    await expect(page.locator("#news")).to_have_text("5 new conversations")
    assert await page.locator(".row").evaluate_all(tops) == before
    await page.click("#news")
    await expect(page.locator(".row")).to_have_count(8)


async def test_t_i9_view_filter_and_open_conversation_survive_a_reload(scene, sit_down):
    page = await sit_down()
    for person in (ADA, EMMY, GRACE):
        await scene.world.twilio.text(person.phone, TEXT_NUMBER, f"From {person.name}")
        await scene.heard(person.sms_address, person.name)
    await page.goto(f"{scene.base}/inbox?view=open")
    await page.click("#m-filter summary")
    await page.select_option("#m-filter [name=sort]", "oldest")
    await page.select_option("#m-filter [name=channel]", "sms")
    await page.click("#m-filter form[action='/inbox'] button")
    await page.wait_for_url("**/inbox?view=open,oldest,channel:sms")
    await page.locator(".row").nth(1).click()
    await page.wait_for_url("**/conversations/**")
    for again in (page.reload(), page.goto(page.url)):
        await again
        await expect(page.locator(".row").nth(1)).to_have_attribute("aria-current", "true")
        await expect(page.locator(".row").first).to_contain_text(ADA.name)
        await expect(page.locator(".narrowed .chip")).to_have_count(1)


async def test_walking_up_leads_to_the_end_of_the_page_above(scene, sit_down):
    page = await sit_down()
    await write_many(scene, range(42))
    await page.goto(f"{scene.base}/inbox?view=open")
    await page.click(".pager [rel=next]")
    await expect(page.locator(".row")).to_have_count(2)
    await page.locator(".row").first.click()
    await page.wait_for_url("**/conversations/**")
    await page.keyboard.press("k")
    await expect(page.locator(".row")).to_have_count(40)
    await expect(page.locator(".row").last).to_have_attribute("aria-current", "true")


async def test_a_row_that_came_live_is_opened_without_a_new_page(scene, sit_down):
    page = await sit_down()
    await page.goto(f"{scene.base}/inbox?view=open")
    await write_many(scene, range(1))
    await page.evaluate("window.stays = true")
    await page.click(".row")
    await page.wait_for_url("**/conversations/**")
    await expect(page.locator("#stream")).to_contain_text("Text 0")
    assert await page.evaluate("window.stays") is True
