"""Tasks on the pages: noted where the customer is, ticked off without a script, reminded of, and seen in a calendar."""

import re
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from hub.clock import HOUR, parse_iso
from hub.model import Role
from hub.store.agents import find_agent_by_email, mark_agent
from hub.store.audit import list_audit
from hub.store.events import list_events, number_events
from hub.store.tasks import TaskFilter, list_tasks
from hub.store.teams import add_team
from hub.tasks import begin_task, change_task, remind_due
from hub.web.calendar import escaped, folded
from tests.web.two_teams import NAME, SECRET, found_teams

DUE = {"title": "Call  back", "due_day": "2026-12-03", "due_time": "14:30", "owner": "me", "remind": "hour"}
LINK = re.compile(r"https?://[^/]+(/calendar/[^<]+)")


async def only_task(hub):
    [task] = await hub.store.read(list_tasks, TaskFilter(), None, 9)
    return task


async def calendar_of(visitor) -> Calendar:
    await visitor.post("/settings/calendar")
    return await read_calendar(visitor, LINK.search((await visitor.get("/tasks"))[1])[1])


async def read_calendar(visitor, path) -> Calendar:
    answer, body = await visitor.fetch(path)
    assert (answer.status, answer.content_type) == (200, "text/calendar")
    assert b"\n" not in body.replace(b"\r\n", b"")
    assert max(map(len, body.split(b"\r\n"))) <= 75
    return Calendar.from_ical(body)


@pytest.mark.parametrize("place", ["customers/{0.customer_id}/tasks", "conversations/{0.conversation_id}/tasks"])
async def test_task_is_noted_where_the_customer_is_and_ticked_off_there(hub, says, signed_in, place):
    said, visitor = await says("Please call me"), await signed_in()
    page = "/" + place.format(said).removesuffix("/tasks")
    answer = await visitor.post("/" + place.format(said), {**DUE, "back": page})
    task = await only_task(hub)

    assert (answer.status, answer.headers["Location"]) == (303, page)
    assert (task.title, task.due_at) == ("Call back", parse_iso("2026-12-03T13:30:00Z"))
    assert task.remind_at == task.due_at - HOUR
    assert (await visitor.get(page))[1].count("Call back") >= 2  # beside, and in the stream
    await visitor.post(f"/tasks/{task.id}/completion", {"back": page})
    assert (await only_task(hub)).done_at
    assert "did: Call back" in (await visitor.get(page))[1]
    await visitor.post(f"/tasks/{task.id}/reopening")
    assert (await only_task(hub)).done_at is None


async def test_task_from_a_message_begins_with_its_words_and_leads_back_to_it(hub, says, signed_in):
    said, visitor = await says("Please call me about invoice 4711"), await signed_in()
    _, form = await visitor.get(f"/messages/{said.id}/task")
    await visitor.post(f"/messages/{said.id}/task", DUE)
    task = await only_task(hub)

    assert 'value="Please call me about invoice 4711"' in form
    assert (task.message_id, task.conversation_id) == (said.id, said.conversation_id)
    assert f"/conversations/{said.conversation_id}#m-{said.id}" in (await visitor.get(f"/tasks/{task.id}"))[1]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"title": " "}, "Say what has to be done."),
        ({"due_day": "31.02.2026"}, "That is not a date with a time."),
        ({"due_day": "2026-02-31", "due_time": ""}, "That is no day of the calendar."),
        ({"due_day": "2027-03-28", "due_time": "02:30"}, "That hour does not exist on that day"),
        ({"owner": "0" * 32}, "There is no such colleague."),
        ({"due_day": "9999-12-31", "due_time": ""}, "That is no day of the calendar."),
    ],
)
async def test_wrong_field_is_answered_in_words_and_notes_nothing(hub, says, signed_in, wrong, sentence):
    said, visitor = await says("Hello"), await signed_in()
    answer = await visitor.post(f"/customers/{said.customer_id}/tasks", {**DUE, **wrong})

    assert answer.status == 422
    assert sentence in await answer.text()
    assert await hub.store.read(list_tasks, TaskFilter(), None, 9) == []


