"""What is known of a unit that landed: the line in the log, and whom it is about."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from hub.inbound.addresses import normalise_sender
from hub.model import Address, Event, Receipt
from hub.store.customers import find_customer
from hub.store.deliveries import Delivery
from hub.store.raw import mark_about

log = logging.getLogger("hub.inbound.reader")


@dataclass(frozen=True, slots=True)
class Appended:
    """Where an inbound message landed; fresh is False when the provider sent it twice."""

    customer_id: str
    conversation_id: str
    message_id: str
    fresh: bool


def log_landed(one: Appended | Delivery) -> None:
    """The line that ties a message to the bytes it came as, or a receipt to the message it is about."""
    if isinstance(one, Appended):
        ids = {"message_id": one.message_id, "conversation_id": one.conversation_id, "customer_id": one.customer_id}
        log.info("message landed" if one.fresh else "message landed before", extra=ids)
    else:
        ids = {"message_id": one.message_id, "delivery_id": one.id, "state": str(one.state)}
        log.info("receipt landed", extra=ids)


def note_whom(
    conn: Connection, country: str, raw_id: str, event: Event, landed: Sequence[Appended | Delivery]
) -> Sequence[Appended | Delivery]:
    """What landed, once it is noted whom a copy, an edit or a bounce is of: no message says that it came with it."""
    if isinstance(event, Receipt) or any(isinstance(one, Appended) and one.fresh for one in landed):
        return landed
    sender = next((getattr(event, name) for name in ("sender", "customer", "address") if hasattr(event, name)), None)
    id = landed[0].customer_id if landed else None
    if id is None and isinstance(sender, Address):
        id = find_customer(conn, normalise_sender(sender, country))
    if id is not None:
        mark_about(conn, raw_id, id)
    return landed
