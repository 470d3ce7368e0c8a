"""The words of safe HTML as plain text: paragraphs, lists, table rows, "> " before quoted lines.

It reads only what safe_html wrote, whose form is known, so one regular expression is a sufficient parser.
"""

import html
import re

from hub.html.css import is_hidden

TOKEN = re.compile(r'<(/?)([a-z0-9]+)((?: [a-z-]+="[^"]*")*)>|([^<]+)')
START, VALUE = re.compile(r' start="(-?[0-9]+)"'), re.compile(r' value="(-?[0-9]+)"')
ALT = re.compile(r' alt="([^"]+)"')
SPACE = re.compile(r"[ \t\r\n\f]+")
BLANK_LINES = re.compile(r"\n{3,}")
PARAGRAPHS = set("p h1 h2 h3 h4 h5 h6 ul ol pre table blockquote dl figure center address".split())
BLOCKS = PARAGRAPHS | set("div li tr dt dd hr caption figcaption".split())
VOID = {"br", "img", "hr", "wbr", "col"}
MAX_QUOTES = 20


def text_of_html(safe: str) -> str:
    page = _Page()
    for match in TOKEN.finditer(safe):
        if match[4] is not None:
            page.words(html.unescape(match[4]))
        elif match[1]:
            page.close(match[2])
        else:
            page.open(match[2], match[3])
    return BLANK_LINES.sub("\n\n", "\n".join(page.finish())).strip("\n")


class _Page:
    """Lines so far, the one being written, and what surrounds it."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.line: list[str] = []
        self.gap: int | None = None
        self.quotes = 0
        self.hidden = 0
        self.verbatim = 0
        self.lists: list[int | None] = []
        self.open_tags: list[tuple[str, bool, bool]] = []

    def words(self, text: str) -> None:
        if self.hidden:
            return
        if self.verbatim:
            *whole, rest = text.split("\n")
            for line in whole:
                self.line.append(line)
                self.end_line()
            self.line.append(rest)
            return
        text = SPACE.sub(" ", text).replace("\xa0", " ")
        if not self.line or self.line[-1].endswith((" ", "\t")):
            text = text.lstrip(" ")
        if text:
            self.line.append(text)

    def end_line(self) -> None:
        """A gap asked for earlier shows only now that something follows it, at the shallower of both depths."""
        text = "".join(self.line).rstrip(" \t")
        if self.gap is not None and self.lines and self.lines[-1].strip("> "):
            self.lines.append(self._quoting(min(self.gap, self.quotes)).rstrip())
        self.lines.append((self._quoting(self.quotes) + text).rstrip(" "))
        self.line, self.gap = [], None

    def _quoting(self, depth: int) -> str:
        return "> " * min(depth, MAX_QUOTES)

    def start_block(self, *, spaced: bool) -> None:
        if "".join(self.line).strip():
            self.end_line()
        self.line = []
        if spaced:
            self.gap = self.quotes if self.gap is None else min(self.gap, self.quotes)

    def open(self, tag: str, attributes: str) -> None:
        hidden, verbatim = is_hidden(attributes), tag == "pre" or "white-space:pre" in attributes
        if tag not in VOID:
            self.open_tags.append((tag, hidden, verbatim))
            self.hidden += hidden
            self.verbatim += verbatim
        if self.hidden:
            return
        if tag in BLOCKS:
            self.start_block(spaced=tag in PARAGRAPHS and not self.lists)
        if tag == "br":
            self.end_line()
        elif tag == "blockquote":
            self.quotes += 1
        elif tag in ("ul", "ol"):
            start = START.search(attributes)
            self.lists.append(None if tag == "ul" else int(start[1]) - 1 if start else 0)
        elif tag == "li":
            self.line = ["  " * (len(self.lists) - 1) + self._bullet(VALUE.search(attributes))]
        elif tag == "img" and (alt := ALT.search(attributes)):
            self.words(f"[{html.unescape(alt[1])}]")
        elif tag == "hr":
            self.line = ["---"]
            self.end_line()

    def _bullet(self, value: re.Match[str] | None) -> str:
        before = self.lists[-1] if self.lists else None
        if before is None:
            return "- "
        self.lists[-1] = number = int(value[1]) if value else before + 1
        return f"{number}. "

    def close(self, tag: str) -> None:
        if not self.open_tags:
            return
        _, hidden, verbatim = self.open_tags.pop()  # balanced: it is this tag
        if tag in ("td", "th") and self.line and not self.hidden:
            self.line.append("\t")
        elif tag in BLOCKS and not self.hidden:
            self.start_block(spaced=tag in PARAGRAPHS and len(self.lists) < 2)
        if not hidden:
            self._leave(tag)
        self.hidden -= hidden
        self.verbatim -= verbatim

    def _leave(self, tag: str) -> None:
        if self.hidden:
            return
        if tag == "blockquote":
            self.quotes -= 1
        elif tag in ("ul", "ol"):
            self.lists.pop()

    def finish(self) -> list[str]:
        self.start_block(spaced=False)
        return self.lines
