"""Complaints on the pages: noted where they are said, seen until they are closed, undone, and told when a goal is
missed."""

from zoneinfo import ZoneInfo

import pytest

from hub import conversations
from hub.clock import HOUR
from hub.complaints import Complained, alert_missed, begin
from hub.goals import Goals
from hub.model import Role
from hub.store.agents import list_agents
from hub.store.audit import list_audit
from hub.store.complaints import ComplaintFilter, get_complaint, list_complaints, mark_complaint
from hub.store.events import list_events, number_events
from hub.store.goals import Goal
from hub.store.teams import add_team, change_team

ALWAYS = Goals(Goal(60, complaint=60, solution=180), {}, ZoneInfo("Europe/Berlin"))
SAID = {"category": "delivery", "wish": "a new parcel", "owner": "me"}


@pytest.fixture
async def noted(hub, says, signed_in):
    """The agent's browser, the message, and the complaint it says."""
    said, visitor = await says("The parcel came broken"), await signed_in()
    answer = await visitor.post(f"/messages/{said.id}/complaint", SAID)
    one = await only(hub)
    assert answer.headers["Location"] == f"/conversations/{said.conversation_id}?complained={one.id}.opened"
    return visitor, said, one


async def only(hub):
    [one] = await hub.store.read(list_complaints, ComplaintFilter(), None, 9)
    return one


async def test_complaint_is_noted_on_its_message_and_stands_where_the_customer_is(hub, noted):
    visitor, said, one = noted
    assert (one.message_id, one.category, one.wish, one.state) == (said.id, "delivery", "a new parcel", "open")
    pages = [f"/conversations/{said.conversation_id}", f"/customers/{said.customer_id}", "/complaints", "/inbox"]
    for page, words in zip(pages, ["Delivery: a new parcel"] * 2 + ["a new parcel", "oldest"], strict=True):
        assert words in (await visitor.get(page))[1], page
    _, timeline = await visitor.get(f"/customers/{said.customer_id}?only=complaints")
    assert "noted a complaint: Delivery" in timeline
    assert f'id="m-{said.id}"' not in timeline


async def test_what_was_done_with_it_can_be_undone(hub, noted):
    visitor, said, one = noted
    page = f"/conversations/{said.conversation_id}"
    _, undoing = await visitor.get(f"{page}?complained={one.id}.opened")
    assert f'action="/complaints/{one.id}/restoration" id="did"' in undoing

    done = await visitor.post(f"/complaints/{one.id}/state", {"state": "solved", "reason": "Sent", "back": page})
    assert done.headers["Location"] == f"{page}?complained={one.id}.solved"
    assert ((await only(hub)).state, (await only(hub)).reason) == ("solved", "Sent")
    assert "The complaint is solved" in (await visitor.get(done.headers["Location"]))[1]
    await visitor.post(f"/complaints/{one.id}/restoration", {"did": "solved", "back": page})
    assert (await only(hub)).state == "open"
    await visitor.post(f"/complaints/{one.id}/restoration", {"did": "opened"})
    assert await hub.store.read(list_complaints, ComplaintFilter(), None, 9) == []


@pytest.mark.parametrize(
    ("path", "form", "sentence"),
    [
        ("/messages/{0.id}/complaint", {"category": ""}, "Say what the complaint is about."),
        ("/conversations/{0.conversation_id}/complaint", {"category": "lunch"}, "Say what the complaint is about."),
        ("/complaints/{1.id}/state", {"state": "rejected", "reason": " "}, "Say why it is rejected."),
        ("/complaints/{1.id}", {"category": "other", "owner": "0" * 32}, "There is no such colleague."),
    ],
)
async def test_what_cannot_be_is_refused_in_words(noted, path, form, sentence):
    visitor, said, one = noted
    answer = await visitor.post(path.format(said, one), form)
    assert (answer.status, sentence in await answer.text()) == (422, True)


async def test_back_leads_to_no_foreign_place(noted):
    visitor, _, one = noted
    for back in ("//evil.example", "/complaints\\..", "https://evil.example/complaints", "/complaints?x=1"):
        answer = await visitor.post(f"/complaints/{one.id}/state", {"state": "answered", "back": back})
        assert answer.headers["Location"].startswith(f"/complaints/{one.id}")


