"""Who is there to answer: an agent says so in the rail, and a page that is open gives signs of life.

The signs go into the store, one write for all agents of a process: another process decides by them who is given what.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from aiohttp import web

from hub.context import Hub
from hub.errors import InvalidInput
from hub.platform.guarded import Guarded
from hub.store.routing import mark_seen, mark_state
from hub.web.forms import read_fields
from hub.web.keys import AGENT, HUB
from hub.web.live import Broadcast
from hub.web.security import safe_next

EVERY = 20.0  # seconds between signs of life
STATES = ("available", "away")


class Attendance:
    """run() is the application's clean-up context."""

    def __init__(self, hub: Hub, broadcast: Broadcast) -> None:
        self._hub, self._broadcast = hub, broadcast
        self._guarded = Guarded(asyncio.Event())  # nothing here is claimed: nobody has to hear that the store was away

    async def run(self, app: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(self._note_all())
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    async def _note_all(self) -> None:
        while True:
            came = self._broadcast.came
            await self._guarded(self.note)
            with suppress(TimeoutError):
                async with asyncio.timeout(EVERY):
                    await came.wait()

    async def note(self) -> None:
        """Everybody whose page is open; who comes may be given something at once."""
        there = sorted(self._broadcast.listeners)
        if not there:
            return
        if await self._hub.store.write(mark_seen, there, self._hub.clock.now()):
            self._hub.live.wake()


async def update(request: web.Request) -> web.Response:
    """Available or away, said in the rail of any page, which comes back."""
    hub = request.app[HUB]
    state, place = await read_fields(request, "state", "place")
    if state not in STATES:
        raise InvalidInput("available or away", "state")
    await hub.store.write(mark_state, request[AGENT].id, hub.clock.now(), away=state == "away")
    hub.live.wake()
    raise web.HTTPSeeOther(safe_next(place))
