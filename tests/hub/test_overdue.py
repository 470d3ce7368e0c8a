"""A response goal that is nearly passed, and one that is missed, is told once for the same wait."""

from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, event

from hub import conversations, overdue
from hub.clock import DAY, HOUR, MINUTE, parse_iso
from hub.inbound.at_once import accept_now
from hub.model import Role
from hub.outbound.compose import Reply
from hub.outbound.outbox import queue_reply
from hub.store.agents import add_agent
from hub.store.conversations import get_conversation
from hub.store.events import list_events, number_events
from hub.store.goals import EVERYBODY, Goal, mark_goal
from hub.store.teams import add_team
from tests.pager import page

BERLIN = ZoneInfo("Europe/Berlin")
WORKDAYS = ((540, 1_020),) * 5 + (None, None)  # 9 to 17


@pytest.fixture
async def waiting(hub):
    unit = page(**{"from": "+12025550101", "id": "m1", "text": "Where is my parcel?"})
    said = await accept_now(hub.reader, hub.channels["texts"], unit)
    return await hub.store.read(get_conversation, said.conversation_id)


@pytest.fixture
async def agents(hub):
    def join(conn: Connection) -> list[str]:
        return [add_agent(conn, f"{name}@example.org", name, role, "", at=1).id for name, role in PEOPLE]

    return await hub.store.write(join)


PEOPLE = (("ada", Role.OWNER), ("kay", Role.AGENT), ("lou", Role.AGENT))


async def tell(hub, clock, ahead=0, minutes=100):
    clock.forward(ahead)
    due = await hub.store.read(overdue.is_due, minutes, BERLIN, clock.now())
    told = await hub.store.write(overdue.tell_due, minutes, BERLIN, clock.now())
    assert due == (told > 0)
    return told


async def told(hub):
    await hub.store.write(number_events)
    found = await hub.store.read(list_events, 0)
    return [(one.type, one.data["tell"]) for one in found if one.type in ("conversation.late", "conversation.overdue")]


async def test_each_stage_is_told_once_to_whoever_holds_it(hub, clock, waiting, agents):
    await hub.store.write(conversations.assign, waiting.id, agents[1], clock.now(), None)
    assert [await tell(hub, clock, 80 * MINUTE - 1), await tell(hub, clock, 1), await tell(hub, clock)] == [0, 1, 0]
    assert [await tell(hub, clock, 20 * MINUTE), await tell(hub, clock), await tell(hub, clock, DAY)] == [1, 0, 0]
    assert await told(hub) == [("conversation.late", [agents[1]]), ("conversation.overdue", [agents[1]])]


async def test_nobodys_calls_the_team_and_without_one_who_leads(hub, clock, waiting, agents):
    assert await tell(hub, clock, 80 * MINUTE) == 1
    team = await hub.store.write(add_team, "Service", agents[1:], clock.now())
    await hub.store.write(conversations.hand_over, waiting.id, None, team.id, clock.now(), None)
    assert await tell(hub, clock, 20 * MINUTE) == 1
    stages = await told(hub)
    assert stages[0] == ("conversation.late", agents[:1])
    assert (stages[1][0], sorted(stages[1][1])) == ("conversation.overdue", sorted(agents[1:]))


async def test_what_is_found_overdue_is_not_told_as_late_besides(hub, clock, waiting, agents):
    assert [await tell(hub, clock, DAY), await tell(hub, clock)] == [1, 0]
    assert [kind for kind, _ in await told(hub)] == ["conversation.overdue"]


async def test_an_answer_ends_the_wait_and_the_next_one_is_told_again(hub, clock, waiting, agents):
    assert await tell(hub, clock, DAY) == 1
    await hub.store.write(queue_reply, hub.outbox_deps, waiting.id, Reply(text="Tomorrow."), clock.now())
    assert await tell(hub, clock, DAY) == 0
    again = page(**{"from": "+12025550101", "id": "m2", "text": "Nothing came."})
    await accept_now(hub.reader, hub.channels["texts"], again)
    assert [await tell(hub, clock, HOUR), await tell(hub, clock, HOUR), await tell(hub, clock, HOUR)] == [0, 1, 0]


async def test_closing_and_taking_up_again_is_the_same_wait_and_snoozed_is_silent(hub, clock, waiting, agents):
    await hub.store.write(conversations.snooze, waiting.id, clock.now() + 2 * DAY, clock.now(), None)
    assert await tell(hub, clock, DAY) == 0
    await hub.store.write(conversations.reopen, waiting.id, clock.now(), None)
    assert await tell(hub, clock) == 1
    await hub.store.write(conversations.close, waiting.id, clock.now(), None)
    await hub.store.write(conversations.reopen, waiting.id, clock.now(), None)
    assert (await hub.store.read(get_conversation, waiting.id)).waiting_since == waiting.waiting_since
    assert await tell(hub, clock) == 0


async def test_closed_days_and_nights_do_not_count_and_a_teams_own_goal_holds(hub, clock, agents):
    clock.instant = parse_iso("2026-12-04T15:00:00Z")  # Friday, an hour before closing
    unit = page(**{"from": "+12025550101", "id": "m1", "text": "Hello"})
    said = await accept_now(hub.reader, hub.channels["texts"], unit)
    await hub.store.write(mark_goal, EVERYBODY, Goal(120, WORKDAYS, ("2026-12-07",)))
    clock.instant = parse_iso("2026-12-07T20:00:00Z")
    assert await tell(hub, clock) == 0
    clock.instant = parse_iso("2026-12-08T08:36:00Z")  # Tuesday, 96 of 120 minutes
    assert [await tell(hub, clock), await tell(hub, clock)] == [1, 0]
    team = await hub.store.write(add_team, "Urgent", agents, clock.now())
    await hub.store.write(mark_goal, team.id, Goal(30))
    await hub.store.write(conversations.hand_over, said.conversation_id, None, team.id, clock.now(), None)
    assert [await tell(hub, clock), await tell(hub, clock)] == [1, 0]


async def test_each_goal_is_one_range_of_an_index(hub, clock, waiting, agents):
    def plans(conn: Connection) -> list[str]:
        seen = []
        event.listen(conn, "before_cursor_execute", lambda c, cur, sql, values, *rest: seen.append((sql, values)))
        overdue.tell_due(conn, 100, BERLIN, clock.now())
        claims = [(sql, values) for sql, values in seen if sql.startswith("SELECT conversations.id")]
        explain = "EXPLAIN" if conn.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
        with conn.begin_nested() as tried:
            if conn.dialect.name == "postgresql":
                for way in ("seqscan", "sort"):  # so few rows could be read any way, and are, by what was counted last
                    conn.exec_driver_sql(f"SET LOCAL enable_{way} = off")
                conn.exec_driver_sql("DROP INDEX ix_conversations_waiting")
            explained = [conn.exec_driver_sql(f"{explain} {sql}", values).all() for sql, values in claims]
            tried.rollback()
        return ["\n".join(row[-1] for row in rows) for rows in explained]

    found = await hub.store.write(plans)
    assert len(found) == 2
    assert "ix_conversations_overdue_told" in found[0]
    assert "ix_conversations_late_told" in found[1]
    assert all("SORT" not in plan.upper() and "TEMP B-TREE" not in plan.upper() for plan in found)
