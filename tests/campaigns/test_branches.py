"""hub.sequences.steps: a branch asks each customer when it is their turn, leads on only, and each step is done once."""

import asyncio
import re

import pytest
from pydantic import ValidationError

from hub.campaigns.clicks import Visit, click, peek
from hub.clock import DAY
from hub.errors import Conflict
from hub.sequences.definition import BranchStep
from hub.sequences.forecast import forecast
from hub.sequences.starting import add_customers
from hub.store.customers import list_customer_labels
from hub.store.deliveries import get_delivery
from hub.store.segments import add_segment
from hub.store.sequences import list_runs
from hub.store.step_messages import Sent, count_sent
from hub.store.templates import add_template
from tests.campaigns.test_sequences import MESSAGE, active, changed, pass_time

ADDED = {"event": "added", "after": "0s"}
WAIT, END = {"kind": "wait", "after": "1d"}, {"kind": "end"}
GOLD = {"op": "label", "name": "gold"}


def says(text):
    return {**MESSAGE, "text": text}


def label(name):
    return {"kind": "label", "name": name}


async def asks_gold(world, otherwise):
    segment = await world.write(add_segment, "Gold", GOLD, world.clock.now())
    return {"kind": "branch", "segment": segment.id, "otherwise": otherwise}


async def begin(world, steps, *customers, exits=()):
    sequence = await active(world, trigger=ADDED, steps=steps, exits=list(exits))
    await world.write(add_customers, sequence.id, customers, world.clock.now())
    await pass_time(world, 0)
    return sequence


def heard(world):
    return sorted(mail.text.partition("\n")[0] for mail in world.channels["mail"].sent)


async def test_who_is_in_the_segment_goes_on_and_the_others_elsewhere(world):
    ada = await world.customer("Ada", labels=["gold"])
    grace = await world.customer("Grace", labels=["all"])
    steps = [await asks_gold(world, 4), says("Gold"), END, says("Others")]
    sequence = await begin(world, steps, ada, grace)
    assert heard(world) == ["Gold", "Others"]
    assert {run.state for run in await world.read(list_runs, sequence.id)} == {"done"}


async def test_without_another_step_it_ends_for_the_others(world):
    ada = await world.customer("Ada", labels=["all"])
    await begin(world, [await asks_gold(world, 0), says("Gold")], ada)
    assert heard(world) == []


async def test_a_branch_sees_what_the_step_before_it_did(world):
    ada = await world.customer("Ada", labels=["all"])
    await begin(world, [label("gold"), await asks_gold(world, 0), says("Gold")], ada)
    assert heard(world) == ["Gold"]


async def test_it_is_asked_when_it_is_their_turn(world):
    ada = await world.customer("Ada", labels=["all"])
    await begin(world, [WAIT, await asks_gold(world, 5), says("Gold"), END, says("Others")], ada)
    await pass_time(world, DAY)
    assert heard(world) == ["Others"]


async def test_who_has_written_goes_another_way(world):
    ada = await world.customer("Ada", email="ada@example.com")
    grace = await world.customer("Grace", email="grace@example.com")
    answered = {"kind": "branch", "segment": None, "otherwise": 5}
    await begin(world, [WAIT, answered, says("Thank you"), END, says("Still there")], ada, grace)
    world.clock.forward(1000)
    await world.answer("ada@example.com")
    await pass_time(world, DAY)
    assert heard(world) == ["Still there", "Thank you"]


async def test_a_wait_on_either_side_is_waited_for(world):
    ada = await world.customer("Ada", labels=["all"])
    sequence = await begin(world, [await asks_gold(world, 3), says("Gold"), WAIT, says("Later")], ada)
    [run] = await world.read(list_runs, sequence.id)
    assert (run.state, run.step, heard(world)) == ("waiting", 3, [])
    await pass_time(world, DAY)
    assert heard(world) == ["Later"]


async def test_two_processes_go_through_it_once(world):
    people = [await world.customer(f"Person {number}", labels=["gold"]) for number in range(4)]
    steps = [await asks_gold(world, 0), label("asked"), says("Gold")]
    sequence = await active(world, trigger=ADDED, steps=steps, exits=[])
    await world.write(add_customers, sequence.id, people, world.clock.now())
    await asyncio.gather(world.follow_up(), world.follow_up())
    await world.send()
    assert heard(world) == ["Gold"] * 4
    labels = await world.read(list_customer_labels, people)
    assert all("asked" in found for found in labels.values())


@pytest.mark.parametrize("otherwise", [1, 2, 4, 50])
async def test_a_branch_that_leads_back_or_nowhere_is_refused(world, otherwise):
    steps = [says("One"), {"kind": "branch", "segment": None, "otherwise": otherwise}, says("Two")]
    with pytest.raises(Conflict, match="step 2 leads to no later step"):
        await active(world, trigger=ADDED, steps=steps)
    sequence = await active(world, trigger=ADDED, steps=[says("One")])
    with pytest.raises(Conflict, match="step 2 leads to no later step"):
        await changed(world, sequence, steps=steps)


