"""The conversation's stream: what was done in a row is folded, and what is open stays open while news come."""

import pytest
from playwright.async_api import expect

from hub.conversations import prioritise
from hub.model import Address
from hub.sandbox.world import MAIL_ADDRESS
from tests.browser.scene import Scene

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

WRITER = "max@example.net"


async def write_mail(scene: Scene, text: str, html: str = "") -> str:
    """The page of the conversation it lands in."""
    scene.world.mail.write(WRITER, MAIL_ADDRESS, "Report", text, html=html, name="Max")
    message = await scene.heard(Address("email", WRITER), text)
    return f"{scene.base}/conversations/{message.conversation_id}?view=open"


async def test_an_open_fold_stays_open_and_keeps_no_news_away(scene, sit_down):
    page = await sit_down()
    url = await write_mail(scene, "Hello.\n\nOn Monday you wrote:\n> Nothing to add.")
    await page.goto(url)
    for priority in ("high", "urgent", "low"):
        id = url.split("/")[-1].partition("?")[0]
        await scene.hub.store.write(prioritise, id, priority, scene.hub.clock.now(), scene.max.id)
    scene.hub.live.wake()
    changes = page.locator("details.happenings")
    await expect(changes).to_contain_text("3 changes")
    await changes.locator("summary").click()
    await expect(changes.locator(".happening")).to_have_count(3)
    await expect(changes.locator(".happening").first).to_be_visible()
    await write_mail(scene, "And one more.")
    await expect(page.locator("#stream")).to_contain_text("And one more.")
    await expect(changes.locator(".happening").first).to_be_visible()