async def test_a_goal_that_is_missed_calls_its_owner(hub, clock, noted):
    visitor, said, one = noted
    clock.forward(9 * HOUR)
    await hub.store.write(alert_missed, clock.now())
    await hub.store.write(number_events)
    [missed] = [each for each in await hub.store.read(list_events, 0) if each.type == "complaint.missed"]
    assert missed.data["tell"] == [one.owner_id]
    assert "the goal for the answer was missed" in (await visitor.get(f"/conversations/{said.conversation_id}"))[1]
    assert "Goal missed" in (await visitor.get("/complaints?view=missed"))[1]


async def test_complaints_goal_is_set_where_goals_are(hub, noted, browser, signed_in):
    owner = await signed_in(Role.OWNER)
    before = await only(hub)
    form = {"hours": "1", "open": "always", "complaint": "2", "solution": "4"}
    assert (await owner.post("/settings/goals/everybody", form)).status == 303
    after = await only(hub)
    hour = 3_600_000
    assert (after.answer_by - after.opened_at, after.solve_by - after.opened_at) == (2 * hour, 4 * hour)
    assert after.answer_by < before.answer_by
    assert 'name="complaint" min="1" max="720" inputmode="numeric" value="2"' in (await owner.get("/settings/goals"))[1]


async def test_words_that_were_split_off_are_shown_to_nobody_who_may_not_read_them(hub, clock, says, signed_in):
    """The complaint goes with its message; a list of an older store that left it behind shows no word either."""
    visitor, at = await signed_in(Role.AGENT), clock.now()
    [agent] = await hub.store.read(list_agents)
    mine = await hub.store.write(add_team, "Parcels", [agent.id], at)
    theirs = await hub.store.write(add_team, "Lawyers", [], at)
    await hub.store.write(change_team, theirs.id, at, private=True)
    said, other = await says("SECRETWORD"), await says("And hello")
    about = Complained("delivery", message_id=said.id)
    await hub.store.write(conversations.hand_over, said.conversation_id, None, mine.id, at, None)
    one = await hub.store.write(begin, ALWAYS, said.conversation_id, about, at, None)
    left = await hub.store.write(begin, ALWAYS, said.conversation_id, Complained("delivery"), at, None)
    new = await hub.store.write(conversations.split, said.conversation_id, [said.id], at, None)
    await hub.store.write(conversations.hand_over, new.id, None, theirs.id, at, None)

    assert (await hub.store.read(get_complaint, one.id)).conversation_id == new.id
    assert (await visitor.get(f"/complaints/{one.id}"))[0] == 404
    await hub.store.write(mark_complaint, left.id, at, message_id=said.id)
    for page in (f"/complaints/{left.id}", "/complaints"):
        status, words = await visitor.get(page)
        assert (status, left.id in words, "SECRETWORD" in words) == (200, True, False), page
    assert other.conversation_id == left.conversation_id


async def test_undo_takes_back_nothing_that_was_done_since(hub, noted, signed_in):
    visitor, _, one = noted
    colleague = await signed_in(Role.OWNER)
    await colleague.post(f"/complaints/{one.id}/state", {"state": "answered"})
    await colleague.post(f"/complaints/{one.id}/state", {"state": "solved", "reason": "Refunded"})
    for did in ("opened", "answered"):
        answer = await visitor.post(f"/complaints/{one.id}/restoration", {"did": did})
        assert (answer.status, "Look at it again." in await answer.text()) == (409, True), did
    assert ((await only(hub)).state, (await only(hub)).reason) == ("solved", "Refunded")

    await visitor.post(f"/complaints/{one.id}/restoration", {"did": "solved"})
    assert (await only(hub)).state == "answered"
    deeds = [note.deed for note in await hub.store.read(list_audit, limit=9)]
    assert (deeds.count("complaint_removed"), deeds.count("complaint_changed")) == (0, 3)


async def test_message_that_is_noted_twice_is_one_complaint(hub, noted, signed_in):
    visitor, said, one = noted
    again = await visitor.post(f"/messages/{said.id}/complaint", {"category": "product"})
    assert again.headers["Location"].endswith(f"complained={one.id}.opened")
    colleague = await signed_in(Role.OWNER)
    theirs = await colleague.post(f"/messages/{said.id}/complaint", {"category": "product"})
    assert theirs.headers["Location"] == f"/conversations/{said.conversation_id}"
    assert await only(hub) == one
