"""hub.recovery: what an outage of the store leaves behind is settled by the process that lived through it."""

from hub.context import Hub
from hub.recovery import enter, renew
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
