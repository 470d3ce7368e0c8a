"""A marketer shows a campaign to everybody and its numbers to somebody, and takes both back."""

import pytest
from playwright.async_api import expect

from tests.browser.test_marketing import ada, campaign, is_sent, reader, send
from tests.running import until

__all__ = ["reader"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


async def test_it_is_put_into_the_archive_and_taken_out_again(scene, sit_down, reader):
    await ada(scene)
    made = await campaign(scene)
    page = await sit_down()
    await page.goto(f"{scene.base}/campaigns/{made.id}")
    await page.get_by_label("Show it in the public archive").check()
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_label("Show it in the public archive")).to_be_checked()
    await send(scene, made)
    await until(lambda: is_sent(scene, made), "sent")
    await reader.goto(f"{scene.base}/archive")
    await reader.get_by_role("link", name="New in November").click()
    await expect(reader.get_by_role("link", name="Offer")).to_have_attribute("href", "https://shop.example/offer")
    await page.goto(f"{scene.base}/campaigns/{made.id}")
    await page.get_by_role("button", name="Take it out of the archive").click()
    await expect(page.get_by_text("It is not in the public archive.")).to_be_visible()
    await reader.goto(f"{scene.base}/archive")
    await expect(reader.get_by_text("There is nothing to read here yet.")).to_be_visible()


async def test_the_numbers_are_shared_by_a_link_until_it_is_taken_back(scene, sit_down, reader):
    await ada(scene)
    made = await campaign(scene)
    await send(scene, made)
    await until(lambda: is_sent(scene, made), "sent")
    page = await sit_down()
    await page.goto(f"{scene.base}/campaigns/{made.id}")
    await page.get_by_role("button", name="30 days").click()
    address = await page.get_by_label("Link to the numbers").input_value()
    await reader.goto(address)
    await expect(reader.get_by_text("Recipients")).to_be_visible()
    await expect(reader.locator("body")).not_to_contain_text("Ada")
    await page.get_by_role("button", name="Take the link back").click()
    await expect(page.get_by_label("Link to the numbers")).to_have_count(0)
    assert (await reader.goto(address)).status == 404
