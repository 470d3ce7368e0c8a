"""Colleagues see each other at work on a conversation: who looks, who writes, and that they have left."""

import pytest
from playwright.async_api import expect

from hub.sandbox.world import TEXT_NUMBER
from tests.browser.scene import LENA, MAX
from tests.people import ADA

pytestmark = pytest.mark.browser


async def test_t_l2_who_looks_and_writes_is_seen_in_list_and_conversation_until_they_leave(scene, sit_down):
    lena, max = await sit_down(LENA), await sit_down(MAX)
    await scene.world.twilio.text(ADA.phone, TEXT_NUMBER, "Hello?")
    message = await scene.heard(ADA.sms_address, "Hello?")
    where = f"{scene.base}/conversations/{message.conversation_id}?view=open"
    await lena.goto(f"{scene.base}/inbox?view=open")
    await max.goto(where)
    await expect(lena.locator(".row .here-mark")).to_have_text("Max Adler is here")
    await lena.goto(where)
    await expect(lena.locator("#here")).to_have_text("Max Adler is here")
    await expect(max.locator("#here")).to_have_text("Lena Vogt is here")
    await max.locator("#text").press_sequentially("Dear Ada")
    await expect(lena.locator("#here")).to_have_text("Max Adler is writing …")
    await expect(lena.locator(".row .here-mark")).to_have_text("Max Adler is writing …")
    await expect(lena.locator("#here")).to_have_text("Max Adler is here")
    await max.close()
    await expect(lena.locator("#here")).to_be_empty()
    await expect(lena.locator(".here-mark")).to_have_count(0)
