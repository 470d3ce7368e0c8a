"""Turns the controls of a page into their words: in a mail nobody can press them, but what they say was sent.

`<noscript>` and its like hold what is meant for readers without scripts, which we are; a browser's parser would take
it for text.
"""

import html
import re

_SIGN = re.compile("<(?:[nN][oO][sSfFeE]|[sS][eE][lL][eE]|[iI][nN][pP])")  # begins one: every page is looked through
_TAGS = re.compile(r"<(/?)(noscript|noframes|noembed|select|option|optgroup|input)\b([^<>]*)>", re.IGNORECASE)
_BECOME = {"noscript": "div", "noframes": "div", "noembed": "div", "select": "ul", "option": "li", "optgroup": "li"}
_GIVEN = re.compile(r"\b(type|value|checked)\b(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"']+)))?", re.IGNORECASE)
_WITHOUT_WORDS = {"hidden", "password", "file", "image", "range", "color"}


def said(source: str) -> str:
    """The page with lists for selects and words for inputs; as it is where it has neither."""
    return _TAGS.sub(_words, source) if _SIGN.search(source) else source


def _words(tag: re.Match[str]) -> str:
    name = tag[2].lower()
    return f"<{tag[1]}{_BECOME[name]}>" if name != "input" else _value(tag[3])


def _value(attributes: str) -> str:
    given = {name.lower(): next(filter(None, values), "") for name, *values in _GIVEN.findall(attributes)}
    kind = given.get("type", "text").lower()
    if kind in ("checkbox", "radio"):
        return "\N{BALLOT BOX WITH CHECK} " if "checked" in given else "\N{BALLOT BOX} "
    words = "" if kind in _WITHOUT_WORDS else html.escape(html.unescape(given.get("value", "")))
    return words and f"{words} "
