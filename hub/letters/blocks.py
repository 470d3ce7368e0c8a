"""The HTML of a letter as blocks of styled words, which the paper's template sets: nothing of it is ever markup there.

Pictures are not printed: the words that stand for them are.
"""

from html.parser import HTMLParser
from typing import Any

HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
BREAKS = {"p", "div", "section", "article", "blockquote", "table", "tr", "ul", "ol", "center", "pre", *HEADINGS}
STYLES = {"b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline"}
UNSEEN = {"script", "style", "head", "title", "template"}
Block = dict[str, Any]
"""kind: text, heading or item; mark: of an item; spans: words with their styles."""


def blocks_of(html: str, text: str) -> list[Block]:
    """text: where there is no HTML; its empty lines part paragraphs."""
    if html.strip():
        reader = _Reader()
        reader.feed(html)
        reader.close()
        return reader.finish()
    parts = (part.strip("\n") for part in text.replace("\r\n", "\n").split("\n\n"))
    return [{"kind": "text", "mark": "", "spans": [{"text": part}]} for part in parts if part.strip()]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Block] = []
        self.lists: list[int | None] = []
        self.styles: list[str] = []
        self.unseen = 0
        self._begin("text")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in UNSEEN:
            self.unseen += 1
        elif tag in STYLES:
            self.styles.append(STYLES[tag])
        elif tag == "br":
            self._say("\n")
        elif tag == "img" and (given.get("alt") or "").strip():
            self._say(f"[{(given['alt'] or '').strip()}]")
        elif tag in ("td", "th"):
            self._say("  ")
        elif tag == "li":
            self._begin("item", self._mark())
        elif tag in BREAKS:
            self._begin("heading" if tag in HEADINGS else "text", keep=tag == "p")
            if tag in ("ul", "ol"):
                self.lists.append(0 if tag == "ol" else None)

    def handle_endtag(self, tag: str) -> None:
        if tag in UNSEEN:
            self.unseen = max(0, self.unseen - 1)
        elif tag in STYLES and STYLES[tag] in self.styles:
            self.styles.remove(STYLES[tag])
        elif tag in BREAKS or tag == "li":
            self._begin("text")
            if tag in ("ul", "ol") and self.lists:
                self.lists.pop()

    def handle_data(self, data: str) -> None:
        words = " ".join(data.split())
        before, after = data[:1].isspace(), data[-1:].isspace()
        self._say(f"{' ' if before else ''}{words}{' ' if after and words else ''}")

    def finish(self) -> list[Block]:
        return [one for one in self.blocks if any(span["text"].strip() for span in one["spans"])]

    def _mark(self) -> str:
        if not self.lists or self.lists[-1] is None:
            return "–"
        self.lists[-1] += 1
        return f"{self.lists[-1]}."

    def _begin(self, kind: str, mark: str = "", *, keep: bool = False) -> None:
        """keep: a paragraph inside an item that has no words yet is the item."""
        if keep and self.blocks[-1]["kind"] == "item" and not self.blocks[-1]["spans"]:
            return
        self.blocks.append({"kind": kind, "mark": mark, "spans": []})

    def _say(self, text: str) -> None:
        spans = self.blocks[-1]["spans"]
        if self.unseen or not text or (not spans and not text.strip()):
            return
        spans.append({"text": text if spans else text.lstrip(), **dict.fromkeys(self.styles, True)})
