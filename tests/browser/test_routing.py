"""An agent says in the rail to be away: at once, and nothing else of the page changes."""

from playwright.async_api import expect

from hub.sandbox.world import TEXT_NUMBER
from tests.people import ADA


async def test_rail_takes_the_agents_state_and_leaves_what_is_being_written(scene, sit_down):
    await scene.world.twilio.text(ADA.phone, TEXT_NUMBER, "Hello?")
    said = await scene.heard(ADA.sms_address, "Hello?")
    page = await sit_down()
    await page.goto(f"{scene.base}/conversations/{said.conversation_id}")
    text = page.locator("#text")
    await text.fill("Half a sentence")
    await page.get_by_role("button", name="Available", exact=True).click()
    away = page.get_by_role("button", name="Away", exact=True)
    await expect(away).to_be_visible()
    await expect(text).to_have_value("Half a sentence")
    await page.reload()
    await away.click()
    await expect(page.get_by_role("button", name="Available", exact=True)).to_be_visible()
