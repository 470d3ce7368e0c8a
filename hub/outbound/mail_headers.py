"""What a mail says of itself in its headers: why it comes, and how to end it."""

from hub.model import Lane
from hub.signing import Signer
from hub.store.auto_replies import MARK
from hub.store.deliveries import LANES, Delivery, NewDelivery

TEST = "test"  # marks the payload of what somebody sends to try it: it counts nowhere, and looks like the real one

ASKS = "survey"  # marks the payload of what asks a customer once how it was; it holds the survey's id
SURVEY_PURPOSE = "satisfaction"  # what a customer who wants no such question withdraws


def asks_unasked(item: NewDelivery | Delivery, consent: str) -> bool:
    """It asks how it was, and the customer has not said that they want no such question."""
    return bool(item.payload.get(ASKS)) and item.lane == LANES[Lane.AUTOMATIC] and not consent


def headers_of(signer: Signer, base_url: str, item: Delivery) -> dict[str, str]:
    """What a mail says about why it comes: made by a machine (RFC 3834), and how to end it (RFC 2369, RFC 8058)."""
    if item.kind != "email":
        return {}
    one_of_many = bool(item.campaign_id or item.payload.get(TEST))
    headers = {}
    if one_of_many:
        headers = {"Precedence": "bulk", "X-Auto-Response-Suppress": "OOF, AutoReply"}
    elif item.lane != LANES[Lane.AGENT]:
        why = "auto-replied" if item.conversation_id else "auto-generated"
        headers = {"Auto-Submitted": why, "X-Auto-Response-Suppress": "All"}
        if item.payload.get(MARK):
            headers["X-Hub-Loop"] = "auto-reply"  # known to another hub even where the other two were taken away
    if one_of_many or item.purpose:
        headers["List-Unsubscribe"] = f"<{unsubscribe_link(signer, base_url, item.id)}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def unsubscribe_link(signer: Signer, base_url: str, delivery_id: str) -> str:
    """A page for people, one POST for mail programs."""
    return f"{base_url}/u/{signer.sign('unsubscribe', delivery_id)}"
