"""How a channel hands over many finished messages at once (campaigns), faster than one by one through `send`."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from hub.errors import SendError
from hub.model import Outbound, Sent


class Bulk(Protocol):
    """What `Channel.bulk` is."""

    @property
    def width(self) -> int:
        """How many can leave at the same time."""
        ...

    def seal(self, message: Outbound) -> Any:
        """The message as it travels, nothing left to do. Raises SendRejected."""
        ...

    async def carry(self, sealed: Sequence[Any], ended: Callable[[int, Sent | SendError], None]) -> None:
        """Hand all of them over; of each `committing` is durable already. `ended` is called once with the place of
        each, as soon as its answer is known; returns after the last."""
        ...
