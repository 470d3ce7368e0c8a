"""Reports: medians and 90th percentiles of opening time, of what the reader may see; behind each number its list."""

import csv
import re
from datetime import datetime
from html import unescape
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from hub.clock import DAY, MINUTE, instant_of
from hub.exchange.sheets import read_sheets
from hub.model import Role
from hub.outbound.compose import Reply
from hub.outbound.outbox import queue_reply
from hub.reports import nearest_rank
from hub.store.agents import list_agents
from hub.store.audit import list_audit
from hub.store.conversations import mark_conversation
from hub.store.goals import Goal, mark_goal
from hub.store.reports import has_more
from hub.store.tables import deliveries, messages
from hub.store.teams import add_team, change_team
from hub.store.visibility import EVERYTHING
from tests.web.browser import HIDDEN

MONDAY = instant_of(datetime(2026, 11, 23, 17, 30, tzinfo=ZoneInfo("Europe/Berlin")))
LOGIN = {"email": "admin@example.com", "password": "correct horse battery"}
OFFICE = ((540, 1_080),) * 5 + (None, None)


@pytest.mark.parametrize(
    ("ordered", "median", "ninth"),
    [([], None, None), ([7], 7, 7), ([1, 2], 1, 2), (list(range(1, 11)), 5, 9), (list(range(1, 102)), 51, 91)],
)
def test_percentiles_are_waits_that_there_were(ordered, median, ninth):
    assert (nearest_rank(ordered, 50), nearest_rank(ordered, 90)) == (median, ninth)


@pytest.fixture
async def week(signed_in, says, hub, clock):
    """Four customers ask on Monday at half past five; three get answers after 10, 20 and, by the clock, 960 minutes."""
    clock.instant = MONDAY
    visitor = await signed_in(Role.ADMIN)
    [me] = await hub.store.read(list_agents)
    await hub.store.write(mark_goal, "", Goal(45, OFFICE))
    ids = [(await says(f"Number {n}", sender=f"+1202555010{n}")).conversation_id for n in range(4)]
    for n, after in ((0, 10 * MINUTE), (1, 20 * MINUTE), (2, 960 * MINUTE)):
        clock.instant = MONDAY + after
        reply = Reply(text="Here.", channel="texts", author_id=me.id, author_name=me.name)
        await hub.store.write(queue_reply, hub.outbox_deps, ids[n], reply, clock.now())
    await visitor.answer("POST", "/login", data=LOGIN)  # the first one's session ended overnight
    return visitor, ids


def figures(page: str) -> dict[str, str]:
    found = re.findall(r"<dt>([^<]+)</dt><dd><a href=\"[^\"]+\">([^<]+)</a>", page)
    return dict(found)


def behind(page: str) -> list[str]:
    return re.findall(r'href="/conversations/([0-9a-f]{32})\?view=open"', page)


async def test_waits_are_opening_time_and_every_number_opens_what_it_counts(week):
    visitor, ids = week
    _, page = await visitor.get("/reports")
    assert figures(page) == {
        "Conversations": "4",
        "Without an answer": "1",
        "First answer, median": "20 min",
        "90 of 100 within": "1 h 0 min",  # half an hour on Monday, half an hour on Tuesday
        "Over the goal": "2",  # who was never answered has waited an hour too
    }
    links = [unescape(link) for link in re.findall(r'href="(/reports/conversations\?[^"]+)"', page)]
    assert len(links) >= 9
    told = {link: set(behind((await visitor.get(link))[1])) for link in links}
    assert told["/reports/conversations?days=7"] == set(ids)
    assert told["/reports/conversations?days=7&answered=no"] == {ids[3]}
    assert told["/reports/conversations?days=7&answered=over"] == {ids[2], ids[3]}
    assert told["/reports/conversations?days=7&at=0-17"] == set(ids)
    assert told["/reports/conversations?days=7&day=2026-11-23"] == set(ids)
    assert all(told.values())


async def test_who_was_never_answered_is_over_the_goal_until_that_is_closed(week, hub):
    visitor, ids = week
    await hub.store.write(lambda conn: mark_conversation(conn, ids[3], state="closed"))
    assert figures((await visitor.get("/reports"))[1])["Over the goal"] == "1"


async def test_an_answer_that_went_nowhere_is_none(week, hub):
    visitor, ids = week
    lost = update(deliveries).where(deliveries.c.conversation_id == ids[0]).values(state="failed")
    await hub.store.write(lambda conn: conn.execute(lost))
    assert figures((await visitor.get("/reports"))[1])["Without an answer"] == "2"
    assert set(behind((await visitor.get("/reports/conversations?answered=no"))[1])) == {ids[0], ids[3]}


