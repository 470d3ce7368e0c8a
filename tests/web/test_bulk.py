"""One act on many conversations, without JavaScript: boxes, a bar of buttons, and everything back as it stood."""

from collections import Counter

import pytest

from hub.clock import HOUR
from hub.ids import new_id
from hub.model import Role
from hub.store.conversations import (
    get_conversation,
    list_conversation_labels,
    mark_conversation,
    mark_conversation_labels,
)
from hub.store.messages import list_messages
from hub.store.routing import mark_state
from hub.store.teams import add_team, change_team


@pytest.fixture
async def twelve(signed_in, says, hub):
    visitor, ids = await signed_in(), []
    for number in range(12):
        said = await says(f"Number {number}", sender=f"+120255501{number:02d}")
        ids.append(said.conversation_id)
    return visitor, ids


async def do(visitor, ids, act, **more):
    form = [("view", "open"), ("act", act), *(("id", id) for id in ids), *more.items()]
    _, page = await visitor.get("/inbox?view=open")
    token = page.partition('name="csrf" value="')[2].partition('"')[0]
    return await visitor.answer("POST", "/bulk", data=[("csrf", token), *form])


async def undo(visitor, answer):
    where = answer.headers["Location"]
    id = where.partition("did=")[2].partition(".")[0]
    return await visitor.post(f"/bulk/{id}/restoration", {"view": "open"}, page=where)


async def cases(hub, ids):
    return [await hub.store.read(get_conversation, id) for id in ids]


async def test_everybody_gets_as_many_when_they_are_given_out_evenly(twelve, hub, agent):
    visitor, ids = twelve
    holders = [await agent(Role.AGENT, f"{name}@example.com") for name in ("kay", "lou")]
    await agent(Role.MARKETING)
    answer = await do(visitor, ids, "assign:evenly")
    assert answer.status == 303
    held = Counter(case.assignee_id for case in await cases(hub, ids))
    assert sorted(held.values()) == [4, 4, 4]
    assert {holder.id for holder in holders} < set(held)
    await undo(visitor, answer)
    assert {case.assignee_id for case in await cases(hub, ids)} == {None}


async def test_evenly_in_a_team_begins_with_whoever_holds_least(twelve, hub, agent):
    visitor, ids = twelve
    kay, lou = [await agent(Role.AGENT, f"{name}@example.com") for name in ("kay", "lou")]
    team = await hub.store.write(add_team, "Billing", [kay.id, lou.id], 0)
    await hub.store.write(mark_conversation, ids[0], assignee_id=kay.id)
    await do(visitor, ids[1:4], f"assign:evenly:{team.id}")
    held = Counter(case.assignee_id for case in await cases(hub, ids[1:4]))
    assert held == {lou.id: 2, kay.id: 1}


async def test_nothing_is_given_out_to_somebody_who_is_away_unless_all_are(twelve, hub, agent):
    visitor, ids = twelve
    kay, lou = [await agent(Role.AGENT, f"{name}@example.com") for name in ("kay", "lou")]
    team = await hub.store.write(add_team, "Billing", [kay.id, lou.id], 0)
    await hub.store.write(mark_state, kay.id, 1, away=True)
    await do(visitor, ids[:2], f"assign:evenly:{team.id}")
    assert {case.assignee_id for case in await cases(hub, ids[:2])} == {lou.id}
    await hub.store.write(mark_state, lou.id, 1, away=True)
    await do(visitor, ids[2:4], f"assign:evenly:{team.id}")
    assert {case.assignee_id for case in await cases(hub, ids[2:4])} == {kay.id, lou.id}


async def test_labels_are_added_and_a_mark_sets_the_priority_in_the_readers_words(twelve, hub):
    visitor, ids = twelve
    before = await hub.store.read(get_conversation, ids[0])
    await hub.store.write(mark_conversation_labels, before, ["vip"], 0)
    visitor.session.headers["Accept-Language"] = "de"
    answer = await do(visitor, ids[:2], "label", labels="Rechnung, !Hoch")
    labels = await hub.store.read(list_conversation_labels, ids[:2])
    assert [sorted(labels[id]) for id in ids[:2]] == [["Rechnung", "vip"], ["Rechnung"]]
    assert {case.priority for case in await cases(hub, ids[:2])} == {"high"}
    await undo(visitor, answer)
    labels = await hub.store.read(list_conversation_labels, ids[:2])
    assert [labels[id] for id in ids[:2]] == [["vip"], []]
    assert {case.priority for case in await cases(hub, ids[:2])} == {"normal"}


