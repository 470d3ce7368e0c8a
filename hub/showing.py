"""Shows HTML that we sent as safely as HTML that came: what a program or a template wrote is a stranger's word too."""

from functools import lru_cache
from importlib import import_module

from hub.model import Direction
from hub.registry import PACKAGE
from hub.store.messages import Message


def shown_html(message: Message) -> str:
    """What came was made safe when it was read."""
    return message.html if message.direction == Direction.IN else safe_html(message.html)


@lru_cache(maxsize=64)
def safe_html(html: str) -> str:
    return str(import_module(f"{PACKAGE}.email.safe_html").make_safe(html, []).html) if html else ""
