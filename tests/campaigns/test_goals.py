"""hub.store.sequence_goals: whoever does what a sequence is for leaves it, and is counted with what they order."""

import pytest

from hub.clock import DAY, HOUR
from hub.errors import Conflict
from hub.reasons import Why
from hub.sequences.starting import add_customers
from hub.store.campaign_value import Bought
from hub.store.customers import add_customer_label
from hub.store.sales import CANCELLED, add_order
from hub.store.sequence_goals import Reached, count_reached
from hub.store.sequences import list_runs
from tests.campaigns.test_branches import follow_link, mailing
from tests.campaigns.test_sequences import MESSAGE, active, pass_time

WAIT = {"kind": "wait", "after": "1d"}
ADDED = {"event": "added", "after": "0s"}


async def begin(world, goal, *customers, steps=(MESSAGE, WAIT, MESSAGE)):
    sequence = await active(world, trigger=ADDED, steps=list(steps), exits=[], goal=goal)
    await world.write(add_customers, sequence.id, customers, world.clock.now())
    await pass_time(world, 0)
    return sequence


async def order(world, customer, total=1990, **more):
    world.clock.forward(1)
    values = {"customer_id": customer, "number": f"O-{total}", "currency": "EUR", "total": total, **more}
    await world.write(add_order, values, world.clock.now())


async def ends(world, sequence):
    return {run.customer_id: (run.state, run.reason) for run in await world.read(list_runs, sequence.id)}


async def test_whoever_orders_leaves_and_what_they_ordered_is_its_value(world):
    ada, grace = await world.customer("Ada"), await world.customer("Grace")
    await order(world, grace, 500)
    sequence = await begin(world, "ordered", ada, grace)
    await order(world, ada)
    await order(world, grace, 700, state=CANCELLED)
    await pass_time(world, 2 * DAY)
    assert await ends(world, sequence) == {ada: ("exited", Why.GOAL_REACHED), grace: ("done", "")}
    assert len(world.channels["mail"].sent) == 3
    found = await world.read(count_reached, sequence.id, "ordered")
    assert found == Reached(2, 1, [Bought("EUR", 1, 1990)])


async def test_what_is_ordered_after_the_last_message_counts_for_some_time(world):
    ada, grace = await world.customer("Ada"), await world.customer("Grace")
    sequence = await begin(world, "ordered", ada, grace, steps=[MESSAGE])
    world.clock.forward(29 * DAY)
    await order(world, ada, 100)
    world.clock.forward(2 * DAY)
    await order(world, grace, 200)
    found = await world.read(count_reached, sequence.id, "ordered")
    assert found == Reached(2, 1, [Bought("EUR", 1, 100)])


async def test_an_answer_that_is_the_goal_ends_it_at_once(world):
    ada = await world.customer("Ada", email="ada@example.com")
    sequence = await begin(world, "replied", ada)
    world.clock.forward(HOUR)
    await world.answer("ada@example.com")
    assert await ends(world, sequence) == {ada: ("exited", Why.GOAL_REACHED)}
    assert (await world.read(count_reached, sequence.id, "replied")).reached == 1


async def test_a_label_that_is_the_goal_ends_it(world):
    ada, grace = await world.customer("Ada"), await world.customer("Grace")
    sequence = await begin(world, "label:gold", ada, grace)
    await world.write(add_customer_label, ada, "gold", world.clock.now())
    await order(world, ada, 300)
    await pass_time(world, 2 * DAY)
    assert (await ends(world, sequence))[ada] == ("exited", Why.GOAL_REACHED)
    assert await world.read(count_reached, sequence.id, "label:gold") == Reached(2, 1, [Bought("EUR", 1, 300)])


async def test_a_link_that_is_the_goal_is_followed_and_ends_it(world):
    ada, grace = await world.customer("Ada", email="ada@example.com"), await world.customer("Grace")
    await world.agree(ada)
    sequence = await begin(world, "clicked", ada, grace, steps=[await mailing(world), WAIT, MESSAGE])
    mail = next(one for one in world.channels["mail"].sent if one.recipient.handle == "ada@example.com")
    await follow_link(world, mail)
    await pass_time(world, 2 * DAY)
    ended = await ends(world, sequence)
    assert (ended[ada], ended[grace]) == (("exited", Why.GOAL_REACHED), ("done", ""))
    assert (await world.read(count_reached, sequence.id, "clicked")).reached == 1


async def test_a_goal_that_nobody_can_click_is_told_before_it_starts(world):
    with pytest.raises(Conflict, match="no link in the message can be clicked"):
        await active(world, trigger=ADDED, steps=[MESSAGE], exits=[], goal="clicked")


async def test_nothing_is_counted_where_there_is_no_goal(world):
    ada = await world.customer("Ada")
    sequence = await begin(world, "", ada)
    await order(world, ada)
    assert await world.read(count_reached, sequence.id, "") == Reached(1, 0, ())
