"""The text part of an e-mail whose author wrote only HTML, prepared once per template."""

import re

from hub.html.html_text import text_of_own_html
from hub.templating.masking import Mask, Unmaskable

BLOCK = r"(?:\{%(?:(?!%\}).)*%\}|\{#(?:(?!#\}).)*#\})"
ALONE = re.compile(rf"\n+({BLOCK}+)(?=\n|\Z)", re.DOTALL)
LINE_END = re.compile(r"(?<=[%#]\})\n")


def text_source(source: str) -> str | None:
    """A template for the text part, from the one for the HTML part; None when that cannot be told."""
    try:
        mask = Mask(source, lambda number, before: f"HUB{number}X")
    except Unmaskable:
        return None
    text = text_of_own_html(mask.text)
    for number, tag in enumerate(mask.tags):
        text = text.replace(f"HUB{number}X", tag)
    # a line of its own would be an empty one where a condition does not hold; and Jinja eats the line end after a tag
    return LINE_END.sub("\n\n", ALONE.sub(r"\1", text))
