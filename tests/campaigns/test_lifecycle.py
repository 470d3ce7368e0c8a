"""hub.campaigns.lifecycle: back to draft while nothing has begun, copied at any time, counted as its rows say."""

import pytest

from hub.campaigns import lifecycle
from hub.clock import DAY
from hub.errors import Conflict
from hub.model import Address, DeliveryState
from hub.reasons import Reason
from hub.store import campaigns as store
from hub.store.customers import mark_address
from hub.store.deliveries import get_delivery, mark_state
from hub.store.recipients import list_recipients
from tests.campaigns.conftest import NEWS


async def test_a_scheduled_campaign_goes_back_to_draft_is_changed_and_sent(world):
    await world.customer("Ada", email="ada@example.com")
    first = await world.schedule(await world.campaign(), world.clock.now() + DAY)
    drafted = await world.write(lifecycle.put_back, first.id, world.clock.now())
    other = {**NEWS, "html": '<a href="https://example.com/other">Other</a>'}
    await world.write(store.mark_campaign, first.id, world.clock.now(), ("draft",), template=other)
    await world.schedule(await world.read(store.get_campaign, first.id))
    await world.expand()
    await world.send()
    links = await world.read(store.list_links, first.id)

    assert (drafted.state, drafted.scheduled_at, drafted.template_version_id) == ("draft", None, None)
    assert [link.url for link in links] == ["https://example.com/other"]
    assert "/c/0-" in world.channels["mail"].sent[0].html


async def test_what_has_begun_is_no_draft_again(world):
    await world.customer("Ada")
    sending = await world.schedule(await world.campaign())
    await world.expand()
    with pytest.raises(Conflict):
        await world.write(lifecycle.put_back, sending.id, world.clock.now())
    await world.write(lifecycle.pause, sending.id, world.clock.now())
    with pytest.raises(Conflict):
        await world.write(lifecycle.put_back, sending.id, world.clock.now())

    assert (await world.read(store.get_campaign, sending.id)).state == "paused"
    waiting = await world.schedule(await world.campaign(), world.clock.now() + DAY)
    await world.write(lifecycle.pause, waiting.id, world.clock.now())
    assert (await world.write(lifecycle.put_back, waiting.id, world.clock.now())).state == "draft"


@pytest.mark.parametrize("sent", [True, False])
async def test_a_copy_is_a_draft_that_says_the_same(world, sent):
    await world.customer("Ada")
    first = await (world.deliver if sent else world.campaign)(sender="News", track_links=False)
    made = await world.write(lifecycle.copy, first.id, world.clock.now())

    assert (made.state, made.started_at, made.expanded) == ("draft", None, False)
    assert {name: getattr(made, name) for name in lifecycle.COPIED} == {
        name: getattr(first, name) for name in lifecycle.COPIED
    }


async def test_a_bounce_is_called_so_in_the_report_and_in_its_row(world):
    for name in ("Ada", "Grace", "Alan"):
        await world.customer(name, email=f"{name.lower()}@example.com")
    campaign = await world.deliver()
    rows = {row.handle: row for row in await world.read(list_recipients, campaign.id)}
    for handle in ("ada@example.com", "grace@example.com"):
        failed = await world.read(get_delivery, rows[handle].delivery_id)
        await world.write(mark_state, failed.id, DeliveryState.FAILED, Reason(detail="550"), world.clock.now())
    ada = rows["ada@example.com"]
    await world.write(mark_address, ada.customer_id, Address("email", ada.handle), "bounced", "550")
    report = await world.report(campaign)
    states = {row.handle: row.state for row in await world.read(list_recipients, campaign.id)}

    assert (report.bounced, report.failed, report.sent) == (1, 1, 1)
    assert states == {"ada@example.com": "bounced", "grace@example.com": "failed", "alan@example.com": "sent"}
