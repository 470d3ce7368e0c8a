"""A day on the phone: menu, queue, agent, hold, transfer, hang-up; a voicemail, a missed call, a call back."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import expect

from hub.model import MessageKind
from hub.sandbox.twilio import Caller, answers
from hub.sandbox.world import PHONE_NUMBER
from hub.store.agents import mark_agent
from hub.store.messages import Message, list_timeline
from hub.store.routing import mark_state
from hub.store.teams import add_team
from tests.browser.scene import MAX, Scene, comes_true, open_scene
from tests.browser.softphone import seat
from tests.browser.test_phone import rings, sit_at_the_phone
from tests.people import ADA
from tests.running import until

__all__ = ["sit_at_the_phone"]

pytestmark = [pytest.mark.browser, pytest.mark.windows, pytest.mark.timeout(280)]

DESK = "+12025550123"
MENU = "Welcome.\n1 team Support: For support, press 1.\n9 voicemail: To leave a message, press 9."


@pytest_asyncio.fixture(loop_scope="session")
async def scene(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Scene]:
    """A line with a menu and a queue."""
    file = shutil.copy(sqlite_template, tmp_path / "hub.db")
    folder = tmp_path / "templates" / "messages" / "main_menu"
    folder.mkdir(parents=True)
    (folder / "voice.txt").write_text(MENU, "utf-8")
    line = {"menu": "main_menu", "wait_seconds": 300, "ring_seconds": 30}
    async with open_scene(f"sqlite:///{file}", str(tmp_path / "templates"), line) as scene:
        yield scene


async def calls(scene: Scene) -> list[Message]:
    customer = await scene.customer(ADA.voice_address)
    found = await scene.hub.store.read(list_timeline, customer)
    return sorted((one for one in found if one.kind == MessageKind.CALL), key=lambda one: one.occurred_at)


def whats(call: Message) -> list[str]:
    return [step["what"] for step in call.parts.get("steps", ())]


async def told(scene: Scene, which: int, *wanted: str) -> Message:
    async def look() -> Message | None:
        found = await calls(scene)
        return found[which] if len(found) > which and whats(found[which]) == [*wanted] else None

    return await until(look, f"call {which} with {wanted}")


async def test_everything_that_happened_on_the_phone_stands_in_the_conversation(scene, sit_at_the_phone):
    hub, twilio = scene.hub, scene.world.twilio
    await seat(scene, scene.max.id)
    await hub.store.write(add_team, "Support", [scene.lena.id, scene.max.id], hub.clock.now())
    max = await sit_at_the_phone(MAX)
    card = max.locator("#call")

    await hub.store.write(mark_agent, scene.lena.id, phone=DESK)
    await first_call(scene, max, card)
    await hub.store.write(mark_state, scene.lena.id, hub.clock.now(), away=True)
    await hub.store.write(mark_state, scene.max.id, hub.clock.now(), away=True)
    await twilio.call(ADA.phone, PHONE_NUMBER, Caller(digits="9", voicemail=4))
    await told(scene, 1, "chose", "ended")
    await twilio.call(ADA.phone, PHONE_NUMBER, Caller(patience=2))
    await told(scene, 2, "ended")
    await hub.store.write(mark_state, scene.lena.id, hub.clock.now(), away=False)
    twilio.phone(DESK, answers(talk=1, after=40))
    await twilio.call(ADA.phone, PHONE_NUMBER, Caller(digits="11"))
    await told(scene, 3, "chose", "waits", "callback", "ended")

    conversation = (await calls(scene))[0].conversation_id
    await max.goto(f"{scene.base}/conversations/{conversation}?view=all")
    items = max.locator("article.msg.call")
    await expect(items).to_have_count(4)
    steps = items.nth(0).locator(".call-steps li")
    words = ["Chose", "Waits in the queue", "Answered by Max Adler", "On hold", "Talking again"]
    for at, said in enumerate([*words, "Transferred to Lena Vogt", "Answered by Lena Vogt", "Hung up"]):
        await expect(steps.nth(at)).to_contain_text(said)
        await expect(steps.nth(at).locator("time[datetime]")).to_have_count(1)
    await expect(items.nth(1).locator(".call-steps")).to_contain_text("Chose")
    await expect(items.nth(2)).to_contain_text("Missed call")
    await expect(items.nth(3).locator(".call-steps")).to_contain_text("Wants to be called back")
    sound = max.locator("article.voicemail audio")
    await sound.evaluate("sound => { sound.muted = true; return sound.play(); }")
    await comes_true(max, "document.querySelector('article.voicemail audio').currentTime > 0")
    assert await sound.evaluate("sound => sound.duration") == 4
    await max.goto(f"{scene.base}/tasks?view=open")
    await expect(max.locator("main")).to_contain_text("Call back, as promised on the phone")


async def first_call(scene: Scene, max: Any, card: Any) -> None:
    """Chosen, waited for somebody who does not pick up, answered, held, handed on, hung up."""
    scene.world.twilio.phone(DESK, answers(talk=None, after=1))
    await scene.hub.store.write(mark_state, scene.lena.id, scene.hub.clock.now(), away=True)
    call = rings(scene, ADA, Caller(digits="1", patience=10_000))
    await expect(card).to_have_attribute("data-state", "ringing")
    await max.keyboard.press("Shift+F8")
    await told(scene, 0, "chose", "waits")
    await expect(card).to_have_attribute("data-state", "ringing", timeout=30_000)
    await max.keyboard.press("F8")
    await expect(card.locator("[data-do=hold]")).to_be_visible()
    await scene.hub.store.write(mark_state, scene.lena.id, scene.hub.clock.now(), away=False)
    await max.keyboard.press("Shift+F9")
    await expect(card.locator("[data-do=hold]")).to_have_attribute("aria-pressed", "true")
    await max.keyboard.press("Shift+F9")
    await expect(card.locator("[data-do=hold]")).to_have_attribute("aria-pressed", "false")
    await max.keyboard.press("F4")
    await card.locator("#call-transfer select").select_option(label="Lena Vogt")
    await card.locator("[data-do=transfer]").click()
    await told(scene, 0, "chose", "waits", "answered", "held", "resumed", "transferred", "answered")
    scene.world.twilio.hang_up(next(one for one in scene.world.twilio.calls if one.to == DESK))
    assert (await asyncio.wait_for(call, 60)).over
    whole = ("chose", "waits", "answered", "held", "resumed", "transferred", "answered", "ended")
    await told(scene, 0, *whole)
