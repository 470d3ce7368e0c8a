"""hub.jobs: the loops of a process survive what goes wrong around them."""

from collections.abc import Awaitable, Callable

import pytest

from hub import jobs as module
from hub.channel import Accept
from hub.context import Hub
from hub.jobs import Jobs
from hub.sending import Office
from tests.pager import PagerChannel

Eventually = Callable[[Callable[[], Awaitable[object]]], Awaitable[object]]


class Door(PagerChannel):
    """A channel with a port of its own, which somebody else holds at first."""

    taken = 1
    opened = 0

    async def listen(self, accept: Accept) -> None:
        if self.taken:
            self.taken -= 1
            raise OSError("address already in use")
        self.opened += 1


async def test_doors_are_open_before_the_jobs_begin_and_are_tried_again(
    hub: Hub, office: Office, eventually: Eventually, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CLOSED_REST", 0.01)
    tools = hub.channels["texts"].tools
    free, held = Door("free", Door.Settings(), tools), Door("held", Door.Settings(), tools)
    free.taken = 0
    hub.channels.admit(free)
    hub.channels.admit(held)
    jobs = Jobs(hub, office, ("intake",))

    await jobs.listen()
    assert (free.opened, held.opened) == (1, 0)

    await jobs.start()

    async def both() -> bool:
        return (free.opened, held.opened) == (1, 1)

    await eventually(both)
    await jobs.stop()
