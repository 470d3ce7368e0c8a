"""Points of acceptance that have no file of their own, each by its number."""

import re
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from hub.conversations import assign, start
from hub.model import Direction
from hub.sandbox.world import TEXT_NUMBER
from hub.store.conversations import get_conversation
from hub.store.messages import NewMessage, append_message
from tests.browser.scene import LENA, PASSWORD, Scene, play
from tests.browser.test_accessibility import paths
from tests.browser.test_acts import readers
from tests.people import ADA, EMMY

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
COUNTED = re.compile(r"\(1\) ")
LONG = 2_000  # messages
MOST_NODES = 1_500
PAGE_OF_MESSAGES = 50


async def case(scene: Scene, id: str) -> Any:
    return await scene.hub.store.read(get_conversation, id)


async def write(scene: Scene, person: Any, *texts: str) -> str:
    """They text, one after the other; their conversation."""
    for text in texts:
        await scene.world.twilio.text(person.phone, TEXT_NUMBER, text)
        heard = await scene.heard(person.sms_address, text)
    return heard.conversation_id or ""


async def test_t_i5_what_is_unread_is_in_view_counted_and_read_in_every_tab(scene, sit_down):
    id = await write(scene, ADA, *(f"Line {n}" for n in range(1, 8)))
    await scene.hub.store.write(assign, id, scene.lena.id, scene.hub.clock.now(), None)
    page = await sit_down()
    other = await page.context.new_page()
    for tab in (page, other):
        await tab.goto(f"{scene.base}/inbox?view=open")
        await expect(tab).to_have_title(COUNTED)
        await expect(tab.locator(".rail .badge")).to_have_text("1")
    await page.goto(f"{scene.base}/conversations/{id}?view=open")
    await expect(page.locator("#unread")).to_contain_text("7 new messages")
    await expect(page.locator("#unread")).to_be_in_viewport()
    await expect(page.locator("#stream article", has_text="Line 1")).to_be_in_viewport()
    for tab in (page, other):
        await expect(tab.locator(".row.unread")).to_have_count(0)
        await expect(tab.locator(".rail .badge")).to_have_count(0)
        await expect(tab).not_to_have_title(COUNTED)


async def test_t_l9_customers_see_who_writes_an_answer_and_never_a_note(scene, sit_down):
    page = await sit_down()
    await page.goto(f"{scene.base}/sandbox")
    id = await write(scene, ADA, "Hello")
    told: list[str] = []
    page.on("request", lambda request: told.append(request.url) if request.url.endswith("/typing") else None)
    await page.goto(f"{scene.base}/conversations/{id}?view=open")
    await page.evaluate("document.querySelector('#composer [data-type=sms]').dataset.typing = ''")
    await page.focus("#stream")
    await page.keyboard.press("n")
    await page.keyboard.type("Only for us")
    assert told == []
    await page.evaluate("show_typing(page().dataset.customer)")
    await expect(page.locator("#typing")).not_to_be_empty()
    await expect(page.locator("#typing")).to_be_empty()


def _add_long(conn: Any, customer_id: str, at: int) -> str:
    conversation = start(conn, customer_id, "A long story", at)
    for n in range(LONG):
        said = {"customer_id": customer_id, "conversation_id": conversation.id, "text": f"Line {n}"}
        way = {"channel": "sms", "channel_type": "sms", "direction": Direction.IN, "peer": ADA.phone}
        append_message(conn, NewMessage(**said, **way, occurred_at=at + n, created_at=at + n))
    return conversation.id


async def test_t_s3_a_conversation_of_two_thousand_messages_is_one_page_of_it(scene, sit_down):
    await write(scene, ADA, "Hello")
    customer = await scene.customer(ADA.sms_address)
    id = await scene.hub.store.write(_add_long, customer, scene.hub.clock.now() - LONG - 1_000)
    page = await sit_down()
    await page.goto(f"{scene.base}/conversations/{id}?view=open")
    await expect(page.locator("#stream article").last).to_contain_text(f"Line {LONG - 1}")
    assert await page.locator("#stream article").count() <= PAGE_OF_MESSAGES
    assert await page.locator("*").count() <= MOST_NODES
    await page.get_by_role("link", name="Earlier messages").click()
    await expect(page.locator("#stream article").last).not_to_contain_text(f"Line {LONG - 1}")
    assert await page.locator("*").count() <= MOST_NODES


async def without_script(chromium: Browser, scene: Scene) -> Page:
    """Signed in by the form."""
    context = await chromium.new_context(java_script_enabled=False, locale="en-GB")
    page = await context.new_page()
    await page.goto(f"{scene.base}/login")
    await page.fill("input[type=email]", LENA)
    await page.fill("input[type=password]", PASSWORD)
    await page.click("main [type=submit]")
    await page.wait_for_url("**/inbox")
    return page


