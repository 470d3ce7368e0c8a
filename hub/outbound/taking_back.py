"""A message is taken back before it leaves, or what of it has not left yet."""

from collections.abc import Set
from dataclasses import dataclass

from sqlalchemy import Connection

from hub.complaints import unsay
from hub.errors import Conflict
from hub.model import DeliveryState, Direction
from hub.outbound.delivery_events import append_delivery_events
from hub.outbound.parcels import carries_words, latest_of
from hub.reasons import Reason, Why
from hub.store.customers import lock_customer
from hub.store.deliveries import NOWHERE, WAITING, Delivery, list_deliveries, mark_cancelled
from hub.store.messages import Message, get_message, mark_message


@dataclass(frozen=True, slots=True)
class TakenBack:
    """left: the deliveries of it that have left, or may have; without any, the message is gone from the stream."""

    message: Message
    left: tuple[Delivery, ...] = ()

    @property
    def words_left(self) -> bool:
        return any(carries_words(item) for item in self.left)


def cancel(conn: Connection, message_id: str, at: int, by: str | None) -> TakenBack:
    """Take back what of a message has not left; its words return to the composer. Raises Conflict when all has."""
    message = get_message(conn, message_id)
    lock_customer(conn, message.customer_id)  # somebody may be sending a part of it again
    items = list_deliveries(conn, [message_id]).get(message_id, [])
    waiting = [item for item in latest_of(items) if item.state in (*WAITING, DeliveryState.TO_PRINT)]
    cancelled = mark_cancelled(conn, [item.id for item in waiting], Why.TAKEN_BACK, at) if waiting else set()
    if not cancelled:
        raise Conflict(_too_late(message, {item.state for item in latest_of(items)}), "too_late")
    left = tuple(item for item in items if item.id not in cancelled and item.state not in NOWHERE)
    if not left:
        mark_message(conn, message_id, deleted_at=at)
    if message.conversation_id:
        unsay(conn, message.conversation_id, message.created_at, at, by)
    news = [(item, DeliveryState.CANCELLED, Reason(Why.TAKEN_BACK)) for item in waiting if item.id in cancelled]
    append_delivery_events(conn, news, at)
    return TakenBack(message, left)


def _too_late(message: Message, states: Set[str]) -> str:
    if message.direction == Direction.IN:
        return "the message came from the customer: there is nothing to cancel"
    if not states:
        return "the message is not one that leaves: there is nothing to cancel"
    if states <= set(NOWHERE):
        words = "is already cancelled" if DeliveryState.CANCELLED in states else "has failed"
        return f"the message {words}: there is nothing to cancel"
    return "the message has already left"
