"""Whether somebody who uses keys sees where they are: the ring around what has the focus, by its pixels."""

from base64 import b64encode

from playwright.async_api import Locator, Page, expect

STEPS = 150  # with Tab, at most
AROUND = 8  # pixels beside the element that are looked at
LEAST, CONTRAST = 40, 3.0  # pixels that differ, and by how much
BARE = """on => {
    window.bare ||= Object.assign(new CSSStyleSheet(), {});
    window.bare.replaceSync("* { outline: none !important; box-shadow: none !important; }");
    document.adoptedStyleSheets = on ? [window.bare] : [];
}"""
BOX = """margin => {
    let at = document.activeElement;
    if (at.matches("input[type=radio], input[type=checkbox], input[type=file]")) at = at.closest("label") || at;
    const box = (at.closest(".composer") || at).getBoundingClientRect();
    const x = Math.max(0, box.x - margin), y = Math.max(0, box.y - margin);
    const right = Math.min(innerWidth, box.right + margin), bottom = Math.min(innerHeight, box.bottom + margin);
    return { x, y, width: right - x, height: bottom - y };
}"""
COMPARE = """async ([one, other]) => {
    const pixels = async (picture) => {
        const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${picture}`)).blob());
        const canvas = new OffscreenCanvas(bitmap.width, bitmap.height), context = canvas.getContext("2d");
        context.drawImage(bitmap, 0, 0);
        return context.getImageData(0, 0, bitmap.width, bitmap.height).data;
    };
    const part = (value) => value <= 10.31475 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4;
    const light = (data, n) => 0.2126 * part(data[n]) + 0.7152 * part(data[n + 1]) + 0.0722 * part(data[n + 2]) + 0.05;
    const [a, b] = [await pixels(one), await pixels(other)], found = [];
    for (let n = 0; n < a.length; n += 4) {
        const [x, y] = [light(a, n), light(b, n)];
        if (x !== y) found.push(Math.max(x, y) / Math.min(x, y));
    }
    return found;
}"""


async def has_ring(page: Page) -> bool:
    """Pictures of what has the focus, with and without its ring, differ enough."""
    box = await page.evaluate(BOX, AROUND)
    if box["width"] <= 0 or box["height"] <= 0:
        return False
    seen = b64encode(await page.screenshot(clip=box, animations="disabled")).decode()
    await page.evaluate(BARE, True)
    bare = b64encode(await page.screenshot(clip=box, animations="disabled")).decode()
    await page.evaluate(BARE, False)
    canvas = await page.context.new_page()
    contrasts = await canvas.evaluate(COMPARE, [seen, bare])
    await canvas.close()
    await page.bring_to_front()
    return sum(contrast >= CONTRAST for contrast in contrasts) >= LEAST


async def at_ring(page: Page, what: Locator) -> None:
    """It has the focus, and that is seen."""
    await expect(what).to_be_focused()
    assert await has_ring(page), f"no ring around {await what.evaluate('node => node.outerHTML.slice(0, 200)')}"


async def tab_to(page: Page, what: Locator, back: bool = False) -> None:
    """By Tab alone."""
    for _ in range(STEPS):
        if await what.evaluate("node => node === document.activeElement"):
            return await at_ring(page, what)
        await page.keyboard.press("Shift+Tab" if back else "Tab")
    raise AssertionError(f"Tab does not lead to {what}")