async def test_nobody_is_led_away_from_the_hub(says, signed_in):
    said, visitor = await says("Hello"), await signed_in()
    for back in ("//evil.example", "https://evil.example", "/tasks//evil", "/tasks\\evil", "/login"):
        answer = await visitor.post(f"/customers/{said.customer_id}/tasks", {**DUE, "back": back})
        assert answer.headers["Location"] == f"/customers/{said.customer_id}"


async def test_views_show_mine_my_teams_and_what_is_overdue(hub, says, signed_in, agent, clock):
    said, visitor = await says("Hello"), await signed_in()
    me = (await hub.store.read(find_agent_by_email, "agent@example.com")).id
    mate, stranger = [(await agent(Role.AGENT, f"{who}@example.com")).id for who in ("mate", "stranger")]
    for owner, title in ((me, "own"), (mate, "mates"), (stranger, "strangers"), (None, "nobodys")):
        about = {"customer_id": said.customer_id, "title": title, "owner_id": owner, "due_at": clock.now() + HOUR}
        await hub.store.write(begin_task, about, clock.now(), None)

    async def titles(view):
        table = (await visitor.get(f"/tasks?view={view}"))[1].partition('id="tasks"')[2]
        return [one for one in ("own", "mates", "strangers", "nobodys") if f"<b>{one}</b>" in table]

    assert await titles("mine") == ["own"]
    assert await titles("team") == ["own", "mates", "strangers", "nobodys"], "without teams everybody is one"
    await hub.store.write(add_team, "Sales", [me, mate], 0)
    assert await titles("team") == ["own", "mates", "nobodys"]
    assert await titles("overdue") == []
    clock.forward(2 * HOUR)
    assert await titles("overdue") == ["own", "mates", "strangers", "nobodys"]


async def test_reminder_comes_once_and_again_when_it_is_moved(hub, says, signed_in, clock):
    said, visitor = await says("Hello"), await signed_in()
    await visitor.post(f"/customers/{said.customer_id}/tasks", DUE)
    task = await only_task(hub)

    async def reminded():
        return [await hub.store.write(remind_due, clock.now()) for _ in range(2)]

    assert await reminded() == [0, 0]
    clock.instant = task.remind_at
    assert await reminded() == [1, 0]
    await hub.store.write(change_task, task.id, {"remind_at": task.due_at}, clock.now(), None)
    clock.instant = task.due_at
    assert await reminded() == [1, 0]
    await hub.store.write(number_events)
    told = [one for one in await hub.store.read(list_events, 0) if one.type == "task.reminded"]
    assert [(one.agent_id, one.data) for one in told] == [(task.owner_id, {"task": task.id})] * 2


async def test_calendar_shows_the_agents_open_tasks_to_another_program(hub, says, signed_in):
    said, visitor = await says("Hello", name="Ada; Lovelace, Countess"), await signed_in()
    await visitor.post(
        f"/customers/{said.customer_id}/tasks", {**DUE, "title": "Rückruf " + "ü" * 80, "note": "a\nb;c"}
    )
    await visitor.post(f"/customers/{said.customer_id}/tasks", {**DUE, "due_time": "", "remind": "due"})
    await visitor.post(f"/customers/{said.customer_id}/tasks", {**DUE, "owner": ""})

    events = (await calendar_of(visitor)).walk("VEVENT")
    timed, whole = sorted(events, key=lambda event: "ü" not in event["SUMMARY"])
    assert timed["SUMMARY"] == "Rückruf " + "ü" * 80 + " (Ada; Lovelace, Countess)"
    assert timed["DESCRIPTION"] == "a\nb;c"
    assert timed.decoded("DTSTART").isoformat() == "2026-12-03T13:30:00+00:00"
    assert whole.decoded("DTSTART").isoformat() == "2026-12-03"
    assert whole.decoded("DTEND").isoformat() == "2026-12-04"
    [alarm] = whole.walk("VALARM")
    at = alarm.decoded("TRIGGER").astimezone(ZoneInfo("Europe/Berlin"))
    assert at.isoformat() == "2026-12-03T09:00:00+01:00"


