"""hub.outbound.recovery: what an outage of the store leaves behind is settled by the process that lived through it."""

from collections.abc import Awaitable, Callable

import pytest

from hub.context import Hub
from hub.ids import new_id
from hub.outbound.recovery import enter, leave, reap, reap_lost, renew
from hub.store.processes import list_processes
from hub.store.raw import claim_raws
from tests.pager import page

ADA = "+4915112345678"


async def test_claim_whose_answer_was_lost_is_free_again_after_the_outage(hub: Hub) -> None:
    await enter(hub.store, hub.process_id)
    await hub.intake.accept("texts", [page(**{"from": ADA, "id": "m1", "text": "held by nobody"})])
    claimed = await hub.store.write(claim_raws, hub.process_id, hub.clock.now(), 10)
    held = await hub.store.write(claim_raws, hub.process_id, hub.clock.now(), 10)

    await renew(hub.store, hub.process_id, hub.clock)

    again = await hub.store.write(claim_raws, hub.process_id, hub.clock.now(), 10)
    assert held == []
    assert [kept.id for kept in again] == [kept.id for kept in claimed]


@pytest.mark.parametrize("settle", [renew, leave])
async def test_claim_made_after_others_buried_us_is_free_again(
    hub: Hub, settle: Callable[..., Awaitable[None]]
) -> None:
    await enter(hub.store, hub.process_id)
    await hub.intake.accept("texts", [page(**{"from": ADA, "id": "m1", "text": "held by nobody"})])
    [us], seen_at = await hub.store.read(list_processes)
    await hub.store.write(reap, us, seen_at, hub.clock.now())
    claimed = await hub.store.write(claim_raws, hub.process_id, hub.clock.now(), 10)

    await settle(hub.store, hub.process_id, hub.clock)

    again = await hub.store.write(claim_raws, hub.process_id, hub.clock.now(), 10)
    assert [kept.id for kept in again] == [kept.id for kept in claimed] != []


async def test_what_a_process_held_that_nobody_knows_is_free_again_and_what_others_hold_is_not(hub: Hub) -> None:
    await enter(hub.store, hub.process_id)
    for number in range(2):
        await hub.intake.accept("texts", [page(**{"from": ADA, "id": f"m{number}", "text": "whose?"})])
    [of_nobody] = await hub.store.write(claim_raws, new_id(), hub.clock.now(), 1)
    await hub.store.write(claim_raws, hub.process_id, hub.clock.now(), 1)

    await reap_lost(hub.store, hub.clock)

    again = await hub.store.write(claim_raws, hub.process_id, hub.clock.now(), 10)
    assert [kept.id for kept in again] == [of_nobody.id]
