"""The jobs of agents, leads and marketers, done by the keyboard, their acts counted:
none takes more than was promised."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from hub.outbound.compose import Reply
from hub.outbound.outbox import queue_reply
from hub.sandbox.mail import header
from hub.sandbox.twilio import Caller, answers
from hub.sandbox.world import MAIL_ADDRESS, PHONE_NUMBER, TEXT_NUMBER
from hub.store.agents import mark_agent
from hub.store.bench_data import add_readers
from hub.store.conversations import get_conversation, mark_conversation
from hub.store.customers import add_address
from hub.store.drafts import find_draft
from hub.store.goals import EVERYBODY, list_goals
from hub.store.segments import add_segment
from hub.store.snippets import add_snippet
from hub.store.teams import add_team
from tests.browser.hand import Hand
from tests.browser.scene import LENA, MAX, Scene, comes_true, open_scene
from tests.browser.softphone import seat, wire
from tests.people import ADA, EMMY
from tests.running import until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

DESK = "+12025550123"
HELD = 120  # seconds in which a message can be taken back: longer than any machine needs


@pytest_asyncio.fixture(loop_scope="session")
async def scene(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Scene]:
    file = shutil.copy(sqlite_template, tmp_path / "hub.db")
    async with open_scene(f"sqlite:///{file}", undo_seconds=HELD) as scene:
        yield scene


async def write_in(scene: Scene, *people: Any) -> list[str]:
    """Each texts; their conversations."""
    found = []
    for person in people:
        await scene.world.twilio.text(person.phone, TEXT_NUMBER, f"From {person.name}")
        found.append((await scene.heard(person.sms_address, person.name)).conversation_id or "")
    return found


async def at_conversation(scene: Scene, page: Page, id: str) -> None:
    await page.goto(f"{scene.base}/conversations/{id}?view=open")
    await expect(page.locator("#composer")).to_be_visible()


async def case(scene: Scene, id: str) -> Any:
    return await scene.hub.store.read(get_conversation, id)


async def test_a1_a2_a12_one_chord_answers_and_goes_on_and_one_click_takes_it_back(scene, sit_down):
    page = await sit_down()
    hand = Hand(page)
    ada, emmy = await write_in(scene, ADA, EMMY)
    await page.goto(f"{scene.base}/inbox?view=unassigned")
    await expect(page.locator(".row")).to_have_count(2)
    with hand.job("A1"):
        await hand.press("j")
        await expect(page.locator("#stream")).to_contain_text(f"From {ADA.name}")
    await page.focus("#text")
    await hand.write("Done for you.")
    with hand.job("A2"):
        await hand.press("Control+Shift+Enter")
        await expect(page.locator("#stream")).to_contain_text(f"From {EMMY.name}")
    assert ((await case(scene, ada)).state, (await case(scene, emmy)).state) == ("closed", "open")
    toast = page.locator("#toast")
    await expect(toast).to_be_in_viewport(ratio=1)
    await expect(toast.locator("button")).to_have_text("Undo (Ctrl Z)")  # the cursor stands in the next answer
    with hand.job("A12"):
        await hand.press("Control+z")
        await expect(page.locator("#text")).to_have_value("Done for you.")
    await expect(page.locator("#stream")).to_contain_text(f"From {ADA.name}")
    assert ((await case(scene, ada)).state, scene.world.twilio.sent_to(ADA.phone)) == ("open", [])


async def test_a3_a_kept_answer_is_two_acts(scene, sit_down):
    page = await sit_down()
    hand = Hand(page)
    [ada] = await write_in(scene, ADA)
    words = {
        "title": "Credit",
        "shortcut": "credit",
        "language": "",
        "text": "Your credit is on its way.",
        "team_id": None,
    }
    await scene.hub.store.write(add_snippet, words, scene.hub.clock.now())
    await at_conversation(scene, page, ada)
    await page.focus("#text")
    with hand.job("A3"):
        await hand.press("/")
        await hand.write("cre")
        await expect(page.locator("#picker [role=option]")).to_have_count(1)
        await hand.press("Enter")
        await expect(page.locator("#text")).to_have_value("Your credit is on its way.")


async def test_a4_a_note_that_names_a_colleague_is_three_acts(scene, sit_down):
    page = await sit_down()
    hand = Hand(page)
    [ada] = await write_in(scene, ADA)
    await at_conversation(scene, page, ada)
    with hand.job("A4"):
        await hand.press("n")
        await expect(page.locator("#text")).to_be_focused()
        await hand.write("Please look, @ma")
        await expect(page.locator("#picker [role=option]")).to_have_count(1)
        await hand.press("Enter")
        await hand.press("Control+Enter")
        await expect(page.locator(".msg.note .at")).to_have_text("@Max Adler")


async def test_a5_to_answer_is_to_take_and_one_key_takes_without(scene, sit_down):
    page = await sit_down()
    hand = Hand(page)
    ada, emmy = await write_in(scene, ADA, EMMY)
    await at_conversation(scene, page, ada)
    await page.fill("#text", "I look into it.")
    await page.focus("#text")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".msg.out")).to_have_count(1)
    assert (await case(scene, ada)).assignee_id == scene.lena.id
    await at_conversation(scene, page, emmy)
    with hand.job("A5"):
        await hand.press("i")
        await expect(page.locator("#toast")).to_contain_text("Assigned")
    assert (await case(scene, emmy)).assignee_id == scene.lena.id


async def test_a6_a_time_in_words_is_two_acts_and_so_is_an_offer(scene, sit_down):
    page = await sit_down()
    hand = Hand(page)
    ada, emmy = await write_in(scene, ADA, EMMY)
    await at_conversation(scene, page, ada)
    with hand.job("A6"):
        await hand.press("h")
        await hand.write("tue 2pm")
        await expect(page.locator("#snooze-understood")).to_contain_text("14:00")
        await hand.press("Enter")
        await expect(page.locator("#f-close")).to_have_count(0)
    await at_conversation(scene, page, emmy)
    with hand.job("A6"):
        await hand.press("h")
        await hand.press("1")
        await expect(page.locator("#f-close")).to_have_count(0)
    assert [(await case(scene, id)).state for id in (ada, emmy)] == ["snoozed", "snoozed"]


@pytest.mark.windows
async def test_a7_a_call_is_answered_in_one_act_in_the_middle_of_a_word(scene, sit_down):
    await seat(scene, scene.lena.id)
    page = await sit_down()
    hand = Hand(page)
    [emmy] = await write_in(scene, EMMY)
    await wire(page.context, scene)
    await at_conversation(scene, page, emmy)
    await expect(page.locator("#phone")).to_have_attribute("data-registered", "")
    await page.focus("#text")
    await hand.write("Dear Em")
    call = asyncio.create_task(scene.world.twilio.call(ADA.phone, PHONE_NUMBER, Caller()))
    await expect(page.locator("#call")).to_have_attribute("data-state", "ringing")
    with hand.job("A7"):
        await hand.press("F8")
        await expect(page.locator("#call")).to_have_attribute("data-state", "talking")
    await expect(page.locator("#text")).to_have_value("Dear Em")
    await page.keyboard.press("F8")
    await call


@pytest.mark.windows
@pytest.mark.parametrize("where", ["browser", "desk"])
async def test_a8_a_customer_is_called_and_the_call_logged_in_two_acts(scene, sit_down, where):
    if where == "browser":
        await seat(scene, scene.lena.id)
    else:
        await scene.hub.store.write(mark_agent, scene.lena.id, phone=DESK)
        scene.world.twilio.phone(DESK, answers(talk=3_000))
    scene.world.twilio.phone(ADA.phone, answers(talk=3_000))
    page = await sit_down()
    hand = Hand(page)
    [ada] = await write_in(scene, ADA)
    await wire(page.context, scene)
    await at_conversation(scene, page, ada)
    if where == "browser":
        await expect(page.locator("#phone")).to_have_attribute("data-registered", "")
    await page.focus("#stream")
    with hand.job("A8"):
        await hand.press("d")
        await expect(page.locator("#call")).to_have_attribute("data-state", "talking")
        await page.locator("#call [name=note]").focus()
        await hand.write("wants credit")
        await page.locator("#stream").focus()
        await hand.press("F8")
        await expect(page.locator("#call")).to_have_attribute("data-state", "over")
    await expect(page.locator("#call [name=outcome]:checked + span")).to_have_text("Talked")
    await expect(page.locator("#call [name=outcome]:checked")).to_be_focused()
    await expect(page.locator(".msg.call .label")).to_have_text("Talked")
    await expect(page.locator(".msg.note")).to_contain_text("wants credit")
    await page.keyboard.press("ArrowRight")
    await expect(page.locator(".msg.call .label")).to_have_text("Left a voicemail")
    await page.keyboard.press("Escape")
    await expect(page.locator("#call")).to_have_count(0)
    await page.goto(f"{scene.base}/reports")
    await expect(page.get_by_role("row", name="Left a voicemail")).to_contain_text("1")


async def test_a9_a_voicemail_is_heard_and_called_back_in_two_acts(scene, sit_down):
    await scene.hub.store.write(mark_agent, scene.lena.id, phone=DESK)
    await scene.world.twilio.call(ADA.phone, PHONE_NUMBER, Caller(voicemail=4))
    page = await sit_down()
    hand = Hand(page)
    await page.goto(f"{scene.base}/inbox?view=open")
    await page.locator(".row").first.click()
    sound = page.locator("article.voicemail audio")
    await expect(sound).to_be_visible()
    await comes_true(page, "typeof SOUND_KEYS === 'object'")
    await page.focus("#stream")
    with hand.job("A9"):
        await hand.press(" ")
        await until(lambda: sound.evaluate("sound => !sound.paused"), "sound")
        await hand.press("d")
        await expect(page.locator(".msg.call.out")).to_have_count(1)


async def test_a10_an_old_message_is_two_acts_away(scene, sit_down):
    page = await sit_down()
    hand = Hand(page)
    await scene.world.twilio.text(ADA.phone, TEXT_NUMBER, "About invoice 4711")
    asked = await scene.heard(ADA.sms_address, "4711")
    await page.goto(f"{scene.base}/customers")
    with hand.job("A10"):
        await hand.press("Control+k")
        await expect(page.locator("#palette [name=q]")).to_be_focused()
        await hand.write("4711")
        await expect(page.locator("#hits [aria-selected=true]")).to_contain_text("4711")
        await hand.press("Enter")
        await page.wait_for_url(f"**/conversations/{asked.conversation_id}*")


async def test_a11_two_of_one_name_are_put_together_in_two_acts(scene, sit_down):
    page = await sit_down()
    hand = Hand(page)
    scene.world.mail.write(ADA.email, MAIL_ADDRESS, "Hello", "By mail", name=ADA.name)
    await scene.world.telegram.say(int(ADA.telegram), "By Telegram", name=ADA.name)
    await scene.heard(ADA.telegram_address, "By Telegram")
    asked = await scene.heard(ADA.mail_address, "By mail")
    one = asked.customer_id
    await at_conversation(scene, page, asked.conversation_id)
    with hand.job("A11"):
        await hand.click(page.locator("#panel .notice a.button"))
        await page.wait_for_url("**/merge/**")
        await hand.click(page.locator("main form .primary"))
        await page.wait_for_url(f"{scene.base}/customers/{one}*")
    assert await scene.customer(ADA.telegram_address) == await scene.customer(ADA.mail_address)


async def test_a13_a_mail_is_answered_by_text_after_one_key(scene, sit_down):
    page = await sit_down()
    hand = Hand(page)
    scene.world.mail.write(ADA.email, MAIL_ADDRESS, "Hello", "By mail", name=ADA.name)
    asked = await scene.heard(ADA.mail_address, "By mail")
    known = {"verified": True, "at": scene.hub.clock.now(), "source": "import"}
    await scene.hub.store.write(add_address, asked.customer_id, ADA.sms_address, **known)
    await at_conversation(scene, page, asked.conversation_id or "")
    await page.focus("#text")
    await hand.write("It is right.")
    with hand.job("A13"):
        await hand.press("F2")
        await expect(page.locator("#composer [value=sms]")).to_be_checked()
    await expect(page.locator("#text")).to_have_value("It is right.")
    await expect(page.locator("#counter")).to_contain_text("1 SMS")


async def test_a14_tomorrow_morning_is_two_acts(scene, sit_down):
    page = await sit_down()
    hand = Hand(page)
    [ada] = await write_in(scene, ADA)
    await at_conversation(scene, page, ada)
    await page.fill("#text", "Good morning")
    with hand.job("A14"):
        await hand.press("Control+Shift+L")
        await expect(page.locator("#composer .offers button").first).to_be_visible()
        await hand.press("Enter")
        await expect(page.locator(".msg.scheduled")).to_have_count(1)


async def twelve(scene: Scene, page: Page) -> None:
    for number in range(12):
        await scene.world.twilio.text(f"+4915755{number:06d}", TEXT_NUMBER, f"Text {number}")
    await page.goto(f"{scene.base}/inbox?view=unassigned")
    await expect(page.locator(".row")).to_have_count(12)
    await page.locator(".row").first.focus()


async def test_a15_label_and_priority_of_twelve_are_four_acts(scene, sit_down):
    page = await sit_down()
    hand = Hand(page)
    await twelve(scene, page)
    with hand.job("A15"):
        await hand.press("x")
        await hand.press("Shift+J", held=11)
        await expect(page.locator("#chosen")).to_have_text("12 chosen")
        await hand.press("l")
        await hand.write("invoice, !high")
        await hand.press("Enter")
        await expect(page.locator("#toast")).to_contain_text("12 changed")
    await expect(page.locator(".row .hot")).to_have_count(12)


async def test_l1_l2_the_rail_says_who_waits_longest_and_three_acts_give_twelve_out(scene, sit_down):
    page = await sit_down()
    hand = Hand(page)
    await twelve(scene, page)
    with hand.job("L1"):
        await expect(page.locator("#views [href$='view=unassigned']")).to_contain_text("longest")
    with hand.job("L2"):
        await hand.press("Shift+J", held=11)
        await expect(page.locator("#chosen")).to_have_text("12 chosen")
        await hand.press("a")
        await hand.click(page.get_by_role("button", name="Distribute evenly", exact=True))
        await expect(page.locator("#toast")).to_contain_text("12 assigned")


async def test_l3_l5_a_colleague_who_is_stuck_is_one_act_away_and_the_numbers_of_a_week_two(scene, sit_down):
    page = await sit_down()
    hand = Hand(page)
    [ada] = await write_in(scene, ADA)
    await scene.hub.store.write(lambda conn: mark_conversation(conn, ada, assignee_id=scene.max.id))
    await page.goto(f"{scene.base}/inbox")
    with hand.job("L5"):
        await hand.press("g")
        await page.keyboard.press("r")  # the same chord
        await page.wait_for_url("**/reports")
        hand.acts += 1
        form = page.locator("header form[action*=csv]")
        csrf = await form.locator("[name=csrf]").get_attribute("value")
        address = f"{scene.base}{await form.get_attribute('action')}"
        table = await page.request.post(address, form={"csrf": csrf}, headers={"Origin": scene.base})
    assert ada in await table.text()
    held = page.locator("#now tr", has_text="Max Adler")
    await expect(held).to_contain_text("now")
    with hand.job("L3"):
        await hand.click(held.get_by_role("link").first)
        await page.wait_for_url(f"**/inbox?view=agent:{scene.max.id}")
    await expect(page.locator(".row")).to_have_count(1)


async def test_a16_a_conversation_is_handed_over_with_a_note_in_two_acts(scene, sit_down):
    page = await sit_down()
    hand = Hand(page)
    [ada] = await write_in(scene, ADA)
    await at_conversation(scene, page, ada)
    await page.focus("#stream")
    with hand.job("A16"):
        await hand.press("a")
        await hand.write("ma, please credit 4711")
        await hand.press("Control+Enter")
        await expect(page.locator(".msg.note")).to_contain_text("@Max Adler please credit 4711")
    await expect(page.locator(".msg.note .at")).to_have_text("@Max Adler")
    assert (await case(scene, ada)).assignee_id == scene.max.id

    await page.keyboard.press("z")
    await expect(page.locator(".msg.note")).to_have_count(0)
    assert (await case(scene, ada)).assignee_id is None

    with (mouse := Hand(page)).job("A16"):
        await mouse.click(page.locator("#m-assign summary"))
        await mouse.write("max: and call him")
        await mouse.click(page.locator("#m-assign button", has_text="Max Adler"))
        await expect(page.locator(".msg.note")).to_contain_text("@Max Adler and call him")


async def test_l4_a_rule_from_a_conversation_is_five_acts_and_was_tried_before(scene, sit_down):
    now = scene.hub.clock.now()
    billing = await scene.hub.store.write(add_team, "Billing", [scene.max.id], now)
    for subject in ("Opening hours", "invoice, second reminder", "Re: Invoice 4711"):
        scene.world.mail.write(ADA.email, MAIL_ADDRESS, subject, f"About: {subject}", name=ADA.name)
        last = await scene.heard(ADA.mail_address, f"About: {subject}")
    page = await sit_down()
    hand = Hand(page)
    await at_conversation(scene, page, last.conversation_id or "")
    with hand.job("L4"):
        await hand.click(page.locator("#m-more > summary"))
        await hand.click(page.get_by_role("link", name="Make a rule from this"))
        await expect(page.locator("[name=words]")).to_have_value("invoice")
        await expect(page.locator(".tried")).to_contain_text("For 2 messages of the last 3")
        hand.acts += 1  # one choice from a list
        await page.locator("select[name=team]").select_option(label="Billing")
        await hand.click(page.get_by_role("button", name="Save", exact=True))
        await expect(page.locator(".kept")).to_contain_text("to the team Billing")
    scene.world.mail.write(EMMY.email, MAIL_ADDRESS, "Your invoice of May", "It is wrong.", name=EMMY.name)
    heard = await scene.heard(EMMY.mail_address, "It is wrong.")
    assert (await case(scene, heard.conversation_id or "")).team_id == billing.id


async def test_l6_a_holiday_is_two_acts(scene, sit_down):
    page = await sit_down()
    hand = Hand(page)
    await page.goto(f"{scene.base}/settings/goals")
    with hand.job("L6"):
        day = page.locator("#g-everybody .closed input")
        await hand.click(day)
        await day.fill("2026-12-25")
        await hand.press("Enter")
        await expect(page.locator("#g-everybody .good")).to_be_visible()
    assert (await scene.hub.store.read(list_goals))[EVERYBODY].closed == ("2026-12-25",)

    with hand.job("L6"):
        hand.acts += 1  # one choice from a list
        await page.locator("#g-everybody select[name=state]").select_option(label="Bayern")
        await hand.click(page.get_by_role("button", name="Close on public holidays Everybody"))
        await expect(page.locator("#g-everybody .good")).to_be_visible()
    closed = (await scene.hub.store.read(list_goals))[EVERYBODY].closed
    assert {day[5:] for day in closed} >= {"01-06", "05-01", "10-03", "11-01", "12-25", "12-26"}


async def test_l7_a_colleagues_answers_of_a_week_are_two_acts_away(scene, sit_down):
    ids = await write_in(scene, ADA, EMMY)
    for number, id in enumerate(ids):
        said = Reply(text=f"Answer {number}", author_id=scene.max.id, author_name="Max Adler")
        await scene.hub.store.write(queue_reply, scene.hub.outbox_deps, id, said, scene.hub.clock.now())
    page = await sit_down()
    hand = Hand(page)
    with hand.job("L7"):
        await hand.press("Control+k")
        await hand.write("from:max is:reply after:week")
        await expect(page.locator("#hits [aria-selected=true]")).to_have_id("hit-all")
        await hand.press("Enter")
        await expect(page.locator(".found.messages a")).to_have_count(2)
    await hand.press("j")
    await expect(page.locator(".found.messages a").first).to_be_focused()
    await hand.press("j")
    await hand.press("Enter")
    await expect(page.locator("#stream")).to_contain_text("Answer 0")
    await hand.press("n")
    await expect(page.locator("#text")).to_be_focused()


@pytest.mark.parametrize("how", ["z", "Control+z", "click"])
async def test_t_k5_what_is_taken_back_in_time_has_left_nobody_and_stands_where_it_was_written(scene, sit_down, how):
    page = await sit_down()
    [ada] = await write_in(scene, ADA)
    await at_conversation(scene, page, ada)
    await page.fill("#text", "Too early.")
    await page.focus("#text")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".msg.out .undo button")).to_be_visible()
    if how == "click":
        await page.locator(".msg.out .undo button").click()
    elif how == "z":
        await page.keyboard.press("Escape")
        await page.keyboard.press("z")
    else:  # the cursor still stands in the field, where z is a letter
        await page.keyboard.press(how)
    await expect(page.locator("#text")).to_have_value("Too early.")
    await expect(page.locator("#text")).to_be_focused()
    await expect(page.locator(".msg.out")).to_have_count(0)
    assert scene.world.twilio.sent_to(ADA.phone) == []


async def test_t_k6_a_draft_outlives_the_page_the_tab_and_the_browser(scene, sit_down):
    page = await sit_down(MAX)
    [ada] = await write_in(scene, ADA)
    await at_conversation(scene, page, ada)
    await page.focus("#text")
    await page.keyboard.type("The first half,")
    await page.reload()
    await expect(page.locator("#text")).to_have_value("The first half,")
    await page.focus("#text")
    await page.keyboard.press("End")
    await page.keyboard.type(" and the second.")

    async def kept() -> bool:
        draft = await scene.hub.store.read(find_draft, ada, scene.max.id)
        return draft is not None and draft.text == "The first half, and the second."

    await until(kept, "draft in the store")
    await page.context.close()  # as when its process is killed: nothing more is sent
    other = await sit_down(MAX)
    await at_conversation(scene, other, ada)
    await expect(other.locator("#text")).to_have_value("The first half, and the second.")


async def readers(scene: Scene, count: int) -> None:
    """Who agreed to news, and the segment that holds them."""
    store, now = scene.hub.store, scene.hub.clock.now()
    await store.write(add_readers, range(count), "readers", "news", now)
    await store.write(add_segment, "Readers", {"op": "label", "name": "readers"}, now)


async def test_m1_m3_m9_two_subjects_are_tested_on_oneself_and_scheduled(scene, sit_down):
    await readers(scene, 20)
    page = await sit_down()
    hand = Hand(page)
    await page.goto(f"{scene.base}/campaigns")
    button = partial(page.get_by_role, "button", exact=True)
    with hand.job("M1"):
        await hand.click(page.locator("details.menu > summary").filter(has_text="Campaign"))
        await page.get_by_label("Name", exact=True).fill("November")
        await hand.press("Enter")
        await expect(page.locator("#campaign")).to_be_visible()
        hand.acts += 1  # one choice from a list
        await page.locator("select[name=segment]").select_option(label="Readers")
        await page.get_by_label("Purpose the customers agreed to", exact=True).fill("news")
        await page.get_by_label("Subject", exact=True).fill("New in November")
        html = '<p>Hello</p><a href="https://shop.example">Shop</a>'
        await page.locator("textarea[name=html]").fill(html)
        with (other := Hand(page)).job("M3"):
            await other.click(page.locator("#field-test > summary"))
            await page.get_by_label("Subject B", exact=True).fill("You asked for it")
        await hand.click(button(name="Test to me"))
        await expect(page.locator("p.good[role=status]")).to_contain_text("A test is on its way")
        await hand.click(button(name="Send…"))
        await expect(button(name="Send to 20 people")).to_be_visible()
        await page.get_by_label("Date and time", exact=True).fill("2030-11-24T09:00")
        await expect(page.locator("input[name=when][value=at]")).to_be_checked()
        await hand.click(button(name="Send to 20 people"))
        await expect(button(name="Back to draft")).to_be_visible()
    await until(partial(both_came, scene), "both tests")
    with hand.job("M9"):
        await hand.click(button(name="Back to draft"))
        await expect(page.locator("#campaign")).to_be_visible()
    await expect(page.get_by_label("Subject B", exact=True)).to_have_value("You asked for it")


async def both_came(scene: Scene) -> bool:
    """To Lena's own address."""
    came = {header(mail.raw, "Subject") for mail in scene.world.mail.mailbox(LENA)}
    return came >= {"[Test A] New in November", "[Test B] You asked for it"}


