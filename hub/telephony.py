"""What a channel of phone calls is besides a channel, and the telephones that agents have in their browsers: seats.

A seat is a telephone by itself: it stands where an agent's number would, and is rung, shown and settled like one.
"""

import re

from hub.channel import Channel

SEAT = re.compile(r"client:[0-9a-f]{32}")


def seat_of(agent_id: str) -> str:
    """The telephone in that agent's browser, where a number would stand."""
    return f"client:{agent_id}"


def is_seat(phone: str) -> bool:
    return SEAT.fullmatch(phone) is not None


class PhoneChannel(Channel):
    """A channel whose calls can be ended from here, and perhaps be taken in a browser."""

    def seat_token(self, agent_id: str) -> str:
        """With it the agent's browser registers as a telephone at the provider; "" where the channel has none."""
        return ""

    async def hang_up(self, call_id: str) -> None:
        """End the call for everybody. Raises SendError."""
        raise NotImplementedError(f"{self.type} cannot hang up")