async def test_a_forecast_goes_the_way_as_things_stand(world):
    ada = await world.customer("Ada", labels=["gold"])
    grace = await world.customer("Grace", labels=["all"])
    steps = [await asks_gold(world, 4), says("Gold"), END, says("Others")]
    sequence = await active(world, trigger=ADDED, steps=steps)
    for customer, way in ((ada, ["yes", "Gold"]), (grace, ["no", "Others"])):
        asked = (world.hub.outbox_deps, world.words, sequence.id, customer, world.clock.now())
        told = await world.read(forecast, *asked)
        assert [each.text.partition("\n")[0] for each in told] == way


async def test_a_segment_that_is_gone_keeps_it_from_starting(world):
    with pytest.raises(Conflict, match="is gone"):
        await active(world, trigger=ADDED, steps=[{"kind": "branch", "segment": "0" * 32, "otherwise": 0}])


NEWSLETTER = {
    "subject.txt": "Look",
    "email.html": '<p>Look</p><a href="https://example.com/start">Start</a> <a href="https://example.com/b">B</a>',
}


async def mailing(world):
    """A message whose links are followed."""
    template = await world.write(add_template, "Look", NEWSLETTER, world.clock.now(), None)
    return {"kind": "message", "template": template.id, "purpose": "news", "channel": "mail"}


def clicked(step, otherwise):
    return {"kind": "branch", "clicked": step, "otherwise": otherwise}


async def follow_link(world, mail):
    """The recipient clicks the first link."""
    leading = re.search(r'href="http://hub\.example/c/([0-9]+)-([^"]+)"', mail.html)
    assert leading
    [delivery_id] = world.hub.signer.open("link", leading[2])
    delivery = await world.read(get_delivery, delivery_id)
    assert await world.read(peek, delivery, int(leading[1])) == "https://example.com/start"
    visit = Visit(delivery, int(leading[1]), world.clock.now(), world.hub.signer.key("clicks"))
    return await world.write(click, visit)


@pytest.mark.parametrize("asked", [0, 1])
async def test_who_clicked_a_link_of_the_mail_goes_on_and_the_others_elsewhere(world, asked):
    ada = await world.customer("Ada", email="ada@example.com")
    grace = await world.customer("Grace", email="grace@example.com")
    await world.agree(ada)
    steps = [await mailing(world), WAIT, clicked(asked, 6), says("Tips"), END, says("Help")]
    sequence = await begin(world, steps, ada, grace)
    [to_ada] = [mail for mail in world.channels["mail"].sent if mail.recipient.handle == "ada@example.com"]
    assert await follow_link(world, to_ada) == "https://example.com/start"
    await follow_link(world, to_ada)
    await pass_time(world, DAY)
    assert {mail.recipient.handle: mail.text.partition("\n")[0] for mail in world.channels["mail"].sent[2:]} == {
        "ada@example.com": "Tips",
        "grace@example.com": "Help",
    }
    assert (await world.read(count_sent, sequence.id, 1))[0] == Sent(sent=2, clicked=1)


async def test_a_click_in_another_mail_of_the_sequence_is_no_click_in_this_one(world):
    ada = await world.customer("Ada")
    await world.agree(ada)
    look = await mailing(world)
    await begin(world, [look, look, WAIT, clicked(2, 7), says("Tips"), END, clicked(1, 0), says("First")], ada)
    await follow_link(world, world.channels["mail"].sent[0])
    await pass_time(world, DAY)
    assert heard(world) == ["First", "Look", "Look"]


async def test_links_nobody_asks_about_lead_where_they_led(world):
    ada = await world.customer("Ada")
    await begin(world, [await mailing(world)], ada)
    [mail] = world.channels["mail"].sent
    assert ("https://example.com/start" in mail.html, "/c/" in mail.html) == (True, False)


async def test_a_condition_on_a_field_is_asked_of_each(world):
    ada = await world.customer("Ada", fields={"plan": "pro"})
    grace = await world.customer("Grace")
    pro = {"op": "is", "field": "fields.plan", "value": "pro"}
    asks = {"kind": "branch", "condition": pro, "otherwise": 4}
    await begin(world, [asks, says("Pro"), END, says("Free")], ada, grace)
    assert heard(world) == ["Free", "Pro"]


@pytest.mark.parametrize(("asked", "said"), [(1, "no link"), (2, "no message"), (4, "no message"), (0, "no link")])
async def test_a_branch_about_clicks_that_nobody_can_make_keeps_it_from_starting(world, asked, said):
    with pytest.raises(Conflict, match=said):
        await active(world, trigger=ADDED, steps=[says("One"), WAIT, clicked(asked, 0), says("Two")])


@pytest.mark.parametrize("more", [{"segment": "0" * 32}, {"condition": GOLD}])
def test_a_branch_asks_one_thing(more):
    with pytest.raises(ValidationError, match="one thing"):
        BranchStep.model_validate({"kind": "branch", "clicked": 1} | more)
