"""Texts without what a store cannot keep, wherever in a value they stand."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any

NOBODY = "…"  # in the place of an address
_SIGN = r"[^\s<>()\[\]\"',;:=/@]"  # of what stands before the @; looked at once, however long a text without one is
_REACHED = re.compile(rf"(?<!{_SIGN}){_SIGN}++@[\w.-]+\w|\+[0-9]{{7,15}}\b")  # mailboxes, numbers with their country
SAID = r"[^\x00-\x20\x7f-\xa0\s]"  # more than blanks and controls, as JSON Schema reads it too


def clean(text: str) -> str:
    """Without what a store cannot keep: NUL and halves of UTF-16 pairs."""
    return text if is_clean(text) else text.encode("utf-8", "replace").decode().replace("\0", "")


def is_clean(text: str) -> bool:
    """Surely; what is not may yet be."""
    return text.isascii() and "\0" not in text


def cleaned(value: Any) -> Any:
    """The same value (an event, say) with every text in it clean."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, tuple | list):
        return type(value)(map(cleaned, value))
    if isinstance(value, Mapping):
        return {cleaned(key): cleaned(item) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{each.name: cleaned(getattr(value, each.name)) for each in fields(value)})
    return value


def without_people(text: str, *handles: str) -> str:
    """Without addresses and numbers at which anybody is reached, and without these handles: for what is kept about a
    channel, or about ourselves, and outlives the person."""
    return _REACHED.sub(NOBODY, without_handles(text, handles))


def without_handles(text: str, handles: Sequence[str]) -> str:
    """Whole, without the plus of a number, or what stands before the @."""
    parts = {part for handle in handles for part in (handle, handle.partition("@")[0], handle.lstrip("+"))}
    for part in sorted((part for part in parts if part), key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(part)}(?!\w)", NOBODY, text, flags=re.IGNORECASE)
    return text
