"""Nothing is cut off, broken over lines or pushed aside: menus, long names, mails, buttons, at every width."""

import pytest
from playwright.async_api import expect

from hub.model import Address
from tests.browser.scene import PNG, Scene

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

SIZES = ((1440, 900), (1280, 720), (1024, 768), (768, 1024), (390, 844), (320, 640))
LANGUAGES = ("en-GB", "de-DE")
LONG_NAME = "Herr Dr. Dr. h.c. Maximilian-Alexander von und zu Hohenfels-Sigmarszell"
LONG_FILE = "a-picture-whose-name-does-not-end-before-the-line-does-and-goes-on.png"
MAIL = """<h2>Order</h2><p>See the table.</p><img src="http://pictures.example/1.png"><img src="http://pictures.example/2.png">
<table width="1200" style="background:#eee"><tr><td>wide</td></tr></table>"""
MENUS = {
    "m-assign": "#m-assign",
    "m-snooze": "#m-snooze",
    "m-more": "#m-more",
    "later": "#composer .later",
    "m-macro": "#m-macro",
}

COVERED = """menu => [...menu.querySelectorAll('.pop :is(button, input:not([type=hidden]), a)')].filter(one => {
  if (!one.checkVisibility()) return false;
  const box = one.getBoundingClientRect(), middle = box.top + box.height / 2;
  const seen = x => menu.contains(document.elementFromPoint(x, middle));
  const scrolled = middle > menu.querySelector('.pop').getBoundingClientRect().bottom;
  return !scrolled && !(seen(box.left + 2) && seen(box.right - 2));
}).length"""
BOX = "node => { const box = node.getBoundingClientRect(); return [box.left, box.top, box.right, box.bottom]; }"
TOO_WIDE = """node => [...node.querySelectorAll('.button')].filter(
  one => one.getBoundingClientRect().width && (one.scrollWidth > one.clientWidth || one.offsetHeight > 42)).length"""


async def box(locator) -> list[float]:
    return await locator.evaluate(BOX)


async def open_long(scene: Scene) -> str:
    """The address of a conversation in which everything is too long."""
    files = [(LONG_FILE, "image/png", PNG)]
    text = "Please see the table " * 20
    scene.world.mail.write(
        "max@example.net", "support@hub.example", "Order", text, html=MAIL, name=LONG_NAME, attachments=files
    )
    message = await scene.heard(Address("email", "max@example.net"), "see the table")
    return f"{scene.base}/conversations/{message.conversation_id}?view=open"


async def cut_off(page, menus) -> list[str]:
    """The menus that leave the window, or of which something else covers a part."""
    found = []
    for name, menu in menus.items():
        if not await page.locator(f"{menu} > summary").is_visible():
            continue
        await page.click(f"{menu} > summary")
        left, top, right, bottom = await box(page.locator(f"{menu} .pop"))
        size = page.viewport_size
        covered = await page.locator(menu).evaluate(COVERED)
        if left < 0 or top < 0 or right > size["width"] or bottom > size["height"] or covered:
            found.append(
                f"{name} at {size['width']}: {left:.0f}-{right:.0f}, {top:.0f}-{bottom:.0f}, {covered} covered"
            )
        await page.click(f"{menu} > summary")
    return found


@pytest.mark.parametrize("language", LANGUAGES)
async def test_menus_stay_inside_the_window_and_above_the_rest(scene, sit_down, language):
    page = await sit_down(locale=language)
    await page.goto(await open_long(scene))
    found = []
    for width, height in SIZES:
        await page.set_viewport_size({"width": width, "height": height})
        found += await cut_off(page, MENUS)
    for path in ("/inbox", "/customers", "/campaigns", "/templates"):
        await page.goto(scene.base + path)
        for width, height in SIZES:
            await page.set_viewport_size({"width": width, "height": height})
            found += await cut_off(page, {path: "#m-filter" if path == "/inbox" else "main .menu"})

    assert not found, "\n".join(found)


async def test_menus_need_no_script_to_stay_inside(scene, sit_down):
    page = await sit_down(java_script_enabled=False)
    await page.goto(await open_long(scene))
    found = []
    for width, height in SIZES:
        await page.set_viewport_size({"width": width, "height": height})
        found += await cut_off(page, MENUS)

    assert not found, "\n".join(found)


async def test_long_name_leaves_room_for_the_rest_of_its_row(scene, sit_down):
    page = await sit_down()
    await open_long(scene)
    await page.goto(f"{scene.base}/inbox?view=open")
    row = page.locator(".row", has_text="Maximilian-Alexander")
    for width, height in SIZES:
        await page.set_viewport_size({"width": width, "height": height})
        _, _, edge, _ = await box(page.locator("#list"))
        for part in (row, row.locator("time").first, row.locator(".waits"), row.locator(".preview")):
            assert (await box(part))[2] <= edge, f"{part} at {width}"


