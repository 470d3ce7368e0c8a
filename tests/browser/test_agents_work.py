"""Nothing an agent types is lost, sent twice, or does something to a conversation that is not on the screen."""

import re
from typing import Any

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import delete

from hub.sandbox.world import TEXT_NUMBER
from hub.store.events import append_event
from hub.store.tables import sessions
from tests.browser.scene import LENA, MAX, PASSWORD
from tests.people import ADA, EMMY, GRACE

pytestmark = pytest.mark.browser


async def write_in(scene: Any, *people: Any) -> None:
    for person in people:
        await scene.world.twilio.text(person.phone, TEXT_NUMBER, f"From {person.name}")
        await scene.heard(person.sms_address, person.name)


async def open_row(page: Page, base: str, name: str) -> None:
    await page.goto(f"{base}/inbox?view=open")
    await page.click(f".row:has-text('{name}')")
    await page.wait_for_url("**/conversations/**")


async def slow_down(page: Page) -> None:
    wire = await page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 400, "downloadThroughput": -1, "uploadThroughput": -1}
    await wire.send("Network.emulateNetworkConditions", slow)


async def end_sessions(scene: Any) -> None:
    await scene.hub.store.write(lambda conn: conn.execute(delete(sessions)))


async def ask_again(scene: Any) -> None:
    """Whether Lena's sessions still hold."""
    await scene.hub.store.write(append_event, "agent.changed", at=scene.hub.clock.now(), agent_id=scene.lena.id)
    scene.hub.live.wake()


async def sign_in_over_the_page(page: Page, email: str = LENA) -> None:
    dialog = page.locator("#sign-in")
    await expect(dialog).to_be_visible()
    await expect(dialog.locator("[name=email]")).to_have_value(email)
    await dialog.locator("[name=password]").fill(PASSWORD)
    await dialog.locator("button[type=submit]").click()


async def test_session_that_ends_while_somebody_types_costs_neither_the_text_nor_the_act(scene, sit_down):
    page = await sit_down()
    await write_in(scene, ADA)
    await open_row(page, scene.base, ADA.name)
    await page.fill("#text", "The first half,")
    await end_sessions(scene)
    await page.focus("#text")
    await page.keyboard.press("End")
    await page.keyboard.type(" and the second.")
    await page.keyboard.press("Control+Enter")

    await expect(page.locator("#text")).to_have_value("The first half, and the second.")
    await sign_in_over_the_page(page)
    await expect(page.locator(".msg.out")).to_contain_text("The first half, and the second.")
    await expect(page.locator("#sign-in")).to_have_count(0)
    await expect(page.locator(".msg.out .tick")).to_contain_text("Delivered")
    assert [m.body for m in scene.world.twilio.sent_to(ADA.phone)] == ["The first half, and the second."]


async def test_page_whose_session_ended_is_covered_and_hears_again_after_the_sign_in(scene, sit_down):
    page = await sit_down()
    await write_in(scene, ADA)
    await page.goto(f"{scene.base}/inbox?view=open")
    await expect(page.locator(".row")).to_have_count(1)
    await end_sessions(scene)
    await page.evaluate("refresh()")
    await expect(page.locator("#page")).to_be_hidden()
    await expect(page.locator("#sign-in")).to_be_visible()
    for _ in range(4):  # a browser lets nobody hold a dialog open against this for ever
        await page.keyboard.press("Escape")
        await expect(page.locator("#sign-in [name=password]")).to_be_visible()
    await page.context.set_offline(True)
    await sign_in_over_the_page(page)
    await expect(page.locator("#sign-in [role=status]")).to_have_text("Offline: nobody can sign in just now.")
    await page.context.set_offline(False)
    async with page.expect_request(lambda request: "/live" in request.url):
        await sign_in_over_the_page(page)
        await ask_again(scene)  # so that the stream of the old session ends now, not at its next pulse
    await expect(page.locator("#page")).to_be_visible()
    await expect(page.locator("#line")).not_to_contain_text("Offline")
    await write_in(scene, EMMY)
    await expect(page.locator(".row")).to_have_count(2)