THREE = (("Message", "One"), ("Wait", ""), ("Message", "Two"), ("Wait", ""), ("Message", "Three"))


async def test_m4_three_messages_that_stop_with_an_answer_are_nine_acts(scene, sit_down):
    page = await sit_down()
    hand = Hand(page)
    await page.goto(f"{scene.base}/sequences")
    button = partial(page.get_by_role, "button", exact=True)
    with hand.job("M4"):
        new = page.locator("form:has(button[value=open])")
        await new.get_by_label("Name", exact=True).fill("Welcome")
        await hand.press("Enter")
        await expect(page.locator("#sequence")).to_be_visible()
        hand.acts += 1
        await page.locator("#sequence select[name=event]").select_option(label="a new customer")
        for number, (name, text) in enumerate(THREE):
            await hand.click(button(name=f"+ {name}"))
            await expect(page.locator("ol.flow > li")).to_have_count(number + 1)
            if text:
                await page.locator(f"[name=text_{number}]").fill(text)
                await page.locator(f"[name=purpose_{number}]").fill("news")
        await expect(page.get_by_label("an answer ends it", exact=True)).to_be_checked()
        await hand.click(button(name="Check and start"))
        await expect(button(name="Pause")).to_be_visible()
    await page.locator("button[value=up-4]").focus()
    await hand.press("Enter")
    await expect(page.locator("button[value=up-3]")).to_be_focused()
    assert await page.locator("[name=text_3]").input_value() == "Three"
