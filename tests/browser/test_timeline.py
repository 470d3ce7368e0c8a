"""The timeline of a customer shows what is asked for, by pointer, and without script."""

import pytest
from playwright.async_api import expect

from hub.consents import declare
from hub.store.consents import Consent
from tests.browser.scene import play
from tests.people import ADA


@pytest.mark.parametrize("script", [True, False])
async def test_t_c1_filters_of_the_timeline_combine_and_stay(scene, sit_down, script):
    await play(scene)
    ada = await scene.customer(ADA.telegram_address)
    now = scene.hub.clock.now()
    await scene.hub.store.write(declare, ada, Consent("email", "offers", "granted", "fair"), now)
    page = await sit_down(java_script_enabled=script)
    await page.goto(f"{scene.base}/customers/{ada}")
    timeline = page.locator(".timeline")
    await expect(timeline).to_contain_text("at my desk")
    await expect(timeline).to_contain_text("Consent given: offers, E-mail")

    await page.get_by_role("checkbox", name="Notes", exact=True).check()
    if not script:
        await page.get_by_role("button", name="Show", exact=True).click()
    await expect(timeline).not_to_contain_text("at my desk")
    await expect(timeline).to_contain_text("Credit of one licence is approved.")
    await expect(page.get_by_role("checkbox", name="Notes", exact=True)).to_be_checked()
    await page.get_by_role("checkbox", name="Calls", exact=True).check()
    if not script:
        await page.get_by_role("button", name="Show", exact=True).click()
    await expect(timeline.locator("audio")).to_have_count(1)
    await expect(timeline).to_contain_text("Credit of one licence is approved.")

    await page.get_by_role("link", name="Show everything", exact=True).click()
    await expect(timeline).to_contain_text("at my desk")
