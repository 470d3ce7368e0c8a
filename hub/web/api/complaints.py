"""Complaints: what a customer is displeased with, its two goals, and what became of it."""

from typing import Annotated, Literal

from pydantic import Field
from sqlalchemy import Connection

from hub import complaints as flow
from hub.errors import InvalidInput
from hub.store import complaints as store
from hub.store.audit import Deed
from hub.store.audited import audit_about
from hub.store.conversations import get_conversation
from hub.store.gate import check_customer, check_message
from hub.store.messages import get_message
from hub.web.api.call import ApiRequest
from hub.web.api.fields import NO_NUL, Answer, Body, Id, Moment, Nothing
from hub.web.api.operation import audited_as, operation
from hub.web.api.paging import Page, TimePageQuery, cut, time_cursor
from hub.web.goals import goals_of

Category = Literal["product", "delivery", "invoice", "service", "privacy", "other"]
Words = Annotated[str, Field(pattern=NO_NUL, max_length=flow.MAX_WISH)]


class NewComplaint(Body):
    """message_id: the message that says it; wish: what the customer wishes; owner_id: who takes care (whoever holds the
    conversation where it is absent)."""

    category: Category
    wish: Words = ""
    message_id: Id | None = None
    owner_id: Id | None = None


class ComplaintChange(Body):
    """What is absent stays as it is; owner_id may be null."""

    category: Category | None = None
    wish: Words | None = None
    owner_id: Id | None = None


class Solution(Body):
    """reason: how it was solved."""

    reason: Words = ""


class Rejection(Body):
    """reason: why it is rejected."""

    reason: Annotated[str, Field(pattern=r"^[^\x00]*[^\x00\s][^\x00]*$", max_length=flow.MAX_WISH)]


class ComplaintQuery(TimePageQuery):
    """Open ones, the oldest first, also narrowed to those that missed a goal; closed ones, the latest first, when asked
    for."""

    state: Literal["open", "missed", "closed"] = "open"
    customer_id: Id | None = None


class Complaint(Answer):
    """state: open, answered, solved, rejected; answer_by, solve_by: the goals, in opening time of the team;
    answer_missed_at, solve_missed_at: when it was noticed that they were missed."""

    id: str
    customer_id: str
    conversation_id: str
    message_id: str | None
    team_id: str | None
    category: str
    wish: str
    state: str
    reason: str
    owner_id: str | None
    opened_at: Moment
    answer_by: Moment
    solve_by: Moment
    answer_missed_at: Moment | None
    solve_missed_at: Moment | None
    answered_at: Moment | None
    closed_at: Moment | None
    changed_at: Moment


@operation("GET", "/complaints", scope="conversations:read", errors=(404,))
async def index(call: ApiRequest, query: ComplaintQuery) -> Page[Complaint]:
    """List complaints."""
    return await call.hub.store.read(_page, call, query)


@audited_as(Deed.COMPLAINT_ADDED)
@operation("POST", "/conversations/{id}/complaints", scope="conversations:write", status=201, errors=(404,))
async def create(call: ApiRequest, id: str, body: NewComplaint) -> Complaint:
    """Note that a conversation, or a message of it, is a complaint."""
    return await call.write(_begin, call, id, body)


@operation("GET", "/complaints/{id}", scope="conversations:read")
async def show(call: ApiRequest, id: str) -> Complaint:
    """Get a complaint."""
    return Complaint.of(await call.hub.store.read(store.get_complaint, id))


@audited_as(Deed.COMPLAINT_CHANGED)
@operation("PATCH", "/complaints/{id}", scope="conversations:write")
async def update(call: ApiRequest, id: str, body: ComplaintChange) -> Complaint:
    """Change a complaint."""
    return await call.write(_change, call, id, body)


@audited_as(Deed.COMPLAINT_REMOVED)
@operation("DELETE", "/complaints/{id}", scope="conversations:write")
async def destroy(call: ApiRequest, id: str) -> None:
    """It was none after all."""
    await call.write(_remove, call, id)


@audited_as(Deed.COMPLAINT_CHANGED)
@operation("POST", "/complaints/{id}/answer", scope="conversations:write")
async def answer(call: ApiRequest, id: str, body: Nothing) -> Complaint:
    """The customer has an answer, by phone, say; an answer in the conversation counts by itself."""
    return await call.write(_answer, call, id)


@audited_as(Deed.COMPLAINT_CHANGED)
@operation("POST", "/complaints/{id}/solve", scope="conversations:write", errors=(409,))
async def solve(call: ApiRequest, id: str, body: Solution) -> Complaint:
    """It is solved."""
    return await call.write(_solve, call, id, body.reason)


@audited_as(Deed.COMPLAINT_CHANGED)
@operation("POST", "/complaints/{id}/reject", scope="conversations:write", errors=(409,))
async def reject(call: ApiRequest, id: str, body: Rejection) -> Complaint:
    """It is rejected."""
    return await call.write(_reject, call, id, body.reason)


@audited_as(Deed.COMPLAINT_CHANGED)
@operation("POST", "/complaints/{id}/reopen", scope="conversations:write")
async def reopen(call: ApiRequest, id: str, body: Nothing) -> Complaint:
    """It is open after all."""
    return await call.write(_reopen, call, id)


def _page(conn: Connection, call: ApiRequest, query: ComplaintQuery) -> Page[Complaint]:
    if query.customer_id:
        check_customer(conn, call.seen, query.customer_id)
    wanted = store.ComplaintFilter(query.state, customer_id=query.customer_id or "", visibility=call.seen)
    rows = store.list_complaints(conn, wanted, query.key, query.size + 1)
    page, after = cut(rows, query.size, lambda row: time_cursor(*store.cursor_of(query.state, row)))
    return Page(items=[Complaint.of(row) for row in page], next=after)


def _begin(conn: Connection, call: ApiRequest, id: str, body: NewComplaint) -> Complaint:
    if body.message_id:
        check_message(conn, call.seen, body.message_id)
        if get_message(conn, body.message_id).conversation_id != get_conversation(conn, id).id:
            raise InvalidInput("this message stands in another conversation", "message_id")
    said = flow.Complained(body.category, body.wish, body.message_id, body.owner_id)
    made = flow.begin(conn, goals_of(conn, call.hub), id, said, call.now, None)
    audit_about(made.id)
    return Complaint.of(made)


def _change(conn: Connection, call: ApiRequest, id: str, body: ComplaintChange) -> Complaint:
    given = body.model_dump(include=body.model_fields_set)
    values = {name: value for name, value in given.items() if value is not None or name == "owner_id"}
    return Complaint.of(flow.change(conn, id, values, call.now, None))


def _remove(conn: Connection, call: ApiRequest, id: str) -> None:
    flow.remove(conn, id, call.now, None)


def _answer(conn: Connection, call: ApiRequest, id: str) -> Complaint:
    return Complaint.of(flow.answer(conn, id, call.now, None))


def _solve(conn: Connection, call: ApiRequest, id: str, how: str) -> Complaint:
    return Complaint.of(flow.solve(conn, id, how, call.now, None))


def _reject(conn: Connection, call: ApiRequest, id: str, why: str) -> Complaint:
    return Complaint.of(flow.reject(conn, id, why, call.now, None))


def _reopen(conn: Connection, call: ApiRequest, id: str) -> Complaint:
    return Complaint.of(flow.reopen(conn, id, call.now, None))


OPERATIONS = (index, create, show, update, destroy, answer, solve, reject, reopen)
