"""How people read who need it larger, wider, in colours of their own or without motion, or whose words are long.

The pages speak a toy language: every text that the hub says is the English one in brackets, as much longer as German is
at its longest. So what is cut off is found by its brackets, and what customers wrote is left out.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from playwright.async_api import Page

from hub.languages import LANGUAGES, SOURCE, load_languages
from tests.browser.scene import play
from tests.browser.test_accessibility import paths
from tests.web.catalogue import used
from tests.web.test_translation import PLACEHOLDER, WORD

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(400)]

TOY = "tt"
SOFT = "\u00ad~~~~"  # four letters, before which a line may break
LOOKS = (Path(__file__).parent / "looks.js").read_text("utf-8")
LONGER = ((10, 1.9), (30, 1.56), (10_000, 1.48))  # English letters, and what they become at the 90th of a hundred texts
SPACED = """* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }
p { margin-bottom: 2em !important; }"""
LARGE = "html { font-size: 200% !important; }"
ADOPT = "text => { const sheet = new CSSStyleSheet(); sheet.replaceSync(text); document.adoptedStyleSheets = [sheet]; }"


def longer(text: str) -> str:
    """In brackets, and with letters to break at added to the words."""
    letters = len(PLACEHOLDER.sub("", text))
    if not WORD.search(PLACEHOLDER.sub("", text)):
        return text
    times = next(factor for most, factor in LONGER if letters <= most)
    more = max(0, round(letters * times) - letters - 4)
    parts = PLACEHOLDER.split(text)
    last = max(n for n, part in enumerate(parts) if not PLACEHOLDER.fullmatch(part) and WORD.search(part))
    parts[last] = (
        parts[last].rstrip()
        + ("\u00ad~~~~" * (more // 4 + 1))[: more + more // 4]
        + parts[last][len(parts[last].rstrip()) :]
    )
    return f"[[{''.join(parts)}]]"


@pytest.fixture
def toy(tmp_path: Path) -> Iterator[None]:
    folder = tmp_path / "locale"
    folder.mkdir()
    row = LANGUAGES[SOURCE].catalogue.with_suffix(".toml").read_text("utf-8")
    (folder / f"{TOY}.toml").write_text(row, "utf-8")
    catalogue = Catalog()
    for key in used():
        catalogue.add(key, tuple(map(longer, key)) if isinstance(key, tuple) else longer(key))
    with (folder / f"{TOY}.po").open("wb") as file:
        write_po(file, catalogue)
    LANGUAGES.update(load_languages(folder))
    yield
    del LANGUAGES[TOY]


async def look(page: Page, base: str, where: list[str], *questions: str, style: str = "") -> list[str]:
    found = []
    for path in where:
        await page.goto(base + path)
        if style:
            await page.evaluate(ADOPT, style)
        await page.evaluate(LOOKS)
        for question in questions:
            found += [f"{path}: {one}" for one in await page.evaluate(f"looks.{question}()")]
    return found


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
async def test_t_a8_no_label_is_cut_off_in_a_language_of_long_words(toy, scene, sit_down, width, height):
    await play(scene)
    page = await sit_down(locale="tt-TT", viewport={"width": width, "height": height})
    found = await look(page, scene.base, await paths(scene), "cut_off")
    assert not found, "\n".join(found)


async def test_t_a6_nothing_is_lost_at_four_times_the_size(toy, scene, sit_down):
    """1280 px at 400 % are 320 px."""
    await play(scene)
    page = await sit_down(locale="tt-TT", viewport={"width": 320, "height": 256})
    found = await look(page, scene.base, await paths(scene), "cut_off", "out_of_reach")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("style", [LARGE, SPACED], ids=["large", "spaced"])
async def test_t_a6_nothing_is_lost_in_larger_or_wider_letters(toy, scene, sit_down, style):
    await play(scene)
    page = await sit_down(locale="tt-TT", viewport={"width": 1280, "height": 900})
    found = await look(page, scene.base, await paths(scene), "cut_off", "out_of_reach", style=style)
    assert not found, "\n".join(found)


async def test_t_a6_controls_keep_their_edges_in_forced_colours_and_nothing_moves_unasked(scene, sit_down):
    await play(scene)
    page = await sit_down(forced_colors="active", reduced_motion="reduce")
    found = await look(page, scene.base, await paths(scene), "unmarked", "moving")
    assert not found, "\n".join(found)
