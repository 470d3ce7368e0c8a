"""A complaint and its goals: answered by an answer, missed once, and no advertising meanwhile."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub import complaints, conversations
from hub.clock import DAY, HOUR, MINUTE, parse_iso
from hub.complaints import Complained
from hub.errors import Conflict, InvalidInput
from hub.goals import Goals, read_goals
from hub.hours import Hours, reached, worked_between
from hub.inbound.at_once import accept_now
from hub.outbound.compose import Reply
from hub.outbound.outbox import queue_reply
from hub.outbound.taking_back import cancel
from hub.store.complaints import ComplaintFilter, count_complaints, get_complaint, list_active
from hub.store.events import list_events, number_events
from hub.store.goals import Goal, mark_goal
from hub.store.teams import add_team
from tests.pager import page

BERLIN = ZoneInfo("Europe/Berlin")
WORKDAYS = ((540, 1_020),) * 5 + (None, None)
ROUND_THE_CLOCK = Goals(Goal(60, complaint=60, solution=180), {}, BERLIN)


@pytest.fixture
async def said(hub):
    unit = page(**{"from": "+12025550101", "id": "m1", "text": "The parcel came broken!"})
    return await accept_now(hub.reader, hub.channels["texts"], unit)


@pytest.fixture
async def complaint(hub, said):
    about = Complained("delivery", "a new one", said.id)
    return await hub.store.write(complaints.begin, ROUND_THE_CLOCK, said.conversation_id, about, hub.clock.now(), None)


async def told(hub, kind="complaint."):
    await hub.store.write(number_events)
    found = await hub.store.read(list_events, 0)
    return [one for one in found if one.type.startswith(kind)]


async def alerted(hub, clock, ahead):
    clock.forward(ahead)
    return await hub.store.write(complaints.alert_missed, clock.now())


async def test_each_goal_is_missed_once_and_a_restart_tells_nothing_again(hub, clock, complaint):
    assert await alerted(hub, clock, HOUR - MINUTE) == 0
    assert [await alerted(hub, clock, MINUTE) for _ in range(3)] == [1, 0, 0]
    assert [await alerted(hub, clock, DAY) for _ in range(3)] == [1, 0, 0]
    missed = await told(hub, "complaint.missed")
    assert [one.data["goal"] for one in missed] == ["answer", "solution"]
    assert all(one.data["complaint"] == complaint.id and one.conversation_id for one in missed)


async def test_a_persons_answer_in_the_conversation_answers_it(hub, clock, complaint):
    clock.forward(MINUTE)
    reply = Reply(text="We are sorry. A new one is on its way.")
    await hub.store.write(queue_reply, hub.outbox_deps, complaint.conversation_id, reply, clock.now())
    found = await hub.store.read(get_complaint, complaint.id)

    assert (found.state, found.answered_at, found.alert_at) == ("answered", clock.now(), complaint.solve_by)
    assert await alerted(hub, clock, 2 * HOUR) == 0
    assert await alerted(hub, clock, HOUR) == 1


async def test_what_is_closed_is_missed_no_more_and_can_be_taken_up_again(hub, clock, complaint):
    write, now = hub.store.write, clock.now()
    with pytest.raises(InvalidInput):
        await write(complaints.reject, complaint.id, " ", now, None)
    await write(complaints.reject, complaint.id, "Not ours", now, None)
    with pytest.raises(Conflict):
        await write(complaints.solve, complaint.id, "", now, None)
    assert await alerted(hub, clock, DAY) == 0

    again = await write(complaints.reopen, complaint.id, clock.now(), None)
    assert (again.state, again.reason, again.closed_at, again.alert_at) == ("open", "", None, complaint.answer_by)
    await write(complaints.remove, complaint.id, clock.now(), None)
    assert await hub.store.read(list_active) == []
    assert [one.type.removeprefix("complaint.") for one in await told(hub)] == [
        *("opened", "rejected", "reopened", "removed")
    ]


async def test_a_goal_that_is_changed_holds_for_what_is_open(hub, clock, complaint):
    await hub.store.write(mark_goal, "", Goal(60, complaint=10, solution=20))
    await hub.store.write(complaints.move_goals, 60, BERLIN)
    found = await hub.store.read(get_complaint, complaint.id)

    assert found.alert_at == found.answer_by == complaint.opened_at + 10 * MINUTE
    goals = await hub.store.read(read_goals, 60, BERLIN)
    assert (goals.common.complaint, goals.common.solution) == (10, 20)


async def test_complaint_follows_its_conversation_into_another(hub, said, complaint):
    now = hub.clock.now()
    other = await hub.store.write(conversations.start, said.customer_id, "Parcel", now)
    await hub.store.write(conversations.merge, said.conversation_id, other.id, now, None)
    assert (await hub.store.read(get_complaint, complaint.id)).conversation_id == other.id
    pile = await hub.store.read(count_complaints, ComplaintFilter("open"))
    assert (pile.count, pile.oldest) == (1, complaint.opened_at)


@pytest.mark.parametrize(
    ("opened", "minutes", "due"),
    [
        ("2026-11-27T15:30:00Z", 60, "2026-11-30T08:30:00Z"),  # half an hour on Friday, the rest on Monday
        ("2026-11-28T12:00:00Z", 60, "2026-11-30T09:00:00Z"),  # of a Saturday
        ("2026-11-27T12:00:00Z", 30, "2026-11-27T12:30:00Z"),
    ],
)
def test_goal_counts_opening_time(opened, minutes, due):
    hours = Hours(BERLIN, WORKDAYS)
    assert reached(hours, parse_iso(opened), minutes * MINUTE) == parse_iso(due)


@given(st.integers(0, 60 * DAY), st.integers(1, 5_000))
def test_goal_lies_where_that_much_opening_time_has_passed(start, minutes):
    hours = Hours(BERLIN, WORKDAYS, frozenset({"1970-01-12"}))
    assert worked_between(hours, start, reached(hours, start, minutes * MINUTE)) == minutes * MINUTE


def test_goal_that_no_hour_ever_reaches_lies_far_away():
    never = replace(Hours(BERLIN, WORKDAYS), week=(None,) * 7)
    assert reached(never, 0, MINUTE) > 1_000 * DAY


async def test_answer_that_is_taken_back_answers_nothing(hub, clock, complaint):
    clock.forward(MINUTE)
    reply, place = Reply(text="We are sorry."), complaint.conversation_id
    queued = await hub.store.write(queue_reply, hub.outbox_deps, place, reply, clock.now())
    await hub.store.write(cancel, queued.message_id, clock.now(), None)
    found = await hub.store.read(get_complaint, complaint.id)
    assert (found.state, found.answered_at, found.alert_at) == ("open", None, complaint.answer_by)


async def test_goal_that_passed_while_nothing_ran_is_missed_all_the_same(hub, clock, complaint):
    clock.forward(4 * HOUR)
    reply, place = Reply(text="We are sorry."), complaint.conversation_id
    await hub.store.write(queue_reply, hub.outbox_deps, place, reply, clock.now())
    clock.forward(MINUTE)
    solved = await hub.store.write(complaints.solve, complaint.id, "Sent", clock.now(), None)
    assert (solved.answer_missed_at, solved.solve_missed_at) == (clock.now() - MINUTE, clock.now())
    missed = [one.data for one in await told(hub, "complaint.missed")]
    assert [(one["goal"], one["tell"]) for one in missed] == [("answer", []), ("solution", [])]


async def test_complaint_goes_to_the_team_its_conversation_goes_to(hub, clock, complaint):
    team = await hub.store.write(add_team, "Parcels", [], clock.now())
    await hub.store.write(conversations.hand_over, complaint.conversation_id, None, team.id, clock.now(), None)
    assert (await hub.store.read(get_complaint, complaint.id)).team_id == team.id
