"""Customers come in from a file at the desk: by three acts, on a phone without script, and are taken back."""

import re

from playwright.async_api import expect

from hub.store.whole_customers import count_customers
from tests.browser.hand import Hand

FILE = {
    "name": "kunden.csv",
    "mimeType": "text/csv",
    "buffer": (
        "Vorname;Nachname;Mobil;E-Mail;Geburtstag;Umsatz\r\n"
        "Jürgen;Müller;0171 5550101;juergen@example.com;03.05.1984;1.234,50\r\n"
        "Ada;Lovelace;0171 5550102;ada@example.com;31.02.1984;12,00\r\n"
        "Grace;Hopper;12;;01.01.1950;7,00\r\n"
    ).encode("cp1252"),
}


async def test_t_c3_a_file_is_recognised_tried_brought_in_and_undone(scene, sit_down):
    page = await sit_down()
    before = await scene.hub.store.read(count_customers)
    await page.goto(f"{scene.base}/customers")
    await page.locator("main header").get_by_role("link", name="Import", exact=True).click()
    await page.locator("input[type=file]").set_input_files(FILE)
    await expect(page.locator("#recognised")).to_contain_text("separated by “;”, written in Windows-1252 · 3 rows")
    await expect(page.locator("#columns")).to_contain_text("+491715550101")
    await expect(page.locator("[name=target_0]")).to_have_value("first name")
    await expect(page.locator("[name=proof]")).to_be_hidden()
    await page.get_by_role("button", name="None: only to answer them", exact=True).click()
    await expect(page.locator("#n-added")).to_contain_text("2")
    await expect(page.locator("#n-refused")).to_contain_text("1")
    await expect(page.locator("#problems")).to_contain_text("“12” is no valid phone number")
    await expect(page.locator("#problems")).to_contain_text("“31.02.1984” is no day of the calendar")
    assert await scene.hub.store.read(count_customers) == before

    await page.get_by_role("button", name="Bring them in", exact=True).click()
    await expect(page.get_by_role("button", name="Undo the import", exact=True)).to_be_visible()
    assert await scene.hub.store.read(count_customers) == before + 2
    href = await page.get_by_role("link", name="Download these rows with the reasons").get_attribute("href")
    told = await page.request.get(f"{scene.base}{href}")
    assert "Hopper" in await told.text()

    await page.get_by_role("button", name="Undo the import", exact=True).click()
    await expect(page.locator("#n-removed")).to_contain_text("2")
    assert await scene.hub.store.read(count_customers) == before


async def test_m7_a_german_file_comes_in_by_three_acts_and_was_looked_at_before(scene, sit_down):
    page = await sit_down()
    hand = Hand(page)
    await page.goto(f"{scene.base}/imports")
    before = await scene.hub.store.read(count_customers)
    with hand.job("M7"):
        hand.acts += 1  # the file is dropped
        await page.locator("input[type=file]").set_input_files(FILE)
        await hand.click(page.get_by_role("button", name="None: only to answer them", exact=True))
        await expect(page.locator("#n-added")).to_contain_text("2")
        assert await scene.hub.store.read(count_customers) == before
        await hand.click(page.get_by_role("button", name="Bring them in", exact=True))
        await expect(page.get_by_role("button", name="Undo the import", exact=True)).to_be_visible()
    assert await scene.hub.store.read(count_customers) == before + 2


async def test_a_file_comes_in_on_a_phone_without_script_in_german(scene, sit_down):
    page = await sit_down(
        java_script_enabled=False, viewport={"width": 390, "height": 800}, locale="de-DE", reduced_motion="reduce"
    )
    await page.goto(f"{scene.base}/imports")
    await page.locator("input[type=file]").set_input_files(FILE)
    await page.get_by_role("button", name="Datei lesen", exact=True).click()
    await expect(page.locator("#recognised")).to_contain_text("3 Zeilen")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    await page.get_by_text("Sie haben zugestimmt, und ich kann zeigen, wo und wann").click()
    await page.get_by_label("Wozu sie zugestimmt haben").fill("news")
    await page.get_by_role("checkbox", name="E-Mail", exact=True).check()
    await page.get_by_label("Wo und wann sie es gesagt haben").fill("Messe 2026")
    await page.get_by_role("button", name="Alle haben dem zugestimmt", exact=True).click()
    await expect(page.locator("#n-added")).to_contain_text("2")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    await page.get_by_role("button", name="Übernehmen", exact=True).click()

    await expect(page.get_by_role("button", name="Import rückgängig machen")).to_be_visible()
    await expect(page).to_have_url(re.compile("/imports/[0-9a-f]{32}$"))
