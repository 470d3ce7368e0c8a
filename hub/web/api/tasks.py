"""Tasks: what somebody has to do for a customer, and by when."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, WithJsonSchema, model_validator
from sqlalchemy import Connection

from hub import tasks as flow
from hub.errors import InvalidInput
from hub.store import tasks as store
from hub.store.audit import Deed
from hub.store.audited import audit_about
from hub.store.gate import check_customer, check_message
from hub.store.messages import get_message
from hub.store.personal import get_living
from hub.web.api.call import ApiRequest
from hub.web.api.fields import Answer, Body, Id, Instant, Moment, Name, Nothing, Text, TimeZone
from hub.web.api.operation import audited_as, operation
from hub.web.api.paging import Page, TimePageQuery, cut, time_cursor


def _a_day(text: str) -> str:
    return date.fromisoformat(text).isoformat()


Day = Annotated[str, AfterValidator(_a_day), WithJsonSchema({"type": "string", "format": "date"})]
_ONE_DUE: dict[str, Any] = {
    "oneOf": [
        {"required": ["due_at"], "properties": {"due_at": {"type": "string"}, "due_on": {"type": "null"}}},
        {"required": ["due_on"], "properties": {"due_on": {"type": "string"}, "due_at": {"type": "null"}}},
    ]
}


class NewTask(Body):
    """due_at: an instant, or due_on: a day in timezone (the company's where it is absent). message_id: the message that
    asks for it."""

    model_config = ConfigDict(json_schema_extra=_ONE_DUE)

    customer_id: Id
    title: Name
    due_at: Instant | None = None
    due_on: Day | None = None
    timezone: TimeZone = ""
    note: Text = ""
    owner_id: Id | None = None
    remind_at: Instant | None = None
    message_id: Id | None = None

    @model_validator(mode="after")
    def _due_once(self) -> "NewTask":
        if (self.due_at is None) == (self.due_on is None):
            raise ValueError("give either due_at or due_on")
        return self


class TaskChange(Body):
    """What is absent stays as it is; owner_id and remind_at may be null."""

    title: Name | None = None
    note: Text | None = None
    due_at: Instant | None = None
    due_on: Day | None = None
    timezone: TimeZone | None = None
    owner_id: Id | None = None
    remind_at: Instant | None = None


class TaskQuery(TimePageQuery):
    """Open tasks by when they are due; done ones, the latest first, when asked for."""

    state: Literal["open", "overdue", "done"] = "open"
    owner: Id | None = None
    customer_id: Id | None = None


class Task(Answer):
    """kind: callback where somebody waits to be called, else empty."""

    id: str
    customer_id: str
    conversation_id: str | None
    message_id: str | None
    kind: str
    title: str
    note: str
    due_at: Moment
    due_on: str | None
    timezone: str
    owner_id: str | None
    remind_at: Moment | None
    done_at: Moment | None
    created_at: Moment
    changed_at: Moment


@operation("GET", "/tasks", scope="tasks:read", errors=(404,))
async def index(call: ApiRequest, query: TaskQuery) -> Page[Task]:
    """List tasks."""
    return await call.hub.store.read(_page, call, query)


@audited_as(Deed.TASK_ADDED)
@operation("POST", "/tasks", scope="tasks:write", status=201, errors=(404,))
async def create(call: ApiRequest, body: NewTask) -> Task:
    """Note a task for a customer."""
    return await call.write(_add, call, body)


@operation("GET", "/tasks/{id}", scope="tasks:read")
async def show(call: ApiRequest, id: str) -> Task:
    """Get a task."""
    return shown(await call.hub.store.read(store.get_task, id))


@audited_as(Deed.TASK_CHANGED)
@operation("PATCH", "/tasks/{id}", scope="tasks:write")
async def update(call: ApiRequest, id: str, body: TaskChange) -> Task:
    """Change a task."""
    return await call.write(_change, call, id, body)


@audited_as(Deed.TASK_REMOVED)
@operation("DELETE", "/tasks/{id}", scope="tasks:write")
async def destroy(call: ApiRequest, id: str) -> None:
    """Delete a task."""
    await call.write(flow.remove, id, call.now, None)


@audited_as(Deed.TASK_CHANGED)
@operation("POST", "/tasks/{id}/complete", scope="tasks:write")
async def complete(call: ApiRequest, id: str, body: Nothing) -> Task:
    """It is done."""
    return await call.write(_complete, id, call.now)


@audited_as(Deed.TASK_CHANGED)
@operation("POST", "/tasks/{id}/reopen", scope="tasks:write")
async def reopen(call: ApiRequest, id: str, body: Nothing) -> Task:
    """It is not done after all."""
    return await call.write(_reopen, id, call.now)


def _page(conn: Connection, call: ApiRequest, query: TaskQuery) -> Page[Task]:
    if query.customer_id:
        check_customer(conn, call.seen, query.customer_id)
    wanted = store.TaskFilter(
        query.state,
        customer_id=query.customer_id or "",
        owner_id=query.owner or "",
        now=call.now,
        visibility=call.seen,
    )
    rows = store.list_tasks(conn, wanted, query.key, query.size + 1)
    page, after = cut(rows, query.size, lambda row: time_cursor(*store.cursor_of(query.state, row)))
    return Page(items=[shown(row) for row in page], next=after)


def _add(conn: Connection, call: ApiRequest, body: NewTask) -> Task:
    customer = get_living(conn, body.customer_id)
    check_customer(conn, call.seen, customer.id)
    zone = body.timezone or call.hub.settings.company.timezone
    values = body.model_dump(include={"title", "note", "owner_id", "remind_at"})
    values |= _due_at(body.due_at, zone) if body.due_at is not None else _due_on(body.due_on or "", zone)
    if body.message_id:
        check_message(conn, call.seen, body.message_id)
        message = get_message(conn, body.message_id)
        if message.customer_id != customer.id:
            raise InvalidInput("this message is another customer's", "message_id")
        values |= {"message_id": message.id, "conversation_id": message.conversation_id}
    task = flow.begin_task(conn, values | {"customer_id": customer.id}, call.now, None)
    audit_about(task.id)
    return shown(task)


def _change(conn: Connection, call: ApiRequest, id: str, body: TaskChange) -> Task:
    given = body.model_dump(include=body.model_fields_set, exclude={"due_at", "due_on", "timezone"})
    nullable = {"owner_id", "remind_at"}
    values = {name: value for name, value in given.items() if value is not None or name in nullable}
    before = store.get_task(conn, id)
    zone = body.timezone or before.timezone
    if body.due_at is not None:
        values |= _due_at(body.due_at, zone)
    elif day := body.due_on or before.due_on:
        values |= _due_on(day, zone)
    else:
        values["timezone"] = zone
    return shown(flow.change_task(conn, id, values, call.now, None))


def _due_at(at: int, zone: str) -> dict[str, Any]:
    return {"due_at": at, "due_on": "", "timezone": zone}


def _due_on(day: str, zone: str) -> dict[str, Any]:
    return {"due_at": flow.end_of_day(day, zone), "due_on": day, "timezone": zone}


def _complete(conn: Connection, id: str, now: int) -> Task:
    return shown(flow.complete(conn, id, now, None))


def _reopen(conn: Connection, id: str, now: int) -> Task:
    return shown(flow.reopen(conn, id, now, None))


def shown(row: store.Task) -> Task:
    return Task.of(row, due_on=row.due_on or None)


OPERATIONS = (index, create, show, update, destroy, complete, reopen)
