"""Quotations and the orders that follow from them: numbered, each a list of lines, each with one state at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, exists, select, update
from sqlalchemy.sql import ColumnElement

from hub.errors import Conflict, NotFound
from hub.ids import new_id
from hub.money import SoldLine
from hub.store.dialect import lock_name
from hub.store.tables import customers, number_series, orders, quotes
from hub.store.visibility import EVERYTHING, Visibility

DRAFT, SENT, ACCEPTED, DECLINED, WITHDRAWN = "draft", "sent", "accepted", "declined", "withdrawn"
OPEN, CONFIRMED, SHIPPED, DONE, CANCELLED = "open", "confirmed", "shipped", "done", "cancelled"
QUOTE_VIEWS = {"open": (DRAFT, SENT), "accepted": (ACCEPTED,), "declined": (DECLINED, WITHDRAWN), "all": ()}
ORDER_VIEWS = {"open": (OPEN, CONFIRMED, SHIPPED), "done": (DONE,), "cancelled": (CANCELLED,), "all": ()}


@dataclass(frozen=True, slots=True)
class Quote:
    """total: with tax, in the smallest coins of the currency; valid_until: a day (2026-12-24) in the company's zone, or
    ""; decided_*: who accepted or declined it, in their words, from where."""

    id: str
    customer_id: str
    conversation_id: str | None
    message_id: str | None
    number: str
    state: str
    title: str
    intro: str
    terms: str
    currency: str
    lines: Sequence[Mapping[str, str]]
    total: int
    valid_until: str
    owner_id: str | None
    sent_at: int | None
    decided_at: int | None
    decided_name: str
    decided_note: str
    decided_ip: str
    created_at: int
    changed_at: int


@dataclass(frozen=True, slots=True)
class Order:
    """total: with tax, in the smallest coins of the currency; quote_id: what it follows from."""

    id: str
    customer_id: str
    quote_id: str | None
    number: str
    state: str
    title: str
    note: str
    currency: str
    lines: Sequence[Mapping[str, str]]
    total: int
    owner_id: str | None
    created_at: int
    changed_at: int


@dataclass(frozen=True, slots=True)
class SalesFilter:
    """states: any where empty."""

    states: Sequence[str] = ()
    customer_id: str = ""
    visibility: Visibility = EVERYTHING


Sale = TypeVar("Sale", Quote, Order)


def lines_of(stored: Sequence[Mapping[str, str]]) -> list[SoldLine]:
    return [
        SoldLine(
            one["text"],
            Decimal(one["quantity"]),
            Decimal(one["price"]),
            one.get("unit", ""),
            Decimal(one.get("tax", "0")),
            Decimal(one.get("discount", "0")),
        )
        for one in stored
    ]


def stored_lines(lines: Sequence[SoldLine]) -> list[dict[str, str]]:
    """Exact: decimals as text, without an exponent."""
    return [
        {
            "text": line.text,
            "unit": line.unit,
            **{name: f"{getattr(line, name):f}" for name in ("quantity", "price", "tax", "discount")},
        }
        for line in lines
    ]


def next_number(conn: Connection, prefix: str, year: int) -> str:
    """Q2026-0001: counts on without a gap but for what was never kept, and never gives a number twice."""
    name = f"{prefix}{year}"
    lock_name(conn, f"series {name}")
    last = conn.scalar(select(number_series.c.last).where(number_series.c.name == name))
    if last is None:
        conn.execute(number_series.insert(), {"name": name, "last": 1})
    else:
        conn.execute(update(number_series).where(number_series.c.name == name).values(last=last + 1))
    return f"{name}-{(last or 0) + 1:04d}"


def add_quote(conn: Connection, values: Mapping[str, Any], at: int) -> Quote:
    id = _add(conn, quotes, {"state": DRAFT, **values}, at)
    return get_quote(conn, id)


def add_order(conn: Connection, values: Mapping[str, Any], at: int) -> Order:
    id = _add(conn, orders, {"state": OPEN, **values}, at)
    return get_order(conn, id)


def get_quote(conn: Connection, id: str) -> Quote:
    return _get(conn, quotes, Quote, id, "there is no such quotation")


def get_order(conn: Connection, id: str) -> Order:
    return _get(conn, orders, Order, id, "there is no such order")


def find_pdf(conn: Connection, quote_id: str) -> bytes | None:
    """As it was sent."""
    found: bytes | None = conn.scalar(select(quotes.c.pdf).where(quotes.c.id == quote_id))
    return found


def find_order_of(conn: Connection, quote_id: str) -> str | None:
    found: str | None = conn.scalar(select(orders.c.id).where(orders.c.quote_id == quote_id))
    return found


def mark_quote(conn: Connection, id: str, at: int, states: Sequence[str], **values: Any) -> Quote:
    """Raises Conflict where it is in none of these states any more."""
    _mark(conn, quotes, id, at, states, values)
    return get_quote(conn, id)


def mark_order(conn: Connection, id: str, at: int, states: Sequence[str], **values: Any) -> Order:
    """Raises Conflict where it is in none of these states any more."""
    _mark(conn, orders, id, at, states, values)
    return get_order(conn, id)


def forget_quote(conn: Connection, id: str) -> None:
    conn.execute(quotes.delete().where(quotes.c.id == id))


def list_quotes(conn: Connection, wanted: SalesFilter, before: str | None, limit: int) -> list[Quote]:
    """Newest first, before an id."""
    return _list(conn, quotes, Quote, wanted, before, limit)


def has_open_quote(conn: Connection, customer_id: str) -> bool:
    """Is there a quotation that was sent, and neither answered nor taken back?"""
    found = exists().where(quotes.c.customer_id == customer_id, quotes.c.state == SENT)
    return bool(conn.scalar(select(found)))


def list_orders(conn: Connection, wanted: SalesFilter, before: str | None, limit: int) -> list[Order]:
    """Newest first, before an id."""
    return _list(conn, orders, Order, wanted, before, limit)


def _add(conn: Connection, table: Table, values: Mapping[str, Any], at: int) -> str:
    id = new_id()
    conn.execute(table.insert(), {"id": id, **values, "created_at": at, "changed_at": at})
    return id


def _get(conn: Connection, table: Table, kind: type[Sale], id: str, missing: str) -> Sale:
    row = conn.execute(select(*(table.c[name] for name in kind.__slots__)).where(table.c.id == id)).first()
    if row is None:
        raise NotFound(missing)
    return kind(*row)


def _mark(conn: Connection, table: Table, id: str, at: int, states: Sequence[str], values: Mapping[str, Any]) -> None:
    statement = update(table).where(table.c.id == id, table.c.state.in_(states))
    if not conn.execute(statement.values(**values, changed_at=at)).rowcount:
        raise Conflict("it is not in a state for that any more: look at it again", "sale_state")


def _list(
    conn: Connection, table: Table, kind: type[Sale], wanted: SalesFilter, before: str | None, limit: int
) -> list[Sale]:
    query = select(*(table.c[name] for name in kind.__slots__)).where(*_conditions(table, wanted))
    if before:
        query = query.where(table.c.id < before)
    return [kind(*row) for row in conn.execute(query.order_by(table.c.id.desc()).limit(limit))]


def _conditions(table: Table, wanted: SalesFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if not wanted.visibility.has_all_teams:
        people = select(customers.c.id).where(customers.c.id == table.c.customer_id)
        found.append(people.where(*wanted.visibility.of_customers()).exists())
    if wanted.states:
        found.append(table.c.state.in_(wanted.states))
    if wanted.customer_id:
        found.append(table.c.customer_id == wanted.customer_id)
    return found
