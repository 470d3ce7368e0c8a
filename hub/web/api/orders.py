"""Orders: taken, carried out, and what the customer hears of it."""

from typing import Annotated, Literal

from pydantic import Field
from sqlalchemy import Connection

from hub.sales import orders as flow
from hub.store import sales as store
from hub.store.audit import Deed
from hub.store.gate import check_customer
from hub.store.personal import get_living
from hub.web.api.call import ApiRequest
from hub.web.api.fields import NO_NUL, Answer, Body, Id, Moment, OneLine
from hub.web.api.operation import audited_as, operation
from hub.web.api.paging import Page, PageQuery, cut
from hub.web.api.quotes import Currency, Items, SoldItem, filter_of, shown_total, sold_lines, telling_of


class NewOrder(Body):
    customer_id: Id
    title: OneLine = ""
    currency: Currency | None = None
    lines: Items = ()


class Step(Body):
    """tell: the customer hears of it on the preferred channel, with the note."""

    state: Literal["confirmed", "shipped", "done", "cancelled"]
    note: Annotated[str, Field(pattern=NO_NUL, max_length=1_000)] = ""
    tell: bool = True


class Order(Answer):
    """total: with tax. state: open, confirmed, shipped, done, cancelled."""

    id: str
    customer_id: str
    quote_id: str | None
    number: str
    state: str
    title: str
    note: str
    currency: str
    lines: list[SoldItem]
    total: str
    owner_id: str | None
    created_at: Moment
    changed_at: Moment


class OrderQuery(PageQuery):
    state: Literal["open", "confirmed", "shipped", "done", "cancelled"] | None = None
    customer_id: Id | None = None


@operation("GET", "/orders", scope="orders:read", errors=(404,))
async def index(call: ApiRequest, query: OrderQuery) -> Page[Order]:
    """List orders, newest first."""
    rows = await call.hub.store.read(_orders, call, query)
    page, after = cut(rows, query.size, lambda row: row.id)
    return Page(items=[shown(row) for row in page], next=after)


@audited_as(Deed.ORDER_ADDED)
@operation("POST", "/orders", scope="orders:write", status=201, errors=(404,))
async def create(call: ApiRequest, body: NewOrder) -> Order:
    """Take an order without a quotation."""
    return await call.write(_take, call, body)


@operation("GET", "/orders/{id}", scope="orders:read")
async def show(call: ApiRequest, id: str) -> Order:
    """Get an order."""
    return shown(await call.hub.store.read(store.get_order, id))


@audited_as(Deed.ORDER_CHANGED)
@operation("POST", "/orders/{id}/state", scope="orders:write")
async def move(call: ApiRequest, id: str, body: Step) -> Order:
    """Take it to its next state, and tell the customer."""
    return await call.write(_move, call, id, body)


def _orders(conn: Connection, call: ApiRequest, query: OrderQuery) -> list[store.Order]:
    return store.list_orders(conn, filter_of(conn, call, query.state, query.customer_id), query.after, query.size + 1)


def _take(conn: Connection, call: ApiRequest, body: NewOrder) -> Order:
    customer = get_living(conn, body.customer_id)
    check_customer(conn, call.seen, customer.id)
    values = body.model_dump(include={"title", "currency"}, exclude_none=True)
    company = call.hub.settings.company
    return shown(flow.take(conn, company, customer.id, values, sold_lines(body.lines), call.now, None))


def _move(conn: Connection, call: ApiRequest, id: str, body: Step) -> Order:
    by = (None, call.token.name if call.token else "")
    return shown(flow.move(conn, telling_of(call), id, body.state, body.note, call.now, by, told=body.tell))


def shown(row: store.Order) -> Order:
    return Order.of(row, total=shown_total(row))


OPERATIONS = (index, create, show, move)
