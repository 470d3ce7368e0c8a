"""Where an adapter leaves what a provider hands it anew."""

from typing import Protocol


class Safe(Protocol):
    """What a provider hands a channel anew and must not be lost, by the channel's name: kept locked in the store.
    Both raise Locked or StoreUnavailable."""

    async def find(self, channel: str) -> str:
        """What was kept last, or ""."""
        ...

    async def mark(self, channel: str, secret: str) -> None: ...


class NoSafe:
    """Where there is no store."""

    async def find(self, channel: str) -> str:
        return ""

    async def mark(self, channel: str, secret: str) -> None: ...
