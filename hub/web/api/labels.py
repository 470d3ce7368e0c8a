"""Labels: words on customers and conversations."""

from typing import Annotated

from pydantic import Field
from sqlalchemy import Connection

from hub.store import labels as store
from hub.web.api.call import ApiRequest
from hub.web.api.fields import Answer, Body, Moment, Name
from hub.web.api.operation import operation
from hub.web.api.paging import Page, PageQuery, cut

Colour = Annotated[str, Field(pattern=r"^(#[0-9a-fA-F]{6})?$")]


class NewLabel(Body):
    name: Name
    colour: Colour = ""


class LabelChange(Body):
    name: Name | None = None
    colour: Colour | None = None


class Label(Answer):
    id: str
    name: str
    colour: str
    created_at: Moment


@operation("GET", "/labels", scope="labels:read")
async def index(call: ApiRequest, query: PageQuery) -> Page[Label]:
    """List the labels."""
    rows = await call.hub.store.read(store.list_labels, query.after, query.size + 1)
    page, after = cut(rows, query.size, lambda label: label.id)
    return Page(items=[Label.of(label) for label in page], next=after)


@operation("POST", "/labels", scope="labels:write", status=201)
async def create(call: ApiRequest, body: NewLabel) -> Label:
    """Add a label."""
    return await call.write(_add, body, call.now)


@operation("GET", "/labels/{id}", scope="labels:read")
async def show(call: ApiRequest, id: str) -> Label:
    """Get a label."""
    return Label.of(await call.hub.store.read(store.get_label, id))


@operation("PATCH", "/labels/{id}", scope="labels:write")
async def update(call: ApiRequest, id: str, body: LabelChange) -> Label:
    """Change a label."""
    return await call.write(_change, id, body)


@operation("DELETE", "/labels/{id}", scope="labels:write")
async def destroy(call: ApiRequest, id: str) -> None:
    """Delete a label; customers and conversations lose it."""
    await call.write(store.forget_label, id)


def _add(conn: Connection, body: NewLabel, now: int) -> Label:
    return Label.of(store.add_label(conn, body.name, body.colour, now))


def _change(conn: Connection, id: str, body: LabelChange) -> Label:
    return Label.of(store.change_label(conn, id, body.name, body.colour))


OPERATIONS = (index, create, show, update, destroy)
