"""Pictures that a mail names elsewhere: fetched when an agent asks, by the hub and never by the browser."""

import asyncio

import pytest
from playwright.async_api import expect

from hub.model import Attachment
from hub.sandbox.world import MAIL_ADDRESS
from hub.store.blobs import add_attachment
from tests.browser.scene import PNG, Scene
from tests.people import ADA

pytestmark = pytest.mark.browser


async def write_with(scene: Scene, source: str, text: str) -> str:
    """Ada writes a mail that names a picture; answers the page of its conversation."""
    html = f"<p>{text}</p><table><tr><td><img src='{source}' width='40' height='40'></td></tr></table>"
    scene.world.mail.write(ADA.email, MAIL_ADDRESS, "A picture", text, html=html, name=ADA.name)
    message = await scene.heard(ADA.mail_address, text)
    return f"{scene.base}/conversations/{message.conversation_id}?view=open"


async def of_ours(scene: Scene) -> str:
    """A picture at our own address, as a quoted mail of ours names it: the one place here that may be asked."""
    hub = scene.hub
    id = await hub.store.write(add_attachment, Attachment("logo.png", "image/png", PNG), hub.clock.now())
    return f"{scene.base}/m/{hub.signer.sign('media', id)}"


async def test_pictures_are_shown_when_asked_for_and_always_where_that_was_said(scene, sit_down):
    page = await sit_down()
    source = await of_ours(scene)
    await page.goto(await write_with(scene, source, "First"))
    picture = page.frame_locator("iframe.mail").last.locator("img")
    await expect(picture).not_to_have_attribute("src", "")
    await expect(picture).to_have_attribute("data-remote", "0")
    await page.click("text=Always from ada@example.com")
    await expect(page.locator("form.pictures")).to_have_count(0)
    await expect(picture).to_have_js_property("naturalWidth", 1)
    assert source not in await page.content()
    await expect(page.locator(".msg .files")).to_have_count(0)

    await write_with(scene, source, "Second")
    await expect(page.locator("#stream .msg")).to_have_count(2)
    await expect(page.locator("form.pictures")).to_have_count(0)
    await expect(page.frame_locator("iframe.mail").last.locator("img")).to_have_js_property("naturalWidth", 1)


async def test_no_picture_is_fetched_from_places_a_stranger_must_not_reach_through_us(scene, sit_down):
    asked = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readline())
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as inside:
        port = inside.sockets[0].getsockname()[1]
        page = await sit_down()
        await page.goto(await write_with(scene, f"http://127.0.0.1:{port}/x.png", "Look"))
        await page.click("text=Show images")
        await expect(page.locator("form.pictures")).to_have_count(0)
        await expect(page.frame_locator("iframe.mail").locator("img")).to_have_attribute("data-remote", "0")
    assert asked == []


async def test_no_frame_of_a_mail_shares_anything_with_the_page(scene, sit_down):
    page = await sit_down()
    await page.goto(await write_with(scene, await of_ours(scene), "First"))
    await page.click("text=Show images")
    await expect(page.frame_locator("iframe.mail").last.locator("img")).to_have_js_property("naturalWidth", 1)
    for path in (page.url, f"{scene.base}/customers/{await scene.customer(ADA.mail_address)}"):
        await page.goto(path)
        frames = await page.locator("iframe").evaluate_all(
            "frames => frames.map(frame => frame.getAttribute('sandbox'))"
        )
        assert frames
        assert all(set(words.split()) <= {"allow-popups", "allow-popups-to-escape-sandbox"} for words in frames), path
