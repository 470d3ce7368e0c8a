"""News on the desktop: asked for by a button, never about what is on the screen."""

import asyncio
import json

import pytest
from playwright.async_api import expect

from hub.sandbox.world import TEXT_NUMBER
from hub.store.conversations import mark_conversation
from tests.browser.scene import MAX, comes_true
from tests.people import ADA, EMMY
from tests.running import until

pytestmark = pytest.mark.browser

DESKTOP = """
window.asked = 0;
window.told = [];
window.Notification = class {
    static permission = localStorage.getItem("permission") || "default";
    static async requestPermission() {
        window.asked += 1;
        localStorage.setItem("permission", "granted");
        return (Notification.permission = "granted");
    }
    constructor(title, { body, tag }) { window.told.push([title, body, tag]); }
    close() {}
};
"""


async def test_t_l7_leave_is_asked_by_a_button_and_never_by_a_page(scene, sit_down):
    page = await sit_down()
    await page.context.add_init_script(DESKTOP)
    for path in ("/inbox", "/settings"):
        await page.goto(f"{scene.base}{path}")
        await comes_true(page, "document.documentElement.classList.contains('has-script')")
        assert await page.evaluate("window.asked") == 0
    await page.click("text=Turn on notifications")
    await expect(page.locator("#notifications .good.granted")).to_be_visible()
    await expect(page.locator("#allow-notifications")).to_be_hidden()
    assert await page.evaluate("window.asked") == 1


async def write(scene, person, text: str) -> str:
    await scene.world.twilio.text(person.phone, TEXT_NUMBER, text)
    return (await scene.heard(person.sms_address, text)).conversation_id or ""


async def test_t_l8_what_is_on_the_screen_is_not_told_and_one_conversation_is_one_notice(scene, sit_down):
    hub = scene.hub
    mine, colleagues = await write(scene, ADA, "First"), await write(scene, EMMY, "Second")
    await hub.store.write(mark_conversation, mine, assignee_id=scene.max.id)
    await hub.store.write(mark_conversation, colleagues, assignee_id=scene.lena.id)
    page = await sit_down(MAX)
    await page.context.add_init_script(DESKTOP + "Notification.permission = 'granted';")
    await page.goto(f"{scene.base}/conversations/{mine}?view=open")
    await expect(page.locator("#stream")).to_contain_text("First")
    await write(scene, ADA, "On the screen")
    await expect(page.locator("#stream")).to_contain_text("On the screen")
    await page.goto(f"{scene.base}/customers")
    lena = await sit_down()

    async def left() -> bool:
        return await lena.evaluate("async () => !Object.keys(await (await fetch('/presence')).json()).length")

    await until(left, "that nobody looks")
    await write(scene, ADA, "Third")
    await comes_true(page, "told.length === 1")
    await write(scene, EMMY, "Of a colleague")
    await write(scene, ADA, "Fourth")
    await comes_true(page, "told.length === 2")
    assert [[body, tag] for _, body, tag in await page.evaluate("told")] == [["Third", mine], ["Fourth", mine]]


async def test_the_title_counts_what_is_unread(scene, sit_down):
    page = await sit_down()
    conversation = await write(scene, ADA, "First")
    await scene.hub.store.write(mark_conversation, conversation, assignee_id=scene.lena.id)
    await page.goto(f"{scene.base}/inbox?view=unassigned")
    await expect(page).to_have_title("(1) Unassigned – Inbox – Example Company")
    other = await write(scene, EMMY, "Second")
    await scene.hub.store.write(mark_conversation, other, assignee_id=scene.lena.id)
    await write(scene, EMMY, "And more")
    await expect(page).to_have_title("(2) Unassigned – Inbox – Example Company")


@pytest.mark.windows
async def test_what_is_pushed_is_shown_once_for_each_conversation_and_not_if_on_the_screen(scene, sit_down):
    mine = await write(scene, ADA, "First")
    page = await sit_down()
    await page.context.grant_permissions(["notifications"], origin=scene.base)
    devtools = await page.context.new_cdp_session(page)
    found = asyncio.get_running_loop().create_future()

    def note(event: dict) -> None:
        for one in event["registrations"]:
            if not found.done():
                found.set_result(one["registrationId"])

    devtools.on("ServiceWorker.workerRegistrationUpdated", note)
    await devtools.send("ServiceWorker.enable")
    await page.evaluate(
        "navigator.serviceWorker.register('/worker.js').then(() => navigator.serviceWorker.ready).then(() => 1)"
    )
    registration = await found

    async def push(tag: str) -> None:
        told = {"title": "Example Company", "body": "New message", "tag": tag, "url": f"/conversations/{tag}?view=mine"}
        event = {"origin": scene.base, "registrationId": registration, "data": json.dumps(told)}
        await devtools.send("ServiceWorker.deliverPushMessage", event)

    notices = "navigator.serviceWorker.getRegistration().then((one) => one.getNotifications())"
    shown = f"{notices}.then((all) => all.map((one) => one.tag))"
    await page.goto(f"{scene.base}/conversations/{mine}?view=open")
    await push(mine)
    await push("0" * 32)
    await push("0" * 32)
    await comes_true(page, f"{shown}.then((tags) => tags.length > 0)")
    assert await page.evaluate(shown) == ["0" * 32]


async def test_a_browser_without_a_push_service_says_so_and_tells_while_a_page_is_open(scene, sit_down):
    page = await sit_down()
    await page.context.add_init_script(DESKTOP)
    await page.goto(f"{scene.base}/settings")
    await page.click("text=Turn on notifications")
    await expect(page.locator("#notifications .failed")).to_be_visible()
    await expect(page.locator("#subscribe")).to_be_visible()
