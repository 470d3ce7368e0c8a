"""A segment is built at the desk: counted while it is typed, read out, saved; with keys, on a phone, without script."""

import re

from playwright.async_api import Page, expect

from hub.store.consents import Consent, append_consent
from hub.store.customers import NewCustomer, add_customer, mark_customer_labels

NAMES = (
    "Ada Lovelace",
    "Grace Hopper",
    "Emmy Noether",
    "Mary Somerville",
    "Sofja Kowalewskaja",
    "Lise Meitner",
    "Ida Rhodes",
)


async def customers(scene) -> None:
    """Seven with the label vip, of whom two agreed to news, and one without."""

    def add(conn) -> None:
        for place, name in enumerate(NAMES):
            id = add_customer(conn, NewCustomer(name=name, language="de" if place % 2 else "en"), 1)
            mark_customer_labels(conn, id, ["vip"], 1)
            if place < 2:
                append_consent(conn, id, Consent("email", "news", "granted", "fair"), 1)
        add_customer(conn, NewCustomer(name="Nobody's Friend"), 1)

    await scene.hub.store.write(add)


async def add(page: Page, kind: str) -> None:
    await page.locator("select[name=add_0]").select_option(kind)
    await page.get_by_role("button", name="Condition", exact=True).press("Enter")
    await expect(page.locator(f".cond input[name=c_kind][value={kind}]")).to_have_count(1)


async def test_t_c4_count_follows_the_typing_and_the_sentence_says_the_same(scene, sit_down):
    await customers(scene)
    page = await sit_down()
    await page.goto(f"{scene.base}/segments/new")
    await expect(page.locator("#found .big")).to_have_text("8")
    await page.get_by_label("Name", exact=True).fill("VIP in German")
    await add(page, "label")
    await page.locator("[name=c_value]").fill("vip")
    await expect(page.locator("#found .big")).to_have_text("7")
    await expect(page.get_by_label("Name", exact=True)).to_have_value("VIP in German")
    await add(page, "field")
    await page.locator("[name=c_name]").nth(1).select_option("language")
    await page.locator("[name=c_value]").nth(1).fill("de")
    await expect(page.locator("#found .big")).to_have_text("3")
    await expect(page.get_by_role("status").filter(has=page.locator("#found"))).to_contain_text(
        "who carry the label “vip” and whose language is “German”"
    )
    await page.get_by_label("Name", exact=True).press("Enter")

    await expect(page.get_by_role("heading", level=1)).to_have_text("VIP in German")
    await page.get_by_role("link", name="Who?").click()
    await expect(page.locator("#customers tbody tr")).to_have_count(2)


async def test_t_c4_a_segment_is_built_on_a_phone_without_script_in_german(scene, sit_down):
    await customers(scene)
    page = await sit_down(
        java_script_enabled=False, viewport={"width": 390, "height": 800}, locale="de-DE", reduced_motion="reduce"
    )
    await page.goto(f"{scene.base}/segments/new")
    await page.locator("[name=name]").fill("Stammkunden")
    await page.locator("select[name=add_0]").select_option("label")
    await page.get_by_role("button", name="Bedingung", exact=True).click()
    await page.locator("[name=c_value]").fill("vip")
    await page.get_by_role("button", name="Zählen").click()
    await expect(page.locator("#words-of-it")).to_have_text("Kontakte, die das Etikett „vip“ tragen.")
    await expect(page.locator("#found .big")).to_have_text("7")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    await page.get_by_role("button", name="Speichern").last.click()

    await expect(page).to_have_url(re.compile("/segments/[0-9a-f]{32}$"))
    await page.goto(f"{scene.base}/segments")
    await expect(page.get_by_role("link", name="Stammkunden")).to_be_visible()
