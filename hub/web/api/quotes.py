"""Quotations: written, sent, accepted."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field
from sqlalchemy import Connection

from hub.amounts import amount_of
from hub.campaigns.content import words_of
from hub.money import SoldLine
from hub.outbound.compose import Reply
from hub.sales import orders, quotes
from hub.sales.messages import Telling
from hub.sales.reminding import LONGEST
from hub.store import sales as store
from hub.store.audit import Deed
from hub.store.gate import check_customer
from hub.store.personal import get_living
from hub.web.api.call import ApiRequest
from hub.web.api.fields import NO_NUL, Answer, Body, Id, Moment, Name, OneLine, Text
from hub.web.api.operation import audited_as, operation
from hub.web.api.paging import Page, PageQuery, cut
from hub.web.api.tasks import Day
from hub.web.api.writing import known_channel
from hub.web.quotes import link_of, paper_of

Amount = Annotated[str, Field(pattern=r"^-?[0-9]{1,7}(\.[0-9]{1,4})?$")]
Quantity = Annotated[str, Field(pattern=r"^[0-9]{1,7}(\.[0-9]{1,4})?$")]
Percent = Annotated[str, Field(pattern=r"^([0-9]{1,2}(\.[0-9]{1,4})?|100)$")]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Words = Annotated[str, Field(pattern=NO_NUL, max_length=5_000)]
Short = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]*$", max_length=20)]


class Item(Body):
    """price: of one unit, without tax; tax and discount in percent. Decimals are texts: they stay exact."""

    text: Name
    quantity: Quantity = "1"
    unit: Short = ""
    price: Amount = "0"
    tax: Percent = "0"
    discount: Percent = "0"


Items = Annotated[tuple[Item, ...], Field(max_length=quotes.MOST_LINES)]


class NewQuote(Body):
    customer_id: Id
    title: OneLine = ""
    intro: Words = ""
    terms: Words = ""
    currency: Currency | None = None
    valid_until: Day | None = None
    lines: Items = ()


class QuoteChange(Body):
    """Of a draft; what is absent stays as it is."""

    title: OneLine | None = None
    intro: Words | None = None
    terms: Words | None = None
    currency: Currency | None = None
    valid_until: Day | None = None
    lines: Items | None = None


class Sending(Body):
    """channel: a configured name, a type, or absent = the preferred one. remind_in: after so many days without an
    answer its owner is reminded, by a task on the message (see `tasks`); 0 for never."""

    channel: OneLine = ""
    remind_in: Annotated[int, Field(ge=0, le=LONGEST)] = 0


class Acceptance(Body):
    """As the customer said it elsewhere, on the phone say."""

    name: Name
    note: Text = ""


class SoldItem(Answer):
    text: str
    quantity: str
    unit: str
    price: str
    tax: str
    discount: str


class Quote(Answer):
    """total: with tax; state: draft, sent, accepted, declined, withdrawn; link: the customer's page, once sent."""

    id: str
    customer_id: str
    number: str
    state: str
    title: str
    intro: str
    terms: str
    currency: str
    lines: list[SoldItem]
    total: str
    valid_until: str | None
    owner_id: str | None
    message_id: str | None
    link: str | None
    sent_at: Moment | None
    decided_at: Moment | None
    decided_name: str
    decided_note: str
    decided_ip: str
    created_at: Moment
    changed_at: Moment


class QuoteQuery(PageQuery):
    state: Literal["draft", "sent", "accepted", "declined", "withdrawn"] | None = None
    customer_id: Id | None = None


@operation("GET", "/quotes", scope="quotes:read", errors=(404,))
async def index(call: ApiRequest, query: QuoteQuery) -> Page[Quote]:
    """List quotations, newest first."""
    rows = await call.hub.store.read(_quotes, call, query)
    page, after = cut(rows, query.size, lambda row: row.id)
    return Page(items=[shown(call, row) for row in page], next=after)


@audited_as(Deed.QUOTE_ADDED)
@operation("POST", "/quotes", scope="quotes:write", status=201, errors=(404,))
async def create(call: ApiRequest, body: NewQuote) -> Quote:
    """Write a quotation; nothing is sent."""
    return await call.write(_create, call, body)


@operation("GET", "/quotes/{id}", scope="quotes:read")
async def show(call: ApiRequest, id: str) -> Quote:
    """Get a quotation."""
    return shown(call, await call.hub.store.read(store.get_quote, id))