async def test_long_name_leaves_channel_and_icon_in_one_line(scene, sit_down):
    page = await sit_down(locale="de-DE")
    await page.goto(await open_long(scene))
    head = page.locator(".msg > header")
    for width, height in SIZES:
        await page.set_viewport_size({"width": width, "height": height})
        (_, top, _, bottom), (left, _, right, _) = await box(head.locator(".via")), await box(head.locator(".icon"))
        assert (bottom - top, right - left) == (16, 16), width
        assert (await box(head.locator("time")))[2] <= (await box(page.locator(".msg")))[2]


async def test_mail_and_files_stay_inside_their_bubble(scene, sit_down):
    page = await sit_down()
    await page.goto(await open_long(scene))
    for width, height in SIZES:
        await page.set_viewport_size({"width": width, "height": height})
        _, _, edge, _ = await box(page.locator(".msg"))
        for part in ("iframe.mail", ".files .chip"):
            assert (await box(page.locator(f".msg {part}")))[2] < edge, f"{part} at {width}"
        _, top, _, bottom = await box(page.locator(".files .hint"))
        assert bottom - top < 20, f"the size breaks over lines at {width}"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_wide_windows_show_the_words_of_the_buttons(scene, sit_down, language):
    page = await sit_down(locale=language)
    await page.goto(await open_long(scene))
    for width, height, seen in ((1440, 900, "#head, #composer"), (1280, 720, "#head")):
        await page.set_viewport_size({"width": width, "height": height})
        words = page.locator(f":is({seen}) .wide-only")
        assert await words.evaluate_all("all => all.every(one => one.offsetWidth > 0)"), width
        for part in ("#head", "#composer"):
            assert await page.locator(part).evaluate(TOO_WIDE) == 0, f"{part} at {width}"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_composer_keeps_its_buttons_in_one_row_at_the_right(scene, sit_down, language):
    page = await sit_down(locale=language)
    await page.goto(await open_long(scene))
    for width, height in SIZES:
        await page.set_viewport_size({"width": width, "height": height})
        for channel in ("[data-type=email]", "[value=note]"):
            await page.locator(f"#composer {channel}").check(force=True)
            shown = page.locator("#composer .foot .button:visible")
            places = [await box(one) for one in await shown.all()]
            _, _, edge, _ = await box(page.locator("#composer"))
            assert len({top for _, top, _, _ in places}) == 1, f"{channel} at {width}"
            assert 0 < edge - places[-1][2] < 12, f"{channel} at {width}"


async def test_short_buttons_keep_their_names(scene, sit_down):
    page = await sit_down(viewport={"width": 320, "height": 640})
    await page.goto(await open_long(scene))
    for name in ("Send & done", "Send"):
        assert await page.get_by_role("button", name=name, exact=True).count() == 1


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_phone_has_four_doors_and_the_others_behind_more(scene, sit_down, language):
    page = await sit_down(viewport={"width": 320, "height": 640}, locale=language)
    bar = page.locator(".rail")
    paths = [await door.get_attribute("href") for door in await bar.locator("a:visible").all()]
    assert paths == ["/inbox", "/customers", "/tasks", "/search"]
    assert await bar.evaluate("node => node.scrollWidth <= node.clientWidth")
    await page.locator("#further > summary").focus()
    await page.keyboard.press("Enter")
    further = bar.locator("#further a")
    await expect(further.first).to_be_visible()
    behind = [await door.get_attribute("href") for door in await further.all()]
    assert behind == ["/quotes", "/campaigns", "/reports", "/sandbox", "/help", "/settings"]
    left, top, right, bottom = await box(bar.locator("#further .pop"))
    assert (max(-left, 0), max(-top, 0), max(right, 320), max(bottom, 640)) == (0, 0, 320, 640)
    await bar.locator("#further a[href='/settings']").click()
    await page.wait_for_url("**/settings")
    await expect(bar.locator("#further .pop")).to_be_hidden()


async def test_choices_of_a_table_stay_inside_a_narrow_window(scene, sit_down):
    page = await sit_down(viewport={"width": 390, "height": 844}, locale="de-DE")
    await page.goto(f"{scene.base}/agents")
    await expect(page.locator("main .table select").first).to_be_visible()
    assert max([(await box(one))[2] for one in await page.locator("main .table select").all()]) <= 390


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_task_is_noted_beside_the_conversation_in_fields_that_can_be_read(scene, sit_down, language):
    page = await sit_down(viewport={"width": 1440, "height": 900}, locale=language)
    await page.goto(await open_long(scene))
    fold = page.locator(".panel details.fold:has([name=due_day])")
    await fold.locator("summary").click()
    assert await page.locator(".panel").evaluate("node => node.scrollWidth <= node.clientWidth")
    widths = [right - left for left, _, right, _ in [await box(one) for one in await fold.locator("label").all()]]
    assert min(widths) >= 110