@pytest.mark.parametrize("act", ["done", "snooze:3h"])
async def test_what_left_the_view_comes_back_as_it_was(twelve, hub, clock, act):
    visitor, ids = twelve
    await hub.store.write(mark_conversation, ids[1], unread=0)
    before = [(case.state, case.unread > 0, case.waiting_since) for case in await cases(hub, ids[:3])]
    answer = await do(visitor, ids[:3], act)
    status, page = await visitor.get(answer.headers["Location"])
    assert (status, page.count('<li id="row-')) == (200, 9)
    assert f"3 {'set to done' if act == 'done' else 'snoozed'}" in page
    await undo(visitor, answer)
    assert [(case.state, case.unread > 0, case.waiting_since) for case in await cases(hub, ids[:3])] == before


async def test_it_is_undone_once_and_only_for_so_long(twelve, clock):
    visitor, ids = twelve
    answer = await do(visitor, ids[:2], "priority:urgent")
    assert (await undo(visitor, answer)).status == 303
    assert (await undo(visitor, answer)).status == 409
    assert "Undo" not in (await visitor.get(answer.headers["Location"]))[1].partition('id="did"')[2][:600]
    old = await do(visitor, ids[:2], "priority:urgent")
    clock.forward(2 * HOUR)
    await do(visitor, ids[2:3], "priority:urgent")
    assert (await undo(visitor, old)).status == 409


async def test_what_is_not_seen_any_more_is_not_undone(twelve, hub):
    visitor, ids = twelve
    answer = await do(visitor, ids[:2], "done")
    team = await hub.store.write(add_team, "Board", (), 0)
    await hub.store.write(change_team, team.id, 0, private=True)
    await hub.store.write(mark_conversation, ids[1], team_id=team.id)
    assert (await undo(visitor, answer)).status == 409
    assert [case.state for case in await cases(hub, ids[:2])] == ["closed", "closed"]


async def test_what_cannot_be_done_is_done_to_none_of_them(twelve, hub):
    visitor, ids = twelve
    for act, more in (
        ("assign:nobody here", {}),
        ("label", {"labels": "!soon"}),
        ("snooze:never", {}),
        ("", {}),
        ("label", {}),
    ):
        assert (await do(visitor, ids, act, **more)).status == 422, act
    assert (await do(visitor, [], "done")).status == 422
    assert (await do(visitor, [new_id() for _ in range(201)], "done")).status == 422
    assert (await do(visitor, [*ids, new_id()], "done")).status == 404
    assert {(case.state, case.priority, case.assignee_id) for case in await cases(hub, ids)} == {
        ("open", "normal", None)
    }


async def test_the_open_conversation_stays_open_unless_it_goes_away_itself(twelve):
    visitor, ids = twelve
    answer = await do(visitor, ids[:2], "priority:high", open=ids[0])
    assert answer.headers["Location"].startswith(f"/conversations/{ids[0]}?view=open&did=")
    answer = await do(visitor, ids[:2], "done", open=ids[0])
    assert answer.headers["Location"].startswith("/inbox?view=open&did=")


async def test_who_hands_a_conversation_over_says_why_in_the_same_form(signed_in, says, hub, agent):
    visitor, other = await signed_in(), await agent(Role.AGENT, "max@example.com")
    id = (await says("Where is 4711?")).conversation_id
    form = {"view": "open", "agent": other.id, "note": " please credit it "}
    answer = await visitor.post(f"/conversations/{id}/assignment", form, page=f"/conversations/{id}?view=open")
    _, page = await visitor.get(answer.headers["Location"])
    assert "please credit it" in page
    assert "1 assigned" in page
    assert (await hub.store.read(list_messages, id))[-1].text == f"@{other.name} please credit it"
    assert (await hub.store.read(get_conversation, id)).assignee_id == other.id

    await undo(visitor, answer)
    assert [one.text for one in await hub.store.read(list_messages, id)] == ["Where is 4711?"]
    assert (await hub.store.read(get_conversation, id)).assignee_id is None
