"""Two wordings of one step: each customer gets one, and once one is better it goes to all who come later."""

import re

import pytest

from hub.clock import DAY, HOUR
from hub.errors import Conflict
from hub.sequences.splitting import list_standings
from hub.sequences.starting import add_customers
from hub.store.sequences import get_sequence, list_runs
from hub.store.step_variants import Side
from hub.store.templates import add_template
from hub.store.unnamed import CLICKED, Unnamed, add_unnamed, count_unnamed_sides
from tests.campaigns.test_branches import follow_link
from tests.campaigns.test_pages import press
from tests.campaigns.test_sequences import ADDED, active

FIRST = {"kind": "message", "channel": "mail", "purpose": "news", "subject": "First", "text": "First"}
SECOND = {"subject": "Second", "text": "Second"}


async def enter(world, sequence, number, start=0):
    ids = [await world.customer(f"R{n}", email=f"r{n}@example.com") for n in range(start, start + number)]
    await world.write(add_customers, sequence.id, ids, world.clock.now())
    await world.follow_up()
    await world.send()
    return ids


def said(world, since=0):
    return [mail.subject for mail in world.channels["mail"].sent[since:]]


async def standing(world, sequence):
    found = await world.read(list_standings, await world.read(get_sequence, sequence.id), world.clock.now())
    return found[0]


async def test_a_share_gets_the_second_and_nobody_both(world):
    sequence = await active(world, **(ADDED | {"exits": []}), steps=[FIRST | {"other": SECOND | {"share": 30}}])
    await enter(world, sequence, 40)
    second = said(world).count("Second")
    assert 4 <= second <= 20
    assert len({mail.recipient.handle for mail in world.channels["mail"].sent}) == 40
    found = await standing(world, sequence)
    assert (found.sides, found.winner) == ({"a": Side(40 - second, 0), "b": Side(second, 0)}, "")
    assert {run.state for run in await world.read(list_runs, sequence.id)} == {"done"}


async def test_the_one_that_is_answered_goes_to_all_who_come_later(world):
    other = SECOND | {"measure": "replies", "enough": 10}
    sequence = await active(world, **(ADDED | {"exits": []}), steps=[FIRST | {"other": other}])
    await enter(world, sequence, 40)
    world.clock.forward(HOUR)
    for mail in list(world.channels["mail"].sent):
        if mail.subject == "Second":
            await world.answer(mail.recipient.handle, answers=mail)
    await enter(world, sequence, 10, 40)  # too early to say
    assert {"First", "Second"} == set(said(world, 40))
    world.clock.forward(2 * DAY + HOUR)
    await enter(world, sequence, 10, 60)
    assert said(world, 50) == ["Second"] * 10
    found = await standing(world, sequence)
    assert (found.winner, found.sides["a"].did) == ("b", 0)


@pytest.mark.parametrize("agreed", [True, False])
async def test_clicks_decide_with_a_name_or_without(world, agreed):
    words = {"subject.txt": "T", "email.html": '<a href="https://example.com/start">Start</a>', "email.txt": "Start"}
    made = [await world.write(add_template, name, words | {"subject.txt": name}, 1, None) for name in ("One", "Two")]
    step = {"kind": "message", "channel": "mail", "purpose": "news", "template": made[0].id}
    other = {"template": made[1].id, "measure": "clicks", "enough": 10}
    sequence = await active(world, **(ADDED | {"exits": []}), steps=[step | {"other": other}])
    ids = await enter(world, sequence, 40)
    await world.agree(*(ids if agreed else []))
    for mail in [mail for mail in world.channels["mail"].sent if mail.subject == "One"]:
        await follow_link(world, mail)
    world.clock.forward(2 * DAY + HOUR)
    await enter(world, sequence, 8, 60)
    assert said(world, 40) == ["One"] * 8
    found = await standing(world, sequence)
    assert (found.winner, found.sides["b"].did) == ("a", 0)
    assert found.sides["a"].did == said(world)[:40].count("One")


async def test_what_cannot_be_said_or_told_apart_does_not_start(world):
    for other, why in (
        (SECOND | {"measure": "goal"}, "the sequence has none"),
        (SECOND | {"measure": "clicks"}, "no link in the message"),
        (SECOND | {"text": "{{ customer.nonsense }}"}, "b/"),
    ):
        with pytest.raises(Conflict, match=why):
            await active(world, **(ADDED | {"exits": []}), steps=[FIRST | {"other": other}])


async def test_it_is_written_in_the_browser_and_its_numbers_stand_beside_it(world, visit):
    max = await visit()
    here = await press(max, "/sequences", "/sequences", {"name": "Two", "action": "open"})
    form = {"name": "Two", "event": "added", "count": "1", "kind_0": "message", "channel_0": "mail"}
    form |= {"purpose_0": "news", "subject_0": "First", "text_0": "First", "other_subject_0": "Second"}
    answer = await max.post(here, {**form, "action": "save"}, page=here)
    assert answer.status == 422
    assert "Write the second wording" in await answer.text()
    more = {"other_text_0": "Second", "other_share_0": "40", "other_measure_0": "replies", "other_enough_0": "20"}
    await press(max, here, here, {**form, **more, "action": "start"})
    sequence = await world.read(get_sequence, here.rpartition("/")[2])
    kept = {"template": "", **SECOND, "share": 40, "measure": "replies", "enough": 20}
    assert sequence.steps[0]["other"] == kept
    await enter(world, sequence, 20)
    _, page = await max.get(here)
    rows = dict(re.findall(r'<th scope="row">([AB])</th><td class="num">([0-9]+)</td>', page))
    assert sum(map(int, rows.values())) == 20


async def test_a_click_without_a_name_counts_once_it_is_ripe(store):
    step = {"about": "s", "counts": CLICKED, "variant": "b", "version": 1, "step": 0}
    for digest, at in (("old", HOUR), ("young", 3 * HOUR)):
        await store.write(add_unnamed, Unnamed(digest=digest, at=at, **step))
    assert await store.read(count_unnamed_sides, "s", 1, 0, 2 * HOUR) == {"b": 1}
    assert await store.read(count_unnamed_sides, "s", 1, 0, 3 * HOUR) == {"b": 2}
