"""Writes docs/screenshots/mails-…: `python -m tests.browser.mail_screenshots` from the top of the checkout.

Every shipped mail on one sheet, as programs of 600 and 360 px show it, light and dark.
"""

import asyncio
from html import escape

from playwright.async_api import Browser, async_playwright

from hub.templating.values import customer_values
from tests.browser.conftest import ARGUMENTS, program
from tests.browser.screenshots import FOLDER
from tests.starters import given_to, names, starter

COLUMNS = {600: 5, 360: 5}
SCALE = {600: 0.5, 360: 0.6}
GAP = 24
BEHIND = {"light": "#ffffff", "dark": "#000000"}


async def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program(), args=ARGUMENTS)
        for theme in BEHIND:
            for width in COLUMNS:
                await shoot(browser, theme, width)
        await browser.close()


def mails() -> list[str]:
    ada = customer_values("Ada Lovelace", "en")
    shown = [(name, starter(name)) for name in names()]
    return [made.html("email", "en", given_to(name, ada)) for name, made in shown if made.has_html("email")]


async def shoot(browser: Browser, theme: str, width: int) -> None:
    size = {"width": COLUMNS[width] * (width + GAP) + GAP, "height": 800}
    context = await browser.new_context(
        viewport=size,  # type: ignore[arg-type]
        color_scheme=theme,  # type: ignore[arg-type]
        device_scale_factor=SCALE[width],
    )
    page = await context.new_page()
    frames = "".join(f'<iframe width="{width}" srcdoc="{escape(mail)}"></iframe>' for mail in mails())
    style = f"body{{margin:{GAP}px;background:{BEHIND[theme]};display:flex;flex-wrap:wrap;gap:{GAP}px}}"
    await page.set_content(f"<style>{style} iframe{{border:0}}</style>{frames}")
    await page.wait_for_load_state("load")
    await page.evaluate(
        "for (const f of document.querySelectorAll('iframe')) f.height = f.contentDocument.documentElement.scrollHeight"
    )
    await page.screenshot(path=FOLDER / f"mails-{theme}-{width}.png", full_page=True)
    await context.close()


if __name__ == "__main__":
    asyncio.run(main())