async def test_a_wrong_password_over_the_page_says_so_there_and_a_click_is_done_afterwards(scene, sit_down):
    page = await sit_down()
    await write_in(scene, ADA)
    await open_row(page, scene.base, ADA.name)
    await end_sessions(scene)
    await page.click("#f-close button")
    dialog = page.locator("#sign-in")
    await dialog.locator("[name=password]").fill("not this one")
    await dialog.locator("button[type=submit]").click()
    await expect(dialog).to_contain_text("do not match")
    await sign_in_over_the_page(page)
    await expect(page.locator(".empty").first).to_contain_text("All done")
    await page.goto(f"{scene.base}/inbox?view=done")
    await expect(page.locator(".row")).to_contain_text(f"From {ADA.name}")


async def test_who_signs_in_as_somebody_else_does_not_do_what_was_begun(scene, sit_down):
    page = await sit_down()
    await write_in(scene, ADA)
    await open_row(page, scene.base, ADA.name)
    await page.fill("#text", "As Lena.")
    await end_sessions(scene)
    await page.focus("#text")
    await page.keyboard.press("Control+Enter")
    await page.locator("#sign-in [name=email]").fill(MAX)
    await page.locator("#sign-in [name=password]").fill(PASSWORD)
    async with page.expect_navigation():
        await page.locator("#sign-in button[type=submit]").click()
    await expect(page.locator("#stream")).to_contain_text(f"From {ADA.name}")
    await expect(page.locator(".msg.out")).to_have_count(0)


async def test_keys_typed_while_the_page_is_on_its_way_go_to_that_page(scene, sit_down):
    page = await sit_down()
    await write_in(scene, ADA, EMMY)
    await page.goto(f"{scene.base}/inbox?view=open")
    await slow_down(page)
    await page.keyboard.press("j")
    await page.keyboard.press("r")
    await page.keyboard.type("Hello e, u and l")

    await expect(page.locator("#text")).to_have_value("Hello e, u and l")
    await expect(page.locator(".row")).to_have_count(2)
    await page.keyboard.press("Control+Shift+Enter")
    await page.keyboard.type("And you")
    await expect(page.locator("#stream")).to_contain_text(f"From {ADA.name}")
    await expect(page.locator("#text")).to_have_value("And you")
    await expect(page.locator(".row")).to_have_count(1)


async def test_keys_typed_after_a_menus_form_is_sent_are_for_the_page_not_for_its_field(scene, sit_down):
    page = await sit_down()
    await write_in(scene, ADA)
    await open_row(page, scene.base, ADA.name)
    await slow_down(page)
    await page.click("#m-more summary")
    await page.fill("#f-labels [name=new]", "invoice")
    await page.keyboard.press("Enter")
    await page.keyboard.press("h")
    await page.keyboard.press("2")
    await expect(page.locator("#topic .label")).to_have_text("invoice")
    await expect(page.locator("#f-close")).to_have_count(0)


async def test_walking_on_shows_the_last_one_walked_to(scene, sit_down):
    page = await sit_down()
    await write_in(scene, ADA, EMMY, GRACE)
    await page.goto(f"{scene.base}/inbox?view=open")
    await slow_down(page)
    for key in "jjj":
        await page.keyboard.press(key)
    await page.keyboard.press("r")
    await page.keyboard.type("To the last")
    await expect(page.locator(".row").nth(2)).to_have_attribute("aria-current", "true")
    await expect(page.locator("#stream")).to_contain_text(f"From {ADA.name}")
    await expect(page.locator("#text")).to_have_value("To the last")


