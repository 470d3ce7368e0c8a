"""Whole customers, page by page: with addresses, labels and what they agreed to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from hub.store.customers import (
    Customer,
    Reached,
    get_customer,
    list_all_addresses,
    list_customer_labels,
    list_customers_by_id,
)
from hub.store.tables import consent_states, customers


@dataclass(frozen=True, slots=True)
class Whole:
    """consents: (channel kind, purpose) -> granted or withdrawn."""

    customer: Customer
    addresses: Sequence[Reached]
    labels: Sequence[str]
    consents: Mapping[tuple[str, str], str]


def count_customers(conn: Connection) -> int:
    return conn.scalar(select(func.count()).select_from(customers).where(*_ALIVE)) or 0


def list_whole_customers(conn: Connection, after: str, limit: int = 500) -> list[Whole]:
    """The customers whose ids follow `after` ("" for the first), neither merged nor erased."""
    query = select(customers.c.id).where(*_ALIVE, customers.c.id > after).order_by(customers.c.id).limit(limit)
    return list_whole(conn, list(conn.scalars(query)))


def get_whole_customer(conn: Connection, id: str) -> Whole:
    get_customer(conn, id)
    return list_whole(conn, [id])[0]


def list_whole(conn: Connection, ids: Sequence[str]) -> list[Whole]:
    found = list_customers_by_id(conn, ids)
    reached = list_all_addresses(conn, ids)
    agreed: dict[str, dict[tuple[str, str], str]] = {id: {} for id in ids}
    for row in conn.execute(_CONSENTS.where(consent_states.c.customer_id.in_(ids))):
        agreed[row.customer_id][row.kind, row.purpose] = row.state
    labels = list_customer_labels(conn, ids)
    return [Whole(found[id], reached[id], labels[id], agreed[id]) for id in ids]


_ALIVE = (customers.c.merged_into.is_(None), customers.c.erased_at.is_(None))
_CONSENTS = select(
    consent_states.c.customer_id, consent_states.c.kind, consent_states.c.purpose, consent_states.c.state
)
