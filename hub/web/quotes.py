"""Quotations: the list, the one that is being written, sent, followed; the customer's side is hub.web.offers."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from hub.amounts import Writing, amount_of
from hub.campaigns.content import words_of
from hub.context import Hub
from hub.errors import InvalidInput
from hub.ids import is_id
from hub.outbound.candidates import Choice
from hub.outbound.channel_choice import list_choices, list_open_channels
from hub.outbound.compose import Reply
from hub.sales import quotes as flow
from hub.sales.document import printed, sums, today
from hub.sales.messages import Telling
from hub.sales.paper import typeset
from hub.sales.reminding import LONGEST, list_reminders
from hub.store.agents import Agent, list_agents
from hub.store.audit import Deed
from hub.store.audited import audit_about
from hub.store.customers import Customer, get_customer, list_addresses
from hub.store.sales import DRAFT, QUOTE_VIEWS, Quote, SalesFilter, find_order_of, find_pdf, get_quote, list_quotes
from hub.store.tasks import Task
from hub.store.visibility import Visibility
from hub.web.forms import read_fields
from hub.web.keys import AGENT, HUB, VISIBILITY
from hub.web.pages import render, speaker
from hub.web.sale_forms import read_lines, read_sale, shown_amount
from hub.web.tasks import names_of

PAGE = 50
BLANK = 3  # rows to write in
QUIET = {"X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class Shown:
    """One quotation with what stands around it."""

    quote: Quote
    customer: Customer
    name: str
    choices: Sequence[Choice]
    agents: Mapping[str, Agent]
    order: str | None
    reminders: Sequence[Task]


async def index(request: web.Request) -> web.Response:
    return await answer_list(request, "quotes/index.html", QUOTE_VIEWS, list_quotes)


async def answer_list(
    request: web.Request, page: str, views: Mapping[str, Sequence[str]], load: Callable[..., Sequence[Any]]
) -> web.Response:
    """A page of quotations or orders: those in the states of the view. load: as list_quotes."""
    view, after = request.query.get("view", "open"), request.query.get("after", "")
    view, before = view if view in views else "open", after if is_id(after) else None
    wanted = SalesFilter(views[view], visibility=request[VISIBILITY])

    def read(conn: Connection) -> tuple[Sequence[Any], dict[str, str]]:
        rows = load(conn, wanted, before, PAGE + 1)
        return rows, names_of(conn, [row.customer_id for row in rows])

    rows, names = await request.app[HUB].store.read(read)
    following = rows[PAGE - 1].id if len(rows) > PAGE else ""
    values: dict[str, Any] = {"rows": rows[:PAGE], "names": names, "view": view, "next": following, "after": after}
    return render(request, page, **values, money=partial(money, request))


def writing_of(request: web.Request, currency: str) -> Writing:
    """The reader's own."""
    say = speaker(request)
    return Writing(say.language, currency, say.region)


def money(request: web.Request, total: int, currency: str) -> str:
    """In the reader's language."""
    return writing_of(request, currency).money(amount_of(total, currency))


async def create(request: web.Request) -> web.Response:
    hub, id = request.app[HUB], sale_id(request)
    made = await hub.store.write(flow.write_down, hub.settings.company, id, {}, [], hub.clock.now(), request[AGENT].id)
    raise web.HTTPSeeOther(f"/quotes/{made.id}")


async def show(request: web.Request) -> web.Response:
    hub = request.app[HUB]
    shown = await hub.store.read(_load, hub, sale_id(request), request[VISIBILITY])
    quote = shown.quote
    writing = writing_of(request, quote.currency)
    link = link_of(hub, quote) if quote.state != DRAFT else ""
    return render(
        request,
        "quotes/show.html",
        it=shown,
        quote=quote,
        sums=sums(quote.lines, writing),
        expired=flow.is_expired(quote, hub.settings.company, hub.clock.now()),
        link=link,
        blank=BLANK,
        amount=partial(shown_amount, say=speaker(request)),
        today=today(hub.settings.company, hub.clock.now()).isoformat(),
    )


def _load(conn: Connection, hub: Hub, id: str, who: Visibility) -> Shown:
    quote = get_quote(conn, id)
    channels = list_open_channels(conn, hub.channels, who, None)
    return Shown(
        quote,
        get_customer(conn, quote.customer_id),
        names_of(conn, [quote.customer_id])[quote.customer_id],
        list_choices(conn, channels, quote.customer_id, None, hub.clock.now()),
        {one.id: one for one in list_agents(conn)},
        find_order_of(conn, id),
        list_reminders(conn, quote),
    )


