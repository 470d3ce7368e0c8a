"""The one record: two customers put together and parted again; what the law gives a person, in the acts promised."""

import io
from email import message_from_bytes
from email.policy import default
from zipfile import ZipFile

import pytest
from playwright.async_api import expect

from hub.sandbox.world import MAIL_ADDRESS
from hub.store.customers import find_customer, mark_customer
from hub.store.personal import is_erased
from tests.browser.hand import Hand
from tests.people import ADA
from tests.running import until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


async def two_adas(scene) -> tuple[str, str]:
    """One by mail, one by Telegram."""
    scene.world.mail.write(ADA.email, MAIL_ADDRESS, "Hello", "By mail", name=ADA.name)
    await scene.world.telegram.say(int(ADA.telegram), "By Telegram", name="Ada L.")
    mail = (await scene.heard(ADA.mail_address, "By mail")).customer_id
    return mail, (await scene.heard(ADA.telegram_address, "By Telegram")).customer_id


async def test_t_c2_direction_is_chosen_what_goes_along_is_shown_and_undo_brings_both_back(scene, sit_down):
    one, other = await two_adas(scene)
    page = await sit_down()
    await page.goto(f"{scene.base}/customers/{one}/merge/{other}")
    await expect(page.locator("main table")).to_contain_text("Messages")
    await page.locator(f"[name=keep][value='{other}']").check()
    await page.locator(f"[name=of_name][value='{one}']").check()
    await page.locator("main form .primary").click()
    await page.wait_for_url(f"{scene.base}/customers/{other}")
    await expect(page.locator("h1")).to_have_text(ADA.name)
    assert {await scene.customer(ADA.mail_address), await scene.customer(ADA.telegram_address)} == {other}

    await page.locator(".notice button").click()
    await page.wait_for_url(f"{scene.base}/customers/{one}")
    await expect(page.locator("h1")).to_have_text(ADA.name)
    await page.goto(f"{scene.base}/customers/{other}")
    await expect(page.locator("h1")).to_have_text("Ada L.")
    assert await scene.customer(ADA.mail_address) == one
    assert await scene.customer(ADA.telegram_address) == other
    assert (await scene.heard(ADA.mail_address, "By mail")).customer_id == one
    assert (await scene.heard(ADA.telegram_address, "By Telegram")).customer_id == other


async def test_d9_what_is_kept_is_handed_out_in_two_acts_and_erased_in_two(scene, sit_down):
    one, _ = await two_adas(scene)
    page = await sit_down()
    hand = Hand(page)
    await page.goto(f"{scene.base}/customers/{one}")
    with hand.job("D9"):
        await hand.click(page.get_by_role("link", name="Hand out or erase what is kept"))
        async with page.expect_download() as taken:
            await hand.click(page.get_by_role("button", name="Export", exact=True))
    archive = ZipFile(io.BytesIO((await (await taken.value).path()).read_bytes()))
    assert b"By mail" in archive.read("index.html")

    await page.goto(f"{scene.base}/customers/{one}")
    with hand.job("D9"):
        await hand.click(page.get_by_role("link", name="Hand out or erase what is kept"))
        await page.get_by_label("To erase, type").fill(ADA.name)
        await hand.click(page.get_by_role("button", name="Erase", exact=True))
    await expect(page.locator(".notice")).to_contain_text("Erased")
    assert await scene.hub.store.read(is_erased, one)


async def test_c7_customers_take_along_and_delete_what_is_kept_of_them_in_two_acts(scene, sit_down):
    scene.world.mail.write(ADA.email, MAIL_ADDRESS, "Hello", "By mail", name=ADA.name)
    one = (await scene.heard(ADA.mail_address, "By mail")).customer_id
    await scene.hub.store.write(mark_customer, one, scene.hub.clock.now(), language="de")
    page = await sit_down(java_script_enabled=False, locale="de-DE", viewport={"width": 390, "height": 800})
    hand = Hand(page)
    await page.goto(f"{scene.base}/p/{scene.hub.signer.sign('preferences', one)}")
    with hand.job("C7"):
        await hand.click(page.get_by_role("button", name="Meine Daten zusenden"))
        await expect(page.get_by_role("status")).to_contain_text("Link")
        await page.goto(await linked(scene))
        async with page.expect_download() as taken:
            await hand.click(page.get_by_role("button", name="Meine Daten herunterladen"))
    assert b"By mail" in ZipFile(io.BytesIO((await (await taken.value).path()).read_bytes())).read("index.html")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390

    await page.get_by_label("Ich weiß, dass sich das nicht rückgängig machen lässt.").check()
    await page.get_by_role("button", name="Endgültig löschen").click()
    await expect(page.get_by_role("status")).to_contain_text("Von Ihnen ist nichts mehr gespeichert")
    assert await scene.hub.store.read(find_customer, ADA.mail_address) is None


async def linked(scene) -> str:
    """Out of the mail, as it arrives."""

    async def look() -> str | None:
        for mail in scene.world.mail.mailbox(ADA.email):
            words = message_from_bytes(mail.raw, policy=default).get_body(("plain",)).get_content()
            if "/d/" in words:
                return next(word for word in words.split() if "/d/" in word)
        return None

    return await until(look, "the mail with the link")
