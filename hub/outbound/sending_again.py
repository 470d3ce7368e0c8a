"""A person has a message sent once more that failed, or of which nobody knows whether it left."""

from sqlalchemy import Connection

from hub.channel import Channel
from hub.errors import Conflict
from hub.model import DeliveryState, Lane
from hub.outbound.delivery_events import append_delivery_event
from hub.outbound.deps import OutboxDeps
from hub.outbound.parcels import latest_of
from hub.outbound.plan import Dispatch, plan
from hub.reasons import Reason, Why
from hub.store.conversations import recount
from hub.store.customers import lock_customer
from hub.store.deliveries import Delivery, add_delivery, get_delivery, list_deliveries


def send_again(conn: Connection, deps: OutboxDeps, delivery_id: str, at: int) -> str:
    """A person decides that a failed or unknown delivery is to be tried once more, as a new delivery.

    Raises Conflict when there is nothing to try or somebody has already done so, NotAllowed when it would not leave.
    """
    old = get_delivery(conn, delivery_id)
    lock_customer(conn, old.customer_id)  # two who press at once would both find nothing newer
    old = get_delivery(conn, delivery_id)
    if old not in latest_of(list_deliveries(conn, [old.message_id])[old.message_id]):
        raise Conflict("the message is sent again already", "not_again")
    if old.state not in (DeliveryState.FAILED, DeliveryState.UNKNOWN, DeliveryState.CANCELLED):
        raise Conflict(f"the message is {old.state}: there is nothing to send again", "not_again")
    channel = deps.channels.get(old.channel)
    if channel is None:
        raise Conflict(f"there is no channel {old.channel} any more", "unreachable")
    planned = plan(conn, deps.leave_rule, _repeated(old, channel), at)
    again = add_delivery(conn, planned)
    append_delivery_event(conn, get_delivery(conn, again), DeliveryState(planned.state), Reason(Why.SENT_AGAIN), at)
    if old.conversation_id:
        recount(conn, old.conversation_id)  # nobody waits for an answer that is on its way again
    return again


def _repeated(old: Delivery, channel: Channel) -> Dispatch:
    """The same once more; `first_delivery` keeps the mail's Message-ID, so that an answer finds its way."""
    return Dispatch(
        message_id=old.message_id,
        customer_id=old.customer_id,
        conversation_id=old.conversation_id,
        channel=channel,
        to=old.address,
        lane=tuple(Lane)[old.lane],
        purpose=old.purpose,
        campaign_id=old.campaign_id,
        payload={**old.payload, "first_delivery": old.payload.get("first_delivery", old.id)},
    )
