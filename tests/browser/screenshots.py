"""Writes docs/screenshots: `python -m tests.browser.screenshots` from the top of the checkout.

Inbox and sandbox at 1440 and 390 px, light and dark, with the same morning's work on them every time; and every other
screen beside them on one sheet for each width, theme and language.
"""

import asyncio
import tempfile
from base64 import b64encode
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from hub.model import Address
from hub.store.migrate import migrate
from tests.browser.conftest import ARGUMENTS, program
from tests.browser.scene import LENA, PASSWORD, Scene, open_scene, play
from tests.people import ADA

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
WIDTHS = {1440: 900, 390: 844}
COLUMNS, SCALE, GAP = {1440: 4, 390: 8}, {1440: 0.3, 390: 0.45}, 12
SCREENS = """inbox?view=open search?q=licence customers customers/{ada} customers/{ada}/consent segments campaigns
sequences templates letters tasks quotes orders reports imports settings settings/goals settings/rules settings/snippets
settings/auto-replies settings/macros settings/keys agents audit help sandbox""".split()


async def main(file: Path) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    async with open_scene(f"sqlite:///{file}") as scene, async_playwright() as playwright:
        await play(scene)
        browser = await playwright.chromium.launch(executable_path=program(), args=ARGUMENTS)
        for theme in ("light", "dark"):
            for width in WIDTHS:
                await shoot(scene, browser, theme, width)
                for language in ("en-GB", "de-DE"):
                    await shoot_all(scene, browser, theme, width, language)
        await browser.close()


async def sign_in(scene: Scene, browser: Browser, theme: str, width: int, language: str = "en-GB") -> Page:
    size = {"width": width, "height": WIDTHS[width]}
    context = await browser.new_context(viewport=size, color_scheme=theme, locale=language)  # type: ignore[arg-type]
    page = await context.new_page()
    await page.goto(f"{scene.base}/login")
    await page.fill("input[type=email]", LENA)
    await page.fill("input[type=password]", PASSWORD)
    await page.click("main [type=submit]")
    await page.wait_for_url("**/inbox")
    return page


async def shoot(scene: Scene, browser: Browser, theme: str, width: int) -> None:
    page = await sign_in(scene, browser, theme, width)
    opened = await scene.heard(Address("telegram", ADA.telegram), "at my desk")
    for name, path in {"inbox": f"/conversations/{opened.conversation_id}?view=open", "sandbox": "/sandbox"}.items():
        await page.goto(scene.base + path)
        await page.wait_for_load_state("load")
        await page.screenshot(path=FOLDER / f"{name}-{theme}-{width}.png")
    await page.context.close()


async def shoot_all(scene: Scene, browser: Browser, theme: str, width: int, language: str) -> None:
    page = await sign_in(scene, browser, theme, width, language)
    ada, taken = await scene.customer(ADA.mail_address), []
    for screen in SCREENS:
        answer = await page.goto(f"{scene.base}/{screen.format(ada=ada)}")
        assert answer
        assert answer.status == 200, screen
        await page.wait_for_load_state("load")
        taken.append(await page.screenshot())
    await page.context.close()
    sheet = {"width": COLUMNS[width] * (width + GAP) + GAP, "height": 800}
    context = await browser.new_context(viewport=sheet, device_scale_factor=SCALE[width])  # type: ignore[arg-type]
    page = await context.new_page()
    images = "".join(f'<img src="data:image/png;base64,{b64encode(one).decode()}">' for one in taken)
    style = f"body{{margin:{GAP}px;background:#888;display:flex;flex-wrap:wrap;gap:{GAP}px}}"
    await page.set_content(f"<style>{style}</style>{images}")
    await page.wait_for_load_state("load")
    file = FOLDER / f"screens-{theme}-{width}-{language[:2]}.jpg"
    await page.screenshot(path=file, full_page=True, type="jpeg", quality=60)
    await context.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "hub.db"
        migrate(f"sqlite:///{store}")
        asyncio.run(main(store))
