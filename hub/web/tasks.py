"""Tasks: the list of what there is to do, and one noted from a customer, a conversation or a message."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web
from sqlalchemy import Connection

from hub import tasks as flow
from hub.clock import DAY, HOUR
from hub.errors import InvalidInput
from hub.ids import is_id
from hub.store.agents import Agent, find_calendar, list_agents
from hub.store.audit import Deed
from hub.store.audited import audit_about
from hub.store.conversations import get_conversation
from hub.store.customers import Customer, list_customers_by_id
from hub.store.inbox import list_handles
from hub.store.messages import Message, get_message
from hub.store.tasks import VIEWS, Cursor, Task, TaskFilter, count_tasks, cursor_of, get_task, list_tasks
from hub.store.visibility import Visibility
from hub.web.forms import read_fields, read_local
from hub.web.inbox import read_cursor, write_cursor
from hub.web.keys import AGENT, HUB, VISIBILITY
from hub.web.pages import render, speaker
from hub.web.phone_numbers import any_calls, list_phones
from hub.web.security import safe_next

PAGE = 50
COUNTED = ("mine", "team", "overdue", "callbacks", "open")
REMINDERS = {"due": 0, "hour": HOUR, "day": DAY}  # how long before
MORNING = "09:00"  # when one is reminded of what is due on a day
BACK = ("/tasks", "/customers/", "/conversations/")  # pages on which a task stands
FIELDS = ("title", "note", "due_day", "due_time", "owner", "remind")


@dataclass(frozen=True, slots=True)
class TaskList:
    """names: of customers by id; phones: theirs, where they wait to be called; counts: by view."""

    view: str
    rows: Sequence[Task]
    next: str
    after: str
    counts: Mapping[str, int]
    names: Mapping[str, str]
    phones: Mapping[str, str]
    agents: Mapping[str, Agent]
    calendar: str | None


async def index(request: web.Request) -> web.Response:
    view, after = request.query.get("view", "mine"), request.query.get("after", "")
    view, cursor = view if view in VIEWS else "mine", read_cursor(after)
    hub, who = request.app[HUB], request[VISIBILITY]
    found = await hub.store.read(_list, view, cursor, after if cursor else "", who, hub.clock.now())
    token = hub.signer.sign("calendar", request[AGENT].id, found.calendar) if found.calendar else ""
    link = f"{hub.base_url}/calendar/{token}.ics" if token else ""
    return render(
        request, "tasks/index.html", list=found, link=link, badge=found.counts["mine"], calls=any_calls(hub.channels)
    )


def _list(conn: Connection, view: str, cursor: Cursor | None, after: str, who: Visibility, now: int) -> TaskList:
    wanted = {name: TaskFilter(name, who.agent_id, now=now, visibility=who) for name in VIEWS}
    rows = list_tasks(conn, wanted[view], cursor, PAGE + 1)
    return TaskList(
        view,
        rows[:PAGE],
        write_cursor(cursor_of(view, rows[PAGE - 1])) if len(rows) > PAGE else "",
        after,
        {name: count_tasks(conn, wanted[name]) for name in COUNTED},
        names_of(conn, [row.customer_id for row in rows[:PAGE]]),
        list_phones(conn, [row.customer_id for row in rows[:PAGE]]) if view == "callbacks" else {},
        {one.id: one for one in list_agents(conn)},
        find_calendar(conn, who.agent_id),
    )


def names_of(conn: Connection, ids: Sequence[str]) -> dict[str, str]:
    """What customers are called, where they have no name by an address."""
    known: Mapping[str, Customer] = list_customers_by_id(conn, ids)
    handles = list_handles(conn, [id for id, customer in known.items() if not customer.name])
    return {id: customer.name or handles.get(id, "") for id, customer in known.items()}


async def show(request: web.Request) -> web.Response:
    return await _form(request, await request.app[HUB].store.read(get_task, task_id(request)))


async def propose(request: web.Request) -> web.Response:
    """The form for a task that a message asks for."""
    message = await request.app[HUB].store.read(get_message, task_id(request))
    return await _form(request, None, message)


async def _form(request: web.Request, task: Task | None, message: Message | None = None) -> web.Response:
    customer_id = task.customer_id if task else message.customer_id if message else ""
    agents, names = await request.app[HUB].store.read(lambda conn: (list_agents(conn), names_of(conn, [customer_id])))
    values: dict[str, Any] = {"task": task, "message": message, "agents": agents, "who": names.get(customer_id, "")}
    words = message.subject or message.text if message else ""
    return render(request, "tasks/show.html", **values, title=" ".join(words.split())[:80], customer_id=customer_id)


async def create_for_customer(request: web.Request) -> web.Response:
    return await _create(request, {"customer_id": task_id(request)})


async def create_for_conversation(request: web.Request) -> web.Response:
    id = task_id(request)
    conversation = await request.app[HUB].store.read(get_conversation, id)
    return await _create(request, {"customer_id": conversation.customer_id, "conversation_id": conversation.id})


async def create_for_message(request: web.Request) -> web.Response:
    said = await request.app[HUB].store.read(get_message, task_id(request))
    about = {"customer_id": said.customer_id, "conversation_id": said.conversation_id, "message_id": said.id}
    return await _create(request, about)


async def _create(request: web.Request, about: Mapping[str, Any]) -> web.Response:
    hub = request.app[HUB]
    values = {**about, **await _read(request, None)}
    task = await hub.store.write(_begin, values, hub.clock.now(), request[AGENT].id)
    raise await _done(request, f"/customers/{task.customer_id}")


def _begin(conn: Connection, values: Mapping[str, Any], at: int, by: str) -> Task:
    task = flow.begin_task(conn, values, at, by)
    audit_about(task.id)
    return task


async def update(request: web.Request) -> web.Response:
    hub, id = request.app[HUB], task_id(request)
    [action] = await read_fields(request, "action")
    if action == "delete":
        audit_about(id, Deed.TASK_REMOVED)
        await hub.store.write(flow.remove, id, hub.clock.now(), request[AGENT].id)
    else:
        values = await _read(request, await hub.store.read(get_task, id))
        await hub.store.write(flow.change_task, id, values, hub.clock.now(), request[AGENT].id)
    raise await _done(request, "/tasks")


async def complete(request: web.Request) -> web.Response:
    hub = request.app[HUB]
    await hub.store.write(flow.complete, task_id(request), hub.clock.now(), request[AGENT].id)
    raise await _done(request, "/tasks")


async def reopen(request: web.Request) -> web.Response:
    hub = request.app[HUB]
    await hub.store.write(flow.reopen, task_id(request), hub.clock.now(), request[AGENT].id)
    raise await _done(request, "/tasks?view=done")


async def _read(request: web.Request, before: Task | None) -> dict[str, Any]:
    title, note, day, hour, owner, remind = await read_fields(request, *FIELDS)
    zone = speaker(request).zone
    due_at = read_local(f"{day}T{hour}", zone) if hour else flow.end_of_day(day, zone.key)
    return {
        "title": title,
        "note": note.strip()[:10_000],
        "due_at": due_at,
        "due_on": "" if hour else day,
        "timezone": zone.key,
        "owner_id": request[AGENT].id if owner == "me" else owner or None,
        "remind_at": before.remind_at if before and remind == "keep" else _reminder(remind, day, hour, zone),
    }


def _reminder(chosen: str, day: str, hour: str, zone: ZoneInfo) -> int | None:
    if chosen not in ("", *REMINDERS):
        raise InvalidInput("there is no such reminder", "remind")
    return read_local(f"{day}T{hour or MORNING}", zone) - REMINDERS[chosen] if chosen else None


async def _done(request: web.Request, otherwise: str) -> web.HTTPSeeOther:
    """Back to the page the form stood on."""
    request.app[HUB].live.wake()
    [back] = await read_fields(request, "back")
    ours = back.startswith(BACK) and "//" not in back and back.isprintable() and safe_next(back) == back
    return web.HTTPSeeOther(back if ours else otherwise)


def task_id(request: web.Request) -> str:
    id = request.match_info["id"]
    if not is_id(id):
        raise web.HTTPNotFound
    return id
