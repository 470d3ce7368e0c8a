"""Customers who want a rest: no advertising for thirty days, by one act that ends by itself and can be taken back."""

import pytest

from hub.campaigns.check import check_campaign
from hub.campaigns.foresight import Asked, list_spared
from hub.campaigns.preferences import PAUSE, SOURCE, pause, resume
from hub.campaigns.track import Proof
from hub.clock import DAY
from hub.model import DeliveryState
from hub.outbound.compose import Reply
from hub.outbound.outbox import queue_message
from hub.reasons import Reason, Why, say
from hub.store.consents import list_consents
from hub.store.customers import get_customer
from hub.store.merges import merge_customers, undo_merge
from tests.campaigns.test_leaving import ADA, GRACE, campaign, gone, put_clock, sequence, two_people
from tests.campaigns.test_leaving import _rows as rows
from tests.campaigns.test_public import mail, reader

__all__ = ["mail", "reader"]  # fixtures
HERE = Proof(SOURCE, "Pause everything for 30 days", "192.0.2.1")


def until(world):
    return world.clock.now() + PAUSE


async def paused(world, customer):
    await world.write(pause, customer, HERE, world.clock.now())


async def test_one_press_pauses_and_one_takes_it_back(world, reader, mail):
    """Looking changes nothing; both stand in the ledger with what was pressed."""
    customer, _, paths = mail
    _, page = await reader.ask("GET", paths["p"])
    await reader.ask("GET", f"{paths['p']}?action=pause")
    assert (await world.read(get_customer, customer)).paused_until == 0
    assert "Pause everything for 30 days" in page

    status, _ = await reader.ask("POST", paths["p"], data={"action": "pause"})
    _, page = await reader.ask("GET", reader.headers["Location"])
    assert status == 303
    assert (await world.read(get_customer, customer)).paused_until == until(world)
    assert "Undo" in page
    assert "Pause everything for 30 days" not in page

    await reader.ask("POST", paths["p"], data={"action": "resume"})
    assert (await world.read(get_customer, customer)).paused_until == 0
    told = [(one.state, one.until, one.source, bool(one.ip)) for one in await world.read(list_consents, customer)]
    assert told[:2] == [("resumed", None, "preference page", True), ("paused", until(world), "preference page", True)]
    wordings = [one.wording for one in await world.read(list_consents, customer)][:2]
    assert all(
        word in wording for word, wording in zip(("Undo", "Pause everything for 30 days"), wordings, strict=True)
    )


async def test_pressing_twice_is_pausing_once(world):
    [ada, _] = await two_people(world)
    await paused(world, ada)
    before = await world.read(list_consents, ada)
    world.clock.forward(DAY)
    await paused(world, ada)
    assert await world.read(list_consents, ada) == before

    world.clock.forward(PAUSE)
    await world.write(resume, ada, HERE, world.clock.now())
    assert await world.read(list_consents, ada) == before


@pytest.mark.parametrize("way", [campaign, sequence])
async def test_whoever_pauses_gets_no_advertising_until_it_is_over(world, way):
    """A campaign is about today and leaves them out; a step of a sequence waits. It ends by itself."""
    put_clock(world, 12)
    people = await two_people(world)
    await paused(world, people[0])
    await way(world, people)
    await world.send()
    assert gone(world) == [GRACE]

    world.clock.forward(PAUSE)
    await world.send()
    assert gone(world) == ([GRACE] if way is campaign else [ADA, GRACE])
    await campaign(world, ())
    await world.send()
    assert gone(world).count(ADA) == (1 if way is campaign else 2)


async def test_the_reason_names_the_day(world):
    put_clock(world, 12)
    people = await two_people(world)
    await paused(world, people[0])
    await sequence(world, people)
    [ada, _] = await world.read(rows)
    assert (ada.state, ada.due_at, ada.reason) == (DeliveryState.HELD, until(world), Why.PAUSED)
    assert say(Reason(ada.reason, ada.detail)) == "paused by the customer until 2026-12-28"


async def test_who_pauses_while_it_waits_is_left_out_by_the_claim(world):
    put_clock(world, 12)
    people = await two_people(world)
    await campaign(world, people)
    await paused(world, people[0])
    await world.send()
    [ada, _] = await world.read(rows)
    assert (gone(world), ada.state, ada.reason) == ([GRACE], DeliveryState.CANCELLED, Why.PAUSED)


async def test_check_counts_and_names_whom_a_pause_leaves_out(world):
    put_clock(world, 12)
    people = await two_people(world)
    await paused(world, people[0])
    made = await world.campaign(channel="sms")
    asked = (world.words, world.hub.outbox_deps, made)
    for exact in (True, False):
        foreseen = (await world.read(check_campaign, *asked, world.clock.now(), exact=exact)).reach
        assert (foreseen.reachable, foreseen.excluded) == (1, {"paused": 1})
    named = await world.read(list_spared, *asked, Asked("paused"), world.clock.now())
    assert [one.customer_id for one in named.rows] == [people[0]]
    await world.schedule(made)
    await world.expand()
    assert (await world.report(made)).excluded == {"paused": 1}


async def test_what_leaves_after_it_is_over_reaches_them(world):
    put_clock(world, 12)
    people = await two_people(world)
    await paused(world, people[0])
    await world.schedule(await world.campaign(channel="sms"), world.clock.now() + PAUSE)
    world.clock.forward(PAUSE)
    await world.expand()
    await world.send()
    assert gone(world) == [ADA, GRACE]


async def test_what_people_write_leaves_all_the_same(world):
    put_clock(world, 12)
    for id in await two_people(world):
        await paused(world, id)
        reply = Reply(text="Hello", channel="sms")
        await world.write(queue_message, world.hub.outbox_deps, id, reply, world.clock.now())
    await world.send()
    assert gone(world) == [ADA, GRACE]


async def test_a_pause_goes_with_whom_it_belongs_to(world):
    """Merged and taken apart again."""
    ada, grace = await two_people(world)
    await paused(world, ada)
    over = until(world)
    await world.write(merge_customers, grace, ada, None, world.clock.now())
    assert (await world.read(get_customer, grace)).paused_until == over
    await world.write(undo_merge, grace, None, world.clock.now())
    assert (await world.read(get_customer, grace)).paused_until == 0
    assert (await world.read(get_customer, ada)).paused_until == over
