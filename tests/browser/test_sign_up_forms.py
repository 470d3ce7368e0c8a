"""A sign-up form is seen before it is taken to one's own site, by one press."""

import pytest
from playwright.async_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


async def test_the_form_is_looked_at_and_copied(scene, sit_down):
    page = await sit_down(permissions=["clipboard-read", "clipboard-write"])
    await page.goto(f"{scene.base}/campaigns")
    await page.get_by_role("link", name="Sign-up forms").click()
    await expect(page.frame_locator("iframe").get_by_role("button", name="Sign up")).to_be_visible()
    await page.locator("[data-copy=snippet-1]").click()
    await expect(page.locator("[data-copy=snippet-1]")).to_have_text("Copied")
    copied = await page.evaluate("navigator.clipboard.readText()")
    assert copied == await page.locator("#snippet-1").input_value()
    assert f'action="{scene.base}/join/newsletter"' in copied
    await page.get_by_role("link", name="Deutsch").click()
    await expect(page.frame_locator("iframe").get_by_role("button", name="Anmelden")).to_be_visible()


async def test_without_a_script_there_is_no_button_to_copy(scene, sit_down):
    page = await sit_down(java_script_enabled=False)
    await page.goto(f"{scene.base}/campaigns/sign-up")
    await expect(page.locator("#snippet-1")).to_be_visible()
    await expect(page.locator("[data-copy=snippet-1]")).to_be_hidden()
