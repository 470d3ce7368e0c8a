"""hub.outbound.turns: messages to one address leave one after the other, in the order in which they were written."""

import asyncio

import pytest

from hub.context import Hub
from hub.jobs.loops import Jobs
from hub.outbound.turns import Turns
from tests.hub.outbound.test_outbox import ADA, Eventually, answer, ask, pager, settled

BEN = "+4915187654321"


async def test_a_third_message_to_an_address_waits_while_the_second_is_on_its_way(
    hub: Hub, jobs: Jobs, eventually: Eventually
) -> None:
    asked, other = await ask(hub), await ask(hub, sender=BEN, id="m2")
    provider = pager(hub)
    provider.gate = first = asyncio.Event()
    await answer(hub, asked, text="first")
    await answer(hub, asked, text="second")
    await eventually(lambda: handed(hub, 1))
    provider.gate = second = asyncio.Event()
    first.set()
    await eventually(lambda: handed(hub, 2))

    try:
        third = await answer(hub, asked, text="third")
        await answer(hub, other, text="to Ben")
        await eventually(lambda: handed(hub, 3))
        assert [(out.text, out.recipient.handle) for out in provider.provider] == [
            ("first", ADA),
            ("second", ADA),
            ("to Ben", BEN),
        ]
    finally:
        second.set()
    await settled(hub, third, eventually, "sent")


async def handed(hub: Hub, count: int) -> bool:
    return len(pager(hub).provider) >= count


async def test_one_who_gives_up_waiting_leaves_the_turns_as_they_were() -> None:
    turns, order = Turns(), []

    async def take(name: str, until: asyncio.Event) -> None:
        async with turns.of("ada"):
            order.append(name)
            await until.wait()

    end = asyncio.Event()
    holder, impatient, patient = (asyncio.create_task(take(name, end)) for name in ("holder", "impatient", "patient"))
    await asyncio.sleep(0)
    impatient.cancel()
    with pytest.raises(asyncio.CancelledError):
        await impatient
    end.set()
    await asyncio.gather(holder, patient)

    assert (order, len(turns)) == (["holder", "patient"], 0)
