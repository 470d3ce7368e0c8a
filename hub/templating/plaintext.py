"""The text part of an e-mail whose author wrote only HTML; works on rendered HTML and on a template's source."""

import re
from html.parser import HTMLParser

from hub.html.css import is_hidden
from hub.html.references import attribute_value
from hub.templating.masking import Mask, Unmaskable

_BLOCKS = {"p", "div", "br", "tr", "table", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "blockquote"}
_SILENT = {"head", "style", "script", "title"}
_HREF = re.compile(r"""\shref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>=`]+))""", re.IGNORECASE)
_VOID = {"br", "img", "hr", "wbr", "col", "input", "meta", "link"}


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
        self.hidden, self.depth = "", 0  # the outermost element nobody sees, and how many of its name are open
        self.lists: list[int | None] = []  # the last number of each open list, None where it has bullets

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        unseen = is_hidden(_style(attrs))
        if unseen and tag in _VOID:
            return
        if self.hidden or unseen:
            self.hidden = self.hidden or tag
            self.depth += tag == self.hidden
        elif tag in _SILENT:
            self.silent += 1
        elif tag == "a":
            self.hrefs.append(self._href())
        elif tag == "img":
            self._say(dict(attrs).get("alt") or "")
        elif tag in _BLOCKS:
            if tag in ("ul", "ol"):
                self.lists.append(0 if tag == "ol" else None)
            self._say(
                {"li": f"\n{self._bullet() if tag == 'li' else ''} ", "p": "\n\n", "hr": "\n----\n"}.get(tag, "\n")
            )

    def handle_endtag(self, tag: str) -> None:
        if self.hidden:
            self.depth -= tag == self.hidden
            self.hidden = self.hidden if self.depth else ""
        elif tag in _SILENT:
            self.silent = max(self.silent - 1, 0)
        elif tag in ("td", "th"):
            self._say(" ")
        elif tag == "a" and self.hrefs:
            href = self.hrefs.pop()
            if href and self.pieces[-1:] != [href] and not href.startswith(("#", "mailto:")):
                self._say(f" ({href})")
        elif tag in _BLOCKS and tag not in ("br", "hr", "li"):
            if tag in ("ul", "ol") and self.lists:
                self.lists.pop()
            self._say("\n")

    def handle_data(self, data: str) -> None:
        self._say(re.sub(r"\s+", " ", data))

    def _href(self) -> str:
        """As it is written: HTMLParser reads references in attributes as if they stood in text."""
        found = _HREF.search(self.get_starttag_text() or "")
        return attribute_value(next(filter(None, found.groups()), "")).strip() if found else ""

    def _bullet(self) -> str:
        before = self.lists[-1] if self.lists else None
        if before is None:
            return "-"
        self.lists[-1] = before + 1
        return f"{before + 1}."

    def _say(self, text: str) -> None:
        if not (self.silent or self.hidden):
            self.pieces.append(text)


def _style(attrs: list[tuple[str, str | None]]) -> str:
    return "".join((dict(attrs).get("style") or "").lower().split())
