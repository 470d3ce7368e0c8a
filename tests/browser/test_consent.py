"""A customer's consents at the desk: taken back by keys, granted on a phone without script, proven by a file."""

from playwright.async_api import expect

from hub.store.consents import Consent, append_consent
from hub.store.customers import NewCustomer, add_customer


async def ada(scene) -> str:
    id = await scene.hub.store.write(add_customer, NewCustomer(name="Ada Lovelace"), 1)
    given = Consent("email", "news", "granted", "double opt-in", "Yes, news please", "192.0.2.7")
    await scene.hub.store.write(append_consent, id, given, scene.hub.clock.now() - 1000)
    return id


async def test_t_w5_proof_of_a_consent_names_wording_moment_with_zone_and_address(scene, sit_down):
    page = await sit_down()
    await page.goto(f"{scene.base}/customers/{await ada(scene)}")
    await page.get_by_role("link", name="Change, history and proof").click()
    kept = await page.get_by_role("link", name="Proof", exact=True).get_attribute("href")
    proof = await page.request.get(f"{scene.base}{kept}")
    assert proof.headers["content-disposition"].startswith("attachment; ")
    text = (await proof.body()).decode("utf-8-sig")
    assert all(
        word in text for word in ("Yes, news please", "double opt-in", "192.0.2.7", "Europe/Berlin", "Ada Lovelace")
    )

    await page.get_by_role("link", name="Withdraw …").press("Enter")
    await expect(page.get_by_label("Purpose")).to_have_value("news")
    await page.get_by_label("How it is known").fill("by phone")
    await page.get_by_label("How it is known").press("Enter")
    await expect(page.locator("#consents .label")).to_have_text("withdrawn")
    await expect(page.get_by_text("by phone (Lena Vogt)")).to_be_visible()


async def test_a_consent_is_written_down_on_a_phone_without_script_in_german(scene, sit_down):
    page = await sit_down(java_script_enabled=False, viewport={"width": 390, "height": 800}, locale="de-DE")
    await page.goto(f"{scene.base}/customers/{await ada(scene)}/consent")
    await page.get_by_label("Zustand").select_option("granted")
    await page.get_by_label("Zweck").fill("Angebote")
    await page.get_by_label("Kanal").select_option("sms")
    await page.get_by_label("Woher bekannt").fill("persönlich")
    await page.get_by_role("button", name="Eintragen").click()
    await expect(page.get_by_text("Bitte den Wortlaut eintragen")).to_be_visible()
    await page.get_by_label("Wortlaut").fill("Angebote gern per SMS")
    await page.get_by_role("button", name="Eintragen").click()

    await expect(page.locator("#consents tbody tr")).to_have_count(2)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
