"""What a phone line may ask the hub while somebody waits on it: who calls, is it open, who is free, whose turn it is.

A channel never looks into the store; it is handed this with each webhook, as it is handed a clock and a session.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from hub.model import Address

TALKING, HELD, CONSULTING, TRANSFERRED = "talking", "held", "consulting", "transferred"
"""Where a call is whose legs were parted: together again, the customer waits, a colleague is asked, handed on."""


@dataclass(frozen=True, slots=True)
class KnownCaller:
    """Both empty for somebody new. language: a tag like de."""

    name: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Opening:
    """opens: when somebody is there again, in words; "" while somebody is, or never."""

    is_open: bool = True
    opens: str = ""


@dataclass(frozen=True, slots=True)
class Telephone:
    """phone: a number or a seat. free: nobody talks there, or still writes down the last call, which ended at `ended`
    (0: none of late)."""

    phone: str
    free: bool = True
    ended: int = 0


class Desk(Protocol):
    """team: by its name; "" is everybody who answers customers."""

    async def caller(self, address: Address) -> KnownCaller:
        """Who that is."""
        ...

    async def opening(self, language: str) -> Opening:
        """Whether the team of the line answers now."""
        ...

    async def menu(self, name: str, language: str, caller: KnownCaller) -> str:
        """The part `voice` of that message template, filled in; "" where there is none."""
        ...

    async def telephones(self, team: str, also: Sequence[str], rest: int) -> Sequence[Telephone]:
        """`also`, then of who is on duty, in the order they joined. rest: milliseconds after a call."""
        ...

    async def ahead(self, team: str, since: int) -> int:
        """How many wait there since before that moment."""
        ...

    async def place(self, call_id: str) -> str:
        """Where the call is, by the provider's id of it; "" where its legs were never parted."""
        ...

    async def holder(self, call_id: str, leg: str) -> str:
        """The leg of whoever has put on hold the customer whose leg this is, in that call; "" where nobody has."""
        ...


class EmptyDesk:
    """Where nobody works, and nobody is known."""

    async def caller(self, address: Address) -> KnownCaller:
        return KnownCaller()

    async def opening(self, language: str) -> Opening:
        return Opening()

    async def menu(self, name: str, language: str, caller: KnownCaller) -> str:
        return ""

    async def telephones(self, team: str, also: Sequence[str], rest: int) -> Sequence[Telephone]:
        return [Telephone(phone) for phone in also]

    async def ahead(self, team: str, since: int) -> int:
        return 0

    async def place(self, call_id: str) -> str:
        return ""

    async def holder(self, call_id: str, leg: str) -> str:
        return ""


NOBODY_THERE: Desk = EmptyDesk()
