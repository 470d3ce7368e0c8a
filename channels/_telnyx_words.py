"""What a webhook of Telnyx says (API v2): somebody wrote to us, or what became of a message of ours.

All here raise one of BROKEN where it is not as the provider describes it.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

from hub.clock import parse_iso
from hub.model import Address, DeliveryState, Inbound, Receipt, RemoteFile

from ._fates import is_dead
from ._stop_words import keyword_of
from ._telnyx_errors import CODES, reason_of
from ._texting_words import extension_of
from ._twilio import number_of

STATES = {
    "queued": DeliveryState.SENT,
    "sending": DeliveryState.SENT,
    "sent": DeliveryState.SENT,
    "delivery_unconfirmed": DeliveryState.SENT,
    "delivered": DeliveryState.DELIVERED,
    "read": DeliveryState.READ,
    "sending_failed": DeliveryState.FAILED,
    "delivery_failed": DeliveryState.FAILED,
    "expired": DeliveryState.FAILED,
}
KEYWORDS = ("stop", "start", "help")  # what the provider itself has taken it for
MOST = 999_999
BROKEN = (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError)


def event_in(body: bytes) -> tuple[str, Mapping[str, Any]]:
    """(event type, the message it is about)."""
    data = json.loads(body)["data"]
    return str(data["event_type"]), data["payload"]


def inbound_of(payload: Mapping[str, Any], kind: str) -> Inbound:
    text, sender = str(payload.get("text") or ""), str(payload["from"]["phone_number"])
    files = tuple(_file_of(position, media) for position, media in enumerate(payload.get("media") or (), 1))
    told = str(payload.get("autoresponse_type") or "").lower()
    said = "" if files else keyword_of(text, handle=sender)
    return Inbound(
        sender=Address(kind, sender),
        provider_id=str(payload["id"]),
        text=text,
        recipient=str(payload["to"][0]["phone_number"]),
        occurred_at=_instant_in(payload.get("received_at")),
        files=files,
        keyword=told if told in KEYWORDS else said,
    )


def receipt_of(payload: Mapping[str, Any]) -> Receipt:
    """The address it was asked for at names the delivery, and is signed with the rest."""
    to = payload["to"][0]
    state = STATES[to["status"]]
    code, words = error_in(payload)
    price, currency = cost_in(payload)
    failed = state is DeliveryState.FAILED
    query = parse_qs(urlsplit(str(payload.get("webhook_url") or "")).query)
    return Receipt(
        provider_id=str(payload["id"]),
        state=state,
        reason=reason_of(code, words or str(to["status"])) if failed else "",
        reference=query.get("ref", [""])[0],
        bounced=failed and is_dead(CODES, code),
        recipient=str(to["phone_number"]),
        price=price,
        currency=currency,
    )


def cost_in(payload: Mapping[str, Any]) -> tuple[Decimal | None, str]:
    """(what we pay, in which currency); nothing while the provider does not know it."""
    try:
        return Decimal(str(payload["cost"]["amount"])), str(payload["cost"]["currency"]).upper()
    except (*BROKEN, ArithmeticError):
        return None, ""


def error_in(told: Any) -> tuple[int, str]:
    """(number, the provider's words) of the first error; (0, "") where none is told."""
    try:
        first = told["errors"][0]
        return number_of(str(first["code"]), MOST) or 0, str(first.get("detail") or first.get("title") or "")
    except BROKEN:
        return 0, ""


def _file_of(position: int, media: Mapping[str, Any]) -> RemoteFile:
    kind = str(media.get("content_type") or "")
    return RemoteFile(str(media["url"]), f"{kind.partition('/')[0] or 'file'}-{position}{extension_of(kind)}", kind)


def _instant_in(text: Any) -> int | None:
    try:
        return parse_iso(text)
    except (ValueError, TypeError):
        return None
