"""Texts without what a store cannot keep, wherever in a value they stand."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

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
