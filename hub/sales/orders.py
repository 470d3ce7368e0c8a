"""An order: follows from an accepted quotation or is taken directly, and the customer hears of each step."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from hub.amounts import amount_of
from hub.config import CompanySettings
from hub.errors import Conflict
from hub.model import Lane
from hub.money import SoldLine
from hub.outbound.compose import Reply
from hub.sales.document import today, writing_for
from hub.sales.messages import Telling, queue_words
from hub.sales.quotes import Decision, checked, decide
from hub.store.customers import get_customer, lock_customer
from hub.store.events import append_event
from hub.store.sales import (
    ACCEPTED,
    CANCELLED,
    CONFIRMED,
    DONE,
    OPEN,
    SHIPPED,
    Order,
    Quote,
    add_order,
    find_order_of,
    get_order,
    mark_order,
    next_number,
)

NEXT: Mapping[str, Sequence[str]] = {  # what may become of one
    OPEN: (CONFIRMED, CANCELLED),
    CONFIRMED: (SHIPPED, DONE, CANCELLED),
    SHIPPED: (DONE, CANCELLED),
    DONE: (),
    CANCELLED: (),
}


def take(
    conn: Connection,
    company: CompanySettings,
    customer_id: str,
    values: Mapping[str, Any],
    lines: Sequence[SoldLine],
    at: int,
    by: str | None,
) -> Order:
    """Directly, without a quotation. Raises InvalidInput."""
    content = checked({"currency": company.currency, "owner_id": by, **values}, lines)
    return _add(conn, company, {**content, "customer_id": get_customer(conn, customer_id).id}, at, by)


def follow(conn: Connection, company: CompanySettings, quote: Quote, at: int) -> Order:
    """What was accepted, to the coin; one order of each quotation."""
    found = find_order_of(conn, quote.id)
    if found:
        return get_order(conn, found)
    same = ("customer_id", "title", "currency", "lines", "total", "owner_id")
    return _add(conn, company, {**{name: getattr(quote, name) for name in same}, "quote_id": quote.id}, at, None)


def decide_quote(conn: Connection, id: str, decision: Decision, company: CompanySettings, at: int) -> Quote:
    """The customer decides; what is accepted becomes an order. Raises Conflict."""
    quote = decide(conn, id, decision, company, at)
    if quote.state == ACCEPTED:
        follow(conn, company, quote, at)
    return quote


def change(conn: Connection, id: str, values: Mapping[str, Any], lines: Sequence[SoldLine], at: int) -> Order:
    """Until it is confirmed, and only one that no quotation fixes. Raises Conflict."""
    before = get_order(conn, id)
    if before.quote_id:
        raise Conflict("what was accepted stays as it is: write a new quotation", "accepted")
    order = mark_order(conn, id, at, (OPEN,), **checked({"currency": before.currency, **values}, lines))
    append_order_event(conn, order, at, None)
    return order


def move(
    conn: Connection,
    telling: Telling,
    id: str,
    state: str,
    note: str,
    at: int,
    by: tuple[str | None, str],
    *,
    told: bool = True,
) -> Order:
    """To its next state; told: the customer hears of it on the preferred channel, with the note. by: who (id, name).
    Raises Conflict for a step that is none."""
    lock_customer(conn, get_order(conn, id).customer_id)
    before = get_order(conn, id)
    if state not in NEXT[before.state]:
        raise Conflict(f"what is {before.state} cannot become {state[:40]!r}", "sale_state")
    order = mark_order(conn, id, at, (before.state,), state=state, note=note.strip()[:1_000])
    append_order_event(conn, order, at, by[0])
    if told:
        reply = Reply(lane=Lane.AUTOMATIC, author_id=by[0], author_name=by[1])
        queue_words(
            conn, telling, order.customer_id, f"order_{state}", _context(conn, order, telling.company), reply, at
        )
    return order


def append_order_event(conn: Connection, order: Order, at: int, by: str | None, what: str = "order.changed") -> None:
    data = {"order": order.id, "number": order.number, "state": order.state}
    append_event(conn, what, at=at, customer_id=order.customer_id, agent_id=by, data=data)


def _add(conn: Connection, company: CompanySettings, values: Mapping[str, Any], at: int, by: str | None) -> Order:
    number = next_number(conn, "O", today(company, at).year)
    order = add_order(conn, {**values, "number": number}, at)
    append_order_event(conn, order, at, by, "order.added")
    return order


def _context(conn: Connection, order: Order, company: CompanySettings) -> dict[str, str]:
    writing = writing_for(get_customer(conn, order.customer_id), company, order.currency)
    total = writing.money(amount_of(order.total, order.currency))
    return {"number": order.number, "title": order.title, "total": total, "note": order.note}
