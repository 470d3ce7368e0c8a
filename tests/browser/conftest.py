"""Headless Chromium before a running hub. The browser is the machine's own; nothing is downloaded.

Where there is one without windows it is taken, because it needs less than half the time; tests marked `windows` need
what that one has not: microphones, notices, installing, windows of a program's own. One browser of each sort and one
event loop serve all tests of a process. Each test has contexts of its own, which share nothing with
another's, and what it began in the loop ends with it.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from hub.web.guard import NAME
from tests.browser.scene import LENA, Scene, open_scene

UNSEEN = "WebUIOmniboxPopup,WebUIOmniboxAimPopup"  # pages behind the address bar of every window; there is no bar
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
    f"--disable-features={UNSEEN}",
    "--hide-scrollbars",
    "--disable-default-apps",
    "--disable-component-extensions-with-background-pages",
    "--use-fake-device-for-media-stream",
]
expect.set_options(timeout=30_000)  # of a machine under load
WITH_WINDOWS = ("chromium", "chromium-browser", "google-chrome")
LIGHTEST = ("chromium-headless-shell", *WITH_WINDOWS)
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE) and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


def program(names: tuple[str, ...] = LIGHTEST) -> str:
    found = next((path for name in names if (path := shutil.which(name))), None)
    assert found, "no Chromium: apt install chromium"
    return found


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def launch() -> AsyncIterator[Callable[[str], Awaitable[Browser]]]:
    """launch(path): each program once, ended by Playwright, which started it."""
    launched: dict[str, Browser] = {}
    async with async_playwright() as playwright:

        async def once(path: str) -> Browser:
            if path not in launched:
                launched[path] = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
            return launched[path]

        yield once
        for browser in launched.values():
            await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def browser(launch: Callable[[str], Awaitable[Browser]], request: pytest.FixtureRequest) -> Browser:
    return await launch(program(WITH_WINDOWS if request.node.get_closest_marker("windows") else LIGHTEST))


@pytest_asyncio.fixture(loop_scope="session", autouse=True)
async def nothing_goes_on(browser: Browser) -> AsyncIterator[None]:
    """The loop stays for the next test; what this one has left there ends, as if the loop were closed."""
    before = asyncio.all_tasks()
    yield
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


@pytest_asyncio.fixture(loop_scope="session")
async def chromium(browser: Browser) -> AsyncIterator[Browser]:
    """For contexts, closed after the test; a script error in any of them fails it."""
    problems: list[str] = []

    def watch(context: BrowserContext) -> None:
        context.on("weberror", lambda problem: problems.append(str(problem.error)))

    browser.on("context", watch)
    yield browser
    browser.remove_listener("context", watch)
    for context in browser.contexts:
        await context.close()
    assert problems == []


@pytest_asyncio.fixture(loop_scope="session")
async def scene(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Scene]:
    """SQLite only: what a browser shows does not depend on the engine."""
    file = shutil.copy(sqlite_template, tmp_path / "hub.db")
    async with open_scene(f"sqlite:///{file}", undo_seconds=3) as scene:
        yield scene


@pytest.fixture
def sit_down(chromium: Browser, scene: Scene) -> Callable[..., Awaitable[Page]]:
    """A browser of one's own, signed in."""

    async def sign_in(email: str = LENA, **context: object) -> Page:
        opened = await chromium.new_context(**{"viewport": {"width": 1440, "height": 900}, "locale": "en-GB"} | context)
        cookie = {"name": NAME, "value": await scene.session_of(email), "url": scene.base}
        await opened.add_cookies([cookie | {"httpOnly": True, "sameSite": "Lax"}])
        page = await opened.new_page()
        await page.goto(f"{scene.base}/inbox")
        return page

    return sign_in
