"""One conversation becomes two, and one again."""

import pytest
from playwright.async_api import expect

from hub.sandbox.world import TEXT_NUMBER
from hub.store.conversations import get_conversation
from tests.people import ADA

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


async def test_another_matter_becomes_a_conversation_of_its_own_and_is_taken_back(scene, sit_down):
    page = await sit_down()
    for text in ("Is invoice 4711 right?", "Something else: a lamp is broken.", "The one in the hall."):
        await scene.world.twilio.text(ADA.phone, TEXT_NUMBER, text)
        said = await scene.heard(ADA.sms_address, text)
    old = said.conversation_id
    await page.goto(f"{scene.base}/conversations/{old}?view=open")
    lamp = page.locator(".msg.in", has_text="a lamp is broken")
    await lamp.hover()
    await lamp.get_by_role("button", name="A conversation of its own from here").click()
    await expect(page.locator("#toast")).to_contain_text("A conversation of its own from here")
    await expect(page.locator("#stream .msg.in")).to_have_count(2)
    assert old not in page.url
    assert (await scene.hub.store.read(get_conversation, old)).message_count == 1

    await page.locator("#stream").focus()
    await page.keyboard.press("z")
    await page.wait_for_url(f"**/conversations/{old}*")
    await expect(page.locator("#stream .msg.in")).to_have_count(3)


async def test_all_of_a_conversation_stays_where_it_is(scene, sit_down):
    page = await sit_down()
    await scene.world.twilio.text(ADA.phone, TEXT_NUMBER, "Hello")
    said = await scene.heard(ADA.sms_address, "Hello")
    await page.goto(f"{scene.base}/conversations/{said.conversation_id}?view=open")
    await page.locator(".msg.in").hover()
    await page.get_by_role("button", name="A conversation of its own from here").click()
    await expect(page.locator("main")).to_contain_text("Something has to stay in the old conversation.")


async def test_two_conversations_of_a_customer_become_one_and_are_parted_again(scene, sit_down):
    page = await sit_down()
    for text in ("Is invoice 4711 right?", "Something else: a lamp is broken."):
        await scene.world.twilio.text(ADA.phone, TEXT_NUMBER, text)
        said = await scene.heard(ADA.sms_address, text)
    first = said.conversation_id
    await page.goto(f"{scene.base}/conversations/{first}?view=open")
    await page.locator(".msg.in", has_text="a lamp is broken").hover()
    await page.get_by_role("button", name="A conversation of its own from here").last.click()
    await expect(page.locator("#stream .msg.in")).to_have_count(1)
    lamp = page.url.partition("/conversations/")[2][:32]
    await page.goto(f"{scene.base}/conversations/{first}?view=open")
    await expect(page.locator("#stream .msg.in")).to_have_count(1)

    await page.locator("#m-more summary").click()
    await page.locator("#m-more").get_by_role("button", name="a lamp is broken").click()
    await expect(page.locator("#toast")).to_contain_text("Two conversations are one")
    await expect(page.locator("#stream .msg.in")).to_have_count(2)
    assert (await scene.hub.store.read(get_conversation, lamp)).id == first

    await page.locator("#stream").focus()
    await page.keyboard.press("z")
    await expect(page.locator("#stream .msg.in")).to_have_count(1)
    parted = await scene.hub.store.read(get_conversation, lamp)
    assert (parted.id, parted.state, parted.message_count) == (lamp, "open", 1)
