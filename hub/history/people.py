"""Addresses as other systems tell them."""

from collections.abc import Iterator
from email.utils import parseaddr

from hub.errors import InvalidInput
from hub.inbound.addresses import normalise
from hub.model import Address


def readable(kind: str, handle: object, country: str) -> Address | None:
    """None for what reaches nobody."""
    try:
        return normalise(kind, str(handle or ""), country)
    except InvalidInput:
        return None


def reached(email: object, phone: object, country: str, first: str = "") -> Iterator[Address]:
    """Where somebody is reached, beginning with the kind they wrote by (first)."""
    kinds = ["email", "whatsapp" if first == "whatsapp" else "sms"]
    for kind in sorted(kinds, key=lambda kind: kind != first):
        if address := readable(kind, email if kind == "email" else phone, country):
            yield address


def mailbox(written: object) -> tuple[str, str]:
    """Name and address of "Ada Lovelace <ada@example.com>"."""
    return parseaddr(str(written or ""))
