"""Who got a campaign, one durable row each, and what became of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Text, bindparam, case, cast, exists, func, literal, or_, select, update

from hub.made_quickly import made_quickly
from hub.model import DeliveryState, Direction, MessageKind
from hub.reasons import Reason
from hub.store.campaigns import Campaign, mark_expanded
from hub.store.deliveries import NewDelivery, add_deliveries
from hub.store.dialect import insert_many
from hub.store.fates import BOUNCED, OF_RECIPIENTS, Fated
from hub.store.marks import count_words
from hub.store.quick_json import loads
from hub.store.sets import SetQuery
from hub.store.tables import campaign_recipients, campaigns, conversations, customers, deliveries, messages
from hub.store.visibility import EVERYTHING, Visibility


@made_quickly
@dataclass(frozen=True, slots=True, kw_only=True)
class NewRecipient:
    """excluded: why this customer gets nothing; otherwise message and delivery are given. variant: the letter of what
    is said; tested: drawn for the test, and not sent the winner afterwards; link: of a chain of channels so many are
    used up; provider_id: the Message-ID of a mail, which is ours to give."""

    customer_id: str
    excluded: str = ""
    message_id: str | None = None
    delivery: NewDelivery | None = None
    sender: str = ""
    subject: str = ""
    text: str = ""
    parts: Mapping[str, Any] | None = None
    variant: str = ""
    tested: bool = False
    link: int = 0
    provider_id: str | None = None


@dataclass(frozen=True, slots=True)
class Recipient:
    """state: the delivery's; `bounced` for a failure at a dead address, as the report counts it; or "excluded". reason,
    detail: the delivery's (hub.reasons), or why it is left out."""

    customer_id: str
    name: str
    kind: str
    handle: str
    state: str
    reason: str
    detail: str
    message_id: str | None
    delivery_id: str | None
    clicked_at: int | None
    replied_at: int | None
    unsubscribed_at: int | None
    variant: str
    tested: bool

    @property
    def why(self) -> Reason:
        return Reason(self.reason, self.detail)


@made_quickly
@dataclass(frozen=True, slots=True)
class CampaignMessage:
    """What rendering one delivery takes: parts holds the customer's values as they were when it was written."""

    id: str
    campaign_id: str
    customer_id: str
    subject: str
    text: str
    parts: Mapping[str, Any]
    provider_id: str | None = None


def add_recipients(
    conn: Connection, campaign: Campaign, after: str | None, new: Sequence[NewRecipient], now: int
) -> bool:
    """A batch of recipients with their messages and deliveries, and the place to go on from, all or nothing."""
    reached = [one for one in new if one.delivery is not None]
    if not mark_expanded(conn, campaign, after, now, len(reached)):
        return False
    if reached:
        add_messages(conn, campaign, reached, now)
    insert_many(conn, campaign_recipients, [_row(campaign, one) for one in new])
    return True


def add_messages(conn: Connection, campaign: Campaign, reached: Sequence[NewRecipient], now: int) -> None:
    """The message and the delivery of each of them."""
    insert_many(conn, messages, [_message_row(campaign, one, now) for one in reached])
    add_deliveries(conn, [one.delivery for one in reached if one.delivery is not None])


def _row(campaign: Campaign, one: NewRecipient) -> dict[str, Any]:
    drawn = {"variant": one.variant, "tested": one.tested} if campaign.test else {}
    chained = {"link": one.link} if campaign.fallback else {}
    return {
        **drawn,
        **chained,
        "campaign_id": campaign.id,
        "customer_id": one.customer_id,
        "delivery_id": one.delivery.id if one.delivery else None,
        "message_id": one.message_id,
        "kind": one.delivery.kind if one.delivery else "",
        "handle": one.delivery.handle if one.delivery else "",
        "excluded": one.excluded,
    }


def _message_row(campaign: Campaign, one: NewRecipient, now: int) -> dict[str, Any]:
    assert one.delivery is not None
    return {
        "id": one.message_id,
        "customer_id": one.customer_id,
        "conversation_id": None,
        "channel": one.delivery.channel,
        "channel_type": one.delivery.channel_type,
        "direction": Direction.OUT,
        "kind": MessageKind.CAMPAIGN,
        "provider_id": one.provider_id,
        "peer": one.delivery.handle,
        "from_handle": one.sender,
        "to_handle": one.delivery.handle,
        "subject": one.subject,
        "text": one.text,
        "parts": dict(one.parts or {}),
        "automatic": True,
        "campaign_id": campaign.id,
        "occurred_at": now,
        "created_at": now,
    }


def list_campaign_messages(conn: Connection, ids: Sequence[str]) -> dict[str, CampaignMessage]:
    rows = _MESSAGES(conn, [(id,) for id in ids])
    return {
        id: CampaignMessage(id, campaign, customer, subject, text, loads(parts), provider_id)
        for id, campaign, customer, subject, text, parts, provider_id in rows
    }


_MESSAGES = SetQuery(
    "id text",
    "m.id, m.campaign_id, m.customer_id, m.subject, m.text, CAST(m.parts AS text), m.provider_id",
    "v JOIN messages m ON m.id = v.id WHERE m.campaign_id IS NOT NULL",
)


