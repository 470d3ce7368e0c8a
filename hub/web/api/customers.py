"""Customers: find, add, read and change them."""

from typing import Annotated

from pydantic import Field
from sqlalchemy import Connection

from hub.consents import declare
from hub.fields import check_all
from hub.model import Address as ModelAddress
from hub.store import customers as store
from hub.store.companies import of_company
from hub.store.condition_tree import read_condition
from hub.store.conditions import Question, compile_condition
from hub.store.consents import Consent as ConsentRow
from hub.store.events import append_event
from hub.store.fields import all_fields
from hub.store.lists import list_customers
from hub.store.personal import get_living
from hub.store.search_index import read_indexed
from hub.store.segments import get_segment
from hub.store.visibility import Visibility
from hub.web.api import shapes
from hub.web.api.call import ApiRequest
from hub.web.api.fields import Body, Fields, Id, Labels, Language, OneLine, Preference, TimeZone
from hub.web.api.handles import NewAddress, NewConsent, plain
from hub.web.api.operation import operation
from hub.web.api.paging import Page, PageQuery, cut
from hub.web.api.shapes import Customer


class NewCustomer(Body):
    name: OneLine = ""
    language: Language = ""
    timezone: TimeZone = ""
    preferred_channel: Preference = ""
    labels: Labels = ()
    fields: Fields = Field(default_factory=dict)
    addresses: Annotated[tuple[NewAddress, ...], Field(max_length=50)] = ()
    consents: Annotated[tuple[NewConsent, ...], Field(max_length=100)] = ()


class CustomerChange(Body):
    """What is absent stays as it is; `fields` and `labels` replace those there were."""

    name: OneLine | None = None
    language: Language | None = None
    timezone: TimeZone | None = None
    preferred_channel: Preference | None = None
    labels: Labels | None = None
    fields: Fields | None = None


class CustomerQuery(PageQuery):
    q: OneLine = ""
    label: OneLine = ""
    company: OneLine = ""
    segment: Id | None = None


@operation("GET", "/customers", scope="customers:read", errors=(404,))
async def index(call: ApiRequest, query: CustomerQuery) -> Page[Customer]:
    """List customers, newest first; q looks into names, companies and addresses, segment names one by its id, company
    is what their field of that name says."""
    return await read_indexed(call.hub.store, query.q, _page, query, call.visibility, call.now)


@operation("POST", "/customers", scope="customers:write", status=201)
async def create(call: ApiRequest, body: NewCustomer) -> Customer:
    """Add a customer; 409 when a verified address belongs to somebody else."""
    may_prove(call, any(one.verified for one in body.addresses))
    return await call.write(_create, body, call.hub.settings.company.country, call.now)


@operation("GET", "/customers/{id}", scope="customers:read")
async def show(call: ApiRequest, id: str) -> Customer:
    """Get a customer; one that was merged away answers with the one it became."""
    return await call.hub.store.read(shown, id)


@operation("PATCH", "/customers/{id}", scope="customers:write")
async def update(call: ApiRequest, id: str, body: CustomerChange) -> Customer:
    """Change a customer."""
    return await call.write(_change, id, body, call.now)


def may_prove(call: ApiRequest, verified: bool) -> None:
    """Raises Refused: a proven address belongs to one customer only, so a token of some teams would learn that somebody
    whom it does not see has it."""
    if verified:
        call.whole("whose an address is")


def shown(conn: Connection, id: str) -> Customer:
    return shapes.customers(conn, [get_living(conn, id)])[0]


def consent_given(conn: Connection, customer_id: str, given: NewConsent, now: int) -> ConsentRow:
    """Write it into the ledger and tell."""
    consent = ConsentRow(given.channel, given.purpose, given.state, given.source, given.wording, at=now)
    declare(conn, customer_id, consent, now)
    return consent


def _page(conn: Connection, query: CustomerQuery, seen: Visibility, now: int) -> Page[Customer]:
    among = seen.of_customers()
    if query.segment:
        condition = read_condition(get_segment(conn, query.segment).condition)
        among = (*among, compile_condition(condition, Question(conn.dialect.name, now)))
    if query.company:
        among = (*among, of_company(conn.dialect.name, query.company))
    rows = list_customers(conn, query.q, query.label, query.after, query.size + 1, among)
    page, after = cut(rows, query.size, lambda row: row.id)
    return Page(items=shapes.customers(conn, page), next=after)


def _create(conn: Connection, body: NewCustomer, country: str, now: int) -> Customer:
    check_all(all_fields(conn), body.fields, {})
    new = store.NewCustomer(body.name, body.language, body.timezone, body.preferred_channel, body.fields)
    id = store.add_customer(conn, new, now)
    given: dict[ModelAddress, bool] = {}
    for one in body.addresses:
        address = plain(one, country)
        given[address] = given.get(address, False) or one.verified
    for address, verified in given.items():
        store.add_address(conn, id, address, verified=verified, at=now, source="api")
    store.mark_customer_labels(conn, id, body.labels, now)
    for consent in body.consents:
        consent_given(conn, id, consent, now)
    append_event(conn, "customer.created", at=now, customer_id=id)
    return shown(conn, id)


def _change(conn: Connection, id: str, body: CustomerChange, now: int) -> Customer:
    customer = get_living(conn, id)
    check_all(all_fields(conn), body.fields or {}, customer.fields)
    changes = body.model_dump(exclude_none=True, exclude={"labels"})
    store.mark_customer(conn, customer.id, now, **changes)
    if body.labels is not None:
        store.mark_customer_labels(conn, customer.id, body.labels, now)
    append_event(
        conn, "customer.changed", at=now, customer_id=customer.id, data={"changed": sorted(body.model_fields_set)}
    )
    return shown(conn, customer.id)


OPERATIONS = (index, create, show, update)
