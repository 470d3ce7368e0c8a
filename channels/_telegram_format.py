"""Telegram's formatting as HTML, and HTML as Telegram's formatting (https://core.telegram.org/bots/api#messageentity).

Telegram keeps the words apart from what they look like: entities name stretches of the text by UTF-16 units, one within
another or apart. Both ways together lose nothing of what is named here; what is not (a hashtag, a number) shows in the
words themselves.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from html.parser import HTMLParser
from itertools import pairwise, takewhile
from typing import Any

from ._telegram_text import MISSHAPEN, Json, typed, with_links

SPOILER = "tg-spoiler"
TAGS = {
    "bold": "<b>",
    "italic": "<i>",
    "underline": "<u>",
    "strikethrough": "<s>",
    "spoiler": f'<span class="{SPOILER}" tabindex="0">',
    "code": "<code>",
    "pre": "<pre>",
    "blockquote": "<blockquote>",
    "expandable_blockquote": "<blockquote expandable>",
}
NAMES = {
    **dict.fromkeys(("b", "strong"), "bold"),
    **dict.fromkeys(("i", "em"), "italic"),
    **dict.fromkeys(("u", "ins"), "underline"),
    **dict.fromkeys(("s", "strike", "del"), "strikethrough"),
    **{"code": "code", "pre": "pre", "blockquote": "blockquote", SPOILER: "spoiler"},
}
BLOCKS = frozenset("p div ul ol li h1 h2 h3 h4 h5 h6 table tr pre blockquote hr".split())
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
UNSEEN = frozenset(("head", "style", "script", "title"))
LANGUAGE, TAG_NAME = re.compile(r"[\w+#.-]{1,40}", re.ASCII), re.compile(r"<([a-z]+)")
SPACE = re.compile(r"[ \t\r\n\f]+")
LINKS = ("https://", "http://", "tg://", "mailto:", "tel:")
MOST = 100  # entities that Telegram keeps of one message
VOID = frozenset(("br", "hr", "img", "wbr", "input", "meta", "link"))
Mark = tuple[int, int, str, str]  # octets where it begins and ends, tags


def formatting_of(message: Json, shown: str) -> str:
    """shown: what of the message is shown as text, in which the typed words may stand between others."""
    words, entities = typed(message), message.get("entities") or message.get("caption_entities") or ()
    try:
        html = html_of(words, entities)
        before, found, after = shown.partition(with_links(words, entities))
    except MISSHAPEN:  # the words are there all the same
        return ""
    return f"{_lines(before)}{html}{_lines(after)}" if html and found else ""


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def html_of(text: str, entities: Sequence[Json]) -> str:
    """The text with its formatting; "" where it has none. Raises what `MISSHAPEN` names."""
    units = text.encode("utf-16-le", "surrogatepass")
    marks = [mark for entity in entities if (mark := _mark(entity, len(units))) and mark[0] < mark[1]]
    if not marks:
        return ""
    cuts = sorted({0, len(units), *(at for mark in marks for at in mark[:2])})
    written: list[str] = []
    open_: list[Mark] = []
    for start, end in pairwise([*cuts, cuts[-1]]):
        wanted = sorted((mark for mark in marks if mark[0] <= start < mark[1]), key=lambda mark: (mark[0], -mark[1]))
        kept = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(open_, wanted, strict=False)))
        written += [closing for *_, closing in reversed(open_[kept:])]
        written += [opening for _, _, opening, _ in wanted[kept:]]
        words = escape(units[start:end].decode("utf-16-le", "replace"))
        in_pre = any(opening.startswith("<pre>") for _, _, opening, _ in wanted)
        written.append(words if in_pre else words.replace("\n", "<br>"))
        open_ = wanted
    return "".join(written)


def _mark(entity: Json, end: int) -> Mark | None:
    kind, start = str(entity.get("type", "")), max(0, 2 * int(entity["offset"]))
    opening = TAGS.get(kind, "")
    if kind == "text_link" and str(entity["url"]).startswith(LINKS):
        opening = f'<a href="{escape(str(entity["url"]))}">'
    elif kind == "text_mention":
        opening = f'<a href="tg://user?id={int(entity["user"]["id"])}">'
    elif kind == "pre" and LANGUAGE.fullmatch(language := str(entity.get("language", ""))):
        opening = f'<pre><code class="language-{language}">'
    closing = "".join(f"</{name}>" for name in reversed(TAG_NAME.findall(opening)))
    return (start, min(start + 2 * int(entity["length"]), end), opening, closing) if opening else None


def formatted(html: str) -> tuple[str, list[dict[str, Any]]]:
    """The words of HTML of ours and their entities."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.told()