async def test_the_board_says_who_holds_what_and_leads_there(week, hub, clock):
    visitor, _ = week
    clock.instant = MONDAY + DAY
    await visitor.answer("POST", "/login", data=LOGIN)
    _, page = await visitor.get("/reports")
    board = re.search(r'<table[^>]*id="now".*?</table>', page, re.DOTALL)
    assert board
    links = re.findall(r'<a href="([^"]+)">(\d+)</a>', board[0])
    assert [link for link in links if "unassigned" in link[0]] == [("/inbox?view=unassigned", "1")]
    assert not [link for link in links if "waiting" in link[0]]  # no list holds just those
    assert '<td class="num">1</td>' in board[0]
    assert "1 d" in board[0]


async def test_the_time_stands_in_the_address_and_a_wrong_one_is_the_usual_one(week, clock):
    visitor, _ = week
    clock.instant = MONDAY + 10 * DAY
    await visitor.answer("POST", "/login", data=LOGIN)
    assert "Nobody wrote in that time" in (await visitor.get("/reports"))[1]
    assert figures((await visitor.get("/reports?days=28"))[1])["Conversations"] == "4"
    status, page = await visitor.get("/reports?days=-1&team=x&answered=perhaps")
    assert (status, "Nobody wrote in that time" in page) == (200, True)
    assert behind((await visitor.get("/reports/conversations?days=28&at=x&day=y"))[1]) == []


async def test_total_and_bars_cover_the_same_whole_days(week, clock):
    visitor, _ = week
    clock.instant = MONDAY + 7 * DAY - 330 * MINUTE  # noon: not yet seven times 24 hours, and the eighth day
    await visitor.answer("POST", "/login", data=LOGIN)
    assert "Nobody wrote in that time" in (await visitor.get("/reports"))[1]


async def test_more_conversations_than_are_looked_at_count_whatever_was_said_in_them(week, hub):
    _, ids = week
    of_machines = update(messages).where(messages.c.conversation_id == ids[0]).values(automatic=True)
    await hub.store.write(lambda conn: conn.execute(of_machines))
    about = (MONDAY, MONDAY + DAY, EVERYTHING)
    assert not await hub.store.read(has_more, *about, len(ids))
    assert await hub.store.read(has_more, *about, len(ids) - 1)


async def test_a_table_holds_every_conversation_in_both_forms(week, hub, tmp_path):
    visitor, ids = week
    answer = await visitor.post("/reports/conversations.csv", page="/reports")
    rows = list(csv.reader(StringIO(await answer.text(encoding="utf-8-sig"))))
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert [row[-1] for row in rows[1:]] == [f"/conversations/{id}" for id in sorted(ids, reverse=True)]
    assert sorted(row[-2] for row in rows[1:]) == ["", "10", "20", "60"]
    german = {"Accept-Language": "de"}
    answer = await visitor.post("/reports/conversations.csv", page="/reports", headers=german)
    assert (await answer.text(encoding="utf-8-sig")).startswith('"Kontakt";"')
    path, (_, page) = "/reports/conversations.xlsx?answered=over", await visitor.get("/reports")
    async with visitor.session.post(visitor.base + path, data={"csrf": HIDDEN.search(page)[1]}) as answer:
        (tmp_path / "table.xlsx").write_bytes(await answer.read())
    [sheet] = [list(rows) for rows in read_sheets(tmp_path / "table.xlsx")]
    assert {row[-1] for row in sheet[1:]} == {f"/conversations/{id}" for id in ids[2:]}
    assert (await visitor.get("/reports/conversations.pdf"))[0] == 404
    told = [one.about for one in await hub.store.read(list_audit) if one.deed == "exported"]
    assert told == ["reports"] * 3
    assert (await visitor.get("/reports/conversations.csv"))[0] in (404, 405)


async def test_nobody_counts_conversations_that_others_keep_to_themselves(week, hub, signed_in):
    visitor, ids = week
    team = await hub.store.write(add_team, "Board", [], 0)
    await hub.store.write(lambda conn: change_team(conn, team.id, 0, private=True))
    for id in ids[:2]:
        await hub.store.write(lambda conn, id=id: mark_conversation(conn, id, team_id=team.id, assignee_id=None))
    agent = await signed_in(Role.AGENT)
    _, page = await agent.get("/reports")
    assert figures(page)["Conversations"] == "2"
    assert set(behind((await agent.get("/reports/conversations"))[1])) == set(ids[2:])
    assert behind((await agent.get(f"/reports/conversations?team={team.id}"))[1]) == []
    assert "Board" not in page
    assert set(behind((await visitor.get(f"/reports/conversations?team={team.id}"))[1])) == set(ids[:2])
    answer = await agent.post("/reports/conversations.csv", page="/reports")
    assert (await answer.text()).count("/conversations/") == 2


async def test_reports_are_for_those_who_read_conversations(signed_in):
    marketing = await signed_in(Role.MARKETING)
    for path in ("/reports", "/reports/conversations"):
        assert (await marketing.get(path))[0] == 403
    assert (await marketing.post("/reports/conversations.csv")).status == 403
