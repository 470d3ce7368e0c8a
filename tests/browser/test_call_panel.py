"""The panel of a call under way: hold, keypad, transfer, the wrap-up after it, by mouse and by key."""

from typing import Any

import pytest
from playwright.async_api import expect

from hub.store.agents import mark_agent
from hub.store.messages import list_timeline
from tests.browser.scene import MAX, Scene
from tests.browser.softphone import seat
from tests.browser.test_accessibility import problems
from tests.browser.test_phone import rings, sit_at_the_phone, voicemail
from tests.people import ADA
from tests.running import until

__all__ = ["sit_at_the_phone"]

pytestmark = [pytest.mark.browser, pytest.mark.windows, pytest.mark.timeout(240)]


async def resting(scene: Scene, seconds: int) -> None:
    channel = scene.hub.channels["phone"]
    channel.settings = channel.settings.model_copy(update={"wrap_up_seconds": seconds})


async def talking(page: Any) -> Any:
    card = page.locator("#call")
    await expect(card).to_have_attribute("data-state", "ringing")
    await page.keyboard.press("F8")
    await expect(card).to_have_attribute("data-state", "talking")
    return card


async def whats(scene: Scene) -> list[str]:
    customer = await scene.customer(ADA.voice_address)
    found = await scene.hub.store.read(list_timeline, customer)
    return [step["what"] for one in found for step in one.parts.get("steps", ())]


async def test_why_a_call_is_not_handed_on_stays_on_the_card_with_the_number_to_mend(scene, sit_at_the_phone):
    await seat(scene, scene.lena.id)
    lena = await sit_at_the_phone()
    call = rings(scene, ADA)
    card = await talking(lena)

    await lena.keyboard.press("F4")
    await card.locator("[name=to]").select_option("")
    await card.locator("[name=number]").fill("123")
    await card.locator("[data-do=transfer]").click()

    number = card.locator("[name=number]")
    await expect(number).to_be_focused()
    await expect(number).to_have_value("123")
    await expect(card.locator("#phone-says")).to_contain_text("“123”")
    await lena.keyboard.press("F8")
    await call


async def test_a_call_is_held_handed_on_and_wrapped_up_and_the_conversation_tells_it(scene, sit_at_the_phone):
    await seat(scene, scene.lena.id, scene.max.id)
    await resting(scene, 45)
    lena, max = await sit_at_the_phone(), await sit_at_the_phone(MAX)
    call = rings(scene, ADA)
    card = await talking(lena)

    await lena.keyboard.press("Shift+F9")
    await expect(card.locator("[data-do=hold]")).to_have_attribute("aria-pressed", "true")
    await expect(card.locator("[data-do=hold]")).to_contain_text("Talk again")
    await card.locator("[data-do=hold]").click()
    await expect(card.locator("[data-do=hold]")).to_have_attribute("aria-pressed", "false")

    await lena.keyboard.press("F4")
    await expect(card.locator("#call-transfer select")).to_be_focused()
    await card.locator("#call-transfer select").select_option(label="Max Adler")
    await card.locator("[data-do=ask]").click()
    await expect(max.locator("#call")).to_have_attribute("data-state", "ringing")
    await expect(card).to_contain_text("Max Adler is rung; the customer waits.")
    await max.keyboard.press("F8")
    await expect(card).to_contain_text("You speak with Max Adler; the customer waits.")
    await card.locator("[data-do=connect]").click()

    await expect(max.locator("#call [data-do=hold]")).to_be_visible()
    await max.keyboard.press("F8")
    await expect(max.locator("#call")).to_have_attribute("data-state", "over")
    await expect(max.locator("#call .rest")).to_contain_text("Wrap-up")
    await max.locator("#call [data-do=ready]").click()
    await expect(max.locator("#call .rest")).to_have_count(0)
    assert (await call).over

    told = ["answered", "held", "resumed", "held", "consulting", "transferred", "ended"]

    async def complete() -> bool:
        return await whats(scene) == told

    await until(complete, f"{told}")
    conversation = await voicemail(scene)
    await lena.goto(f"{scene.base}/conversations/{conversation}?view=all")
    steps = lena.locator("article.msg.call .call-steps").first.locator("li")
    await expect(steps).to_have_count(len(told))
    for at, words in enumerate(("Answered by Lena Vogt", "On hold", "Talking again", "On hold", "Asking Max Adler")):
        await expect(steps.nth(at)).to_contain_text(words)
    await expect(steps.nth(5)).to_contain_text("Transferred to Max Adler")
    await expect(steps.nth(6)).to_contain_text("Hung up")
    await expect(steps.nth(0).locator("time[datetime]")).to_have_count(1)


async def test_keys_are_sent_down_the_line(scene, sit_at_the_phone):
    await seat(scene, scene.lena.id)
    page = await sit_at_the_phone()
    call = rings(scene, ADA)
    await talking(page)
    await page.evaluate("() => { window.tones = ''; leg.sendDigits = (keys) => { tones += keys; }; }")
    await page.keyboard.press("Shift+F4")
    await expect(page.locator("#call-keypad [data-key='1']")).to_be_focused()
    await page.keyboard.type("42#")
    await page.locator("#call-keypad [data-key='0']").click()
    assert await page.evaluate("tones") == "42#0"
    await page.keyboard.press("F8")
    assert (await call).over


@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("de", "dark")])
async def test_axe_finds_nothing_on_the_panel(scene, sit_at_the_phone, language, theme):
    await seat(scene, scene.lena.id)
    await resting(scene, 45)
    await scene.hub.store.write(mark_agent, scene.lena.id, language=language, theme=theme)
    page = await sit_at_the_phone()
    call = rings(scene, ADA)
    card = await talking(page)
    for panel in ("#call-transfer", "#call-keypad"):
        await page.locator(f"{panel} > summary").click()
    assert await problems(page) == []
    await page.keyboard.press("F8")
    await expect(card.locator(".rest")).to_be_visible()
    assert await problems(page) == []
    await call
