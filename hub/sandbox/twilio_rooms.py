"""Plays conferences: who is in which room, and who drops out when somebody leaves for whom it was held."""

import asyncio
from dataclasses import dataclass, field

from hub.sandbox.twilio_state import TwilioCall


@dataclass(eq=False)
class Room:
    """over: somebody has left for whom it ends."""

    members: list[TwilioCall] = field(default_factory=list)
    over: asyncio.Event = field(default_factory=asyncio.Event)


class Rooms:
    """By the names the account gives them."""

    def __init__(self) -> None:
        self._rooms: dict[str, Room] = {}

    def members(self, name: str) -> list[TwilioCall]:
        return list(self._rooms[name].members) if name in self._rooms else []

    async def join(self, name: str, call: TwilioCall, *, ends: bool) -> None:
        """Until the call is hung up, sent elsewhere, or the conference ends. ends: it does when this one leaves."""
        room = self._rooms.setdefault(name, Room())
        room.members.append(call)
        try:
            await first_of(call.gone, call.moved, room.over)
        finally:
            room.members.remove(call)
            if ends or not room.members:
                room.over.set()
                if self._rooms.get(name) is room:
                    del self._rooms[name]


async def first_of(*events: asyncio.Event) -> None:
    waiting = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in waiting:
            one.cancel()
