"""Channels come and go while the hub runs."""

from hub.registry import Registry
from tests.pager import PagerChannel, PagerSettings


class Busy(PagerChannel):
    """While it opens, somebody adds another channel in the browser."""

    async def open(self) -> None:
        self.others[0].admit(self.others[1])

    others: tuple[Registry, PagerChannel]


async def test_a_channel_may_be_added_while_the_others_open(hub):
    busy = Busy("busy", PagerSettings(), hub.tools)
    late = PagerChannel("late", PagerSettings(), hub.tools)
    registry = Registry({"busy": busy, "texts": hub.channels["texts"]})
    busy.others = (registry, late)

    await registry.open()

    assert set(registry) == {"busy", "texts", "late"}
