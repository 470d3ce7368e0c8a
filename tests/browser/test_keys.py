"""Keys: one table makes the sheet and what a page listens to; agents move keys and turn single ones off."""

import pytest
from playwright.async_api import expect

from hub.sandbox.world import TEXT_NUMBER
from hub.store.campaigns import add_campaign, get_campaign
from hub.web.shortcuts import CHANGEABLE, DEFAULTS, sheet
from tests.browser.scene import comes_true
from tests.people import ADA

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


async def open_conversation(scene, page):
    await page.goto(f"{scene.base}/inbox?view=open")
    await page.click(".row")
    await expect(page.locator("#f-close")).to_be_visible()


async def test_t_a4_keys_are_moved_and_turned_off_and_the_sheet_lists_those_that_work(scene, sit_down):
    page = await sit_down()
    await scene.world.twilio.text(ADA.phone, TEXT_NUMBER, "Hello?")
    await scene.heard(ADA.sms_address, "Hello?")
    await page.goto(f"{scene.base}/settings/keys")
    await page.fill("[name=note]", "y")
    await page.fill("[name=reply]", "y")
    await page.click("main form .primary")
    await expect(page.locator("main .wrong").first).to_contain_text("One key cannot do two things.")
    await page.fill("[name=reply]", "r")
    await page.click("main form .primary")
    await expect(page.locator(".good")).to_be_visible()
    await open_conversation(scene, page)
    await page.keyboard.press("n")
    await expect(page.locator("#composer [value=note]")).not_to_be_checked()
    await page.keyboard.press("y")
    await expect(page.locator("#composer [value=note]")).to_be_checked()
    await page.goto(f"{scene.base}/help")
    await expect(page.locator(".keys-sheet li", has_text="internal note").locator("kbd")).to_have_text("y")

    await page.goto(f"{scene.base}/settings/keys")
    await page.check("[name=off]")
    await page.click("main form .primary")
    await open_conversation(scene, page)
    for key in [one.key for one in CHANGEABLE] + ["y", "g", "i", "1"]:
        await page.evaluate(PRESS, key)
    await comes_true(page, "!loading && !running")
    await expect(page.locator("#f-close")).to_be_visible()
    await expect(page.locator("details[open], dialog[open]")).to_have_count(0)
    await expect(page.locator("#composer [value=note]")).not_to_be_checked()
    await page.goto(f"{scene.base}/help")
    await expect(page.locator(".keys-sheet li", has_text="internal note")).to_have_count(0)
    await page.goto(f"{scene.base}/settings/keys")
    await page.click("text=As they were at first")
    await expect(page.locator("[name=note]")).to_have_value("n")


PRESS = """key => document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }))"""


async def test_every_key_of_the_table_has_an_act_and_every_act_a_key(scene, sit_down):
    page = await sit_down()
    assert set(await page.evaluate("Object.keys(acts)")) == set(DEFAULTS)
    await page.goto(f"{scene.base}/help")
    shown = await page.locator(".keys-sheet li").evaluate_all(
        "items => items.map(item => [...item.querySelectorAll('kbd')].map(key => key.textContent).join(' '))"
    )
    told = [one.key for keys in sheet(str).values() for one in keys]
    assert shown == [f"Shift {key.lower()}" if key in "JKE" else key for key in told]


async def test_ways_and_views_are_reached_by_keys(scene, sit_down):
    page = await sit_down()
    for keys, path in (("gc", "/customers"), ("gt", "/templates"), ("gs", "/sequences"), ("gi", "/inbox?view=mine")):
        await page.keyboard.type(keys)
        await page.wait_for_url(f"{scene.base}{path}")
        await expect(page.locator("h1").first).to_be_visible()
    await page.keyboard.press("2")
    await page.wait_for_url(f"{scene.base}/inbox?view=unassigned")


async def test_ctrl_s_saves_and_presses_no_other_button(scene, sit_down):
    """The first button of many a page sends: a campaign is not sent by somebody who wants to keep it."""
    await scene.world.twilio.text(ADA.phone, TEXT_NUMBER, "Hello?")
    ada = (await scene.heard(ADA.sms_address, "Hello?")).customer_id
    spring = {"name": "Spring", "purpose": "news", "channel": "email", "template": {}, "template_id": "newsletter"}
    audience = {"audience": {"customer_ids": [ada]}}
    draft = await scene.hub.store.write(add_campaign, spring | audience, scene.hub.clock.now())
    page = await sit_down()
    await page.goto(f"{scene.base}/campaigns/{draft.id}")
    await page.fill("[name=name]", "Summer")
    await page.keyboard.press("Control+s")
    await expect(page.locator("h1")).to_have_text("Summer")
    assert page.url.startswith(f"{scene.base}/campaigns/{draft.id}?")

    asked = []
    page.on("request", lambda request: asked.append(request.method))
    await page.goto(f"{scene.base}/campaigns/{draft.id}/send")
    await page.keyboard.press("Control+s")
    await page.goto(f"{scene.base}/sequences")
    assert "POST" not in asked
    kept = await scene.hub.store.read(get_campaign, draft.id)
    assert (kept.name, kept.state) == ("Summer", "draft")
