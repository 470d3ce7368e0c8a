"""A segment is built at the desk: counted while it is typed, read out, saved; with keys, on a phone, without script."""

import re

from playwright.async_api import Page, expect

from hub.store.consents import Consent, append_consent
from hub.store.customers import NewCustomer, add_customer, mark_customer_labels
from hub.store.sales import add_order
from tests.browser.hand import Hand

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


async def buyers(scene) -> None:
    """Five who are meant, one who prefers mails, one who took it back."""
    now = scene.hub.clock.now()

    def add(conn) -> None:
        for place, name in enumerate(NAMES):
            kind = "email" if place == 0 else "sms"
            id = add_customer(conn, NewCustomer(name=name, preferred_channel=kind), now)
            state = "withdrawn" if place == 1 else "granted"
            append_consent(conn, id, Consent("sms", "news", state, "fair"), now)
            add_order(conn, {"customer_id": id, "number": f"O-{place}"}, now)

    await scene.hub.store.write(add)


async def test_m8_three_conditions_are_seven_acts_until_count_and_names_stand_there(scene, sit_down):
    """Ordered within a year, prefer SMS, agreed to news; what is typed is no act. To save it is one more."""
    await buyers(scene)
    page = await sit_down()
    hand = Hand(page)
    await page.goto(f"{scene.base}/segments/new")
    kinds, another = page.locator("select[name=add_0]"), page.get_by_role("button", name="Condition", exact=True)
    with hand.job("M8"):
        for kind in ("ordered", "prefers", "consent"):
            await hand.choose(kinds, kind)
            await hand.click(another)
            await expect(page.locator(f".cond input[name=c_kind][value={kind}]")).to_have_count(1)
        await page.locator("[name=c_value]").nth(0).fill("365")
        await hand.choose(page.locator("select[name=c_value]"), "sms")
        await page.locator("[name=c_value]").nth(2).fill("news")
        await expect(page.locator("#found .big")).to_have_text("5")
        await expect(page.locator("#found .past a")).to_have_count(5)


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
