"""Fills a store with made-up customers who agreed to everything, for measuring."""

from collections.abc import Sequence

from sqlalchemy import Connection, exists, insert, select

from hub.ids import new_id
from hub.model import DeliveryState
from hub.store.consents import GRANTED
from hub.store.customers import find_label
from hub.store.tables import (
    addresses,
    campaigns,
    consent_states,
    consents,
    customer_labels,
    customers,
    deliveries,
)


def add_readers(conn: Connection, numbers: Sequence[int], label: str, purpose: str, at: int) -> None:
    """Customers with a name, a field, an e-mail address, one label and a consent."""
    label_id = find_label(conn, label, at)
    people = [{"id": new_id(), "number": number} for number in numbers]
    conn.execute(insert(customers), [_customer(one["id"], one["number"], at) for one in people])
    conn.execute(insert(addresses), [_address(one["id"], one["number"], label, at) for one in people])
    agreed = [
        {"customer_id": one["id"], "kind": "email", "purpose": purpose, "state": GRANTED, "at": at} for one in people
    ]
    conn.execute(insert(consents), [{**row, "id": new_id(), "source": "bench"} for row in agreed])
    conn.execute(insert(consent_states), agreed)
    conn.execute(insert(customer_labels), [{"customer_id": one["id"], "label_id": label_id} for one in people])


def _customer(id: object, number: object, at: int) -> dict[str, object]:
    name = f"Reader Number{number}"
    fields = {"plan": ("gold", "silver", "bronze")[int(str(number)) % 3], "order": f"A-{number}"}
    return {"id": id, "name": name, "language": "en", "fields": fields, "created_at": at, "updated_at": at}


def _address(id: object, number: object, label: str, at: int) -> dict[str, object]:
    return {
        "id": new_id(),
        "customer_id": id,
        "kind": "email",
        "handle": f"reader{number}.{label}@example.com",
        "verified": True,
        "source": "bench",
        "created_at": at,
    }


def is_settled(conn: Connection, campaign_id: str) -> bool:
    """Everybody is written for, and nothing is held, queued or being handed over."""
    expanded = conn.scalar(select(campaigns.c.expanded).where(campaigns.c.id == campaign_id))
    states = (DeliveryState.HELD, DeliveryState.QUEUED, DeliveryState.SENDING)
    waiting = exists().where(deliveries.c.campaign_id == campaign_id, deliveries.c.state.in_(states))
    return bool(expanded) and not conn.scalar(select(waiting))
