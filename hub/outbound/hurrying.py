"""A message that was to leave later leaves now, if it may."""

from sqlalchemy import Connection

from hub.errors import Conflict
from hub.model import DeliveryState
from hub.outbound.delivery_events import append_delivery_events
from hub.outbound.parcels import latest_of
from hub.reasons import Reason
from hub.store.customers import lock_customer
from hub.store.deliveries import WAITING, list_deliveries, mark_due
from hub.store.messages import get_message


def send_now(conn: Connection, message_id: str, at: int, by: str | None) -> str:
    """Its conversation. Raises Conflict when nothing of it waits, or it is a campaign's."""
    message = get_message(conn, message_id)
    if not message.conversation_id:
        raise Conflict("the message belongs to a campaign: stop the campaign", "of_campaign")
    lock_customer(conn, message.customer_id)
    items = latest_of(list_deliveries(conn, [message_id]).get(message_id, []))
    waiting = [item for item in items if item.state in WAITING]
    moved = mark_due(conn, [item.id for item in waiting], at) if waiting else set()
    if not moved:
        raise Conflict("there is nothing of it that waits", "too_late")
    news = [(item, DeliveryState.QUEUED, Reason("")) for item in waiting if item.id in moved]
    append_delivery_events(conn, news, at)
    return message.conversation_id