@pytest.mark.parametrize("then", ["send", "discard"])
async def test_an_answer_begun_before_a_colleagues_does_not_leave_unasked(scene, sit_down, then):
    lena, max = await sit_down(LENA), await sit_down(MAX)
    await write_in(scene, ADA)
    for page in (lena, max):
        await open_row(page, scene.base, ADA.name)
        await page.fill("#text", f"Mine: {'Lena' if page is lena else 'Max'}")
    await lena.focus("#text")
    await lena.keyboard.press("Control+Enter")
    await expect(max.locator(".msg.out")).to_contain_text("Mine: Lena")

    await max.focus("#text")
    await max.keyboard.press("Control+Enter")
    collision = max.locator(".collision")
    await expect(collision).to_be_focused()
    await expect(collision.locator(".versions section")).to_have_text(
        [re.compile("Mine: Lena"), re.compile("Mine: Max")]
    )
    await expect(max.locator("#text")).to_have_value("Mine: Max")
    await expect(max.locator(".msg.out")).to_have_count(1)
    if then == "send":
        await collision.get_by_role("button", name="Send mine all the same").click()
        await expect(max.locator(".msg.out")).to_have_count(2)
        return
    await collision.get_by_role("button", name="Discard mine").click()
    await expect(max.locator("#text")).to_have_value("")
    await expect(max.locator("#text")).to_be_focused()
    await max.keyboard.press("Control+z")  # as of whatever was typed
    await expect(max.locator("#text")).to_have_value("Mine: Max")
    await expect(max.locator(".msg.out")).to_have_count(1)


async def test_what_stood_on_the_screen_before_the_first_letter_is_seen(scene, sit_down):
    lena, max = await sit_down(LENA), await sit_down(MAX)
    await write_in(scene, ADA)
    for page in (lena, max):
        await open_row(page, scene.base, ADA.name)
    await lena.fill("#text", "Mine")
    await lena.focus("#text")
    await lena.keyboard.press("Control+Enter")
    await expect(max.locator(".msg.out")).to_contain_text("Mine")
    await max.fill("#text", "And mine")
    await max.focus("#text")
    await max.keyboard.press("Control+Enter")
    await expect(max.locator(".msg.out")).to_have_count(2)


async def test_pages_outside_the_inbox_are_not_told_old_news(scene, sit_down):
    page = await sit_down()
    await write_in(scene, ADA, EMMY, GRACE)
    for path in ("/customers", "/campaigns", "/search"):
        async with page.expect_request("**/live*") as asked:
            await page.goto(f"{scene.base}{path}")
        assert "since=" not in (await asked.value).url


async def test_news_do_not_push_the_rows(scene, sit_down):
    page = await sit_down()
    await write_in(scene, ADA)
    await page.goto(f"{scene.base}/inbox?view=open")
    row = page.locator(".row", has_text=ADA.name)
    await row.hover()
    before = await row.bounding_box()
    await write_in(scene, EMMY, GRACE)
    await expect(page.locator("#news")).to_contain_text("new conversations")
    assert await row.bounding_box() == before


async def test_walking_goes_on_behind_the_last_row_of_the_page(scene, sit_down):
    page = await sit_down()
    for number in range(42):
        await scene.world.twilio.text(f"+4915755{number:06d}", TEXT_NUMBER, f"Text {number}")
    await page.goto(f"{scene.base}/inbox?view=open")
    await expect(page.locator(".pager [rel=next]")).to_be_visible()
    await page.locator(".row").last.click()
    await page.wait_for_url("**/conversations/**")
    await page.keyboard.press("j")
    await expect(page.locator(".row")).to_have_count(2)
    await expect(page.locator(".row").first).to_have_attribute("aria-current", "true")


async def test_writing_to_a_customer_goes_on_in_the_conversation_of_the_same_hour(scene, sit_down):
    page = await sit_down()
    await write_in(scene, ADA)
    await open_row(page, scene.base, ADA.name)
    conversation = page.url.partition("/conversations/")[2][:32]
    await page.click("#f-close button")
    await expect(page.locator(".row")).to_have_count(0)
    await page.goto(f"{scene.base}/customers/{await scene.customer(ADA.sms_address)}")
    await page.click("form[action$='/write'] button, form[action$='/conversations'] button")
    await page.wait_for_url(f"**/conversations/{conversation}*")


