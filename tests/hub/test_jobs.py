"""hub.jobs: the loops of a process survive what goes wrong around them."""

import asyncio
from collections.abc import Awaitable, Callable

from hub.channel import Accept
from hub.context import Hub
from hub.jobs import Jobs
from hub.sending import Office
from hub.store.settings import arm, disarm, is_armed
from tests.pager import PagerChannel

Eventually = Callable[[Callable[[], Awaitable[object]]], Awaitable[object]]


class Door(PagerChannel):
    """A channel with a port of its own, which somebody else holds at first."""

    taken = 1
    opened = announced = 0

    async def open(self) -> None:
        self.announced += 1

    async def listen(self, accept: Accept) -> None:
        if self.taken:
            self.taken -= 1
            raise OSError("address already in use")
        self.opened += 1


async def test_doors_are_open_before_the_jobs_begin_and_are_tried_again(
    hub: Hub, office: Office, eventually: Eventually
) -> None:
    tools = hub.channels["texts"].tools
    free, held = Door("free", Door.Settings(), tools), Door("held", Door.Settings(), tools)
    free.taken = 0
    hub.channels.admit(free)
    hub.channels.admit(held)
    jobs = Jobs(hub, office, ("intake",))
    jobs.attendance.closed_rest = 0.01

    await jobs.listen()
    assert (free.opened, held.opened) == (1, 0)

    await jobs.start()

    async def both() -> bool:
        return (free.opened, held.opened) == (1, 1)

    await eventually(both)
    await jobs.stop()


async def test_a_restored_copy_calls_no_provider_until_it_is_armed(
    hub: Hub, office: Office, eventually: Eventually
) -> None:
    door = Door("door", Door.Settings(), hub.channels["texts"].tools)
    hub.channels.admit(door)
    await hub.store.write(disarm, "a restored copy", 0)
    await hub.channels.open(armed=await hub.store.read(is_armed))
    jobs = Jobs(hub, office, ("intake",))
    jobs.attendance.closed_rest = 0.01
    await jobs.start()
    await asyncio.sleep(0.1)
    assert (door.announced, door.taken) == (0, 1)

    await hub.store.write(arm)

    async def attended() -> bool:
        return (door.announced, door.taken) == (1, 0)

    await eventually(attended)
    await jobs.stop()
