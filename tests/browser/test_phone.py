"""The phone at work: who rings, answering mid-typing, what is noted while one talks, and voicemails by key."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import Page, expect

from hub.sandbox.twilio import Caller, answers
from hub.sandbox.world import PHONE_NUMBER, TEXT_NUMBER
from hub.store.agents import mark_agent
from hub.store.conversations import get_conversation
from hub.store.customers import mark_customer
from hub.store.messages import list_messages, list_timeline, mark_message
from tests.browser.scene import LENA, MAX, Scene, comes_true
from tests.browser.softphone import seat, wire
from tests.browser.test_accessibility import problems
from tests.browser.test_points import without_script
from tests.people import ADA, EMMY
from tests.running import until

pytestmark = [pytest.mark.browser, pytest.mark.windows, pytest.mark.timeout(240)]

DESK = "+12025550123"
ALERTS = """() => {
  window.alerts = 0;
  new MutationObserver((changes) => {
    for (const change of changes)
      if (change.target.closest?.("[role=alert]") || change.target.parentElement?.closest("[role=alert]")) alerts += 1;
      else for (const node of change.addedNodes) alerts += node.querySelectorAll?.("[role=alert]").length || 0;
  }).observe(document.querySelector("#phone"), { childList: true, subtree: true, characterData: true });
}"""


@pytest.fixture
def sit_at_the_phone(sit_down: Callable[..., Awaitable[Page]], scene: Scene) -> Callable[..., Awaitable[Page]]:
    """A browser that is a telephone."""

    async def sit(email: str = LENA, **context: Any) -> Page:
        page = await sit_down(email, **context)
        await wire(page.context, scene)
        await page.reload()
        await expect(page.locator("#phone")).to_have_attribute("data-registered", "")
        return page

    return sit


async def write(scene: Scene, person: Any, text: str) -> str:
    """Their conversation."""
    await scene.world.twilio.text(person.phone, TEXT_NUMBER, text)
    said = await scene.heard(person.sms_address, text)
    await scene.hub.store.write(mark_customer, said.customer_id, scene.hub.clock.now(), name=person.name)
    return said.conversation_id or ""


def rings(scene: Scene, person: Any, caller: Caller | None = None) -> "asyncio.Task[Any]":
    return asyncio.create_task(scene.world.twilio.call(person.phone, PHONE_NUMBER, caller or Caller()))


async def test_t_p1_a_ring_disturbs_nobody_who_writes_and_f8_answers_it(scene, sit_at_the_phone):
    await seat(scene, scene.lena.id)
    page = await sit_at_the_phone()
    emmy = await write(scene, EMMY, "Where is order 88?")
    await write(scene, ADA, "Invoice 4711 is wrong")
    await page.goto(f"{scene.base}/conversations/{emmy}?view=open")
    await expect(page.locator("#phone")).to_have_attribute("data-registered", "")
    await page.evaluate(ALERTS)
    await page.focus("#text")
    await page.keyboard.type("Dear Em")
    call = rings(scene, ADA)
    card = page.locator("#call")
    await expect(card).to_contain_text("Incoming call")
    await expect(card.locator(".person")).to_contain_text(ADA.name)
    await expect(page.locator("#text")).to_be_focused()
    await page.keyboard.type("my, it")
    await page.keyboard.press("F8")
    await expect(card).to_have_attribute("data-state", "talking")
    await page.keyboard.type(" is on its way.")
    await expect(page.locator("#text")).to_be_focused()
    await expect(page.locator("#text")).to_have_value("Dear Emmy, it is on its way.")
    assert await page.evaluate("alerts") == 1
    await page.keyboard.press("F8")
    await expect(card).to_have_attribute("data-state", "over")
    await expect(page.locator("#text")).to_be_focused()
    assert (await call).status == "completed"


async def test_t_p2_a_colleagues_card_says_who_answered(scene, sit_at_the_phone):
    await seat(scene, scene.lena.id, scene.max.id)
    lena, max = await sit_at_the_phone(LENA), await sit_at_the_phone(MAX)
    call = rings(scene, ADA)
    for page in (lena, max):
        await expect(page.locator("#call")).to_have_attribute("data-state", "ringing")
    await lena.keyboard.press("F8")
    await expect(max.locator("#call")).to_contain_text("Lena Vogt answered")
    await expect(lena.locator("#call")).to_have_attribute("data-state", "talking")
    await lena.keyboard.press("F8")
    await call


async def test_t_p3_what_is_noted_while_one_talks_outlives_the_tab(scene, sit_at_the_phone, sit_down):
    await seat(scene, scene.lena.id)
    page = await sit_at_the_phone()
    call = rings(scene, ADA)
    await expect(page.locator("#call")).to_have_attribute("data-state", "ringing")
    await page.keyboard.press("F8")
    await page.locator("#call [name=note]").fill("wants credit for 4711")
    await expect(page.locator("#phone-says")).to_have_text("Saved")
    await page.locator("#call [name=note]").press_sequentially(" today")
    customer = await scene.customer(ADA.voice_address)

    async def kept() -> str:
        [conversation] = {one.conversation_id for one in await scene.hub.store.read(list_timeline, customer)}
        said = [one.text for one in await scene.hub.store.read(list_messages, conversation)]
        return conversation if "wants credit for 4711 today" in said else ""

    conversation = await until(kept, "the note in the store")
    await page.context.close()  # as when its process is killed
    assert (await call).status == "completed"
    other = await sit_down()
    await other.goto(f"{scene.base}/conversations/{conversation}?view=open")
    item = other.locator("article.msg.call")
    await expect(item).to_contain_text("0:0")
    await expect(item).to_contain_text("Lena Vogt")
    await expect(item.locator(".label")).to_have_text("Talked")
    await expect(other.locator("article.msg.note")).to_contain_text("wants credit for 4711 today")


async def voicemail(scene: Scene, seconds: int = 9) -> str:
    """Ada leaves a message; her conversation."""
    await scene.world.twilio.call(ADA.phone, PHONE_NUMBER, Caller(voicemail=seconds))
    customer = await scene.customer(ADA.voice_address)

    async def left() -> str:
        found = await scene.hub.store.read(list_timeline, customer)
        return next((one.conversation_id or "" for one in found if one.kind == "voicemail"), "")

    return await until(left, "voicemail")


async def test_t_p4_a_voicemail_is_played_sought_and_sped_by_key_and_read(scene, sit_down, chromium):
    conversation = await voicemail(scene)
    [said] = [one for one in await scene.hub.store.read(list_messages, conversation) if one.kind == "voicemail"]
    await scene.hub.store.write(lambda conn: mark_message(conn, said.id, text="Please call me about invoice 4711."))
    page = await sit_down()
    await page.goto(f"{scene.base}/conversations/{conversation}?view=open")
    sound, item = page.locator("article.voicemail audio"), page.locator("article.voicemail")
    await expect(item).to_contain_text("Please call me about invoice 4711.")
    await comes_true(page, "typeof SOUND_KEYS === 'object'")
    await page.focus("#stream")
    await page.keyboard.press(" ")
    await comes_true(page, "!document.querySelector('article.voicemail audio').paused")
    await page.keyboard.press(">")
    await page.keyboard.press(">")
    assert await sound.evaluate("sound => sound.playbackRate") == 2
    await expect(item.locator("[data-speed]")).to_have_text("2×")
    await page.keyboard.press("<")
    assert await sound.evaluate("sound => sound.playbackRate") == 1.5
    await page.keyboard.press(" ")
    assert await sound.evaluate("sound => sound.paused")
    await sound.evaluate("sound => { sound.currentTime = 1 }")
    await page.keyboard.press("ArrowRight")
    await comes_true(page, "document.querySelector('article.voicemail audio').currentTime === 6")
    await page.keyboard.press("ArrowLeft")
    await comes_true(page, "document.querySelector('article.voicemail audio').currentTime === 1")
    await page.focus("#text")
    await page.keyboard.type(" <")
    await expect(page.locator("#text")).to_have_value(" <")

    plain = await without_script(chromium, scene)
    await plain.goto(f"{scene.base}/conversations/{conversation}?view=open")
    await expect(plain.locator("article.voicemail audio[controls]")).to_be_visible()
    await expect(plain.locator("article.voicemail [data-speed]")).to_be_hidden()
    await expect(plain.locator("article.voicemail")).to_contain_text("Please call me about invoice 4711.")


@pytest.mark.parametrize("phone", ["", DESK])
async def test_t_p5_who_takes_no_calls_in_the_browser_never_asks_for_the_library(scene, sit_down, phone):
    await scene.hub.store.write(mark_agent, scene.lena.id, phone=phone)
    conversation = await voicemail(scene)
    page, asked = await sit_down(), []
    page.on("request", lambda request: asked.append(request.url))
    for path in ("/inbox?view=open", f"/conversations/{conversation}?view=open", "/settings"):
        await page.goto(f"{scene.base}{path}")
        await page.wait_for_load_state("networkidle")
    assert any("phone.js" in url for url in asked)
    assert [url for url in asked if "twilio" in url or not url.startswith(scene.base)] == []


async def test_who_takes_them_there_asks_once_and_may_speak_with_the_provider_alone(scene, sit_at_the_phone):
    await seat(scene, scene.lena.id)
    page = await sit_at_the_phone()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    answer = await page.reload()
    assert answer
    assert "connect-src 'self' wss://*.twilio.com" in (await answer.header_value("content-security-policy") or "")
    await expect(page.locator("#phone")).to_have_attribute("data-registered", "")
    assert len([url for url in asked if "twilio-voice" in url]) == 1
    assert [url for url in asked if not url.startswith(scene.base)] == []


async def test_a_browser_that_is_no_telephone_says_why(scene, sit_down):
    await seat(scene, scene.lena.id)
    section = scene.hub.channels["phone"].settings
    without = section.model_copy(update={"api_key": ""})
    scene.hub.channels["phone"].settings = without
    page = await sit_down()
    await expect(page.locator("#line")).to_contain_text("api_key and api_secret are missing")


async def test_a_telephone_on_the_desk_shows_who_rings_and_is_hung_up_from_here(scene, sit_down):
    await scene.hub.store.write(mark_agent, scene.lena.id, phone=DESK)
    scene.world.twilio.phone(DESK, answers(talk=3_000, after=3))
    page = await sit_down()
    call = rings(scene, ADA)
    await expect(page.locator("#call")).to_contain_text("It rings on")
    await expect(page.locator("#call")).to_have_attribute("data-state", "talking")
    await page.locator("#call [data-do=hang-up]").click()
    await expect(page.locator("#call")).to_have_attribute("data-state", "over")
    assert (await call).over


@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("de", "dark")])
async def test_axe_finds_nothing_on_the_card_of_a_call(scene, sit_at_the_phone, language, theme):
    await seat(scene, scene.lena.id)
    await scene.hub.store.write(mark_agent, scene.lena.id, language=language, theme=theme)
    page = await sit_at_the_phone()
    call = rings(scene, ADA)
    await expect(page.locator("#call")).to_have_attribute("data-state", "ringing")
    assert await problems(page) == []
    await page.keyboard.press("F8")
    await expect(page.locator("#call")).to_have_attribute("data-state", "talking")
    assert await problems(page) == []
    await page.keyboard.press("F8")
    await call


async def test_a_customer_is_called_from_the_list_and_from_their_page(scene, sit_down):
    await scene.hub.store.write(mark_agent, scene.lena.id, phone=DESK)
    scene.world.twilio.phone(DESK, answers(talk=3_000))
    scene.world.twilio.phone(ADA.phone, answers(talk=3_000))
    await write(scene, ADA, "Thanks, all is well")
    page = await sit_down()
    for where in ("list", "page"):
        await page.goto(f"{scene.base}/customers")
        row = page.locator("#customers tr", has_text=ADA.name)
        await expect(row.locator("a[href^='tel:']")).to_have_attribute("href", f"tel:{ADA.phone}")
        if where == "page":
            await row.get_by_text(ADA.name).first.click()
        await (row if where == "list" else page.locator("main > header")).get_by_role("button", name="Call").click()
        await page.wait_for_url("**/conversations/**")
        await expect(page.locator("#call")).to_have_attribute("data-state", "talking")
        await expect(page.locator("#call .person")).to_contain_text(ADA.name)
        await page.locator("#call [data-do=hang-up]").click()
        await expect(page.locator("#call")).to_have_attribute("data-state", "over")


async def test_who_has_no_telephone_is_told_so_on_the_customers_page(scene, sit_down):
    await scene.hub.store.write(mark_agent, scene.lena.id, phone="")
    conversation = await write(scene, ADA, "Thanks, all is well")
    customer = (await scene.hub.store.read(get_conversation, conversation)).customer_id
    page = await sit_down()
    await page.goto(f"{scene.base}/customers/{customer}")
    await page.locator("main > header").get_by_role("button", name="Call").click()
    await expect(page.locator(".problem")).to_contain_text("Enter your phone number in the settings first")
    await expect(page.get_by_role("heading", level=1)).to_have_text(ADA.name)
    await page.locator(".problem").get_by_role("link", name="My phone").click()
    await expect(page.get_by_label("My phone")).to_be_in_viewport()


async def test_who_has_no_telephone_is_led_to_the_field_from_a_conversation(scene, sit_down):
    await scene.hub.store.write(mark_agent, scene.lena.id, phone="")
    conversation = await write(scene, ADA, "Thanks, all is well")
    page = await sit_down()
    await page.goto(f"{scene.base}/conversations/{conversation}?view=open")
    await page.locator("#stream").press("d")
    await page.locator(".problem").get_by_role("link", name="My phone").click()
    await expect(page.get_by_label("My phone")).to_be_in_viewport()
