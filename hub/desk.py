"""What a phone line may ask the hub while somebody waits on it: who calls, is it open, who is free, whose turn it is.

A channel never looks into the store; it is handed this with each webhook, as it is handed a clock and a session.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from hub.model import Address


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
    """phone: a number or a seat. free: nobody talks there, or still writes down the last call."""

    phone: str
    free: bool = True


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

    async def telephones(self, team: str) -> Sequence[Telephone]:
        """Of who is on duty, whoever has talked last comes last."""
        ...


class EmptyDesk:
    """Where nobody works, and nobody is known."""

    async def caller(self, address: Address) -> KnownCaller:
        return KnownCaller()

    async def opening(self, language: str) -> Opening:
        return Opening()

    async def menu(self, name: str, language: str, caller: KnownCaller) -> str:
        return ""

    async def telephones(self, team: str) -> Sequence[Telephone]:
        return ()


NOBODY_THERE: Desk = EmptyDesk()
