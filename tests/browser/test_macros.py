"""Macros by hand: made on their page, applied by key, menu and palette, and taken back by z."""

from typing import Any

import pytest
from playwright.async_api import expect

from hub.sandbox.world import TEXT_NUMBER
from hub.store.conversations import get_conversation
from hub.store.macros import EVERYBODY, add_macro
from tests.people import ADA, EMMY

pytestmark = pytest.mark.browser


async def case(scene: Any, id: str) -> Any:
    return await scene.hub.store.read(get_conversation, id)


async def test_a_macro_is_made_and_applied_by_key_and_one_z_takes_all_of_it_back(scene, sit_down):
    await scene.world.twilio.text(ADA.phone, TEXT_NUMBER, "My money, please")
    id = (await scene.heard(ADA.sms_address, "money")).conversation_id
    page = await sit_down()
    await page.goto(f"{scene.base}/settings/macros")
    await page.get_by_label("Name", exact=True).fill("Refund and close")
    await page.get_by_label("Add labels", exact=True).fill("refund")
    await page.get_by_label("Write a note", exact=True).fill("As agreed.")
    await page.locator("select[name=then]").select_option("done")
    await page.keyboard.press("Control+s")
    await expect(page.locator(".kept")).to_contain_text("Refund and close")

    await page.goto(f"{scene.base}/conversations/{id}?view=open")
    await page.focus("#stream")
    await page.keyboard.press("b")
    await page.keyboard.type("ref")
    await page.keyboard.press("Enter")
    await expect(page.locator("#toast")).to_contain_text("Macro applied to 1 conversation")
    assert (await case(scene, id)).state == "closed"
    await page.keyboard.press("z")
    await expect(page.locator(".row")).to_have_count(1)
    await page.goto(f"{scene.base}/conversations/{id}?view=open")
    await expect(page.locator(".msg.note")).to_have_count(0)
    await expect(page.locator("#topic .label")).to_have_count(0)


async def test_the_palette_applies_a_macro_to_what_is_open_and_to_rows_that_are_chosen(scene, sit_down):
    for person in (ADA, EMMY):
        await scene.world.twilio.text(person.phone, TEXT_NUMBER, f"From {person.name}")
        heard = await scene.heard(person.sms_address, person.name)
    acts = {"priority": "urgent", "labels": ["hot"]}
    await scene.hub.store.write(add_macro, "Escalate", EVERYBODY, acts, scene.hub.clock.now())
    page = await sit_down()
    await page.goto(f"{scene.base}/conversations/{heard.conversation_id}?view=open")
    await page.focus("#stream")
    await page.keyboard.press("Control+k")
    await page.keyboard.type("escal")
    await expect(page.locator("#hits [data-macro]")).to_have_count(1)
    await page.keyboard.press("Enter")
    await expect(page.locator("#topic .label")).to_have_text("hot")
    await page.keyboard.press("z")
    await expect(page.locator("#topic .label")).to_have_count(0)

    await page.goto(f"{scene.base}/inbox?view=open")
    await page.keyboard.press("x")
    await page.keyboard.press("Shift+J")
    await expect(page.locator("#chosen")).to_have_text("2 chosen")
    await page.keyboard.press("Control+k")
    await page.keyboard.type("escal")
    await expect(page.locator("#hits [data-macro]")).to_have_count(1)
    await page.keyboard.press("Enter")
    await expect(page.locator("#toast")).to_contain_text("Macro applied to 2 conversations")
    await page.keyboard.press("x")
    await page.keyboard.press("b")
    await page.keyboard.type("esc")
    await page.keyboard.press("Enter")
    await expect(page.locator("#toast")).to_contain_text("Macro applied to 1 conversation")