async def update(request: web.Request) -> web.Response:
    """Save the draft, or delete it."""
    hub, id = request.app[HUB], sale_id(request)
    action, owner = await read_fields(request, "action", "owner")
    if action == "delete":
        await hub.store.write(flow.remove, id, hub.clock.now(), request[AGENT].id)
        hub.live.wake()
        raise web.HTTPSeeOther("/quotes")
    before = await hub.store.read(get_quote, id)
    values = await read_sale(request, before.currency, "title", "intro", "terms", "valid_until")
    values |= {"owner_id": owner} if is_id(owner) else {}
    lines = await read_lines(request)
    await hub.store.write(flow.change, id, values, lines, hub.clock.now(), request[AGENT].id)
    hub.live.wake()
    raise web.HTTPSeeOther(f"/quotes/{id}?saved")


async def send(request: web.Request) -> web.Response:
    hub, id, agent = request.app[HUB], sale_id(request), request[AGENT]
    channel, days = await read_fields(request, "channel", "remind_in")
    telling = Telling(hub.outbox_for(request[VISIBILITY]), words_of(hub))
    quote = await hub.store.read(get_quote, id)
    pdf = await paper_of(hub, quote)
    reply = Reply(channel=channel, author_id=agent.id, author_name=agent.name)
    now = hub.clock.now()
    remind_in = read_days(days)
    await hub.store.write(flow.send, telling, quote, link_of(hub, quote), pdf, reply, now, remind_in)
    hub.live.wake()
    raise web.HTTPSeeOther(f"/quotes/{id}")


def read_days(text: str) -> int:
    """Empty: 0. Raises InvalidInput."""
    if not re.fullmatch("[0-9]{0,3}", text.strip()) or not 0 <= (days := int(text.strip() or 0)) <= LONGEST:
        raise InvalidInput(f"1 to {LONGEST} days", "remind_in", "remind_in")
    return days


async def change(request: web.Request) -> web.Response:
    """Withdraw what was sent, or write a new one like it."""
    hub, id, by = request.app[HUB], sale_id(request), request[AGENT].id
    [action] = await read_fields(request, "action")
    if action == "withdraw":
        await hub.store.write(flow.withdraw, id, hub.clock.now(), by)
    elif action == "copy":
        audit_about(id, Deed.QUOTE_ADDED)
        made = await hub.store.write(flow.copy, id, hub.settings.company, hub.clock.now(), by)
        id = made.id
    else:
        raise web.HTTPBadRequest
    hub.live.wake()
    raise web.HTTPSeeOther(f"/quotes/{id}")


async def pdf(request: web.Request) -> web.Response:
    """As it was sent; of a draft, as it would be."""
    quote = await request.app[HUB].store.read(get_quote, sale_id(request))
    return await answer_pdf(request.app[HUB], quote)


async def answer_pdf(hub: Hub, quote: Quote) -> web.Response:
    found = await paper_of(hub, quote)
    headers = {**QUIET, "Content-Disposition": f'inline; filename="{quote.number}.pdf"'}
    return web.Response(body=found, content_type="application/pdf", headers=headers)


async def paper_of(hub: Hub, quote: Quote) -> bytes:
    """Raises Conflict."""
    kept = await hub.store.read(find_pdf, quote.id)
    if kept is not None:
        return kept
    document = await hub.store.read(_printed, hub, quote)
    return await typeset(hub.settings, "quote", document["language"], document)


def _printed(conn: Connection, hub: Hub, quote: Quote) -> dict[str, Any]:
    customer, reached = get_customer(conn, quote.customer_id), list_addresses(conn, quote.customer_id)
    return printed(quote, customer, reached, hub.settings.company, link_of(hub, quote), hub.clock.now())


def link_of(hub: Hub, quote: Quote) -> str:
    """The customer's own page of it."""
    return f"{hub.base_url}/q/{hub.signer.sign('quote', quote.id)}"


def sale_id(request: web.Request) -> str:
    id = request.match_info["id"]
    if not is_id(id):
        raise web.HTTPNotFound
    return id
