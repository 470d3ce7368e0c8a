"""Lets through the style declarations that can only colour, space and align: an allow-list of names and of values.

A value is a list of numbers with units, colours and words. Functions, addresses, escapes, comments, variables and
negative lengths have no spelling that passes, so nothing can be fetched, hidden behind a name or laid over the page.
"""

import re
from functools import lru_cache

MAX_STYLE = 4_000
MAX_DECLARATION = 400
NUMBER = r"\d{0,4}(?:\.\d{1,6})?(?:px|pt|em|rem|ex|ch|cm|mm|in|pc|%)?"
COLOUR = r"#[0-9a-f]{3,8}|(?:rgb|hsl)a?\([\d\s.,%/]{1,60}\)"
WORD = r"[a-z][a-z-]{0,30}"
TOKEN = rf"(?:{COLOUR}|{WORD}|{NUMBER})"
VALUE = re.compile(rf"{TOKEN}(?:(?:\s*[,/]\s*|\s+){TOKEN}){{0,20}}+")
FAMILY = re.compile(r"[a-z0-9\s,_-]{1,300}")
IMPORTANT = re.compile(r"\s*!\s*important\s*\Z")
DECLARATION = re.compile(r"\s*([a-z-]{2,40})\s*:([^;]*)\Z")
UNSAFE = re.compile(r"[\\@<>{}&\x00-\x08]|/\*|\*/|url|expression|var\s*\(|javascript")
SIDES = ("", "-top", "-right", "-bottom", "-left")
PROPERTIES = {
    *(f"{box}{side}" for box in ("margin", "padding", "border") for side in SIDES),
    *(f"border{side}-{what}" for side in SIDES for what in ("color", "style", "width")),
    *(f"{edge}{size}" for edge in ("", "min-", "max-") for size in ("width", "height")),
    *"border-collapse border-spacing border-radius background background-color box-sizing caption-side clear".split(),
    *"color direction display empty-cells float font font-family font-size font-style font-variant".split(),
    *"font-weight letter-spacing line-height list-style list-style-type overflow-wrap table-layout".split(),
    *"text-align text-decoration text-decoration-color text-decoration-line text-decoration-style".split(),
    *"text-indent text-transform unicode-bidi vertical-align white-space word-break word-spacing word-wrap".split(),
}


def safe_style(style: str) -> str:
    """The declarations of a style attribute that may stay, written anew; "" when none may."""
    return _safe_style(style[:MAX_STYLE]) if len(style) > MAX_DECLARATION else _safe_style_before(style)


def _safe_style(style: str) -> str:
    texts = style.lower().split(";")
    kept = (_declaration(text) for text in texts if len(text) <= MAX_DECLARATION)
    return ";".join(declaration for declaration in kept if declaration)


_safe_style_before = lru_cache(maxsize=2_048)(_safe_style)


@lru_cache(maxsize=4_096)
def _declaration(text: str) -> str:
    match = DECLARATION.match(text)
    if not match or match[1] not in PROPERTIES or UNSAFE.search(match[2]):
        return ""
    name, value = match[1], IMPORTANT.sub("", match[2]).strip()
    if name == "font-family":
        value = value.replace('"', "").replace("'", "")
        return f"{name}:{value}" if FAMILY.fullmatch(value) else ""
    return f"{name}:{value}" if value and VALUE.fullmatch(value) else ""


def is_hidden(style: str) -> bool:
    return "display:none" in style
