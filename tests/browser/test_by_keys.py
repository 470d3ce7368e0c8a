"""T-A2: whole jobs by keys alone, and wherever they lead the ring is seen."""

from functools import partial

import pytest
from playwright.async_api import expect

from tests.browser.ring import at_ring, has_ring, tab_to
from tests.browser.test_acts import case, readers, write_in
from tests.browser.test_marketing import link, mailed
from tests.people import ADA, EMMY

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
SEGMENTS, UP = 6, 5  # of a date with its time, in whatever order; five up from this year is never over


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_t_a2_answering_noting_and_snoozing_by_keys_alone(scene, sit_down, theme):
    page = await sit_down(color_scheme=theme)
    ada, emmy = await write_in(scene, ADA, EMMY)
    await page.goto(f"{scene.base}/inbox?view=unassigned")
    await expect(page.locator(".row")).to_have_count(2)
    await page.keyboard.press("j")
    await expect(page.locator("#stream")).to_contain_text(f"From {ADA.name}")
    await at_ring(page, page.locator(".row[aria-current=true]"))
    await page.keyboard.press("r")
    await at_ring(page, page.locator("#text"))
    await page.keyboard.type("Done for you.")
    await page.keyboard.press("Control+Shift+Enter")
    await expect(page.locator("#stream")).to_contain_text(f"From {EMMY.name}")
    assert await has_ring(page)
    assert (await case(scene, ada)).state == "closed"

    await page.keyboard.press("Escape")
    await page.keyboard.press("n")
    await at_ring(page, page.locator("#text"))
    await page.keyboard.type("Please look, @ma")
    await expect(page.locator("#picker [role=option]")).to_have_count(1)
    await page.keyboard.press("Enter")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".msg.note .at")).to_have_text("@Max Adler")
    assert await has_ring(page)

    await page.keyboard.press("Escape")
    await page.keyboard.press("h")
    assert await has_ring(page)
    await page.keyboard.type("tue 2pm")
    await expect(page.locator("#snooze-understood")).to_contain_text("14:00")
    assert await has_ring(page)
    await page.keyboard.press("Enter")
    await expect(page.locator(".row")).to_have_count(0)
    assert (await case(scene, emmy)).state == "snoozed"


async def test_t_a2_a_campaign_by_keys_alone(scene, sit_down):
    await readers(scene, 20)
    page = await sit_down()
    await page.goto(f"{scene.base}/campaigns")
    button = partial(page.get_by_role, "button", exact=True)
    await tab_to(page, page.locator("details.menu > summary").filter(has_text="Campaign"))
    await page.keyboard.press("Enter")
    await tab_to(page, page.get_by_label("Name", exact=True))
    await page.keyboard.type("November")
    await page.keyboard.press("Enter")
    await expect(page.locator("#campaign")).to_be_visible()
    await tab_to(page, page.locator("select[name=segment]"))
    await page.keyboard.type("Readers")
    await tab_to(page, page.get_by_label("Purpose the customers agreed to", exact=True))
    await page.keyboard.type("news")
    await tab_to(page, page.get_by_label("Subject", exact=True))
    await page.keyboard.type("New in November")
    await tab_to(page, page.locator("textarea[name=html]"))
    await page.keyboard.type("<p>Hello</p>")
    await tab_to(page, button(name="Test to me"))
    await page.keyboard.press("Enter")
    await expect(page.locator("p.good[role=status]")).to_contain_text("A test is on its way")
    await tab_to(page, button(name="Send…"))
    await page.keyboard.press("Enter")
    await tab_to(page, page.get_by_label("Date and time", exact=True))
    for _ in range(SEGMENTS):
        for _ in range(UP):
            await page.keyboard.press("ArrowUp")
        await page.keyboard.press("ArrowRight")
    await expect(page.locator("input[name=when][value=at]")).to_be_checked()
    await tab_to(page, button(name="Send to 20 people"))
    await page.keyboard.press("Enter")
    await expect(button(name="Back to draft")).to_be_visible()


async def test_t_a2_preferences_by_keys_alone(scene, chromium):
    _, raw = await mailed(scene)
    context = await chromium.new_context(locale="en-GB")
    page = await context.new_page()
    await page.goto(link(raw, "p"))
    await tab_to(page, page.locator("input[name=preferred]").first)
    await page.keyboard.press("ArrowDown")
    assert await has_ring(page)
    chosen = await page.locator("input[name=preferred]:checked").get_attribute("value")
    await tab_to(page, page.get_by_role("button", name="Save", exact=True))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_contain_text("Saved")
    await expect(page.locator("input[name=preferred]:checked")).to_have_value(chosen or "")
