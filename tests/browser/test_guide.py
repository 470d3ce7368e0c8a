"""The help page tells somebody on the first day how each job is done, with the keys that agent has."""

import pytest
from playwright.async_api import expect

from hub.store.agents import mark_agent
from tests.browser.test_acts import case, write_in
from tests.people import ADA

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


async def test_the_help_alone_leads_through_a_first_conversation(scene, sit_down):
    await scene.hub.store.write(mark_agent, scene.lena.id, keys="take=y")
    [ada] = await write_in(scene, ADA)
    page = await sit_down()
    await page.get_by_role("link", name="Help").click()
    days = page.locator(".guide")
    await expect(days.nth(0).locator("h3")).to_have_count(16)
    await expect(days.nth(1).locator("h3")).to_have_count(7)

    async def pressed(job: str) -> list[str]:
        return (
            await page.locator(".guide li")
            .filter(has=page.get_by_role("heading", name=job))
            .locator("kbd")
            .all_inner_texts()
        )

    begin, take, note, hand_over = [(await pressed(job))[0] for job in ("Begin", "Take one on", "A note", "Hand over")]
    assert take == "y"
    await page.goto(f"{scene.base}/inbox?view=unassigned")
    await expect(page.locator(".row")).to_have_count(1)
    await page.keyboard.press(begin)
    await expect(page.locator("#stream")).to_contain_text(f"From {ADA.name}")
    await page.keyboard.press(take)
    await expect(page.locator("#m-assign summary")).to_contain_text("Lena Vogt")
    await page.keyboard.press(note)
    await expect(page.locator("#text")).to_be_focused()
    await page.keyboard.press("Escape")
    await page.keyboard.press(hand_over)
    await expect(page.locator("#m-assign [data-narrow]")).to_be_focused()
    await page.keyboard.type("max, she waits since monday")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#m-assign summary")).to_contain_text("Max Adler")
    await expect(page.locator("#stream")).to_contain_text("she waits since monday")
    assert (await case(scene, ada)).assignee_id == scene.max.id
