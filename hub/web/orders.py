"""Orders: the list, and one with the steps it goes through."""

from functools import partial

from aiohttp import web
from sqlalchemy import Connection

from hub.campaigns.content import words_of
from hub.sales import orders as flow
from hub.sales.document import sums
from hub.sales.messages import Telling
from hub.store.sales import ORDER_VIEWS, Order, get_order, list_orders
from hub.web.forms import read_fields
from hub.web.keys import AGENT, HUB, VISIBILITY
from hub.web.pages import render, speaker
from hub.web.quotes import BLANK, answer_list, sale_id, writing_of
from hub.web.sale_forms import read_lines, read_sale, shown_amount
from hub.web.tasks import names_of


async def index(request: web.Request) -> web.Response:
    return await answer_list(request, "orders/index.html", ORDER_VIEWS, list_orders)


async def create(request: web.Request) -> web.Response:
    """Taken directly, to be filled in."""
    hub = request.app[HUB]
    company, now, by = hub.settings.company, hub.clock.now(), request[AGENT].id
    made = await hub.store.write(flow.take, company, sale_id(request), {}, [], now, by)
    hub.live.wake()
    raise web.HTTPSeeOther(f"/orders/{made.id}")


async def show(request: web.Request) -> web.Response:
    order, names = await request.app[HUB].store.read(_load, sale_id(request))
    return render(
        request,
        "orders/show.html",
        order=order,
        who=names[order.customer_id],
        sums=sums(order.lines, writing_of(request, order.currency)),
        steps=flow.NEXT[order.state],
        blank=BLANK,
        amount=partial(shown_amount, say=speaker(request)),
    )


def _load(conn: Connection, id: str) -> tuple[Order, dict[str, str]]:
    order = get_order(conn, id)
    return order, names_of(conn, [order.customer_id])


async def update(request: web.Request) -> web.Response:
    hub, id = request.app[HUB], sale_id(request)
    before = await hub.store.read(get_order, id)
    values, lines = await read_sale(request, before.currency, "title"), await read_lines(request)
    await hub.store.write(flow.change, id, values, lines, hub.clock.now())
    hub.live.wake()
    raise web.HTTPSeeOther(f"/orders/{id}?saved")


async def move(request: web.Request) -> web.Response:
    """To its next state; unless it is not wanted, the customer hears of it."""
    hub, id, agent = request.app[HUB], sale_id(request), request[AGENT]
    state, note, told = await read_fields(request, "state", "note", "tell")
    telling, by = Telling(hub.outbox_for(request[VISIBILITY]), words_of(hub)), (agent.id, agent.name)
    now = hub.clock.now()
    await hub.store.write(lambda conn: flow.move(conn, telling, id, state, note, now, by, told=told == "yes"))
    hub.live.wake()
    raise web.HTTPSeeOther(f"/orders/{id}")
