"""The words of a rich message: what a bot wrote in headings, lists and tables, and a customer passes on or copies.

A text is a string, a list of texts, or an object around one; a block holds texts and further blocks
(https://core.telegram.org/bots/api#richmessage). Read by the fields that hold words, so that a new kind of block is
readable, too.
"""

from collections.abc import Iterator
from typing import Any

from ._telegram_text import Json

DEEPEST = 40  # blocks and texts inside each other; Telegram takes fewer


def rich_words(message: Json) -> str:
    """One block a line. Raises ValueError when it is nested as no message is."""
    return "\n".join(line for block in message["blocks"] for line in _block(block, 0) if line)


def _block(block: Json, depth: int) -> Iterator[str]:
    if depth > DEEPEST:
        raise ValueError("blocks inside blocks without end")
    for field in ("summary", "text", "expression", "caption", "credit"):
        yield _text(block.get(field, ""), depth)
    for row in block.get("cells", ()):
        yield " · ".join(_text(cell.get("text", ""), depth) for cell in row)
    for item in block.get("items", ()):
        label = str(item.get("label") or "-")
        lines = [line for inner in item.get("blocks", ()) for line in _block(inner, depth + 1) if line]
        yield "\n".join([f"{label} {line}" if not at else line for at, line in enumerate(lines)])
    for inner in block.get("blocks", ()):
        yield from _block(inner, depth + 1)
    for row in block.get("buttons", ()):
        yield " · ".join(str(button.get("text", "")) for button in (row if isinstance(row, list) else [row]))


def _text(rich: Any, depth: int) -> str:
    """With the address behind its words."""
    if depth > DEEPEST:
        raise ValueError("texts inside texts without end")
    if isinstance(rich, list):
        return "".join(_text(one, depth + 1) for one in rich)
    if not isinstance(rich, dict):
        return str(rich)
    parts = [_text(rich[field], depth + 1) for field in ("text", "alternative_text", "credit") if field in rich]
    words = ", ".join(filter(None, parts))
    words = words or str(rich.get("expression", ""))
    address = str(rich.get("url", ""))
    return f"{words} ({address})" if address and address not in words else words