async def test_new_link_shuts_the_old_one_and_so_does_leaving(hub, says, signed_in, browser):
    said, visitor = await says("Hello"), await signed_in()
    await visitor.post(f"/customers/{said.customer_id}/tasks", DUE)
    await visitor.post("/settings/calendar")
    old = LINK.search((await visitor.get("/tasks"))[1])[1]
    assert len((await read_calendar(browser(), old)).walk("VEVENT")) == 1
    await visitor.post("/settings/calendar")
    new = LINK.search((await visitor.get("/tasks"))[1])[1]

    assert (await browser().get(old))[0] == 404
    assert (await browser().get(new[:-5] + ("a" if new[-5] != "a" else "b") + ".ics"))[0] == 404
    assert (await browser().get(new))[0] == 200
    task = await only_task(hub)
    await hub.store.write(lambda conn: mark_agent(conn, task.owner_id, active=False))
    assert (await browser().get(new))[0] == 404


async def test_tasks_of_what_is_not_seen_are_not_seen_either(hub, says, signed_in):
    two = await found_teams(hub, says)
    about = {"customer_id": two.customer, "conversation_id": two.foreign, "title": SECRET, "due_at": 10**12}
    spoken = await hub.store.write(begin_task, about, 0, None)
    foreign = two.foreign_ids["tasks"]
    for role in (Role.AGENT, Role.SALES, Role.MARKETING, Role.READ_ONLY):
        visitor = await signed_in(role)
        for view in ("team", "open", "overdue"):
            _, page = await visitor.get(f"/tasks?view={view}")
            assert [one for one in (SECRET, NAME, foreign) if one in page] == []
        assert [(await visitor.get(f"/tasks/{id}"))[0] for id in (foreign, spoken.id)] == [404, 404]
    _, page = await (await signed_in(Role.ADMIN)).get("/tasks?view=open")
    assert [one for one in (SECRET, NAME, foreign) if one not in page] == []


async def test_marketing_sees_no_task_that_a_conversation_asked_for(hub, says, signed_in):
    said, visitor = await says("Hello"), await signed_in(Role.MARKETING)
    about = {"customer_id": said.customer_id, "due_at": 10**12}
    await hub.store.write(begin_task, {**about, "title": "for marketing"}, 0, None)
    heard = {**about, "title": "as said", "conversation_id": said.conversation_id}
    spoken = await hub.store.write(begin_task, heard, 0, None)

    _, page = await visitor.get("/tasks?view=open")
    assert ("for marketing" in page, "as said" in page) == (True, False)
    assert (await visitor.get(f"/tasks/{spoken.id}"))[0] == 404


async def test_what_is_done_with_tasks_stands_in_the_audit_log_without_their_words(hub, says, signed_in):
    said, visitor = await says("Hello"), await signed_in()
    await visitor.post(f"/customers/{said.customer_id}/tasks", DUE)
    task = await only_task(hub)
    await visitor.post(f"/tasks/{task.id}/completion")
    await visitor.post(f"/tasks/{task.id}", {"action": "delete"})
    notes = [(one.deed, one.about) for one in await hub.store.read(list_audit) if one.deed.startswith("task")]

    assert [deed for deed, _ in notes] == ["task_removed", "task_changed", "task_added"]
    assert "Call" not in str(notes)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_any_title_survives_the_calendar(title):
    line = f"SUMMARY:{escaped(title)}"
    pieces = list(folded(line))

    assert all(len(piece.encode()) <= 75 for piece in pieces)
    assert pieces[0] + "".join(piece[1:] for piece in pieces[1:]) == line
    said = "".join(sign for sign in title if sign in "\t\n" or (ord(sign) > 31 and ord(sign) != 127))
    whole = "\r\n".join(("BEGIN:VCALENDAR", *pieces, "END:VCALENDAR", ""))
    assert Calendar.from_ical(whole)["SUMMARY"] == said
