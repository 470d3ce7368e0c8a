"""The text part of an e-mail whose author wrote only HTML; works on rendered HTML and on a template's source."""

import re
from html.parser import HTMLParser

from hub.templating.masking import Mask, Unmaskable

_BLOCKS = {"p", "div", "br", "tr", "table", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "blockquote"}
_SILENT = {"head", "style", "script", "title"}


def text_source(source: str) -> str | None:
    """A template for the text part, from the one for the HTML part; None when that cannot be told."""
    try:
        mask = Mask(source, lambda number, before: f"HUB{number}X")
        text = to_text(mask.text)
        for number, tag in enumerate(mask.tags):
            text = text.replace(f"HUB{number}X", tag)
        return re.sub(r"(?<=[%#]\})\n", "\n\n", text)  # Jinja eats the line end after a tag
    except Unmaskable:
        return None


def to_text(html: str) -> str:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = [" ".join(line.split()) for line in "".join(reader.pieces).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.silent = 0
        self.hrefs: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self.silent += 1
        elif tag == "a":
            self.hrefs.append(dict(attrs).get("href") or "")
        elif tag == "img":
            self._say(dict(attrs).get("alt") or "")
        elif tag in _BLOCKS:
            self._say({"li": "\n- ", "p": "\n\n", "hr": "\n----\n"}.get(tag, "\n"))

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self.silent = max(self.silent - 1, 0)
        elif tag == "a" and self.hrefs:
            href = self.hrefs.pop()
            if href and self.pieces[-1:] != [href] and not href.startswith(("#", "mailto:")):
                self._say(f" ({href})")
        elif tag in _BLOCKS and tag not in ("br", "hr", "li"):
            self._say("\n")

    def handle_data(self, data: str) -> None:
        self._say(re.sub(r"\s+", " ", data))

    def _say(self, text: str) -> None:
        if not self.silent:
            self.pieces.append(text)
