"""How high the frame of a mail is: what it shows takes room, and nothing else."""

from dataclasses import replace

import pytest

from hub.web.stream import frame_height

HELLO = "<p>Hello</p><p>there</p><p>again</p>"
SHOWN = '<img alt="" src="data:image/png;base64,AA==">'
TOLD = '<img alt="" height="200" src="data:image/png;base64,AA==">'
LARGE = f'<img alt="" src="data:image/png;base64,{"A" * 30_000}">'
WITHHELD = '<img alt="" data-remote="0">'


@pytest.fixture
async def height(says):
    """Of the frame around a piece of HTML."""
    mail = await says("Please read the HTML.")
    return lambda html: frame_height(replace(mail, html=html))


async def test_frame_grows_with_lines_and_paragraphs(height):
    assert height(HELLO) == 60 + 3 * (22 + 16)
    assert height(HELLO.replace("there", "there " * 20)) == 60 + 3 * (22 + 16) + 22
    assert (height("Hi"), height(HELLO * 99)) == (90, 640)


@pytest.mark.parametrize(("pictures", "more"), [(WITHHELD * 9, 0), (SHOWN, 22 * 4), (LARGE, 22 * 4), (TOLD, 200)])
async def test_frame_grows_with_the_pictures_it_shows(height, pictures, more):
    assert height(HELLO + pictures) == height(HELLO) + more
