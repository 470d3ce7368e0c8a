"""The words of a Telegram message as a reader needs them: with the addresses its app hides behind words.

https://core.telegram.org/bots/api#messageentity
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Json = Mapping[str, Any]
MISSHAPEN = (KeyError, TypeError, ValueError, AttributeError, ArithmeticError, IndexError)  # not as documented


def typed(message: Json) -> str:
    """What the person typed, letter for letter."""
    return str(message.get("text") or message.get("caption") or "")


def with_links(text: str, entities: Sequence[Json]) -> str:
    """An address behind words is written after them: "our offer (https://shop.example/77)"."""
    if not entities:
        return text
    try:
        behind = sorted(_addresses(text, entities))
    except MISSHAPEN:  # the words are there all the same
        behind = []
    if not behind:
        return text
    units, pieces, at = text.encode("utf-16-le", "surrogatepass"), [], 0  # offsets count UTF-16 units
    for end, address in behind:
        pieces += [units[at:end], f" ({address})".encode("utf-16-le", "surrogatepass")]
        at = end
    return b"".join([*pieces, units[at:]]).decode("utf-16-le", "surrogatepass")


def _addresses(text: str, entities: Sequence[Json]) -> Iterator[tuple[int, str]]:
    """(octet where its words end, address) of those that the words do not show themselves."""
    units = text.encode("utf-16-le", "surrogatepass")
    for entity in entities:
        start, end = 2 * int(entity["offset"]), 2 * (int(entity["offset"]) + int(entity["length"]))
        address = _address(entity)
        words = units[start:end].decode("utf-16-le", "replace")
        if address and _bare(address) != _bare(words):
            yield min(end, len(units)), address


def _address(entity: Json) -> str:
    if entity.get("type") == "text_link":
        return str(entity["url"])
    if entity.get("type") == "text_mention":  # somebody without a user name
        return f"tg://user?id={int(entity['user']['id'])}"
    return ""


def _bare(address: str) -> str:
    return address.strip().removeprefix("https://").removeprefix("http://").rstrip("/").lower()
