"""hub.routing: who waits is given to who is there, once, and taken back from who went; decided by the store alone."""

import asyncio
from collections import Counter

import pytest

from hub.clock import HOUR, MINUTE
from hub.conversations import assign
from hub.model import Direction, Role
from hub.routing import is_due, route_due
from hub.store.agents import add_agent, mark_agent
from hub.store.conversations import Utterance, add_conversation, get_conversation, mark_conversation, mark_utterance
from hub.store.customers import NewCustomer, add_customer
from hub.store.database import open_store
from hub.store.events import list_events, number_events
from hub.store.messages import NewMessage, append_message
from hub.store.routing import BY_LOAD, mark_seen, mark_state
from hub.store.teams import TeamRules, add_team, change_rules, change_team

NOW = 10 * HOUR


def found(conn, capacity=10):
    """A team of three that is given its conversations by itself."""
    members = [add_agent(conn, f"{name}@example.com", name, Role.AGENT, "", at=0).id for name in ("kay", "lou", "max")]
    team = add_team(conn, "Support", members, 0)
    change_rules(conn, team.id, TeamRules(BY_LOAD, capacity, 10))
    return team.id, members


def wait(conn, team_id, at=NOW, customer_id=None):
    customer = customer_id or add_customer(conn, NewCustomer("Ada"), at)
    begun = add_conversation(conn, customer, "", at)
    mark_conversation(conn, begun.id, team_id=team_id, waiting_since=at)
    return begun.id


def holders(conn, ids):
    return [get_conversation(conn, id).assignee_id for id in ids]


def told(conn):
    number_events(conn)
    return [one.data for one in list_events(conn, 0) if one.type == "conversation.assigned"]


async def test_those_who_are_there_get_as_many_each_and_nobody_more_than_there_is_room_for(store):
    team, [kay, lou, max] = await store.write(found, 2)
    await store.write(mark_seen, [kay, lou], NOW)
    await store.write(mark_state, lou, NOW, away=False)
    ids = [await store.write(wait, team, NOW + number) for number in range(5)]
    assert await store.write(route_due, NOW + MINUTE - 1) == 4
    given = await store.read(holders, ids)
    assert Counter(given) == {kay: 2, lou: 2, None: 1}
    assert given[4] is None  # who waits longest is given first
    said = await store.write(told)
    assert [one["why"] for one in said] == ["load"] * 4
    assert [one["waiting"] for one in said] == [0, 0, 1, 1]
    assert await store.write(route_due, NOW + MINUTE - 1) == 0
    await store.write(mark_seen, [max], NOW + MINUTE)
    assert await store.write(route_due, NOW + MINUTE) == 1
    assert (await store.read(holders, ids))[4] == max


async def test_nobody_is_given_anything_who_is_away_has_no_page_open_or_whose_team_chooses_itself(store):
    team, [kay, lou, _] = await store.write(found)
    other = await store.write(add_team, "Billing", [kay], 0)
    await store.write(mark_seen, [kay, lou], NOW - MINUTE)
    await store.write(mark_seen, [kay], NOW)
    await store.write(mark_state, kay, NOW, away=True)
    await store.write(wait, team)
    await store.write(wait, other.id)
    assert await store.write(route_due, NOW) == 0
    await store.write(mark_state, kay, NOW, away=False)
    assert await store.write(route_due, NOW) == 1


async def test_whoever_answered_the_customer_last_comes_before_whoever_has_the_fewest(store):
    team, [kay, lou, _] = await store.write(found)
    await store.write(mark_seen, [kay, lou], NOW)
    customer = await store.write(add_customer, NewCustomer("Ada"), 0)
    first = await store.write(wait, team, 0, customer)

    def answer(conn):
        where = {"customer_id": customer, "conversation_id": first, "channel": "texts", "channel_type": "sms"}
        said = {"direction": Direction.OUT, "author_id": lou, "occurred_at": 1, "created_at": 1}
        append_message(conn, NewMessage(**where, **said))
        mark_utterance(conn, get_conversation(conn, first), Utterance("texts", "sms", "out", "text", "Hi", "", 1, lou))

    await store.write(answer)
    await store.write(assign, await store.write(wait, team, 5), lou, NOW - HOUR, kay)
    again = await store.write(wait, team, NOW, customer)
    await store.write(route_due, NOW)
    assert await store.read(holders, [again]) == [lou]
    assert (await store.write(told))[-1]["why"] == "former"


