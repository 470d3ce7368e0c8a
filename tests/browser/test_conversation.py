"""The conversation's stream: mails at full height, what was done folded, what is open stays open while news come."""

import pytest
from playwright.async_api import expect

from hub.conversations import prioritise
from hub.model import Address
from hub.sandbox.world import MAIL_ADDRESS
from tests.browser.scene import Scene

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

WRITER = "max@example.net"
LONG = "<h2>Report</h2>" + "<p>One line of many.</p>" * 80 + '<table width="1200"><tr><td>wide</td></tr></table>'
INNER = """frame => { const paper = frame.contentDocument.documentElement;
  return paper.scrollHeight <= frame.clientHeight && frame.clientHeight > 2000; }"""


async def write_mail(scene: Scene, text: str, html: str = "") -> str:
    """The page of the conversation it lands in."""
    scene.world.mail.write(WRITER, MAIL_ADDRESS, "Report", text, html=html, name="Max")
    message = await scene.heard(Address("email", WRITER), text)
    return f"{scene.base}/conversations/{message.conversation_id}?view=open"


async def test_a_mail_stands_at_full_height_without_a_scroll_bar_of_its_own(scene, sit_down):
    page = await sit_down()
    await page.goto(await write_mail(scene, "One line of many.", LONG))
    frame = page.locator("iframe.mail")
    await page.wait_for_function(f"({INNER})(document.querySelector('iframe.mail'))")
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.wait_for_function(f"({INNER})(document.querySelector('iframe.mail'))")
    assert await frame.evaluate("frame => getComputedStyle(frame).resize") == "none"


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
