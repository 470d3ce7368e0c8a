"""The one door out: whatever leaves is planned here, and asked again when it is claimed (hub.outbound.claim).

`may_leave` decides for replies, campaigns, sequences, tests, calls and what is sent again alike: a rule for all of them
is one more paragraph in it, above its last line, and what that imports. No SMS at night, where customers live:

    if item.kind == "sms":
        local = datetime.fromtimestamp(at / 1000, ZoneInfo(standing.timezone))
        if not 8 <= local.hour < 21:
            day = local.date() + timedelta(days=local.hour >= 21)
            return NotBefore(instant_of(datetime.combine(day, time(8), local.tzinfo)), "night")

(`instant_of` is in hub.clock; datetime, time, timedelta and ZoneInfo are Python's.) The reason stands at the delivery,
for people to read, as long as it is held. tests/campaigns/test_leaving.py runs that paragraph on each of these ways;
its last test says that no such rule is there, so it is the one to change with it. Stories that live by the real clock
(tests/flows, tests/outsider) then see night fall too.
What `[advertising]` in config.toml says of quiet hours and amounts is asked after it: hub.outbound.manners.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection

from hub.channel import Channel
from hub.clock import DAY
from hub.conversations import ACTIVE
from hub.errors import InvalidInput
from hub.ids import new_id
from hub.made_quickly import made_quickly
from hub.model import Address, AddressState, DeliveryState, Lane
from hub.outbound.mail_headers import TEST, asks_unasked
from hub.outbound.verdicts import GO, UNTIL, LeaveRule, NotBefore, Refused, Verdict
from hub.reasons import Reason, Why, say
from hub.store.consents import GRANTED
from hub.store.deliveries import LANES, Delivery, NewDelivery
from hub.store.standing import Standing, list_standings

CONFIRMS = "confirms"  # marks the payload of the one message that asks whose a claimed address is
PACED = 5 * DAY  # a campaign that keeps to a channel's speed may take days; then what is left fails visibly


class NotAllowed(InvalidInput):
    """A delivery that would never leave is not planned; says why."""

    def __init__(self, refused: Refused) -> None:
        self.refused, self.reason = refused, Reason(refused.reason, refused.detail)
        super().__init__(say(self.reason), "channel")


def may_leave(item: NewDelivery | Delivery, standing: Standing, at: int) -> Verdict:
    """May this leave at that instant, and if not, why or when? The one place where it is decided: GO, NotBefore(an
    instant in milliseconds, reason) or Refused(reason).

    item: `kind` and `handle` of the address (sms, whatsapp, email, voice ...; "sms" whichever provider carries it),
    `channel_type` (telnyx, say) and `channel` (its name in config.toml), `lane` (`LANES[Lane.AGENT]`: a person wrote
    it; AUTOMATIC, CAMPAIGN), `purpose` (what the customer agreed to, "" for what they asked for), `campaign_id` and
    `conversation_id` (None outside of one), `customer_id`, `message_id`, `payload`, `created_at`, `give_up_at`.
    standing: `timezone` (IANA, never empty: the company's where the customer's is not known), `address_state` (ok,
    unverified, claimed, bounced, blocked, "" when not on file), `address_reason`, `consent` (granted, withdrawn, ""
    when never asked) for that purpose, `conversation` (the state of its conversation, where a machine answers).
    at: when it would leave, in milliseconds of UTC. Only values, because it is asked twice: when a delivery is planned,
    and in the transaction that claims it, when what was true may be so no more. Whatever raises here holds up its
    own delivery alone, which is asked again after ASK_AGAIN.
    A reason is a code of hub.reasons, which holds its sentence, or a word of your own; the page of the conversation
    shows it as long as the delivery is held.
    """
    if standing.address_state in (AddressState.BLOCKED, AddressState.BOUNCED):
        blocked = standing.address_state == AddressState.BLOCKED
        return Refused(Why.ADDRESS_BLOCKED if blocked else Why.ADDRESS_BOUNCED, detail=standing.address_reason)
    if at > item.payload.get(UNTIL, at):
        return Refused(Why.TOO_LATE, DeliveryState.CANCELLED)
    if standing.address_state == AddressState.CLAIMED and not item.payload.get(CONFIRMS):
        return Refused(Why.ADDRESS_CLAIMED)
    if item.purpose and standing.consent != GRANTED and not asks_unasked(item, standing.consent):
        return Refused(Why.CONSENT_WITHDRAWN if standing.consent else Why.NO_CONSENT, DeliveryState.CANCELLED)
    if not item.purpose and not _needs_no_consent(item, standing):
        return Refused(Why.NO_PURPOSE)
    return GO


def _needs_no_consent(item: NewDelivery | Delivery, standing: Standing) -> bool:
    """What a person writes, what is sent to try it, what asks whose the address is, and what answers in a conversation
    that is open."""
    if item.lane == LANES[Lane.AGENT] or item.payload.get(TEST) or item.payload.get(CONFIRMS):
        return True
    return item.lane == LANES[Lane.AUTOMATIC] and standing.conversation in ACTIVE


@made_quickly
@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """What somebody wants to hand over: one message to one address over one channel.

    purpose: what the customer must have agreed to, "" for what they asked for; id: the delivery's, where it has to be
    known beforehand; payload: what `send` needs beyond the message.
    """

    channel: Channel
    customer_id: str
    to: Address
    lane: Lane
    conversation_id: str | None = None
    purpose: str = ""
    campaign_id: str | None = None
    not_before: int = 0
    cancel_on_inbound: bool = False
    id: str = ""
    message_id: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)


def plan(conn: Connection, rule: LeaveRule, dispatch: Dispatch, at: int) -> NewDelivery:
    """Ask with what is known of the customer now. Raises NotAllowed."""
    draft = _draft(dispatch, at)
    [standing] = list_standings(conn, [draft], draft.due_at, rule.window)
    return _decided(rule, draft, standing)


def plan_for(rule: LeaveRule, dispatch: Dispatch, standing: Standing, at: int) -> NewDelivery:
    """The same where many customers were read beforehand. Raises NotAllowed."""
    return _decided(rule, _draft(dispatch, at), standing)


def _draft(dispatch: Dispatch, at: int) -> NewDelivery:
    due_at = max(at, dispatch.not_before)
    return NewDelivery(
        id=dispatch.id or new_id(),
        message_id=dispatch.message_id,
        customer_id=dispatch.customer_id,
        conversation_id=dispatch.conversation_id,
        channel=dispatch.channel.name,
        channel_type=dispatch.channel.type,
        kind=dispatch.to.kind,
        handle=dispatch.to.handle,
        lane=LANES[dispatch.lane],
        state=DeliveryState.HELD if due_at > at else DeliveryState.QUEUED,
        due_at=due_at,
        give_up_at=due_at + _lifetime(dispatch),
        created_at=at,
        cancel_on_inbound=dispatch.cancel_on_inbound,
        purpose=dispatch.purpose,
        campaign_id=dispatch.campaign_id,
        payload=dispatch.payload,
    )


def _lifetime(dispatch: Dispatch) -> int:
    """For how many milliseconds it is worth trying."""
    able = dispatch.channel.capabilities.lifetime
    return max(able, PACED) if dispatch.lane == Lane.CAMPAIGN else able


def _decided(rule: LeaveRule, draft: NewDelivery, standing: Standing) -> NewDelivery:
    verdict = rule(draft, standing, draft.due_at)
    if isinstance(verdict, Refused):
        raise NotAllowed(verdict)
    if isinstance(verdict, NotBefore) and verdict.at > draft.due_at:
        later = verdict.at - draft.due_at
        held = replace(draft, state=DeliveryState.HELD, reason=verdict.reason, detail=verdict.detail)
        return replace(held, due_at=verdict.at, give_up_at=draft.give_up_at + later)
    return draft
