"""The customer's page of a quotation, behind a signed link: seen without signing in, accepted or declined by POST only.

No script, no cookie; opening it changes nothing, because mail scanners follow links.
"""

from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from hub.errors import Conflict, NotFound
from hub.sales import quotes as flow
from hub.sales.document import sums, writing_for
from hub.sales.orders import decide_quote
from hub.store.customers import Customer, get_customer
from hub.store.sales import ACCEPTED, DRAFT, SENT, Quote, get_quote
from hub.web.forms import read_fields
from hub.web.guesses import open_signed
from hub.web.keys import HUB
from hub.web.public import render_public, speaks
from hub.web.quotes import answer_pdf
from hub.web.security import client_ip

MAX_NAME, MAX_NOTE = 200, 2_000


async def show(request: web.Request) -> web.Response:
    return _page(request, *await _find(request))


async def create(request: web.Request) -> web.Response:
    """Accept or decline; whatever was decided before stands, and is shown."""
    hub = request.app[HUB]
    quote, customer = await _find(request)
    answer, name, note = await read_fields(request, "answer", "name", "note")
    if answer not in flow.DECISIONS:
        raise web.HTTPUnprocessableEntity
    clean = " ".join(name.split())[:MAX_NAME]
    if answer == ACCEPTED and not clean:
        return _page(request, quote, customer, unnamed=True)
    decision = flow.Decision(answer, clean, note.strip()[:MAX_NOTE], client_ip(request))
    try:
        quote = await hub.store.write(decide_quote, quote.id, decision, hub.settings.company, hub.clock.now())
    except Conflict:
        quote, customer = await _find(request)
    hub.live.wake()
    return _page(request, quote, customer)


async def pdf(request: web.Request) -> web.Response:
    quote, _ = await _find(request)
    return await answer_pdf(request.app[HUB], quote)


async def _find(request: web.Request) -> tuple[Quote, Customer]:
    [id] = await open_signed(request, "quote", request.match_info["token"])
    try:
        return await request.app[HUB].store.read(_load, id)
    except NotFound as gone:
        raise web.HTTPNotFound from gone


def _load(conn: Connection, id: str) -> tuple[Quote, Customer]:
    """A draft is nobody else's."""
    quote = get_quote(conn, id)
    if quote.state == DRAFT:
        raise NotFound("it was not sent yet")
    return quote, get_customer(conn, quote.customer_id)


def _page(request: web.Request, quote: Quote, customer: Customer, *, unnamed: bool = False) -> web.Response:
    hub = request.app[HUB]
    company = hub.settings.company
    values: dict[str, Any] = {
        "quote": quote,
        "sums": sums(quote.lines, writing_for(customer, company, quote.currency)),
        "valid_until": writing_for(customer, company, quote.currency).day(quote.valid_until),
        "open": quote.state == SENT and not flow.is_expired(quote, company, hub.clock.now()),
        "unnamed": unnamed,
        "pdf": f"{request.path}/{quote.number}.pdf",
    }
    say = speaks(request, customer)
    return render_public(request, say, "public/quote.html", status=422 if unnamed else 200, **values)
