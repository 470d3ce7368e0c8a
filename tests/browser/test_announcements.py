"""What a screen reader says by itself: what comes in once, history never, and what is elsewhere together."""

import time
from typing import Any

import pytest
from playwright.async_api import Page, expect

from hub.model import Direction
from hub.sandbox.world import TEXT_NUMBER
from hub.store.messages import Message, NewMessage, append_message
from tests.browser.scene import comes_true
from tests.people import ADA
from tests.running import until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

# Of a live region, neither off nor busy: elements that are added and text that changes, as far as it is visible.
LISTEN = """() => {
    const LIVE = "[aria-live], [role=log], [role=status], [role=alert], output";
    window.said = [];
    new MutationObserver((changes) => {
        const now = new Set();
        for (const change of changes) {
            const at = change.type === "childList" ? [...change.addedNodes] : [change.target];
            for (const node of at) {
                const element = node.nodeType === 1 ? node : node.parentElement, region = element?.closest(LIVE);
                if (!region || !element.isConnected || !element.checkVisibility()) continue;
                if (element.closest("[aria-busy=true]") || region.ariaLive === "off") continue;
                if (element.textContent.trim()) now.add(region.role === "log" ? element : region);
            }
        }
        const whole = [...now].filter((one) => ![...now].some((other) => other !== one && other.contains(one)));
        window.said.push(...whole.map((one) => one.textContent.trim()));
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""
MANY = 60  # messages, of which a page shows fifty
ELSEWHERE = 20


def _add_many(conn: Any, heard: Message, at: int) -> None:
    for n in range(MANY):
        said = {"customer_id": heard.customer_id, "conversation_id": heard.conversation_id, "text": f"Line {n}"}
        way = {"channel": "sms", "channel_type": "sms", "direction": Direction.IN, "peer": ADA.phone}
        append_message(conn, NewMessage(**said, **way, occurred_at=at + n, created_at=at + n))


async def said(page: Page) -> list[str]:
    found: list[str] = await page.evaluate("window.said")
    return found


async def settled(page: Page) -> None:
    await comes_true(page, "!running && !due && !loading")


async def test_t_a5_what_comes_in_is_said_once_and_history_is_not(scene, sit_down):
    await scene.world.twilio.text(ADA.phone, TEXT_NUMBER, "Hello")
    heard = await scene.heard(ADA.sms_address, "Hello")
    await scene.hub.store.write(_add_many, heard, heard.occurred_at - 1_000)
    page = await sit_down()
    await page.goto(f"{scene.base}/conversations/{heard.conversation_id}?view=open")
    await settled(page)
    await page.evaluate(LISTEN)
    await scene.world.twilio.text(ADA.phone, TEXT_NUMBER, "One more thing")
    await expect(page.locator("#stream article").last).to_contain_text("One more thing")
    await settled(page)
    assert [text.count("One more thing") for text in await said(page)] == [1]

    await page.get_by_role("link", name="Earlier messages").click()
    await expect(page.locator("#stream article").first).to_contain_text("Line 0")
    await settled(page)
    assert len(await said(page)) == 1


async def test_t_a5_what_comes_in_elsewhere_is_said_together(scene, sit_down):
    page = await sit_down()
    await scene.world.twilio.text(ADA.phone, TEXT_NUMBER, "Hello")
    id = (await scene.heard(ADA.sms_address, "Hello")).conversation_id
    await page.goto(f"{scene.base}/conversations/{id}?view=open")
    await settled(page)
    await page.evaluate(LISTEN)
    began = time.monotonic()
    for number in range(ELSEWHERE):
        await scene.world.twilio.text(f"+4915755{number:06d}", TEXT_NUMBER, "Anybody there?")
    await expect(page.locator(".row")).to_have_count(ELSEWHERE + 1)

    async def all_said() -> list[str]:
        found = await said(page)
        return found if sum(int(text.split()[0]) for text in found) >= ELSEWHERE else []

    told = await until(all_said, "announcement of every conversation")
    assert len(told) <= 1 + (time.monotonic() - began) / 3  # four in ten seconds
    assert all("new conversation" in text for text in told)