@audited_as(Deed.QUOTE_CHANGED)
@operation("PATCH", "/quotes/{id}", scope="quotes:write")
async def update(call: ApiRequest, id: str, body: QuoteChange) -> Quote:
    """Change a draft."""
    return await call.write(_update, call, id, body)


@audited_as(Deed.QUOTE_CHANGED)
@operation("DELETE", "/quotes/{id}", scope="quotes:write")
async def destroy(call: ApiRequest, id: str) -> None:
    """Delete a draft."""
    await call.write(quotes.remove, id, call.now, None)


@audited_as(Deed.QUOTE_SENT)
@operation("POST", "/quotes/{id}/send", scope="quotes:write")
async def send(call: ApiRequest, id: str, body: Sending) -> Quote:
    """Send it: a mail carries the PDF, any message the link to the customer's page."""
    known_channel(call, body.channel)
    quote = await call.hub.store.read(store.get_quote, id)
    pdf = await paper_of(call.hub, quote)
    return await call.write(_send, call, quote, pdf, body)


@audited_as(Deed.QUOTE_CHANGED)
@operation("POST", "/quotes/{id}/accept", scope="quotes:write")
async def accept(call: ApiRequest, id: str, body: Acceptance) -> Quote:
    """Record that the customer accepts; an order follows."""
    return await call.write(_accept, call, id, body)


def filter_of(conn: Connection, call: ApiRequest, state: str | None, customer_id: str | None) -> store.SalesFilter:
    """Raises NotFound for a customer who is not seen."""
    if customer_id:
        check_customer(conn, call.seen, customer_id)
    return store.SalesFilter((state,) if state else (), customer_id or "", call.seen)


def _quotes(conn: Connection, call: ApiRequest, query: QuoteQuery) -> list[store.Quote]:
    return store.list_quotes(conn, filter_of(conn, call, query.state, query.customer_id), query.after, query.size + 1)


def sold_lines(items: Sequence[Item]) -> list[SoldLine]:
    numbers = ("quantity", "price", "tax", "discount")
    return [
        SoldLine(text=one.text, unit=one.unit, **{name: Decimal(getattr(one, name)) for name in numbers})
        for one in items
    ]


def _create(conn: Connection, call: ApiRequest, body: NewQuote) -> Quote:
    customer = get_living(conn, body.customer_id)
    check_customer(conn, call.seen, customer.id)
    values = body.model_dump(exclude={"customer_id", "lines"}, exclude_none=True)
    made = quotes.write_down(
        conn, call.hub.settings.company, customer.id, values, sold_lines(body.lines), call.now, None
    )
    return shown(call, made)


def _update(conn: Connection, call: ApiRequest, id: str, body: QuoteChange) -> Quote:
    before = store.get_quote(conn, id)
    values = {"currency": before.currency, **body.model_dump(exclude={"lines"}, exclude_none=True)}
    if "valid_until" in body.model_fields_set:
        values["valid_until"] = body.valid_until or ""
    lines = store.lines_of(before.lines) if body.lines is None else sold_lines(body.lines)
    return shown(call, quotes.change(conn, id, values, lines, call.now, None))


def _send(conn: Connection, call: ApiRequest, quote: store.Quote, pdf: bytes, body: Sending) -> Quote:
    reply = Reply(channel=body.channel, author_name=call.token.name if call.token else "")
    link = link_of(call.hub, quote)
    return shown(call, quotes.send(conn, telling_of(call), quote, link, pdf, reply, call.now, body.remind_in))


def _accept(conn: Connection, call: ApiRequest, id: str, body: Acceptance) -> Quote:
    decision = quotes.Decision(store.ACCEPTED, body.name, body.note)
    return shown(call, orders.decide_quote(conn, id, decision, call.hub.settings.company, call.now))


def telling_of(call: ApiRequest) -> Telling:
    return Telling(call.hub.outbox_for(call.seen), words_of(call.hub))


def shown(call: ApiRequest, row: store.Quote) -> Quote:
    link = link_of(call.hub, row) if row.state != store.DRAFT else None
    return Quote.of(row, total=shown_total(row), valid_until=row.valid_until or None, link=link)


def shown_total(row: store.Quote | store.Order) -> str:
    return f"{amount_of(row.total, row.currency):f}"


OPERATIONS = (
    index,
    create,
    show,
    update,
    destroy,
    send,
    accept,
)
