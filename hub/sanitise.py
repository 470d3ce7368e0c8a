"""Shows HTML that we sent as safely as HTML that came: what a program or a template wrote is a stranger's word too."""

from functools import lru_cache
from importlib import import_module
from typing import Any

from markupsafe import Markup

from hub.html.safe_html import make_safe
from hub.model import Direction
from hub.store.messages import Message

# what a messenger's formatting needs, and nothing that could lie above or beside the page's own
IN_LINE = {"a", "b", "blockquote", "br", "code", "i", "pre", "s", "span", "u"}
KEPT = {"a": {"href"}, "span": {"class", "tabindex"}, "blockquote": {"expandable"}}


@lru_cache(maxsize=256)
def in_line(html: str) -> Markup:
    """Formatted words that stand in the page itself, not in a frame of their own."""
    links = {"http", "https", "mailto", "tel", "tg"}
    nh3: Any = import_module("nh3")
    return Markup(nh3.clean(html, tags=IN_LINE, attributes=KEPT, url_schemes=links))  # noqa: S704 - just cleaned


def shown_html(message: Message) -> str:
    """What came was made safe when it was read."""
    return message.html if message.direction == Direction.IN else safe_html(message.html)


@lru_cache(maxsize=64)
def safe_html(html: str) -> str:
    return make_safe(html, []).html if html else ""
