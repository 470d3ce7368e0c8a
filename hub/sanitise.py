"""Shows HTML that we sent as safely as HTML that came: what a program or a template wrote is a stranger's word too."""

from functools import lru_cache

from hub.html.safe_html import make_safe
from hub.model import Direction
from hub.store.messages import Message


def shown_html(message: Message) -> str:
    """What came was made safe when it was read."""
    return message.html if message.direction == Direction.IN else safe_html(message.html)


@lru_cache(maxsize=64)
def safe_html(html: str) -> str:
    return make_safe(html, []).html if html else ""
