"""The API's tasks: noted, found, done, taken up again; what became of them when two customers become one, or none."""

import pytest

from hub.store.events import list_events, number_events
from hub.store.tables import tasks
from tests.people import ADA

DAY = {"title": "Call back", "due_on": "2026-12-03", "timezone": "Europe/Berlin"}


async def customer(api, name=ADA.name) -> str:
    return (await api.post("/customers", {"name": name}))["id"]


async def test_a_day_ends_where_the_task_says(api):
    ada = await customer(api)
    winter = await api.post("/tasks", DAY | {"customer_id": ada})
    leap = await api.post("/tasks", DAY | {"customer_id": ada, "due_on": "2027-03-28"})
    instant = await api.post("/tasks", {"customer_id": ada, "title": "Now", "due_at": "2026-12-03T12:00:00+01:00"})

    assert (winter["due_on"], winter["due_at"]) == ("2026-12-03", "2026-12-03T23:00:00.000Z")
    assert leap["due_at"] == "2027-03-28T22:00:00.000Z"
    assert (instant["due_on"], instant["due_at"], instant["timezone"]) == (
        None,
        "2026-12-03T11:00:00.000Z",
        "Europe/Berlin",
    )
    moved = await api.patch(f"/tasks/{winter['id']}", {"timezone": "America/New_York"})
    assert moved["due_at"] == "2026-12-04T05:00:00.000Z"


async def test_tasks_are_listed_by_state_and_paged_by_when_they_are_due(api, hub):
    ada = await customer(api)
    for day in ("2026-12-03", "2026-11-01", "2026-12-24"):
        await api.post("/tasks", DAY | {"customer_id": ada, "due_on": day})
    first = await api.get("/tasks?limit=2")
    rest = await api.get(f"/tasks?limit=2&after={first['next']}")

    assert [one["due_on"] for one in first["items"] + rest["items"]] == ["2026-11-01", "2026-12-03", "2026-12-24"]
    assert [one["due_on"] for one in (await api.get("/tasks?state=overdue"))["items"]] == ["2026-11-01"]
    done = await api.post(f"/tasks/{first['items'][0]['id']}/complete", {})
    assert done["done_at"]
    assert (await api.get("/tasks?state=overdue"))["items"] == []
    assert [one["id"] for one in (await api.get(f"/tasks?state=done&customer_id={ada}"))["items"]] == [done["id"]]
    assert (await api.post(f"/tasks/{done['id']}/reopen", {}))["done_at"] is None


@pytest.mark.parametrize(
    "body",
    [
        {"title": "No day"},
        {"title": "Two", "due_on": "2026-12-03", "due_at": "2026-12-03T00:00:00Z"},
        {"title": "", "due_on": "2026-12-03"},
        {"title": "No such day", "due_on": "2026-02-30"},
        {"title": "No zone", "due_on": "2026-12-03", "timezone": "Europe/Atlantis"},
    ],
)
async def test_a_task_that_says_too_little_is_refused_in_words(api, body):
    status, problem = await api.ask("POST", "/tasks", body | {"customer_id": await customer(api)})

    assert status == 422
    assert problem["errors"]


async def test_a_day_no_calendar_knows_and_an_owner_nobody_knows_are_refused(api):
    ada = await customer(api)
    for wrong in ({"due_on": "9999-12-31"}, {"owner_id": ada}):
        assert (await api.ask("POST", "/tasks", DAY | {"customer_id": ada} | wrong))[0] == 409


async def test_a_merge_takes_tasks_along_and_gives_them_back(api):
    keep, gone = await customer(api), await customer(api, "A. Lovelace")
    task = await api.post("/tasks", DAY | {"customer_id": gone})

    await api.post(f"/customers/{keep}/merge", {"customer_id": gone})
    assert (await api.get(f"/tasks/{task['id']}"))["customer_id"] == keep
    await api.post(f"/customers/{keep}/unmerge", {})
    assert (await api.get(f"/tasks/{task['id']}"))["customer_id"] == gone


async def test_what_is_kept_of_a_person_holds_the_tasks_and_an_erasure_takes_them(api, hub):
    ada = await customer(api)
    await api.post("/tasks", DAY | {"customer_id": ada, "note": "wants her money back"})

    [kept] = (await api.get(f"/customers/{ada}/export"))["customer"]["tasks"]
    assert (kept["title"], kept["note"]) == ("Call back", "wants her money back")
    await api.post(f"/customers/{ada}/erasure", {})
    assert await hub.store.read(lambda conn: conn.execute(tasks.select()).all()) == []


async def test_what_happens_to_a_task_is_told_by_its_id_alone(api, hub):
    task = await api.post("/tasks", DAY | {"customer_id": await customer(api)})
    await api.post(f"/tasks/{task['id']}/complete", {})
    await api.delete(f"/tasks/{task['id']}")
    await hub.store.write(number_events)

    told = [(one.type, one.data) for one in await hub.store.read(list_events, 0) if one.type.startswith("task.")]
    assert told == [(f"task.{what}", {"task": task["id"]}) for what in ("added", "done", "removed")]


async def test_a_message_that_asks_for_it_is_the_customers_own(api):
    reach = {"name": ADA.name, "addresses": [{"kind": "sms", "handle": ADA.phone, "verified": True}]}
    ada = (await api.post("/customers", reach))["id"]
    said = await api.post("/messages", {"customer_id": ada, "channel": "sms", "text": "We call you back"})
    task = await api.post("/tasks", DAY | {"customer_id": ada, "message_id": said["id"]})
    status, _ = await api.ask("POST", "/tasks", DAY | {"customer_id": await customer(api), "message_id": said["id"]})

    assert (task["message_id"], task["conversation_id"]) == (said["id"], said["conversation_id"])
    assert status == 409
