"""Nothing that a stranger writes runs in an agent's browser or tells anybody that it was opened.

Shown with harmless markers: a script that would set the title of the page, a picture that would be fetched. The second
wall, the frame that a mail is shown in, stands by itself: it gets what the first, the cleaning, would have stopped.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import aiohttp
import pytest
from playwright.async_api import Page, expect

from hub.sandbox.world import MAIL_ADDRESS
from hub.store.messages import Message, mark_message
from tests.browser.scene import Scene
from tests.people import ADA

pytestmark = pytest.mark.browser

TITLE = "top.document.title='marked';document.title='marked'"
MARKERS = """
<script>{title}</script><script src="{out}/a.js"></script><img src="{out}/b.png" onerror="{title}">
<img src="data:image/svg+xml;base64,AA==" onerror="{title}"><svg onload="{title}"><script>{title}</script>
<image href="{out}/c.png"/><use href="{out}/d.svg#a"/><animate onbegin="{title}" attributeName="x" dur="1s"/></svg>
<math><mtext><style><img src="{out}/e.png" onerror="{title}"></style></mtext></math>
<style>@import url({out}/f.css); @font-face {{ font-family: x; src: url({out}/g.woff) }}
p {{ background: url("{out}/h.png"); font-family: x; --a: url({out}/i.png); list-style-image: var(--a) }}</style>
<link rel="stylesheet" href="{out}/j.css"><link rel="preload" as="image" href="{out}/k.png">
<link rel="dns-prefetch" href="{out}"><link rel="prefetch" href="{out}/l.html"><base href="{out}/">
<meta http-equiv="refresh" content="0;url={out}/m.html"><iframe src="{out}/n.html"></iframe>
<iframe srcdoc="<script>{title}</script><img src='{out}/o.png'>"></iframe><object data="{out}/p.swf"></object>
<embed src="{out}/q.svg"><video autoplay poster="{out}/r.png" src="{out}/s.mp4"></video>
<audio autoplay src="{out}/t.mp3"></audio><picture><source srcset="{out}/u.png"><img srcset="{out}/v.png 1x"></picture>
<input type="image" src="{out}/w.png" autofocus onfocus="{title}"><body background="{out}/x.png" onload="{title}">
<table background="{out}/y.png"><tr><td style="background-image:url({out}/z.png);cursor:url({out}/1.cur),auto">.</td>
</tr></table><details open ontoggle="{title}"><summary>.</summary></details><marquee onstart="{title}">.</marquee>
<p style="behavior:url({out}/2);content:url({out}/3.png);border-image:url({out}/4.png) 1">Read me</p>
<a href="javascript:{title}">press</a> <a href=" java&#9;script:{title}">press</a>
<a href="data:text/html,<script>{title}</script>">press</a>
<form action="{out}/5"><button>press</button></form><b onclick="{title}">press</b>
"""


@dataclass
class Outside:
    """Somebody else's server, which counts who comes."""

    base: str = ""
    asked: list[bytes] = field(default_factory=list)

    async def told(self) -> list[bytes]:
        """Who came, once a last visitor has been here."""
        async with aiohttp.ClientSession() as session:
            await session.get(f"{self.base}/last")
        assert self.asked.pop().startswith(b"GET /last ")
        return self.asked


@pytest.fixture
def outside() -> Iterator[Outside]:
    """In a thread of its own."""
    one = Outside()

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            one.asked.append(self.requestline.encode())
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        one.base = f"http://127.0.0.1:{server.server_port}"
        serving = Thread(target=server.serve_forever)
        serving.start()
        yield one
        server.shutdown()
        serving.join()


async def arrives(scene: Scene, html: str, text: str, **more: object) -> Message:
    scene.world.mail.write(ADA.email, MAIL_ADDRESS, "Markers", text, html=html, name=ADA.name, **more)
    return await scene.heard(ADA.mail_address, text)


async def opened(page: Page, scene: Scene, message: Message) -> list[str]:
    """The conversation, as an agent sees it; what the browser wants of anybody else, got or not."""
    asked: list[str] = []
    page.context.on("request", lambda request: asked.append(request.url) if is_elsewhere(request.url, scene) else None)
    await page.goto(f"{scene.base}/conversations/{message.conversation_id}?view=open")
    await page.wait_for_load_state()
    return asked


def is_elsewhere(url: str, scene: Scene) -> bool:
    return not url.startswith((scene.base, "about:", "data:", "blob:"))


async def press_everything(page: Page) -> None:
    """Everything in the mail that can be pressed."""
    frame = page.frame_locator("iframe.mail").last
    for one in await frame.locator("a, button, summary").all():
        await one.dispatch_event("click")


async def test_a_mail_full_of_markers_sets_no_title_and_asks_nobody(scene, sit_down, outside):
    page = await sit_down()
    message = await arrives(scene, MARKERS.format(title=TITLE, out=outside.base), "Read me first")

    asked = await opened(page, scene, message)
    title = await page.title()
    await press_everything(page)

    await expect(page.frame_locator("iframe.mail").last.locator("body")).to_contain_text("Read me")
    assert (await page.title(), asked, await outside.told()) == (title, [], [])
    assert "marked" not in title


async def test_the_frame_alone_stops_what_cleaning_would_have_let_through(scene, sit_down, outside):
    page = await sit_down()
    message = await arrives(scene, "<p>Harmless</p>", "Read me second")
    html = MARKERS.format(title=TITLE, out=outside.base)
    await scene.hub.store.write(mark_message, message.id, html=html)

    await opened(page, scene, message)
    title = await page.title()

    await expect(page.frame_locator("iframe.mail").last.locator("script")).not_to_have_count(0)
    for one in await page.frame_locator("iframe.mail").last.locator("[onclick], summary, form button").all():
        await one.dispatch_event("click")
    assert (await page.title(), await outside.told()) == (title, [])
    assert "marked" not in title