async def test_t_s5_without_javascript_everything_of_an_agents_day_works(scene, chromium):
    plain = await without_script(chromium, scene)
    id = await write(scene, ADA, "Where is invoice 4711?")
    await write(scene, EMMY, "And mine?")
    await plain.goto(f"{scene.base}/inbox?view=open")
    await plain.get_by_role("link", name=ADA.phone[-4:]).first.click()
    await expect(plain.locator("#stream")).to_contain_text("invoice 4711")
    await plain.fill("#text", "It is on its way.")
    await plain.locator("#composer button[name=then][value='']").click()
    await expect(plain.locator(".msg.out")).to_contain_text("It is on its way.")

    await plain.locator("#composer .for-note").click()
    await plain.fill("#text", "Was late.")
    await plain.locator("#composer button[name=then][value='']").click()
    await expect(plain.locator(".msg.note")).to_contain_text("Was late.")

    await plain.locator("#m-assign > summary").click()
    await plain.locator("#m-assign textarea[name=note]").fill("please follow up")
    await plain.locator("#m-assign button", has_text="Max Adler").click()
    await expect(plain.locator(".msg.note .at")).to_have_text("@Max Adler")
    assert (await case(scene, id)).assignee_id == scene.max.id

    await plain.locator("#f-close button").click()
    await expect(plain.locator("#stream")).to_contain_text("And mine?")
    assert (await case(scene, id)).state == "closed"
    await plain.goto(f"{scene.base}/search?q=4711")
    await expect(plain.locator(".found")).to_contain_text("invoice 4711")


async def test_t_s5_without_javascript_a_campaign_is_written_and_scheduled(scene, chromium):
    await readers(scene, 3)
    plain = await without_script(chromium, scene)
    await plain.goto(f"{scene.base}/campaigns")
    await plain.locator("details.menu > summary").filter(has_text="Campaign").click()
    await plain.get_by_label("Name", exact=True).fill("November")
    await plain.keyboard.press("Enter")
    await plain.locator("select[name=segment]").select_option(label="Readers")
    await plain.get_by_label("Purpose the customers agreed to", exact=True).fill("news")
    await plain.get_by_label("Subject", exact=True).fill("New in November")
    await plain.locator("textarea[name=html]").fill("<p>Hello {{ customer.first_name|default('you') }}</p>")
    await plain.get_by_role("button", name="Save", exact=True).click()
    await expect(plain.get_by_label("Subject", exact=True)).to_have_value("New in November")
    await plain.get_by_role("button", name="Send…", exact=True).click()
    await plain.locator("input[name=when][value=at]").check()
    await plain.get_by_label("Date and time", exact=True).fill("2030-11-24T09:00")
    await plain.get_by_role("button", name="Send to 3 people", exact=True).click()
    await plain.get_by_role("button", name="Back to draft", exact=True).click()
    await expect(plain.locator("#campaign")).to_be_visible()


async def test_t_u3_the_password_is_pasted_and_filled_by_whoever_keeps_it(scene, chromium):
    context = await chromium.new_context(locale="en-GB")
    page = await context.new_page()
    await page.goto(f"{scene.base}/login")
    field = page.locator("input[type=password]")
    assert await field.get_attribute("autocomplete") == "current-password"
    assert await page.locator("input[type=email]").get_attribute("autocomplete") == "username"
    await page.fill("input[type=email]", LENA)
    await field.focus()
    await page.evaluate(
        """text => {
            const data = new DataTransfer(); data.setData("text/plain", text);
            const event = new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true});
            if (document.activeElement.dispatchEvent(event)) document.execCommand("insertText", false, text);
        }""",
        PASSWORD,
    )
    await expect(field).to_have_value(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/inbox")
    await context.close()


async def test_t_u3_a_button_shows_what_was_typed_until_it_is_sent(scene, chromium):
    context = await chromium.new_context(locale="de-DE")
    page = await context.new_page()
    await page.goto(f"{scene.base}/login")
    field, button = page.locator("[name=password]"), page.get_by_role("button", name="Passwort zeigen")
    await page.fill("input[type=email]", LENA)
    await field.fill(PASSWORD)
    await page.keyboard.press("Tab")
    await expect(button).to_be_focused()
    await page.keyboard.press("Space")
    await expect(button).to_have_attribute("aria-pressed", "true")
    await expect(field).to_have_attribute("type", "text")
    await expect(field).to_have_value(PASSWORD)
    await button.click()
    await expect(field).to_have_attribute("type", "password")
    await button.click()
    sent = "addEventListener('submit', () => { sessionStorage.sent = document.querySelector('[name=password]').type; })"
    await page.evaluate(sent)
    await field.press("Enter")
    await page.wait_for_url("**/inbox")
    assert await page.evaluate("sessionStorage.sent") == "password"
    await page.goto(f"{scene.base}/settings")
    shown = page.get_by_role("button", name="Passwort zeigen")
    await expect(shown).to_have_count(2)
    await page.fill("[name=old]", PASSWORD)
    await shown.first.click()
    await expect(page.locator("[name=old]")).to_have_attribute("type", "text")
    await expect(page.locator("main [type=password]")).to_have_count(1)
    await context.close()


UNTOLD = r"""() => {
    const told = /\b\d{1,2}:\d\d\b|\b\d{1,2} [JFMASOND][a-z]{2,} \d{4}\b/, found = [];
    const quoted = "time, script, option, button, textarea, svg, code, .text, .preview";
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        if (!told.test(node.textContent) || node.parentElement.closest(quoted)) continue;
        found.push(node.textContent.trim().slice(0, 80));
    }
    return found;
}"""


@pytest.mark.slow
async def test_t_a9_every_moment_is_told_to_programs_too(scene, sit_down):
    await play(scene)
    page = await sit_down()
    found = []
    for path in await paths(scene):
        await page.goto(scene.base + path)
        found += [f"{path}: {one}" for one in await page.evaluate(UNTOLD)]
        assert await page.locator("time:not([datetime])").count() == 0
    assert not found, "\n".join(found)
