"""Headless Chromium before a running hub. The browser is the machine's own; nothing is downloaded."""

import shutil
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.browser.scene import LENA, PASSWORD, Scene, open_scene
from tests.outsider.outside.loop import until

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--disable-extensions",
    "--hide-scrollbars",
    "--disable-default-apps",
    "--disable-component-extensions-with-background-pages",
]
expect.set_options(timeout=30_000)  # of a machine under load
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


def program() -> str:
    found = next((path for name in PROGRAMS if (path := shutil.which(name))), None)
    assert found, "no Chromium: apt install chromium"
    return found


@pytest.fixture
async def scene(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Scene]:
    """SQLite only: what a browser shows does not depend on the engine."""
    file = shutil.copy(sqlite_template, tmp_path / "hub.db")
    async with open_scene(f"sqlite:///{file}", undo_seconds=3) as scene:
        yield scene


@pytest.fixture(scope="session")
def chromium_at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of one Chromium per test process; a test's contexts share nothing with another's."""
    profile = tmp_path_factory.mktemp("chromium")
    words = [
        program(),
        "--headless",
        *ARGUMENTS,
        "--remote-debugging-port=0",
        f"--user-data-dir={profile}",
        "about:blank",
    ]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as browser:
        told = profile / "DevToolsActivePort"
        until(lambda: told.exists() and told.read_text().split(), 60)  # it is there before it is written
        yield f"http://127.0.0.1:{told.read_text().split()[0]}"
        browser.terminate()


@pytest.fixture
async def chromium(chromium_at: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.connect_over_cdp(chromium_at)
        yield browser
        await browser.close()  # and the contexts made here, not the program


@pytest.fixture
def sit_down(chromium: Browser, scene: Scene) -> Callable[..., Awaitable[Page]]:
    """A browser of one's own, signed in; whatever its console complains about fails the test."""

    async def sign_in(email: str = LENA, **context: object) -> Page:
        opened = await chromium.new_context(**{"viewport": {"width": 1440, "height": 900}, "locale": "en-GB"} | context)
        page = await opened.new_page()
        page.on("pageerror", lambda error: pytest.fail(f"script error: {error}"))
        await page.goto(f"{scene.base}/login")
        await page.fill("input[type=email]", email)
        await page.fill("input[type=password]", PASSWORD)
        await page.click("main button")
        await page.wait_for_url("**/inbox")
        return page

    return sign_in
