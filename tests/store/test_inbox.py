"""hub.store.inbox: a page of any view is one range scan of an index, never a sort, whatever the number of rows."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, event

from hub.ids import new_id
from hub.store.conversations import add_conversation, mark_conversation
from hub.store.customers import NewCustomer, add_customer
from hub.store.inbox import SORTS, View, count_inbox, cursor_of, list_inbox, list_longest_waits
from hub.store.tables import conversation_labels, labels

AGENT, LABEL, TEAM = "a" * 32, "b" * 32, "c" * 32
OVER = {"": 3, TEAM: 5}

VIEWS = ("mine", "unassigned", "waiting", "overdue", "snoozed", "open", "done", "channel:sms", f"team:{'1' * 32}")
SORTED = [(name, sort) for name in VIEWS for sort in SORTS]


@pytest.mark.parametrize("after", [None, (1_795_000_000_000, new_id())])
@pytest.mark.parametrize(("name", "sort"), SORTED)
def test_page_is_read_from_an_index_in_its_order(sqlite_template: Path, name, sort, after):
    engine = create_engine(f"sqlite:///{sqlite_template}")
    with engine.connect() as conn:
        steps = plan(conn, View(name, new_id(), sort=sort, over=OVER), after)
    engine.dispose()

    scans = [step for step in steps if " conversations " in step]
    assert scans
    assert all("USING INDEX ix_conversations_" in step for step in scans)
    assert not [step for step in steps if "TEMP B-TREE" in step]


def plan(conn: Connection, view: View, after) -> list[str]:
    """What SQLite would do for the statements of a page."""
    seen = []
    event.listen(conn, "before_cursor_execute", lambda *told: seen.append((told[2], told[3])))
    list_inbox(conn, view, after, 41)
    pages = [(statement, values) for statement, values in seen if " JOIN customers " in statement]
    plans = [conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values) for statement, values in pages]
    return [row[3] for steps in plans for row in steps]


PAGE = 4


async def test_who_waits_longest_comes_first_and_pages_join_in_both_directions(store):
    expected = await store.write(fill)
    view = View("mine", AGENT, sort="waiting")

    forward, cursor = [], None
    while rows := await store.read(list_inbox, view, cursor, PAGE):
        forward += [row.id for row in rows]
        cursor = cursor_of(view, rows[-1])
    assert forward == expected

    behind = []
    while rows := await store.read(partial(list_inbox, back=True), view, cursor, PAGE):
        behind = [row.id for row in rows] + behind
        cursor = cursor_of(view, rows[0])
    assert behind == expected[:-1]


async def test_a_view_is_narrowed_by_everything_it_says(store):
    ids = await store.write(fill)
    view = View("mine", AGENT)
    assert len(await store.read(list_inbox, replace(view, unread=True), None, 50)) == 0
    [urgent] = await store.read(list_inbox, replace(view, priority="urgent"), None, 50)
    [labelled] = await store.read(list_inbox, replace(view, labels=[LABEL]), None, 50)
    assert (urgent.id, labelled.id) == (ids[0], ids[1])
    assert await store.read(count_inbox, [view, View("unassigned")]) == (11, 0)
    assert list(await store.read(list_longest_waits, [view, View("unassigned")])) == [1, None]


async def test_overdue_is_who_waits_longer_than_the_goal_of_the_team(store):
    """Waits are 1 to 6, the last one's the longest; the goals are reached at 3, and at 5 by the team's."""
    ids = await store.write(fill)
    view = View("overdue", over=OVER)
    assert [row.id for row in await store.read(list_inbox, view, None, 50)] == ids[:3]
    for id in (ids[4], ids[5]):
        await store.write(partial(mark_conversation, team_id=TEAM), id)
    assert [row.id for row in await store.read(list_inbox, view, None, 50)] == [*ids[:3], ids[4]]
    assert await store.read(count_inbox, [view, replace(view, over={"": 0})]) == (4, 0)
    third = (await store.read(list_inbox, view, None, 3))[-1]
    assert [row.id for row in await store.read(list_inbox, view, cursor_of(view, third), 3)] == [ids[4]]


def fill(conn: Connection) -> list[str]:
    """Six who wait and five who do not, in the order of the view."""
    customer = add_customer(conn, NewCustomer("Ada"), 0)
    made = [add_conversation(conn, customer, "", at).id for at in range(11)]
    for number, id in enumerate(made):
        waits = {"waiting_since": 6 - number} if number < 6 else {}
        mark_conversation(conn, id, assignee_id=AGENT, **waits)
    mark_conversation(conn, made[5], priority="urgent")
    add = {"id": LABEL, "name": "vip", "created_at": 0}
    conn.execute(labels.insert(), add)
    given = {"conversation_id": made[4], "label_id": LABEL, "customer_id": customer}
    conn.execute(conversation_labels.insert(), given)
    return [*made[5::-1], *made[:5:-1]]
