"""The list of customers: all, those a search finds, those of a segment or of a company."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from hub.ids import is_id
from hub.store.audience import without_consent
from hub.store.companies import Company, load_company, of_company
from hub.store.condition_tree import read_condition
from hub.store.conditions import Question, compile_condition
from hub.store.customers import Customer, list_all_addresses, list_customer_labels
from hub.store.inbox import list_handles
from hub.store.lists import list_customers
from hub.store.search_index import read_indexed
from hub.store.segments import Segment, find_segment
from hub.store.tables import customers
from hub.store.value import CLASSES, of_class
from hub.store.visibility import Visibility
from hub.web.customer_classes import class_names
from hub.web.customers import typed_kinds
from hub.web.keys import HUB, VISIBILITY
from hub.web.pages import render, speaker
from hub.web.phone_numbers import any_calls, phone_of
from hub.web.quotes import money

PAGE = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """segment: an id, or empty; without: a purpose that nobody shown agreed to; named: a class by orders, or empty;
    company: what their field of that name says."""

    query: str
    after: str | None
    segment: str
    without: str
    named: str = ""
    company: str = ""


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """A row of the list."""

    customer: Customer
    name: str
    labels: Sequence[str]
    kinds: Sequence[str]
    phone: str


async def index(request: web.Request) -> web.Response:
    hub, asked = request.app[HUB], _asked(request)
    found = await read_indexed(hub.store, asked.query, _list, asked, request[VISIBILITY], hub.clock.now())
    segment, company, lines = found
    following = lines[PAGE - 1].customer.id if len(lines) > PAGE else ""
    kinds = typed_kinds(hub.channels)
    values: dict[str, Any] = {"lines": lines[:PAGE], "asked": asked, "segment": segment, "next": following}
    values |= {"company_of": company, "money": partial(money, request)}
    values |= {"classes": class_names(speaker(request)), "calls": any_calls(hub.channels)}
    return render(request, "customers/index.html", **values, kinds=kinds, erased="erased" in request.query)


Found = tuple[Segment | None, Company | None, list[CustomerRow]]


def _asked(request: web.Request) -> Asked:
    word = {
        name: " ".join(request.query.get(name, "").replace("\0", "").split())[:200]
        for name in ("q", "without", "company")
    }
    after, segment = request.query.get("after", ""), request.query.get("segment", "")
    return Asked(
        word["q"],
        after if is_id(after) else None,
        segment if is_id(segment) else "",
        word["without"] if segment else "",
        request.query["class"] if request.query.get("class") in CLASSES else "",
        word["company"],
    )


def _list(conn: Connection, asked: Asked, who: Visibility, now: int) -> Found:
    segment = find_segment(conn, asked.segment) if asked.segment else None
    among = [*who.of_customers()]
    if segment:
        among.append(compile_condition(read_condition(segment.condition), Question(conn.dialect.name, now)))
    if asked.named:
        among.append(customers.c.id.in_(of_class(asked.named, now)))
    if asked.without:
        among.append(without_consent(asked.without))
    if asked.company:
        among.append(of_company(conn.dialect.name, asked.company))
    company = load_company(conn, asked.company, who) if asked.company else None
    return segment, company, rows_of(conn, list_customers(conn, asked.query, "", asked.after, PAGE + 1, tuple(among)))


def rows_of(conn: Connection, found: Sequence[Customer]) -> list[CustomerRow]:
    ids = [customer.id for customer in found]
    labels = list_customer_labels(conn, ids)
    handles = list_handles(conn, [customer.id for customer in found if not customer.name])
    addresses = list_all_addresses(conn, ids)
    return [
        CustomerRow(
            customer,
            customer.name or handles.get(customer.id, ""),
            labels[customer.id],
            list(dict.fromkeys(reached.kind for reached in addresses[customer.id])),
            phone_of(addresses[customer.id]),
        )
        for customer in found
    ]
