"""What others hear of a delivery: an event for each state it comes to."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from hub.complaints import unsay
from hub.model import DeliveryState
from hub.reasons import Reason, say
from hub.store.deliveries import Delivery
from hub.store.events import append_event, append_events


def append_delivery_event(conn: Connection, delivery: Delivery, state: DeliveryState, reason: Reason, at: int) -> None:
    append_delivery_events(conn, [(delivery, state, reason)], at)


def append_delivery_events(conn: Connection, changed: Sequence[tuple[Delivery, str, Reason]], at: int) -> None:
    """(delivery, state, reason) of each."""
    append_events(conn, [_news(delivery, state, reason) for delivery, state, reason in changed], at)
    for delivery, state, _ in changed:
        ours = delivery.conversation_id and not delivery.campaign_id and not delivery.is_copy
        if state == DeliveryState.FAILED and delivery.conversation_id and ours:
            unsay(conn, delivery.conversation_id, delivery.created_at, at)


def append_delay(conn: Connection, delivery: Delivery, why: Reason, at: int) -> None:
    """It has waited for hours and is tried on."""
    append_event(
        conn,
        "delivery.delayed",
        at=at,
        customer_id=delivery.customer_id,
        conversation_id=delivery.conversation_id,
        message_id=delivery.message_id,
        data={
            "delivery": delivery.id,
            "channel": delivery.channel,
            "reason": why.detail,
            "until": delivery.give_up_at,
        },
    )


def _news(delivery: Delivery, state: str, reason: Reason) -> dict[str, Any]:
    return {
        "type": f"delivery.{state}",
        "customer_id": delivery.customer_id,
        "conversation_id": delivery.conversation_id,
        "message_id": delivery.message_id,
        "data": {"delivery": delivery.id, "state": state, "channel": delivery.channel}
        | {"reason": say(reason), "reason_code": reason.code},
    }
