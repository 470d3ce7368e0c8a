"""Segments: conditions on customers under a name, always up to date."""

from typing import Any

from sqlalchemy import Connection

from hub.campaigns.audience import check_free
from hub.errors import Conflict
from hub.store import segments as store
from hub.store.audience import Audience, count_audience
from hub.store.audit import Deed
from hub.store.audited import audit_about
from hub.store.condition_tree import AnyCondition, check_scores, check_size, read_condition
from hub.web.api.call import ApiRequest
from hub.web.api.fields import Answer, Body, Moment, Name
from hub.web.api.operation import audited_as, operation
from hub.web.api.paging import Page, PageQuery, cut


class NewSegment(Body):
    name: Name
    condition: AnyCondition


class SegmentChange(Body):
    name: Name | None = None
    condition: AnyCondition | None = None


class Segment(Answer):
    id: str
    name: str
    condition: dict[str, Any]
    created_at: Moment


class Count(Answer):
    count: int


@operation("GET", "/segments", scope="segments:read")
async def index(call: ApiRequest, query: PageQuery) -> Page[Segment]:
    """List the segments."""
    rows = await call.hub.store.read(store.list_segments, query.after, query.size + 1)
    page, after = cut(rows, query.size, lambda segment: segment.id)
    return Page(items=[Segment.of(segment) for segment in page], next=after)


@audited_as(Deed.SEGMENT_ADDED)
@operation("POST", "/segments", scope="segments:write", status=201)
async def create(call: ApiRequest, body: NewSegment) -> Segment:
    """Add a segment."""
    check_size(body.condition)
    check_scores(body.condition)
    audit_about(body.name)
    return await call.write(_add, body, call.now)


@operation("GET", "/segments/{id}", scope="segments:read")
async def show(call: ApiRequest, id: str) -> Segment:
    """Get a segment."""
    return Segment.of(await call.hub.store.read(store.get_segment, id))


@audited_as(Deed.SEGMENT_CHANGED)
@operation("PATCH", "/segments/{id}", scope="segments:write", errors=(409,))
async def update(call: ApiRequest, id: str, body: SegmentChange) -> Segment:
    """Change a segment; 409 for the condition of a frozen one, or while a campaign goes to it or another names it."""
    if body.condition is not None:
        check_size(body.condition)
        check_scores(body.condition)
    return await call.write(_change, id, body)


@audited_as(Deed.SEGMENT_REMOVED)
@operation("DELETE", "/segments/{id}", scope="segments:write", errors=(409,))
async def destroy(call: ApiRequest, id: str) -> None:
    """Delete a segment; campaigns that name it cannot be scheduled any more.

    409 while one goes to it or another segment names it.
    """
    await call.write(_forget, id)


@operation("GET", "/segments/{id}/count", scope="segments:read")
async def count(call: ApiRequest, id: str) -> Count:
    """Count the customers in it now."""
    call.whole("what a segment counts")
    return await call.hub.store.read(_count, id, call.now)


def _add(conn: Connection, body: NewSegment, now: int) -> Segment:
    return Segment.of(store.add_segment(conn, body.name, body.condition.model_dump(), now))


def _change(conn: Connection, id: str, body: SegmentChange) -> Segment:
    before = store.get_segment(conn, id)
    if body.condition is not None and read_condition(before.condition) != body.condition:
        if before.frozen_at is not None:
            raise Conflict("a frozen segment keeps whom it held", "segment_frozen")
        check_free(conn, id)
    changes: dict[str, Any] = {"name": body.name} if body.name is not None else {}
    changes |= {"condition": body.condition.model_dump()} if body.condition is not None else {}
    return Segment.of(store.mark_segment(conn, id, changes))


def _forget(conn: Connection, id: str) -> None:
    check_free(conn, id)
    store.forget_segment(conn, id)


def _count(conn: Connection, id: str, now: int) -> Count:
    condition = read_condition(store.get_segment(conn, id).condition)
    return Count(count=count_audience(conn, Audience(condition=condition), now))


OPERATIONS = (index, create, show, update, destroy, count)
