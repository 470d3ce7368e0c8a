"""CONTRIBUTING is true to the letter: a channel the hub has never heard of is as good as any other, in every place."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, Page, expect

from tests.newcomer import Place, adapter, as_a_file, as_a_package
from tests.running import until
from tests.servers import accepts, free_port, running, wait_until

LENA, PASSWORD, TOKEN = "lena@example.com", "correct horse battery", "a token of the provider"
PAGER = """
[channels.beeper]
type = "pager"
token = "{token}"
api_base = "{provider}"
"""
CONFIG = """
secret = "0123456789abcdef0123456789abcdef"
[store]
url = "sqlite:///{folder}/hub.db"
[web]
port = {port}
[inbox]
undo_seconds = 0
"""


@dataclass
class Newcomer:
    """A hub in a process of its own, its provider in ours. kind: of address."""

    place: Place
    folder: Path
    kind: str
    handle: str
    port: int = field(default_factory=free_port)
    provider: str = ""
    pages: list[dict[str, Any]] = field(default_factory=list)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    def configure(self, *sections: str) -> None:
        text = CONFIG.format(folder=self.folder, port=self.port) + "".join(sections)
        self.config.write_text(text.format(token=TOKEN, provider=self.provider))

    def command(self, *words: str, typed: str = "") -> str:
        ran = subprocess.run([*self._hub(), *words, "--config", str(self.config)], **self._there(), input=typed)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout.strip()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        there = {name: value for name, value in self._there().items() if name in ("cwd", "env")}
        with running([*self._hub(), "serve", "--config", self.config], self.folder / "hub.log", **there):
            wait_until(lambda: accepts(self.port), "the start of the hub")
            yield

    def _hub(self) -> list[str]:
        return [sys.executable, "-m", "hub"]

    def _there(self) -> dict[str, Any]:
        env = {**os.environ, "PYTHONPATH": self.place.path}
        return {"cwd": self.place.cwd, "env": env, "capture_output": True, "text": True, "check": False}

    async def tell(self, action: str, **said: Any) -> int:
        """The provider calls."""
        where, headers = f"{self.base}/hooks/beeper/{action}", {"X-Token": TOKEN}
        async with aiohttp.ClientSession(headers=headers) as session, session.post(where, json=said) as answer:
            return answer.status

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {self._token()}"}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.request(method, f"{self.base}/api/v1{path}", json=body) as answer,
        ):
            text = await answer.text()
            assert answer.status < 300, text
            return json.loads(text) if text else None

    def _token(self) -> str:
        file = self.folder / "token"
        if not file.exists():
            file.write_text(self.command("token", "add", "test"))
        return file.read_text()

    async def page_with(self, text: str) -> dict[str, Any]:
        async def look() -> dict[str, Any]:
            return next((page for page in self.pages if text in page["text"]), {})

        return await until(look, f"page with {text}")


WAYS = {
    "a file, a new kind of address": (as_a_file, {}, "pager", "4711"),
    "a package, phone numbers": (as_a_package, {"address_kind": "sms", "colour": "orange"}, "sms", "+12025550142"),
}


@pytest_asyncio.fixture(loop_scope="session", params=WAYS)
async def newcomer(request: pytest.FixtureRequest, sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Newcomer]:
    shutil.copy(sqlite_template, tmp_path / "hub.db")
    install, capabilities, kind, handle = WAYS[request.param]
    place = await asyncio.to_thread(install, tmp_path / "there", adapter(**capabilities))
    new = Newcomer(place, tmp_path, kind, handle)

    async def take(request: web.Request) -> web.Response:
        new.pages.append(await request.json())
        return web.json_response({"id": f"page-{len(new.pages)}"})

    app = web.Application()
    app.router.add_post("/pages", take)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    new.provider = f"http://127.0.0.1:{port}"
    yield new
    await runner.cleanup()


async def sign_in(chromium: Browser, base: str) -> Page:
    page = await chromium.new_page(locale="en-GB")
    await page.goto(f"{base}/login")
    await page.fill("input[type=email]", LENA)
    await page.fill("input[type=password]", PASSWORD)
    await page.click("main [type=submit]")
    await page.wait_for_url("**/inbox")
    return page


async def test_a_channel_nobody_has_heard_of_is_like_any_other(newcomer: Newcomer, chromium: Browser) -> None:
    new = newcomer
    new.configure(PAGER)
    account = ("agent", "add", LENA, "--name", "Lena", "--role", "owner", "--password-file", "-")
    await asyncio.to_thread(new.command, *account, typed=PASSWORD)
    with new.at_work():
        page = await sign_in(chromium, new.base)
        conversation = await hear(new)
        await answer(new, page, conversation)
        await send_news(new, page, conversation["customer_id"])
        await look_round(new, page, conversation)

    new.configure()  # the channel is gone, what it brought stays
    with new.at_work():
        page = await sign_in(chromium, new.base)
        await look_round(new, page, conversation, gone=True)


async def hear(new: Newcomer) -> dict[str, Any]:
    """A page comes in; the same page twice is one."""
    statuses = [await new.tell("page", id=7, **{"from": new.handle, "text": "Where is my order?"}) for _ in range(2)]
    assert statuses == [200, 200]

    async def look() -> list[dict[str, Any]]:
        return list((await new.ask("GET", "/conversations"))["items"])

    [conversation] = await until(look, "conversation")
    [said] = (await new.ask("GET", f"/conversations/{conversation['id']}/messages"))["items"]
    assert (said["channel"], said["channel_type"], said["from"]) == ("beeper", "pager", new.handle)
    return dict(conversation)


async def answer(new: Newcomer, page: Page, conversation: Mapping[str, Any]) -> None:
    """In the browser, out to the provider, whose receipt is seen."""
    await page.goto(f"{new.base}/conversations/{conversation['id']}")
    await expect(page.locator("#stream article")).to_contain_text("Where is my order?")
    await expect(page.locator("#stream article .via")).to_have_text("Pager")
    await expect(page.locator("#composer .chip", has_text="Pager").locator("input")).to_be_checked()
    await page.fill("#text", "It left this morning.")
    await page.click("#composer .primary")

    sent = await new.page_with("It left this morning.")
    assert sent["to"] == new.handle
    assert await new.tell("receipt", id="page-1", state="delivered") == 200
    await expect(page.locator(".msg.out .tick")).to_contain_text("Delivered")


async def send_news(new: Newcomer, page: Page, customer_id: str) -> None:
    """A campaign over it, worded in the browser."""
    consent = {"channel": new.kind, "purpose": "news", "state": "granted", "source": "told us"}
    await new.ask("POST", f"/customers/{customer_id}/consents", consent)
    audience = {"customer_ids": [customer_id]}
    wanted = {"name": "Winter", "purpose": "news", "channel": "pager", "audience": audience}
    words = {"parts": {"pager": "Half price."}} if new.kind == "pager" else {"sms": "Half price."}
    campaign = await new.ask("POST", "/campaigns", wanted | {"template": words})

    opened = await page.goto(f"{new.base}/campaigns/{campaign['id']}")
    assert opened
    assert opened.status == 200
    await expect(page.locator(f"textarea[name={new.kind}]")).to_have_value("Half price.")
    await new.ask("POST", f"/campaigns/{campaign['id']}/schedule", {})
    sent = await new.page_with("Half price.")
    assert sent["to"] == new.handle


async def look_round(new: Newcomer, page: Page, conversation: Mapping[str, Any], *, gone: bool = False) -> None:
    """Every page that shows channels or addresses."""
    customer = f"/customers/{conversation['customer_id']}"
    for path in ("/inbox?view=open", "/inbox?view=channel:pager", f"/conversations/{conversation['id']}", customer):
        opened = await page.goto(f"{new.base}{path}")
        assert opened
        assert opened.status == 200, path
    for path in ("/customers", "/search?q=order", "/campaigns", "/templates"):
        opened = await page.goto(f"{new.base}{path}")
        assert opened
        assert opened.status == 200, path
    await page.goto(f"{new.base}/conversations/{conversation['id']}")
    await expect(page.locator("#stream article.in .via")).to_have_text("Pager")
    if not gone:
        await page.goto(f"{new.base}/inbox?view=open")
        await expect(page.locator(".views", has_text="Pager")).to_be_visible()
        await new.ask("PATCH", customer, {"preferred_channel": "pager"})
        found = await new.ask("POST", "/segments", {"name": "s", "condition": {"op": "reachable", "channel": new.kind}})
        assert (await new.ask("GET", f"/segments/{found['id']}/count"))["count"] == 1
        described = json.dumps(await new.ask("GET", "/openapi.json"))
        assert '"", "pager"' in described


def test_the_row_of_the_contract_test_passes_as_it_is_shown(tmp_path: Path) -> None:
    there = as_a_file(tmp_path / "there", adapter())
    asked = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "-k", "pager"]
    ran = subprocess.run(
        [*asked, "tests/channels/test_contract.py"], cwd=there.cwd, capture_output=True, text=True, check=False
    )

    assert ran.returncode == 0, ran.stdout[-5000:]
    assert "passed" in ran.stdout
