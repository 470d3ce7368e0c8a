"""Whoever has to answer is told on the screen that the goal was missed, and finds that in the stream."""

import pytest
from playwright.async_api import expect
from sqlalchemy import update

from hub.clock import HOUR
from hub.sandbox.world import TEXT_NUMBER
from hub.store.tables import conversations
from tests.people import ADA

pytestmark = pytest.mark.browser


async def test_answer_that_is_overdue_is_told_where_somebody_is_at_work(scene, sit_down):
    page = await sit_down()
    await page.goto(f"{scene.base}/customers")
    await scene.world.twilio.text(ADA.phone, TEXT_NUMBER, "Is anybody there?")
    await scene.heard(ADA.sms_address, "anybody")
    long_ago = update(conversations).values(waiting_since=scene.hub.clock.now() - 5 * HOUR)
    await scene.hub.store.write(lambda conn: conn.execute(long_ago))
    scene.hub.live.wake()

    await expect(page.locator("#toast")).to_contain_text("An answer is overdue")
    await page.click("#toast a")
    await expect(page.locator("#stream")).to_contain_text("The response goal was missed")