async def test_done_is_undone_from_wherever_one_is(scene, sit_down):
    page = await sit_down()
    await write_in(scene, ADA, EMMY)
    await open_row(page, scene.base, ADA.name)
    await page.keyboard.press("e")
    await expect(page.locator("#stream")).to_contain_text(f"From {EMMY.name}")
    await expect(page.locator("#toast")).to_contain_text("Set to done")

    await page.goto(f"{scene.base}/customers")
    await page.keyboard.press("z")
    await expect(page.locator("#stream")).to_contain_text(f"From {ADA.name}")
    await expect(page.locator(".row")).to_have_count(2)
    await expect(page.locator(".row .waits")).to_have_count(2)


async def test_sent_and_done_is_taken_back_with_its_text(scene, sit_down):
    page = await sit_down()
    await write_in(scene, ADA, EMMY)
    await open_row(page, scene.base, ADA.name)
    await page.fill("#text", "Too early.")
    await page.keyboard.press("Control+Shift+Enter")
    await expect(page.locator("#stream")).to_contain_text(f"From {EMMY.name}")
    await page.click("#toast button")
    await expect(page.locator("#stream")).to_contain_text(f"From {ADA.name}")
    await expect(page.locator("#text")).to_have_value("Too early.")
    await expect(page.locator(".msg.out")).to_have_count(0)
    await expect(page.locator("#f-close")).to_have_count(1)
    assert scene.world.twilio.sent_to(ADA.phone) == []


async def test_acts_are_undone_one_by_one_the_last_one_first(scene, sit_down):
    page = await sit_down()
    await write_in(scene, ADA)
    await open_row(page, scene.base, ADA.name)
    await page.keyboard.press("i")
    await expect(page.locator("#toast")).to_contain_text("Assigned")
    await page.click("#m-more summary")
    await page.click("#m-more button[value=urgent]")
    await expect(page.locator("#head .prio-urgent")).to_have_count(1)
    await page.click("#m-more summary")
    await page.fill("#f-labels [name=new]", "invoice")
    await page.keyboard.press("Enter")
    await expect(page.locator("#topic .label")).to_have_text("invoice")
    await page.keyboard.press("h")
    await page.keyboard.press("2")
    await expect(page.locator("#f-close")).to_have_count(0)

    await page.keyboard.press("z")
    await expect(page.locator("#f-close")).to_have_count(1)
    await expect(page.locator("#topic .label")).to_have_count(1)
    await page.keyboard.press("z")
    await expect(page.locator("#topic .label")).to_have_count(0)
    await expect(page.locator("#head .prio-urgent")).to_have_count(1)
    await page.keyboard.press("z")
    await expect(page.locator("#head .prio-urgent")).to_have_count(0)
    await expect(page.locator("#m-assign summary")).to_contain_text("Lena Vogt")
    await page.keyboard.press("z")
    await expect(page.locator("#m-assign summary")).to_contain_text("Assign")
    assert await page.evaluate("acts_done().length") == 0


@pytest.mark.parametrize("width", [390, 1024])
async def test_the_customer_and_the_call_are_reached_by_touch(scene, sit_down, width):
    page = await sit_down(viewport={"width": width, "height": 800}, has_touch=True)
    await write_in(scene, ADA)
    await page.goto(f"{scene.base}/inbox?view=open")
    await page.tap(".row")
    await page.wait_for_url("**/conversations/**")
    call = page.locator("#panel form[action$='/calls'] button")
    await expect(call).to_be_hidden()
    await page.tap("#to-panel")
    await expect(call).to_be_in_viewport(ratio=1)
    await scene.world.twilio.text(ADA.phone, TEXT_NUMBER, "Are you there?")
    await expect(page.locator("#stream")).to_contain_text("Are you there?")
    await expect(call).to_be_visible()
    await page.tap("#close-panel")
    await expect(call).to_be_hidden()


async def test_the_customer_can_be_put_away_where_there_is_room(scene, sit_down):
    page = await sit_down()
    await write_in(scene, ADA)
    await open_row(page, scene.base, ADA.name)
    await expect(page.locator("#panel")).to_be_visible()
    await expect(page.locator("#to-panel")).to_be_hidden()
    await page.keyboard.press("p")
    await expect(page.locator("#panel")).to_be_hidden()
    await page.keyboard.press("p")
    await expect(page.locator("#panel")).to_be_visible()
