"""Ctrl+K: people, messages, acts and pages by their words, in two acts and from whatever page."""

import asyncio
import re

import pytest
from playwright.async_api import expect

from hub.sandbox.world import TEXT_NUMBER
from tests.people import ADA, EMMY

pytestmark = pytest.mark.browser


async def test_an_old_message_a_person_and_the_audit_log_are_two_acts_away(scene, sit_down):
    page = await sit_down()
    await scene.world.twilio.text(ADA.phone, TEXT_NUMBER, "About invoice 4711")
    message = await scene.heard(ADA.sms_address, "4711")
    wanted = {
        "4711": f"**/conversations/{message.conversation_id}*",
        "audit": "**/audit",
        "2fa": "**/settings/second-factor",
    }
    for words, where in wanted.items():
        await page.goto(f"{scene.base}/customers")
        await page.keyboard.press("Control+k")
        await expect(page.locator("#palette [name=q]")).to_be_focused()
        await page.keyboard.type(words)
        await expect(page.locator("#hits [aria-selected=true]")).to_have_attribute(
            "href", re.compile(re.escape(where.strip("*")))
        )
        await page.keyboard.press("Enter")
        await page.wait_for_url(where)
        await expect(page.locator("#palette")).to_be_hidden()


async def test_what_the_open_conversation_offers_is_done_from_the_palette(scene, sit_down):
    page = await sit_down()
    for person in (ADA, EMMY):
        await scene.world.twilio.text(person.phone, TEXT_NUMBER, f"From {person.name}")
        await scene.heard(person.sms_address, person.name)
    await page.goto(f"{scene.base}/inbox?view=open")
    await page.click(f".row:has-text('{ADA.name}')")
    await page.wait_for_url("**/conversations/**")
    await page.focus("#text")
    await page.keyboard.press("Control+k")
    await page.keyboard.type("assign to")
    await expect(page.locator("#hits [aria-selected=true]")).to_have_attribute("data-act", "take")
    await page.keyboard.press("Enter")
    await expect(page.locator("#toast")).to_contain_text("Assigned")
    await page.keyboard.press("Control+k")
    await page.keyboard.type("nobody and nothing")
    await expect(page.locator("#hits")).to_contain_text("No match")
    await page.keyboard.press("Escape")
    await expect(page.locator("#palette")).to_be_hidden()
    await expect(page.locator("#stream")).to_contain_text(f"From {ADA.name}")


async def test_enter_is_for_what_is_found_not_for_what_still_stands_there(scene, sit_down):
    page = await sit_down()

    pressed = asyncio.Event()

    async def late(route) -> None:
        await pressed.wait()
        await route.continue_()

    await page.keyboard.press("Control+k")
    await expect(page.locator("#hits [role=option]").first).to_be_visible()
    await page.route("**/search?*", late)
    await page.keyboard.type("audit")
    await page.keyboard.press("Enter")
    pressed.set()
    await page.wait_for_url("**/audit")
