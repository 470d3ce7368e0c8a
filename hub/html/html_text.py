"""The words of HTML as plain text: paragraphs, lists, table rows, "> " before quoted lines.

Two ways in, one page: what safe_html wrote has a form that is known, and one regular expression is a sufficient parser;
what our own people wrote for a campaign may lack tags, and says where its links lead.
"""

import html
import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from html.parser import HTMLParser

from hub.html.css import is_hidden
from hub.html.references import attribute_value

TOKEN = re.compile(r'<(/?)([a-z0-9]+)((?: [a-z-]+="[^"]*")*)>|([^<]+)')
START, VALUE = re.compile(r' start="(-?[0-9]+)"'), re.compile(r' value="(-?[0-9]+)"')
TYPE = re.compile(r' type="([aAiI])"')
STYLE = re.compile(r"list-style(?:-type)?:\s*(lower|upper)-(alpha|latin|roman)")
ALT = re.compile(r' alt="([^"]+)"')
MARGIN = re.compile(r"[;\"]\s*margin(-top|-bottom)?:([^;\"]*)")
NOTHING = re.compile(r"0?(?:\.0\d*)?(?:[a-z]+|%)?")  # Outlook writes 0.0001pt
SPACE = re.compile(r"[ \t\r\n\f]+")
BLANK_LINES = re.compile(r"\n{3,}")
PARAGRAPHS = set("p h1 h2 h3 h4 h5 h6 ul ol pre table blockquote dl figure center address".split())
BLOCKS = PARAGRAPHS | set("div li tr dt dd hr caption figcaption".split())
VOID = {"br", "img", "hr", "wbr", "col", "input", "meta", "link"}
CELLS = ("td", "th")
UNSEEN = {"head", "style", "script", "title"}  # safe_html leaves none of them
HREF = re.compile(r"""\shref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>][^\s>]*))""", re.IGNORECASE)
NOT_SHOWN = re.compile(  # a style without blanks; the line for mailboxes is hidden in each of these ways
    r"(?:^|;)(?:display:none|visibility:(?:hidden|collapse)|opacity:0?(?:\.0+)?(?:[;!]|$)"
    r"|(?:max-)?height:0(?:px)?[;!].*overflow:hidden)"
)
ROMAN = tuple(
    zip(
        (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
        "m cm d cd c xc l xl x ix v iv i".split(),
        strict=True,
    )
)
MAX_QUOTES = 20  # and lists in lists


@dataclass(slots=True)
class _Numbering:
    """Of an ordered list. kind: 1, a, A, i or I, as HTML has it; step: -1 where it is reversed."""

    next: int
    kind: str
    step: int = 1

    def take(self, told: int | None) -> str:
        number = self.next if told is None else told
        self.next = number + self.step
        if self.kind == "1" or not 0 < number < 4_000:
            return str(number)
        letters = _roman(number) if self.kind in "iI" else _letters(number)
        return letters.upper() if self.kind in "AI" else letters


def _numbering(attributes: str) -> _Numbering:
    start, kind, style = START.search(attributes), TYPE.search(attributes), STYLE.search(attributes)
    letter = kind[1] if kind else "1"
    if style:
        letter = "i" if style[2] == "roman" else "a"
        letter = letter.upper() if style[1] == "upper" else letter
    return _Numbering(int(start[1]) if start else 1, letter, -1 if start and " reversed" in attributes else 1)


def _counted(page: str) -> str:
    """A reversed list that says no start begins at the number of its items."""
    tags = [tag for tag in TOKEN.finditer(page) if tag[2] in ("ol", "ul", "li")] if " reversed" in page else []
    counts: dict[int, int] = {}
    inside: list[int] = []
    for tag in tags:
        if tag[2] == "li":
            if inside and not tag[1]:
                counts[inside[-1]] += 1
        elif not tag[1]:
            inside.append(tag.end() - 1)
            counts[inside[-1]] = 0
        elif inside:
            inside.pop()
    unsaid = [tag for tag in tags if tag[2] == "ol" and " reversed" in (tag[3] or "") and not START.search(tag[3])]
    pieces, at = [], 0
    for tag in unsaid:
        pieces += [page[at : tag.end() - 1], f' start="{counts[tag.end() - 1]}"']
        at = tag.end() - 1
    return "".join([*pieces, page[at:]])


def _letters(number: int) -> str:
    """1 is a, 27 is aa."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("a") + rest) + letters
    return letters


def _roman(number: int) -> str:
    written = ""
    for value, sign in ROMAN:
        count, number = divmod(number, value)
        written += sign * count
    return written


@lru_cache(maxsize=512)
def margins(attributes: str) -> tuple[bool, bool]:
    """Is there room above a paragraph, is there below, as its style says?"""
    above = below = True
    for side, value in MARGIN.findall(attributes):
        sizes = [not NOTHING.fullmatch(size) for size in value.split()] or [True]
        above = above if side == "-bottom" else sizes[0]
        below = below if side == "-top" else sizes[2 if len(sizes) > 2 else 0]
    return above, below


def text_of_html(safe: str) -> str:
    page = _Page()
    for match in TOKEN.finditer(_counted(safe)):
        if match[4] is not None:
            page.words(html.unescape(match[4]))
        elif match[1]:
            page.close(match[2])
        else:
            page.open(match[2], match[3])
    return page.text()


def text_of_own_html(written: str) -> str:
    """Of the HTML of a message to many: links in brackets behind their words, one blank between the cells of a row."""
    author = _Author()
    author.feed(written)
    author.close()
    return "\n".join(" ".join(line.split()) for line in author.page.text().split("\n")) + "\n"


class _Author(HTMLParser):
    """Reads HTML in which tags may be missing, and moves none: what is masked in it stays where it is."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = _Page()
        self.inside: list[str] = []
        self.open: Counter[str] = Counter()
        self.hrefs: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in CELLS and self.inside[-1:] in (["td"], ["th"]):
            self.handle_endtag(self.inside[-1])
        given = {name: html.escape(value or "") for name, value in attrs}
        style = "".join(given.get("style", "").lower().split())
        unseen = tag in UNSEEN or "hidden" in given or NOT_SHOWN.search(style)
        given["style"] = "display:none" if unseen else style
        self.page.open(tag, "".join(f' {name}="{value}"' for name, value in given.items()))
        if tag not in VOID:
            self.inside.append(tag)
            self.open[tag] += 1
        if tag == "a":
            self.hrefs.append(self._href())

    def _href(self) -> str:
        """As it is written: HTMLParser reads references in attributes as if they stood in text."""
        found = HREF.search(self.get_starttag_text() or "")
        return attribute_value(next(filter(None, found.groups()), "")).strip() if found else ""

    def handle_endtag(self, tag: str) -> None:
        """Ends what was left open in it as well."""
        while self.open[tag]:
            innermost = self.inside.pop()
            self.open[innermost] -= 1
            self._end(innermost)
            if innermost == tag:
                break

    def _end(self, tag: str) -> None:
        href = self.hrefs.pop() if tag == "a" else ""
        if href and self.page.line[-1:] != [href] and not href.startswith(("#", "mailto:")):
            self.page.words(f" ({href})")
        self.page.close(tag)
        if tag in ("ul", "ol"):
            self.page.gap = None  # what follows a list without a paragraph of its own belongs to it

    def handle_data(self, data: str) -> None:
        self.page.words(data)


class _Page:
    """Lines so far, the one being written, and what surrounds it."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.line: list[str] = []
        self.gap: int | None = None
        self.quotes = 0
        self.hidden = 0
        self.verbatim = 0
        self.lists: list[_Numbering | None] = []
        self.open_tags: list[tuple[str, bool, bool, bool]] = []
        self.empty = False  # the line holds hard blanks and nothing else

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
        blank = "\xa0" in text
        text = SPACE.sub(" ", text).replace("\xa0", " ")
        if not self.line or self.line[-1].endswith((" ", "\t")):
            text = text.lstrip(" ")
        self.empty = not self.line and not text and (blank or self.empty)
        if text:
            self.line.append(text)

    def end_line(self) -> None:
        """A gap asked for earlier shows only now that something follows it, at the shallower of both depths."""
        text = "".join(self.line).rstrip(" \t")
        if self.gap is not None and self.lines and self.lines[-1].strip("> "):
            self.lines.append(self._quoting(min(self.gap, self.quotes)).rstrip())
        self.lines.append((self._quoting(self.quotes) + text).rstrip(" "))
        self.line, self.gap, self.empty = [], None, False

    def _quoting(self, depth: int) -> str:
        return "> " * min(depth, MAX_QUOTES)

    def start_block(self, *, spaced: bool) -> None:
        if "".join(self.line).strip():
            self.end_line()
        self.line, self.empty = [], False
        if spaced:
            self.gap = self.quotes if self.gap is None else min(self.gap, self.quotes)

    def open(self, tag: str, attributes: str) -> None:
        hidden, verbatim = is_hidden(attributes), tag == "pre" or "white-space:pre" in attributes
        above, below = margins(attributes) if tag == "p" and "margin" in attributes else (True, True)
        if tag not in VOID:
            self.open_tags.append((tag, hidden, verbatim, below))
            self.hidden += hidden
            self.verbatim += verbatim
        if self.hidden or hidden:
            return
        if tag in BLOCKS:
            self.start_block(spaced=above and tag in PARAGRAPHS and not self.lists)
        if tag == "br":
            self.end_line()
        elif tag == "blockquote":
            self.quotes += 1
        elif tag in ("ul", "ol"):
            self.lists.append(None if tag == "ul" else _numbering(attributes))
        elif tag == "li":
            self.line = ["  " * min(len(self.lists) - 1, MAX_QUOTES) + self._bullet(VALUE.search(attributes))]
        elif tag == "img" and (alt := ALT.search(attributes)):
            self.words(f"[{html.unescape(alt[1])}]")
        elif tag == "hr":
            self.line = ["---"]
            self.end_line()

    def _bullet(self, value: re.Match[str] | None) -> str:
        numbering = self.lists[-1] if self.lists else None
        return f"{numbering.take(int(value[1]) if value else None)}. " if numbering else "- "

    def close(self, tag: str) -> None:
        if not self.open_tags:
            return
        _, hidden, verbatim, below = self.open_tags.pop()  # balanced: it is this tag
        if tag in CELLS and self.line and not self.hidden:
            self.line.append("\t")
        elif tag in BLOCKS and not self.hidden:
            if self.empty and tag in ("div", "p"):
                self.end_line()
            self.start_block(spaced=below and tag in PARAGRAPHS and len(self.lists) < 2)
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

    def text(self) -> str:
        self.start_block(spaced=False)
        return BLANK_LINES.sub("\n\n", "\n".join(self.lines)).strip("\n")
