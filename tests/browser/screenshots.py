"""Writes docs/screenshots: `python -m tests.browser.screenshots` from the top of the checkout.

Inbox and sandbox at 1440 and 390 px, light and dark, with the same morning's work on them every time.
"""

import asyncio
import tempfile
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from hub.model import Address
from hub.store.migrate import migrate
from tests.browser.conftest import ARGUMENTS, program
from tests.browser.scene import LENA, PASSWORD, Scene, open_scene, play
from tests.people import ADA

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
WIDTHS = {1440: 900, 390: 844}


async def main(file: Path) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    async with open_scene(f"sqlite:///{file}") as scene, async_playwright() as playwright:
        await play(scene)
        browser = await playwright.chromium.launch(executable_path=program(), args=ARGUMENTS)
        for theme in ("light", "dark"):
            for width in WIDTHS:
                await shoot(scene, browser, theme, width)
        await browser.close()


async def shoot(scene: Scene, browser: Browser, theme: str, width: int, language: str = "en-GB") -> None:
    size = {"width": width, "height": WIDTHS[width]}
    context = await browser.new_context(viewport=size, color_scheme=theme, locale=language)  # type: ignore[arg-type]
    page = await context.new_page()
    await page.goto(f"{scene.base}/login")
    await page.fill("input[type=email]", LENA)
    await page.fill("input[type=password]", PASSWORD)
    await page.click("main button")
    await page.wait_for_url("**/inbox")
    opened = await scene.heard(Address("telegram", ADA.telegram), "at my desk")
    for name, path in {"inbox": f"/conversations/{opened.conversation_id}?view=open", "sandbox": "/sandbox"}.items():
        await page.goto(scene.base + path)
        await page.wait_for_load_state("load")
        await page.screenshot(path=FOLDER / f"{name}-{theme}-{width}.png")
    await context.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "hub.db"
        migrate(f"sqlite:///{store}")
        asyncio.run(main(store))
