"""The composer, by the points of its acceptance (the T-K of the design): snippets, counters, files, times, notes."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import expect

from hub.sandbox.world import MAIL_ADDRESS, TEXT_NUMBER
from hub.store.conversations import get_conversation, mark_conversation
from hub.store.customers import add_address, find_customer, mark_customer
from hub.store.deliveries import Delivery, list_deliveries
from hub.store.messages import list_timeline
from hub.store.snippets import add_snippet
from tests.browser.scene import LENA, MAX, Scene
from tests.people import ADA
from tests.running import until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


async def write_to_us(scene: Scene, text: str = "Hello?", **known: object) -> str:
    """Ada sends a text; answers the page of her conversation."""
    await scene.world.twilio.text(ADA.phone, TEXT_NUMBER, text)
    message = await scene.heard(ADA.sms_address, text)
    if known:
        await scene.hub.store.write(mark_customer, message.customer_id, scene.hub.clock.now(), **known)
    return f"{scene.base}/conversations/{message.conversation_id}?view=open"


async def keep_snippet(scene: Scene, shortcut: str, language: str, text: str) -> None:
    words = {"title": f"Credit {language}", "shortcut": shortcut, "language": language, "text": text, "team_id": None}
    await scene.hub.store.write(add_snippet, words, scene.hub.clock.now())


async def test_t_k7_a_snippet_comes_in_the_customers_language_filled_in(scene, sit_down):
    await keep_snippet(scene, "gut", "en", "Dear {{ customer.first_name }}, the credit is on its way.")
    await keep_snippet(scene, "gut", "de", "Hallo {{ customer.first_name }}, die Gutschrift kommt.")
    page = await sit_down()
    await page.goto(await write_to_us(scene, name="Ada Lovelace", language="de"))
    await page.focus("#text")
    await page.keyboard.type("Danke! /gut")
    await expect(page.locator("#picker [role=option]")).to_have_count(2)
    await page.keyboard.press("Enter")
    await expect(page.locator("#text")).to_have_value("Danke! Hallo Ada, die Gutschrift kommt.")
    await expect(page.locator("#picker")).to_be_hidden()


async def test_t_k7_what_is_not_filled_in_blocks_sending_and_takes_the_focus(scene, sit_down):
    await keep_snippet(scene, "plan", "", "Your plan is {{ customer.fields.plan }}. Best wishes")
    page = await sit_down()
    await page.goto(await write_to_us(scene))
    await page.focus("#text")
    await page.keyboard.type("/pl")
    await page.keyboard.press("Enter")
    await expect(page.locator("#text")).to_have_value("Your plan is ⟨plan⟩. Best wishes")
    await page.evaluate("document.querySelector('#text').setSelectionRange(0, 0)")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#unfilled")).to_be_visible()
    await expect(page.locator("#text")).to_be_focused()
    await page.keyboard.type("Pro")
    await expect(page.locator("#text")).to_have_value("Your plan is Pro. Best wishes")
    await expect(page.locator("#unfilled")).to_be_hidden()
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".msg.out")).to_contain_text("Your plan is Pro.")


async def test_a4_a_note_names_a_colleague_in_three_acts_who_hears_of_it_at_once(scene, sit_down):
    url = await write_to_us(scene)
    lena, max = await sit_down(LENA), await sit_down(MAX)
    await max.goto(f"{scene.base}/customers")
    await lena.goto(url)
    await lena.keyboard.press("n")
    await lena.keyboard.type("Please look, @ma")
    await expect(lena.locator("#picker [role=option]")).to_have_count(1)
    await lena.keyboard.press("Enter")
    await lena.keyboard.press("Control+Enter")
    await expect(lena.locator(".msg.note .at")).to_have_text("@Max Adler")

    await expect(max.locator("#toast")).to_contain_text("A colleague mentioned you")
    await max.click("#toast a")
    await expect(max.locator(".msg.note .at.me")).to_have_text("@Max Adler")
    await expect(max.locator("#views [aria-current]")).to_contain_text("Mentions")
    await expect(max.locator("#views [aria-current] .count")).to_contain_text("1")
    await max.fill("#text", "I am on it.")
    await max.focus("#text")
    await max.keyboard.press("Control+Enter")
    await expect(max.locator("#views [aria-current] .count")).to_have_count(0)


async def test_t_k8_a_note_is_another_thing_and_reaches_no_customer(scene, sit_down):
    page = await sit_down()
    await page.goto(await write_to_us(scene))
    await page.keyboard.press("n")
    await page.keyboard.type("Only for us")
    await expect(page.locator(".note-line")).to_contain_text("customers never see this")
    await expect(page.locator("#composer .primary")).to_contain_text("Add note")
    answering = await page.locator("#composer").evaluate("form => getComputedStyle(form).backgroundColor")
    await page.keyboard.press("F2")
    await expect(page.locator(".note-line")).to_be_hidden()
    assert await page.locator("#composer").evaluate("form => getComputedStyle(form).backgroundColor") != answering
    await page.keyboard.press("Shift+F2")
    await page.evaluate("document.querySelector('#composer [value=note]').click()")
    await page.focus("#text")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".msg.note")).to_contain_text("Only for us")
    await page.fill("#text", "For the customer")
    await page.evaluate("document.querySelector('#composer [name=channel]').click()")
    await page.focus("#text")
    await page.keyboard.press("Control+Enter")
    await until(lambda: sent_to(scene), "the answer")
    assert [text.body for text in scene.world.twilio.sent_to(ADA.phone)] == ["For the customer"]


BERLIN = ZoneInfo("Europe/Berlin")


def next_tuesday_at_two() -> datetime:
    now = datetime.now(BERLIN)
    tuesday = now.replace(hour=14, minute=0, second=0, microsecond=0) + timedelta(days=(1 - now.weekday()) % 7)
    return tuesday if tuesday > now else tuesday + timedelta(days=7)


async def waiting(scene: Scene, text: str) -> Delivery:
    """The delivery of a message with this text, once there is one."""

    async def look() -> Delivery | None:
        customer = await scene.customer(ADA.sms_address)
        said = [one for one in await scene.hub.store.read(list_timeline, customer) if one.text == text]
        found = await scene.hub.store.read(list_deliveries, [one.id for one in said])
        return next((one for each in found.values() for one in each), None)

    return await until(look, f"delivery of {text!r}")


@pytest.mark.parametrize(("locale", "words"), [("de-DE", "di 14"), ("en-GB", "tue 2pm")])
async def test_t_i8_snoozed_in_words_until_tuesday(scene, sit_down, locale, words):
    page = await sit_down(locale=locale)
    url = await write_to_us(scene)
    await page.goto(url)
    await page.keyboard.press("h")
    await page.keyboard.type(words)
    await expect(page.locator("#snooze-understood")).to_contain_text("14:00")
    await page.keyboard.press("Enter")
    await expect(page.locator("#f-close")).to_have_count(0)
    conversation = await scene.hub.store.read(get_conversation, url.split("/")[-1].partition("?")[0])
    assert conversation.snoozed_until == next_tuesday_at_two().timestamp() * 1000

    await scene.hub.store.write(mark_conversation, conversation.id, snoozed_until=scene.hub.clock.now())
    scene.hub.live.wake()
    await expect(page.locator("#f-close")).to_have_count(1)


async def test_a_time_that_is_not_understood_snoozes_nothing(scene, sit_down):
    page = await sit_down()
    await page.goto(await write_to_us(scene))
    await page.keyboard.press("h")
    await page.keyboard.type("sometime")
    await page.keyboard.press("Enter")
    await expect(page.locator("#snooze-understood")).to_contain_text("Not understood.")
    await page.click("#m-snooze button[value=at]")
    await expect(page.locator("#m-snooze [data-words]")).to_be_focused()
    await expect(page.locator("#f-close")).to_have_count(1)


async def test_t_k9_a_time_beyond_the_change_of_clocks_keeps_its_hour(scene, sit_down):
    page = await sit_down()
    await page.goto(await write_to_us(scene))
    await page.fill("#text", "Good morning")
    await page.keyboard.press("Control+Shift+L")
    await page.keyboard.type("28.3.2027 2:30")
    await expect(page.locator("#understood")).to_contain_text("the clocks are put forward")
    await page.fill("#composer [data-words]", "28.3.2027 9:00")
    await expect(page.locator("#understood")).to_contain_text("28 Mar, 09:00")
    await page.press("#composer [data-words]", "Enter")
    await expect(page.locator(".msg.scheduled")).to_contain_text("Leaves 28 Mar 2027, 09:00")
    assert (await waiting(scene, "Good morning")).due_at == datetime(2027, 3, 28, 7, tzinfo=UTC).timestamp() * 1000


async def test_t_k10_a_scheduled_answer_is_cancelled_when_the_customer_writes_first(scene, sit_down):
    page = await sit_down()
    await page.goto(await write_to_us(scene))
    await page.fill("#text", "See you tomorrow")
    await page.keyboard.press("Control+Shift+L")
    await expect(page.locator("#composer .offers button").first).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(page.locator(".msg.scheduled")).to_contain_text("not if the customer writes first")
    await scene.world.twilio.text(ADA.phone, TEXT_NUMBER, "Never mind.")
    await expect(page.locator("#stream")).to_contain_text("Never mind.")
    await expect(page.locator(".msg.scheduled")).to_have_count(0)
    assert (await waiting(scene, "See you tomorrow")).state == "cancelled"


async def test_what_is_scheduled_can_be_sent_now_edited_and_cancelled(scene, sit_down):
    page = await sit_down()
    await page.goto(await write_to_us(scene))
    for text, button in (("First", "Send now"), ("Second", "Edit"), ("Third", "Cancel")):
        await page.fill("#text", text)
        await page.keyboard.press("Control+Shift+L")
        await page.keyboard.press("Enter")
        await page.locator(".msg.scheduled", has_text=text).get_by_role("button", name=button).click()
        await expect(page.locator(".msg.scheduled")).to_have_count(0)
        await expect(page.locator("#text")).to_have_value("Second" if button == "Edit" else "")
    await expect(page.locator(".msg.out")).to_have_count(1)
    await until(lambda: sent_to(scene), "the text")
    assert [text.body for text in scene.world.twilio.sent_to(ADA.phone)] == ["First"]


async def sent_to(scene: Scene) -> bool:
    return bool(scene.world.twilio.sent_to(ADA.phone))


async def test_signs_in_words_open_no_picker_and_escape_leaves_what_was_typed(scene, sit_down):
    await keep_snippet(scene, "gut", "", "Credit")
    page = await sit_down()
    await page.goto(await write_to_us(scene))
    await page.focus("#text")
    await page.keyboard.type("and/gut ")
    await expect(page.locator("#picker")).to_be_hidden()
    await page.keyboard.type("/gut")
    await expect(page.locator("#picker [role=option]")).to_have_count(1)
    await page.keyboard.press("Escape")
    await expect(page.locator("#picker")).to_be_hidden()
    await expect(page.locator("#text")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#text")).to_have_value("and/gut /gut\n")
    await page.click("#to-snippets")
    await page.locator("#picker [role=option]").click()
    await expect(page.locator("#text")).to_have_value("and/gut /gut\nCredit")


LONG = (
    "Guten Tag, Ihre Rechnung 4711 wurde heute berichtigt. Die Gutschrift über 49 EUR ist in zwei Tagen auf "
    "Ihrem Konto. Viele Grüße, Lena."
)
QUOTED = LONG.replace("Gutschrift", "„Gutschrift“")
CHOOSE_FILM = """() => {
    const data = new DataTransfer(), input = document.querySelector("#composer [name=files]");
    data.items.add(new File([new Uint8Array(5_200_000)], "film.mp4", { type: "video/mp4" }));
    input.files = data.files;
    input.dispatchEvent(new Event("input", { bubbles: true }));
}"""
CHOSEN = "document.querySelector('#composer [name=channel]:checked').value"


async def test_t_k4_the_counter_says_what_a_text_costs_and_offers_to_make_it_cheaper(scene, sit_down):
    page = await sit_down()
    await page.goto(await write_to_us(scene))
    await page.fill("#text", LONG)
    assert len(LONG) == 134
    await expect(page.locator("#counter")).to_have_text("134 characters · 1 SMS")
    await expect(page.locator("#simpler")).to_be_hidden()
    await page.fill("#text", QUOTED)
    await expect(page.locator("#counter")).to_have_text("136 characters · 3 SMS · special characters („)")
    await page.click("text=Replace 2 characters, saves 2 SMS")
    await expect(page.locator("#text")).to_have_value(LONG.replace("Gutschrift", '"Gutschrift"'))
    await expect(page.locator("#counter")).to_have_text("136 characters · 1 SMS")
    await expect(page.locator("#simpler")).to_be_hidden()
    await page.keyboard.press("Control+z")
    await expect(page.locator("#text")).to_have_value(QUOTED)
    await page.fill("#text", f"{QUOTED} 🙂")  # nothing can be done about that one
    await expect(page.locator("#simpler")).to_be_hidden()


async def reached_by_mail_too(scene: Scene) -> str:
    url = await write_to_us(scene)
    ada = await scene.hub.store.read(find_customer, ADA.sms_address) or ""
    known = {"verified": True, "at": scene.hub.clock.now(), "source": "import"}
    await scene.hub.store.write(add_address, ada, ADA.mail_address, **known)
    return url


async def test_t_k1_the_preferred_channel_is_chosen_and_both_reasons_are_told(scene, sit_down):
    scene.world.mail.write(ADA.email, MAIL_ADDRESS, "Invoice", "By mail", name=ADA.name)
    asked = await scene.heard(ADA.mail_address, "By mail")
    await reached_by_text_rather(scene, asked.customer_id)
    page = await sit_down()
    await page.goto(f"{scene.base}/conversations/{asked.conversation_id}?view=open")
    await expect(page.locator("#composer [value=sms]")).to_be_checked()
    await expect(page.locator("#reason")).to_contain_text("SMS: Prefers this channel. Last asked by E-mail.")
    await expect(page.locator(".chip", has=page.locator("[value=support-mail]"))).to_contain_text("asked here")


async def test_t_k3_who_is_in_the_chat_just_now_is_answered_there_whatever_is_preferred(scene, sit_down):
    page = await sit_down()
    visitor = await page.context.browser.new_page()
    await visitor.goto(f"{scene.base}/chat/webchat")
    await visitor.get_by_role("textbox", name="Message").fill("Hello from the site")
    await visitor.get_by_role("button", name="Send", exact=True).click()
    await page.goto(f"{scene.base}/inbox?view=open")
    await expect(page.locator(".row")).to_have_count(1)
    await page.click(".row")
    await expect(page.locator("#page")).to_have_attribute("data-customer", re.compile("."))
    await reached_by_text_rather(scene, await page.locator("#page").get_attribute("data-customer") or "")
    await page.reload()
    await expect(page.locator("#composer [value=webchat]")).to_be_checked()
    await expect(page.locator("#reason")).to_contain_text("Web chat: Online in the web chat right now.")


async def reached_by_text_rather(scene: Scene, customer_id: str) -> None:
    now = scene.hub.clock.now()
    known = {"verified": True, "at": now, "source": "import"}
    await scene.hub.store.write(add_address, customer_id, ADA.sms_address, **known)
    await scene.hub.store.write(mark_customer, customer_id, now, preferred_channel="sms")


async def test_t_k2_the_next_channel_keeps_the_text_and_says_what_it_does_not_carry(scene, sit_down):
    page = await sit_down()
    await page.goto(await reached_by_mail_too(scene))
    reachable = await page.locator("#composer [name=channel]:not(:disabled):not([value=note])").evaluate_all(
        "ways => ways.map(way => way.value)"
    )
    assert {"sms", "support-mail"} <= set(reachable)
    await page.fill("#text", "It is right.")
    visited = []
    for _ in reachable:
        await page.keyboard.press("F2")
        visited.append(await page.evaluate(CHOSEN))
        await expect(page.locator("#text")).to_have_value("It is right.")
    assert sorted(visited) == sorted(reachable)
    tops = await page.locator(".to > :is(.chip, details)").evaluate_all("all => all.map(one => one.offsetTop)")
    assert max(tops) - min(tops) < 24  # one line
    await page.click("#more-ways > summary")
    await expect(page.locator(".chip.off").first).to_contain_text(" – ")
    await expect(page.locator(".chip.off").first).to_be_visible()
    await expect(page.locator(".chip.off input").first).to_be_disabled()
    await page.keyboard.press("Escape")

    await page.check("#composer [value=support-mail]", force=True)
    await page.fill("#composer [name=subject]", "Invoice 4711")
    await expect(page.locator("#lost")).to_be_hidden()
    await page.check("#composer [value=sms]", force=True)
    await expect(page.locator("#lost")).to_have_text("SMS does not carry: the subject.")
    await page.check("#composer [value=support-mail]", force=True)
    await expect(page.locator("#lost")).to_be_hidden()
    await expect(page.locator("#composer [name=subject]")).to_have_value("Invoice 4711")


async def test_t_k11_what_a_channel_carries_is_said_before_anything_is_uploaded(scene, sit_down):
    page = await sit_down()
    await page.goto(await reached_by_mail_too(scene))
    await page.check("#composer [value=sms]", force=True)
    await page.fill("#text", "Here it is.")
    await page.evaluate(CHOOSE_FILM)  # too large a file for the way on which Playwright would hand it over
    await expect(page.locator("#picked")).to_have_text("film.mp4 · SMS carries up to 5 MB")
    await expect(page.locator("#toomuch")).to_contain_text("5.2 MB (files: 1). It carries 10 files and 5 MB at once.")
    await page.focus("#text")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#composer [name=files]")).to_be_focused()
    await page.check("#composer [value=support-mail]", force=True)
    await expect(page.locator("#toomuch")).to_be_hidden()
    await page.focus("#text")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".msg.out .files")).to_contain_text("film.mp4")
    assert scene.world.twilio.sent_to(ADA.phone) == []


async def test_files_are_pasted_where_one_writes(scene, sit_down):
    page = await sit_down()
    await page.goto(await write_to_us(scene))
    await page.focus("#text")
    await page.evaluate(
        """() => {
            const data = new DataTransfer();
            data.items.add(new File(["x"], "shot.png", { type: "image/png" }));
            const pasted = new ClipboardEvent("paste", { bubbles: true, cancelable: true, clipboardData: data });
            document.querySelector("#text").dispatchEvent(pasted);
        }"""
    )
    await expect(page.locator("#picked")).to_contain_text("shot.png")
