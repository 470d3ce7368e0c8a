"""A template that WhatsApp has approved of is chosen in the editor, without a script, and only its gaps are there."""

from playwright.async_api import expect

from hub.sandbox.twilio import Content

OFFER = Content("HX" + "1" * 32, "offer", "en", "Hello {{1}}, tea is here.", {"1": "Ada"})
VISIT = Content("HX" + "2" * 32, "visit", "en", "See you on {{1}}.", {"1": "Monday"})


async def test_an_approved_template_is_chosen_by_the_pointer_and_shows_its_own_gaps(scene, sit_down):
    scene.world.twilio.approve(OFFER, VISIT)
    page = await sit_down(java_script_enabled=False)
    await page.goto(f"{scene.base}/campaigns")
    await page.locator("main details.menu > summary").click()
    await page.locator("main [name=name]").fill("Tea")
    await page.keyboard.press("Enter")
    gaps = {one.sid: page.locator(f"[name='whatsapp.json-{one.sid}-1']") for one in (OFFER, VISIT)}
    await expect(gaps[OFFER.sid]).to_be_hidden()
    await page.get_by_role("radio", name="offer en", exact=True).check()
    await gaps[OFFER.sid].fill("dear customer")
    await expect(gaps[VISIT.sid]).to_be_hidden()
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(gaps[OFFER.sid]).to_have_value("dear customer")