async def test_what_waits_goes_back_when_its_agent_went_and_on_to_a_colleague(store):
    team, [kay, lou, _] = await store.write(found)
    await store.write(mark_seen, [kay], NOW)
    id = await store.write(wait, team)
    await store.write(route_due, NOW)
    assert await store.read(holders, [id]) == [kay]
    assert await store.write(route_due, NOW + 10 * MINUTE - 1) == 0
    assert await store.write(route_due, NOW + 10 * MINUTE) == 1
    assert await store.read(holders, [id]) == [None]
    assert (await store.write(told))[-1] | {"assignee": None} == {
        "assignee": None,
        "team": team,
        "why": "returned",
        "whom": kay,
    }
    await store.write(mark_seen, [kay, lou], NOW + HOUR)
    await store.write(mark_state, kay, NOW + HOUR, away=True)
    await store.write(route_due, NOW + HOUR)
    assert await store.read(holders, [id]) == [lou]


async def test_what_was_given_on_purpose_to_somebody_away_stays_as_long_as_an_absence_may_last(store):
    team, [kay, lou, _] = await store.write(found)
    id = await store.write(wait, team, NOW - HOUR)
    await store.write(assign, id, kay, NOW, lou)
    assert await store.write(route_due, NOW + 9 * MINUTE) == 0
    assert await store.write(route_due, NOW + 10 * MINUTE) == 1


async def test_what_waits_goes_back_when_its_agent_may_answer_no_longer_or_left_the_team(store):
    team, [kay, lou, max] = await store.write(found)
    await store.write(mark_seen, [kay, lou], NOW)
    given = [await store.write(wait, team) for _ in range(2)]
    await store.write(route_due, NOW)
    assert await store.read(holders, given) == [kay, lou]
    chosen = await store.write(wait, team)
    await store.write(assign, chosen, lou, NOW, max)
    await store.write(mark_agent, kay, role=Role.READ_ONLY)
    await store.write(change_team, team, NOW, members=[kay, max])
    later = NOW + 10 * MINUTE
    await store.write(mark_seen, [kay, lou], later)
    assert not await store.read(is_due, later - 1)
    assert await store.read(is_due, later)
    assert await store.write(route_due, later) == 2
    assert await store.read(holders, [*given, chosen]) == [None, None, lou]


async def test_who_is_deactivated_keeps_nobody_waiting(store):
    team, [kay, lou, _] = await store.write(found)
    await store.write(mark_seen, [kay], NOW)
    id = await store.write(wait, team)
    await store.write(route_due, NOW)
    assert not await store.read(is_due, NOW)
    await store.write(mark_agent, kay, active=False)
    await store.write(mark_seen, [lou], NOW)
    assert await store.read(is_due, NOW)
    assert await store.write(route_due, NOW) == 2
    assert await store.read(holders, [id]) == [lou]


@pytest.mark.parametrize("others", [3])
async def test_several_processes_give_each_conversation_once(store, store_url, others):
    team, members = await store.write(found, 20)
    await store.write(mark_seen, members, NOW)
    ids = [await store.write(wait, team, NOW + number) for number in range(30)]
    houses = [open_store(store_url) for _ in range(others)] if store.dialect == "postgresql" else [store] * others
    given = await asyncio.gather(*(house.write(route_due, NOW) for house in houses))
    if store.dialect == "postgresql":
        await asyncio.gather(*(house.close() for house in houses))
    assert sum(given) == 30
    assert sorted(Counter(await store.read(holders, ids)).values()) == [10, 10, 10]
    assert len(await store.write(told)) == 30
