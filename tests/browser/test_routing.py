"""An agent says in the rail to be away: at once, and nothing else of the page changes."""

from playwright.async_api import expect

from hub.sandbox.world import TEXT_NUMBER
from hub.store.agents import list_agents
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


async def test_several_colleagues_are_invited_at_once_and_each_result_is_told(scene, sit_down):
    page = await sit_down()
    await page.goto(f"{scene.base}/agents")
    await page.get_by_text("Invite several at once").click()
    written = f"Nora Neu <nora@example.com>\ntom.young@example.com; {scene.max.email}\nnobody@"
    await page.get_by_label("Addresses").fill(written)
    await page.get_by_role("button", name="Invite them").click()
    told = page.locator("#invited li")
    await expect(told).to_have_count(4)
    await expect(told.filter(has_text="nora@example.com").locator("code")).to_contain_text("/password/")
    await expect(told.filter(has_text=scene.max.email).locator(".wrong")).to_contain_text("already works here")
    await expect(told.filter(has_text="nobody@").locator(".wrong")).to_contain_text("not an e-mail address")
    names = [one.name for one in await scene.hub.store.read(list_agents)]
    assert {"Nora Neu", "Tom Young"} <= set(names)
