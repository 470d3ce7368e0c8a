"""Fields of customers: which are described, and what each may hold."""

from typing import Annotated

from pydantic import Field
from sqlalchemy import Connection

from hub.fields import MOST_CHOICES
from hub.fields import Field as Described
from hub.fields import FieldType as Type
from hub.store import fields as store
from hub.store.audit import Deed
from hub.store.audited import audit_about
from hub.web.api.call import ApiRequest
from hub.web.api.fields import Answer, Body, Id, Name
from hub.web.api.operation import audited_as, operation
from hub.web.api.paging import Limited

Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
FieldType = Annotated[str, Field(pattern="^(text|number|date|choice|money|link)$")]
Currency = Annotated[str, Field(pattern="^([A-Z]{3})?$")]
Choices = Annotated[tuple[Name, ...], Field(max_length=MOST_CHOICES)]


class NewField(Body):
    """key: as in `fields` of a customer; choices: of a choice; currency: of money, else the company's."""

    key: Key
    label: Name
    type: FieldType = "text"
    choices: Choices = ()
    currency: Currency = ""


class FieldChange(Body):
    """What is absent stays as it is."""

    label: Name | None = None
    type: FieldType | None = None
    choices: Choices | None = None
    currency: Currency | None = None


class FieldOfCustomers(Answer):
    key: str
    label: str
    type: str
    choices: list[str]
    currency: str


class Fields(Answer):
    """All of them, in the order in which people see them; next: always null."""

    items: list[FieldOfCustomers]
    next: Id | None = None


@operation("GET", "/fields", scope="fields:read")
async def index(call: ApiRequest, query: Limited) -> Fields:
    """List the fields that are described, `form_of_address` in front: it is always there."""
    found = (await call.hub.store.read(store.all_fields))[: query.size]
    return Fields(items=[shown(field) for field in found])


@audited_as(Deed.FIELD_CHANGED)
@operation("POST", "/fields", scope="fields:write", status=201, errors=(409,))
async def create(call: ApiRequest, body: NewField) -> FieldOfCustomers:
    """Describe a field."""
    audit_about(body.key)
    currency = body.currency or call.hub.settings.company.currency
    return await call.write(_add, Described(body.key, body.label, Type(body.type), body.choices, currency))


@operation("GET", "/fields/{key}", scope="fields:read")
async def show(call: ApiRequest, key: str) -> FieldOfCustomers:
    """Get the description of a field."""
    return shown(await call.hub.store.read(store.get_field, key))


@audited_as(Deed.FIELD_CHANGED)
@operation("PATCH", "/fields/{key}", scope="fields:write")
async def update(call: ApiRequest, key: str, body: FieldChange) -> FieldOfCustomers:
    """Change the description of a field; what customers have in it stays as it is."""
    audit_about(key)
    return await call.write(_change, key, body, call.hub.settings.company.currency)


@audited_as(Deed.FIELD_CHANGED)
@operation("DELETE", "/fields/{key}", scope="fields:write")
async def destroy(call: ApiRequest, key: str) -> None:
    """Describe it no longer; what customers have in it stays."""
    audit_about(key)
    await call.write(store.forget_field, key)


def _add(conn: Connection, field: Described) -> FieldOfCustomers:
    return shown(store.add_field(conn, field))


def _change(conn: Connection, key: str, body: FieldChange, currency: str) -> FieldOfCustomers:
    before = store.get_field(conn, key)
    after = Described(
        key,
        before.label if body.label is None else body.label,
        before.type if body.type is None else Type(body.type),
        before.choices if body.choices is None else body.choices,
        (before.currency if body.currency is None else body.currency) or currency,
    )
    return shown(store.change_field(conn, after))


def shown(field: Described) -> FieldOfCustomers:
    return FieldOfCustomers.of(field, type=field.type.value, choices=list(field.choices))


OPERATIONS = (index, create, show, update, destroy)