class _Reader(HTMLParser):
    """text: so far; open: (tag, its entity, where it began); breaks: lines that end before the next word."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.size = 0  # UTF-16 units
        self.open: list[tuple[str, dict[str, Any] | None, int]] = []
        self.entities: list[dict[str, Any]] = []
        self.breaks = 0
        self.blank = True  # the last sign is white space, or there is none
        self.unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.unseen += tag in UNSEEN
        if tag == "br":
            self._write("\n")
        if tag in BLOCKS:
            self._end_line(2 if tag in ("p", *HEADINGS) else 1)
        if tag in VOID:
            return
        entity = _entity(tag, given)
        fenced = next((one for name, one, _ in self.open if name == "pre"), None)
        if tag == "code" and fenced:  # Telegram knows no code within a block of it, but its language
            entity = None
            if given.get("class", "").startswith("language-"):
                fenced["language"] = given["class"].removeprefix("language-")
        self.open.append((tag, entity, -1))
        if tag == "li":
            self._say("• ")

    def handle_endtag(self, tag: str) -> None:
        at = next((at for at in range(len(self.open) - 1, -1, -1) if self.open[at][0] == tag), None)
        if at is not None:
            self._close(at)
            self.unseen -= tag in UNSEEN
        if tag in BLOCKS:
            self._end_line(2 if tag in ("p", *HEADINGS) else 1)

    def _close(self, at: int) -> None:
        for _, entity, begun in reversed(self.open[at:]):
            if entity and 0 <= begun < self.size:
                self.entities.append({**entity, "offset": begun, "length": self.size - begun})
        del self.open[at:]

    def handle_data(self, data: str) -> None:
        if self.unseen:
            return
        if any(tag == "pre" for tag, _, _ in self.open):
            self._say(data if self.pieces else data.lstrip("\n"))
            return
        words = SPACE.sub(" ", data)
        self._say(words.removeprefix(" ") if self.blank or self.breaks else words)

    def told(self) -> tuple[str, list[dict[str, Any]]]:
        self._close(0)
        text = "".join(self.pieces).rstrip()
        end = _size(text)
        cut = [{**one, "length": min(one["length"], end - one["offset"])} for one in self.entities]
        kept = sorted((one for one in cut if one["length"] > 0), key=lambda one: (one["offset"], -one["length"]))
        return text, kept[:MOST]

    def _end_line(self, lines: int) -> None:
        self.breaks = max(self.breaks, lines) if self.pieces else 0

    def _say(self, words: str) -> None:
        if not words:
            return
        if self.breaks:
            self._write("\n" * self.breaks)
            self.breaks = 0
        self.open = [(tag, entity, self.size if begun < 0 else begun) for tag, entity, begun in self.open]
        self._write(words)

    def _write(self, words: str) -> None:
        self.pieces.append(words)
        self.size += _size(words)
        self.blank = words[-1:].isspace()


def _entity(tag: str, given: Mapping[str, str]) -> dict[str, Any] | None:
    if tag == "a" and given.get("href", "").startswith(LINKS):
        return {"type": "text_link", "url": given["href"]}
    if tag in HEADINGS:
        return {"type": "bold"}
    if tag == "blockquote" and "expandable" in given:
        return {"type": "expandable_blockquote"}
    name = NAMES.get(SPOILER if tag == "span" and given.get("class") == SPOILER else tag)
    return {"type": name} if name else None


def _size(text: str) -> int:
    return len(text) + sum(sign > "\uffff" for sign in text)


def within(entities: Sequence[Json], start: int, end: int) -> Iterator[dict[str, Any]]:
    """Those of a piece of the text, by UTF-16 units; what reaches beyond it is cut."""
    for one in entities:
        first, last = max(one["offset"], start), min(one["offset"] + one["length"], end)
        if first < last:
            yield {**one, "offset": first - start, "length": last - first}