def list_recipients(
    conn: Connection,
    campaign_id: str,
    after: str | None = None,
    limit: int = 100,
    *,
    fated: Fated | None = None,
    who: Visibility = EVERYTHING,
) -> list[Recipient]:
    """In order of customer ids: those who are written to, or those who stand so; none whom `who` may not see."""
    r = campaign_recipients.c
    query = (
        select(
            r.customer_id,
            customers.c.name,
            r.kind,
            r.handle,
            case((BOUNCED, "bounced"), else_=func.coalesce(deliveries.c.state, "excluded")),
            func.coalesce(deliveries.c.reason, r.excluded),
            func.coalesce(deliveries.c.detail, ""),
            r.message_id,
            r.delivery_id,
            r.clicked_at,
            r.replied_at,
            r.unsubscribed_at,
            r.variant,
            r.tested,
        )
        .select_from(OF_RECIPIENTS.join(customers, customers.c.id == r.customer_id))
        .where(r.campaign_id == campaign_id, fated.clause if fated else r.excluded == "")
        .order_by(r.customer_id)
        .limit(limit)
    )
    query = query.where(r.customer_id > after) if after else query
    if seen := who.of_customers():
        query = query.where(*seen)
    return [Recipient(*tuple(row)) for row in conn.execute(query)]


def count_fated(conn: Connection, fated: Fated) -> int:
    return conn.scalar(select(func.count()).select_from(OF_RECIPIENTS).where(fated.clause)) or 0


def count_states(conn: Connection, campaign_ids: Sequence[str]) -> dict[str, Counter[str]]:
    """Campaign -> delivery state -> how many; a failure at a dead address counts as `bounced`. Of a chain of channels
    only the last message to each recipient counts."""
    d = deliveries.c
    chained = select(campaigns.c.id).where(cast(campaigns.c.fallback, Text) != "{}")
    last = or_(d.campaign_id.not_in(chained), exists().where(campaign_recipients.c.delivery_id == d.id))
    states = select(d.campaign_id, d.state, func.count()).where(last)
    found = count_words(conn, campaign_ids, states.group_by(d.campaign_id, d.state))
    failed = [id for id, counts in found.items() if counts[DeliveryState.FAILED]]
    bounced = select(d.campaign_id, literal("bounced"), func.count()).where(BOUNCED, last)
    for id, counts in count_words(conn, failed, bounced.group_by(d.campaign_id)).items():
        found[id] += counts
        found[id][DeliveryState.FAILED] -= counts["bounced"]
    return found


def count_excluded(conn: Connection, campaign_ids: Sequence[str]) -> dict[str, Counter[str]]:
    """Campaign -> reason -> how many."""
    r = campaign_recipients.c
    query = select(r.campaign_id, r.excluded, func.count()).where(r.excluded != "")
    return count_words(conn, campaign_ids, query.group_by(r.campaign_id, r.excluded))


_SINCE = (
    select(messages.c.id)
    .where(messages.c.customer_id == bindparam("customer"), messages.c.direction == Direction.OUT)
    .where(messages.c.channel_type == bindparam("type"), messages.c.occurred_at >= bindparam("since"))
    .order_by(messages.c.occurred_at.desc(), messages.c.id.desc())
    .limit(1)
)
_LAST_CAMPAIGN = (
    _SINCE.add_columns(messages.c.campaign_id)
    .join(deliveries, deliveries.c.message_id == messages.c.id)
    .where(deliveries.c.state.not_in((DeliveryState.HELD, DeliveryState.QUEUED, DeliveryState.CANCELLED)))
)
_DETACHED = _SINCE.where(
    messages.c.kind == MessageKind.TEXT, messages.c.conversation_id.is_(None), messages.c.automatic
)


def find_last_campaign(conn: Connection, customer_id: str, channel_type: str, since: int) -> tuple[str, str] | None:
    """(campaign, message) when the last thing that reached the customer on that type of channel was a campaign."""
    row = conn.execute(_LAST_CAMPAIGN, {"customer": customer_id, "type": channel_type, "since": since}).first()
    return (row.campaign_id, row.id) if row and row.campaign_id else None


def find_detached(conn: Connection, customer_id: str, channel_type: str, since: int) -> str | None:
    """The last automatic message on that type of channel that stands in no conversation and is no campaign's."""
    return conn.scalar(_DETACHED, {"customer": customer_id, "type": channel_type, "since": since})


def find_campaign_message(conn: Connection, campaign_id: str, customer_id: str) -> str | None:
    r = campaign_recipients.c
    return conn.scalar(select(r.message_id).where(r.campaign_id == campaign_id, r.customer_id == customer_id))


def attach_message(conn: Connection, message_id: str, conversation_id: str) -> bool:
    """The campaign's row stands in the conversation it was answered in; the first answer decides where."""
    statement = update(messages).where(messages.c.id == message_id, messages.c.conversation_id.is_(None))
    if conn.execute(statement.values(conversation_id=conversation_id)).rowcount == 0:
        return False
    counted = update(conversations).where(conversations.c.id == conversation_id)
    conn.execute(counted.values(message_count=conversations.c.message_count + 1))
    mine = update(deliveries).where(deliveries.c.message_id == message_id)
    conn.execute(mine.values(conversation_id=conversation_id))
    return True
