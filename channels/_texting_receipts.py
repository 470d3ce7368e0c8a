"""How far a message came, in the provider's words (https://www.twilio.com/docs/messaging/guides/track-outbound-message-status)."""

from collections.abc import Mapping
from decimal import Decimal

from hub.errors import Unreadable
from hub.model import DeliveryState, Receipt

from ._fates import is_dead
from ._twilio import number_of, text_of
from ._twilio_errors import CODES, reason_of

STATES = {
    "accepted": DeliveryState.SENT,
    "scheduled": DeliveryState.SENT,
    "queued": DeliveryState.SENT,
    "sending": DeliveryState.SENT,
    "sent": DeliveryState.SENT,
    "delivered": DeliveryState.DELIVERED,
    "partially_delivered": DeliveryState.DELIVERED,
    "read": DeliveryState.READ,
    "undelivered": DeliveryState.FAILED,
    "failed": DeliveryState.FAILED,
    "canceled": DeliveryState.FAILED,
}


def state_of(word: str) -> DeliveryState:
    """A word we do not know says at least that the provider has it."""
    return STATES.get(word, DeliveryState.SENT)


def receipt_of(fields: Mapping[str, str], reference: str) -> Receipt:
    word = text_of(fields, "MessageStatus", "SmsStatus")
    state = STATES.get(word)
    sid = text_of(fields, "MessageSid", "SmsSid")
    if state is None or not (sid or reference):
        raise Unreadable(f"an unknown status: {word}")
    code = number_of(fields.get("ErrorCode"), 999_999) or 0
    failed = state is DeliveryState.FAILED
    return Receipt(
        provider_id=sid,
        state=state,
        reason=reason_of(code, text_of(fields, "ErrorMessage") or word) if failed else "",
        reference=reference,
        bounced=failed and is_dead(CODES, code),
        recipient=fields.get("To", "").rpartition(":")[2],
        price=price_of(fields.get("Price", "")),
        currency=fields.get("PriceUnit", "").upper(),
    )


def price_of(text: str) -> Decimal | None:
    """What we pay; the provider writes it as money that leaves the account (-0.00790), and nothing until it knows."""
    try:
        price = -Decimal(text)
    except ArithmeticError:
        return None
    return price or Decimal(0)  # not -0
