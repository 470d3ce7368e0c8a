"""What the log says of a unit that landed."""

import logging

from hub.model import Appended
from hub.store.deliveries import Delivery

log = logging.getLogger("hub.inbound.reader")


def log_landed(one: Appended | Delivery) -> None:
    """The line that ties a message to the bytes it came as, or a receipt to the message it is about."""
    if isinstance(one, Appended):
        ids = {"message_id": one.message_id, "conversation_id": one.conversation_id, "customer_id": one.customer_id}
        log.info("message landed" if one.fresh else "message landed before", extra=ids)
    else:
        ids = {"message_id": one.message_id, "delivery_id": one.id, "state": str(one.state)}
        log.info("receipt landed", extra=ids)
