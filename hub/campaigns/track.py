"""What recipients do: open, answer, unsubscribe - each counts once per customer, whatever mail scanners do."""

from dataclasses import dataclass

from sqlalchemy import Connection

from hub.campaigns.opens import TRACKING
from hub.clock import DAY
from hub.errors import Conflict
from hub.inbound.reactions import Heard
from hub.outbound.mail_headers import TEST
from hub.store.campaigns import find_campaign
from hub.store.consents import GRANTED, WITHDRAWN, Consent, append_consent, find_consent, list_consents
from hub.store.deliveries import Delivery
from hub.store.events import append_event
from hub.store.marks import mark_recipient
from hub.store.messages import get_message
from hub.store.recipients import (
    attach_message,
    find_campaign_message,
    find_detached,
    find_last_campaign,
)
from hub.templating.parts import MAIL

ANSWERS_WITHIN = 14 * DAY  # an SMS names no message it answers: so long the last campaign counts as answered


def heard(conn: Connection, heard: Heard) -> None:
    """A customer said something: the campaign that was answered stands above it and counts the reply."""
    channel_type = get_message(conn, heard.message_id).channel_type
    _show_follow_up(conn, heard, channel_type)
    campaign_id, message_id = _answered(conn, heard, channel_type)
    if not campaign_id or not message_id:
        return
    attach_message(conn, message_id, heard.conversation_id)
    mark = "unsubscribed" if _said_stop(conn, heard, campaign_id) else "replied"
    if mark_recipient(conn, campaign_id, heard.customer_id, mark, heard.at):
        append_event(
            conn,
            f"campaign.{mark}",
            at=heard.at,
            customer_id=heard.customer_id,
            conversation_id=heard.conversation_id,
            message_id=message_id,
            data={"campaign": campaign_id},
        )


def _show_follow_up(conn: Connection, heard: Heard, channel_type: str) -> None:
    """A follow-up that stood in no conversation is shown above the answer to it."""
    last = find_detached(conn, heard.customer_id, channel_type, heard.at - ANSWERS_WITHIN)
    if last:
        attach_message(conn, last, heard.conversation_id)


def _answered(conn: Connection, heard: Heard, channel_type: str) -> tuple[str | None, str | None]:
    if heard.campaign_id:
        return heard.campaign_id, find_campaign_message(conn, heard.campaign_id, heard.customer_id)
    if heard.kind == "email":  # a mail that answers something says what
        return None, None
    found = find_last_campaign(conn, heard.customer_id, channel_type, heard.at - ANSWERS_WITHIN)
    return found or (None, None)


def _said_stop(conn: Connection, heard: Heard, campaign_id: str) -> bool:
    """STOP withdraws the consent in this very transaction, just before this runs."""
    campaign = find_campaign(conn, campaign_id)
    newest = list_consents(conn, heard.customer_id)[:10]
    return campaign is not None and any(
        (consent.kind, consent.purpose, consent.state, consent.at, consent.source)
        == (heard.kind, campaign.purpose, WITHDRAWN, heard.at, "STOP")
        for consent in newest
    )


def see_opened(conn: Connection, delivery: Delivery, at: int, *, machine: bool) -> None:
    """Its picture was fetched; nothing happens in a test, nor where the customer has taken the consent back since."""
    customer_id, campaign_id = delivery.customer_id, delivery.campaign_id
    if not campaign_id or find_consent(conn, customer_id, MAIL, TRACKING) != GRANTED:
        return
    fresh = mark_recipient(conn, campaign_id, customer_id, "fetched" if machine else "opened", at)
    if fresh and not machine:
        about = {"customer_id": customer_id, "message_id": delivery.message_id}
        append_event(conn, "campaign.opened", at=at, data={"campaign": campaign_id}, **about)


@dataclass(frozen=True, slots=True)
class Proof:
    """How a recipient said it. wording: what the page or the mail program said."""

    source: str
    wording: str
    ip: str


def unsubscribe(conn: Connection, delivery: Delivery, proof: Proof, at: int) -> bool:
    """Withdraw what the message was sent under; again and again changes nothing, nor does it from a test. Whether it
    changed anything."""
    if delivery.payload.get(TEST):
        return False
    if find_consent(conn, delivery.customer_id, delivery.kind, delivery.purpose) == WITHDRAWN:
        return False
    _append(conn, delivery, WITHDRAWN, proof, at)
    if delivery.campaign_id:
        mark_recipient(conn, delivery.campaign_id, delivery.customer_id, "unsubscribed", at)
    return True


def undo_unsubscribe(conn: Connection, delivery: Delivery, proof: Proof, at: int) -> None:
    """The button on the page that said it was done. Raises Conflict when nothing was withdrawn through a link."""
    newest = next(
        (
            consent
            for consent in list_consents(conn, delivery.customer_id)
            if (consent.kind, consent.purpose) == (delivery.kind, delivery.purpose)
        ),
        None,
    )
    if newest is None or newest.state != WITHDRAWN or newest.source not in ("unsubscribe link", "one-click"):
        raise Conflict("there is nothing to undo")
    _append(conn, delivery, GRANTED, proof, at)
    if delivery.campaign_id:
        mark_recipient(conn, delivery.campaign_id, delivery.customer_id, "unsubscribed", None)


def _append(conn: Connection, delivery: Delivery, state: str, proof: Proof, at: int) -> None:
    said = (proof.source, proof.wording, proof.ip)
    append_consent(conn, delivery.customer_id, Consent(delivery.kind, delivery.purpose, state, *said), at)
    data = {
        "channel": delivery.kind,
        "purpose": delivery.purpose,
        "source": proof.source,
        "campaign": delivery.campaign_id,
    }
    append_event(
        conn,
        f"consent.{state}",
        at=at,
        customer_id=delivery.customer_id,
        message_id=delivery.message_id,
        data=data,
    )
