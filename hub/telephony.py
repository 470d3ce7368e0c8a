"""What a channel of phone calls is besides a channel, and the telephones that agents have in their browsers: seats.

A seat is a telephone by itself: it stands where an agent's number would, and is rung, shown and settled like one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hub.channel import Channel, Raw
from hub.errors import SendRejected

UNABLE = "this channel cannot hold calls or hand them on"
SEAT = re.compile(r"client:[0-9a-f]{32}")


def seat_of(agent_id: str) -> str:
    """The telephone in that agent's browser, where a number would stand."""
    return f"client:{agent_id}"


def is_seat(phone: str) -> bool:
    return SEAT.fullmatch(phone) is not None


@dataclass(frozen=True, slots=True)
class Talk:
    """A call under way. customer: number; legs: the provider's ids; parent: which of the two legs, `customer` or
    `agent`, dialled the other; "" once they were parted. third: the leg of a colleague who is asked."""

    call_id: str
    customer: str
    customer_leg: str
    agent_leg: str
    parent: str = ""
    third: str = ""


class Moves:
    """How calls of a channel are held and handed on. All of it raises SendError."""

    async def hold(self, talk: Talk) -> None:
        """The customer hears music."""
        raise SendRejected(UNABLE)

    async def resume(self, talk: Talk) -> None:
        """Customer and agent talk again."""
        raise SendRejected(UNABLE)

    async def transfer(self, talk: Talk, phone: str, team: str) -> None:
        """To a telephone, or else to a team; the agent leaves."""
        raise SendRejected(UNABLE)

    async def consult(self, talk: Talk, phone: str) -> str:
        """Ring a colleague while the customer waits. Answers the leg."""
        raise SendRejected(UNABLE)

    async def connect(self, talk: Talk) -> None:
        """The customer with the colleague who was asked; the agent leaves."""
        raise SendRejected(UNABLE)

    async def take_back(self, talk: Talk) -> None:
        """Without the colleague."""
        raise SendRejected(UNABLE)

    async def record(self, call_id: str, *, on: bool) -> None:
        """Pause the recording, or go on with it."""
        raise SendRejected(UNABLE)


class PhoneChannel(Channel):
    """A channel whose calls can be ended from here, and perhaps be taken in a browser, held and handed on."""

    moves: Moves = Moves()
    records: bool = False

    @property
    def wrap_up(self) -> int:
        """Seconds after a call in which the agent's telephone does not ring."""
        return 0

    def seat_token(self, agent_id: str) -> str:
        """With it the agent's browser registers as a telephone at the provider; "" where the channel has none."""
        return ""

    async def ends(self, talks: Sequence[Talk]) -> Sequence[Raw]:
        """Which of these calls are over, in the words of the webhooks that never came. Raises ReadDeferred."""
        return ()

    async def hang_up(self, call_id: str) -> None:
        """End the call for everybody. Raises SendError."""
        raise NotImplementedError(f"{self.type} cannot hang up")
