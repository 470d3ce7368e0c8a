"""What becomes of a task: noted, changed, done, taken up again, and whose owner is reminded - each with its event."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from hub.clock import LATEST
from hub.errors import InvalidInput
from hub.moments import on_calendar
from hub.store.agents import find_agent
from hub.store.customers import get_customer
from hub.store.events import append_event
from hub.store.tasks import Task, add_task, claim_reminders, forget_task, get_task, mark_task


def end_of_day(day: str, zone: str) -> int:
    """The instant at which that day (2026-12-03) is over there. Raises InvalidInput."""
    try:
        following = date.fromisoformat(day) + timedelta(days=1)
    except (ValueError, OverflowError) as wrong:
        raise InvalidInput(f"{day[:40]!r} is not a day like 2026-12-03", "due_on", "no_day") from wrong
    return on_calendar(datetime.combine(following, time(), ZoneInfo(zone)))


def begin_task(conn: Connection, values: Mapping[str, Any], at: int, by: str | None) -> Task:
    """values: as in the table; the customer's who was merged away go to the one that is there. Raises InvalidInput."""
    checked = _checked(conn, values)
    customer = get_customer(conn, checked["customer_id"])
    while customer.merged_into:
        customer = get_customer(conn, customer.merged_into)
    task = add_task(conn, {**checked, "customer_id": customer.id, "created_by": by}, at)
    append_task_event(conn, task, "task.added", at, by)
    return task


def change_task(conn: Connection, id: str, values: Mapping[str, Any], at: int, by: str | None) -> Task:
    """A reminder that was moved comes again. Raises InvalidInput."""
    before = get_task(conn, id)
    changes = {name: value for name, value in _checked(conn, values).items() if getattr(before, name) != value}
    if not changes:
        return before
    if "remind_at" in changes:
        changes["reminded_at"] = None
    task = mark_task(conn, id, at, **changes)
    append_task_event(conn, task, "task.changed", at, by)
    return task


def complete(conn: Connection, id: str, at: int, by: str | None) -> Task:
    task = get_task(conn, id)
    if task.done_at is None:
        task = mark_task(conn, id, at, done_at=at)
        append_task_event(conn, task, "task.done", at, by)
    return task


def reopen(conn: Connection, id: str, at: int, by: str | None) -> Task:
    task = get_task(conn, id)
    if task.done_at is not None:
        task = mark_task(conn, id, at, done_at=None)
        append_task_event(conn, task, "task.reopened", at, by)
    return task


def remove(conn: Connection, id: str, at: int, by: str | None) -> None:
    task = get_task(conn, id)
    forget_task(conn, id)
    append_task_event(conn, task, "task.removed", at, by)


def remind_due(conn: Connection, now: int) -> int:
    """How many owners were reminded of something."""
    due = claim_reminders(conn, now)
    for task in due:
        append_task_event(conn, task, "task.reminded", now, task.owner_id)
    return len(due)


def append_task_event(conn: Connection, task: Task, what: str, at: int, by: str | None) -> None:
    about = {"customer_id": task.customer_id, "conversation_id": task.conversation_id, "message_id": task.message_id}
    append_event(conn, what, at=at, agent_id=by, data={"task": task.id}, **about)


def _checked(conn: Connection, values: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(values)
    if "title" in found:
        found["title"] = " ".join(str(found["title"]).split())[:200]
        if not found["title"]:
            raise InvalidInput("say what has to be done", "title", "no_task")
    if found.get("owner_id"):
        owner = find_agent(conn, found["owner_id"])
        if owner is None or not owner.active:
            raise InvalidInput("there is no such colleague", "owner_id", "colleague")
    if any(not 0 <= found[name] < LATEST for name in ("due_at", "remind_at") if found.get(name) is not None):
        raise InvalidInput("no calendar knows that day", "due_at", "no_day")
    return found
