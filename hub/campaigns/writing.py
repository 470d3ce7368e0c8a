"""Writes one campaign for one customer: the rows when it is expanded, the finished message when it is claimed.

Subject and text are rendered with the rows, so that every timeline and search holds them. The HTML is rendered from
the same values when the delivery is claimed: ten kilobytes a customer need not lie in the store twice.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from email.utils import parseaddr
from typing import Any

from hub.approved import OPTION
from hub.campaigns.approved import OUTSIDE, can_say, words_of
from hub.campaigns.audience import LeftOut, Route
from hub.campaigns.content import Content, Contents, RenderDeps
from hub.campaigns.local_times import due_for
from hub.campaigns.opens import ASKED, with_picture
from hub.channel import Channel
from hub.errors import NotFound
from hub.fields import FORM_OF_ADDRESS
from hub.ids import new_ids
from hub.model import Lane, Outbound
from hub.outbound.late_words import is_closed, otherwise
from hub.outbound.mail_headers import headers_of
from hub.outbound.plan import Dispatch, NotAllowed, plan_for
from hub.outbound.verdicts import LeaveRule
from hub.reasons import Reason, Why
from hub.registry import Registry
from hub.store.campaigns import Campaign, find_campaign
from hub.store.candidates import Candidate
from hub.store.consents import GRANTED
from hub.store.deliveries import Delivery, NewDelivery
from hub.store.recipients import CampaignMessage, NewRecipient, list_campaign_messages
from hub.store.standing import Standing
from hub.templating.parts import MAIL
from hub.templating.problems import BrokenTemplate
from hub.templating.template import MessageTemplate
from hub.templating.values import bought_values, customer_values

AT_ONCE = 25  # rendered before others have their turn
NAMED = (Why.TOO_OFTEN, Why.OPEN_COMPLAINT, Why.PAUSED)  # what a report says by the rule's own word


def snapshot(words: RenderDeps, content: Content, candidate: Candidate) -> dict[str, Any]:
    """The customer's values the template uses, as they are now; kept with the message."""
    uses, named, customer = content.template.uses, content.template.fields, candidate.customer
    whole = "customer.fields" in uses
    fields = {
        key: value for key, value in customer.fields.items() if whole or key in named or key == FORM_OF_ADDRESS.key
    }
    labels = candidate.labels if "customer.labels" in uses else ()
    bought = bought_values(candidate.bought, content.template.bought, customer.language, words.company)
    return customer_values(customer.name, customer.language, fields, labels, bought)


def may_lack(content: Content, candidate: Candidate) -> bool:
    """Does the template name a field that this customer has not, or an order of who never ordered?"""
    template = content.template
    if template.bought and candidate.bought is None:
        return True
    return "customer.fields" in template.uses or not template.fields <= candidate.customer.fields.keys()


def write_recipient(
    words: RenderDeps,
    rule: LeaveRule,
    content: Content,
    campaign: Campaign,
    candidate: Candidate,
    route: Route | LeftOut,
    now: int,
    ids: Iterator[str] | None = None,
) -> NewRecipient:
    """The rows of one customer; left out when the words do not fit, or nothing may leave. ids: two are taken."""
    customer = candidate.customer
    if isinstance(route, LeftOut):
        return NewRecipient(customer_id=customer.id, excluded=route.reason)
    try:
        delivery = plan_recipient(rule, campaign, candidate, route, now, ids)
    except NotAllowed as refusal:
        return NewRecipient(customer_id=customer.id, excluded=why_left_out(refusal))
    values, lacking = snapshot(words, content, candidate), may_lack(content, candidate)
    uses = content.template.uses_in_words(route.channel.template_part)
    known = words.values(content, values, customer.id, delivery.id, None if lacking else uses)
    closed = is_closed(route.channel, candidate.heard, route.reached.address, delivery.due_at)
    if not can_say(content.template, route.channel, closed=closed):
        return NewRecipient(customer_id=customer.id, excluded=OUTSIDE)
    try:
        subject, text, option = _say(content, candidate, route, known, closed=closed, whole=lacking)
    except BrokenTemplate:
        return NewRecipient(customer_id=customer.id, excluded="template")
    if len(text) > route.channel.capabilities.max_text:
        return NewRecipient(customer_id=customer.id, excluded="too_long")
    return NewRecipient(
        customer_id=customer.id,
        message_id=delivery.message_id,
        delivery=delivery,
        sender=route.channel.own_handle,
        subject=subject[:1000],
        text=text,
        parts={"values": values, **option, **_asked(content, candidate, route.channel)},
        provider_id=message_id_of(words, route.channel, delivery.id) if delivery.kind == "email" else None,
    )


def _say(
    content: Content, candidate: Candidate, route: Route, values: Mapping[str, Any], *, closed: bool, whole: bool
) -> tuple[str, str, Mapping[str, object]]:
    """(subject, text, what is kept of approved words). whole: the HTML is tried, too: rather left out now than failed
    when it is made. Raises BrokenTemplate."""
    template, part = content.template, route.channel.template_part
    asked = (part, candidate.customer.language, values)
    if whole:
        template.html(*asked)
    if closed or not template.says(part):
        chosen = template.approved(*asked)
        if chosen:
            return "", words_of(route.channel, chosen), chosen.option
    return template.subject(*asked), template.text(*asked), _otherwise(template, route.channel, asked)


def _otherwise(
    template: MessageTemplate, channel: Channel, asked: tuple[str, str, Mapping[str, Any]]
) -> Mapping[str, object]:
    """Approved words, for whoever it reaches too late for others; nobody is left out for the lack of them."""
    try:
        chosen = template.approved(*asked) if channel.capabilities.window else None
    except BrokenTemplate:
        return {}
    return otherwise(words_of(channel, chosen), chosen) if chosen else {}


def _asked(content: Content, candidate: Candidate, channel: Channel) -> Mapping[str, object]:
    """Has it a picture that says whether it is opened?"""
    part = channel.template_part
    return {ASKED: True} if candidate.opens and part == MAIL and content.template.has_html(part) else {}


def message_id_of(words: RenderDeps, channel: Channel | None, delivery_id: str) -> str:
    """RFC 5322 Message-ID, in the domain of the channel."""
    own = str(getattr(channel.settings, "address", "")) if channel else ""
    return words.signer.message_id(delivery_id, own.rpartition("@")[2] or "localhost")


def why_left_out(refusal: NotAllowed) -> str:
    """As a report says it."""
    return refusal.reason.code if refusal.reason.code in NAMED else "not_allowed"


def plan_recipient(
    rule: LeaveRule,
    campaign: Campaign,
    candidate: Candidate,
    route: Route,
    now: int,
    ids: Iterator[str] | None = None,
) -> NewDelivery:
    """Raises NotAllowed."""
    not_before = due_for(campaign, candidate.customer.timezone or rule.zone)
    dispatch = _dispatch(campaign, candidate.customer.id, route, not_before, ids or iter(new_ids(2)))
    return plan_for(rule, dispatch, _standing(candidate, route), now)


def _dispatch(campaign: Campaign, customer_id: str, route: Route, not_before: int, ids: Iterator[str]) -> Dispatch:
    return Dispatch(
        id=next(ids),
        message_id=next(ids),
        customer_id=customer_id,
        channel=route.channel,
        to=route.reached.address,
        lane=Lane.CAMPAIGN,
        purpose=campaign.purpose,
        campaign_id=campaign.id,
        not_before=not_before,
        payload=sender_payload(campaign),
    )


def _standing(candidate: Candidate, route: Route) -> Standing:
    reached = route.reached
    consent = GRANTED if reached.kind in candidate.granted else ""
    customer = candidate.customer
    said = (reached.state, reached.reason, consent, customer.timezone, "", candidate.complaint, customer.paused_until)
    return Standing(*said, advertised=candidate.advertised)


def sender_payload(campaign: Campaign) -> dict[str, str]:
    """The name beside the channel's own address."""
    name, _ = sender_of(campaign)
    return {"sender_name": name} if name else {}


def display_name(words: RenderDeps, channel: Channel | None) -> str:
    """Of a mail whose campaign gives none: the channel's own, else the company's."""
    own = str(getattr(channel.settings, "name", "")) if channel else ""
    return "" if own else str(words.company["name"])


def sender_of(campaign: Campaign) -> tuple[str, str]:
    """(name, address) of `Name` or `Name <address>`; either may be empty."""
    if "@" not in campaign.sender:
        return campaign.sender.strip(), ""
    name, address = parseaddr(campaign.sender)
    return name, address.lower()


class Personaliser:
    """What the outbox asks when it has claimed deliveries of campaigns: the finished message, or why there is none."""

    def __init__(self, contents: Contents, channels: Registry) -> None:
        self.contents = contents
        self.channels = channels

    async def __call__(self, batch: Sequence[Delivery]) -> Mapping[str, Outbound | Reason]:
        store = self.contents.store
        written = await store.read(list_campaign_messages, [item.message_id for item in batch])
        said = {item.id: _said(item, written.get(item.message_id)) for item in batch}
        contents = {which: await self._content(*which) for which in set(said.values())}
        finished: dict[str, Outbound | Reason] = {}
        for place, item in enumerate(batch, 1):
            if place % AT_ONCE == 0:
                await asyncio.sleep(0)
            content, message = contents[said[item.id]], written.get(item.message_id)
            if message is None or isinstance(content, Reason):
                finished[item.id] = content if isinstance(content, Reason) else Reason(Why.MESSAGE_GONE)
            else:
                finished[item.id] = self._finish(content, item, message)
        return finished

    async def _content(self, campaign_id: str, variant: str) -> Content | Reason:
        campaign = await self.contents.store.read(find_campaign, campaign_id)
        if campaign is None:
            return Reason(Why.CAMPAIGN_GONE)
        try:
            return await self.contents.get(campaign, variant)
        except (BrokenTemplate, NotFound) as broken:
            return Reason(Why.UNRENDERED, str(broken))

    def _finish(self, content: Content, item: Delivery, message: CampaignMessage) -> Outbound | Reason:
        words = self.contents.words
        channel = self.channels.get(item.channel)
        try:
            html = render_html(words, content, item, message, channel.template_part if channel else item.kind)
        except BrokenTemplate as broken:
            return Reason(Why.UNRENDERED, str(broken))
        mail = item.kind == "email"
        if message.parts.get(ASKED):
            html = with_picture(html, words.signer, words.base_url, item.id)
        return Outbound(
            delivery_id=item.id,
            recipient=item.address,
            text=message.text,
            subject=message.subject,
            html="".join(html),
            html_pieces=tuple(html),
            recipient_name=str(message.parts.get("values", {}).get("name", "")) if mail else "",
            sender_name=str(item.payload.get("sender_name", "")) or (display_name(words, channel) if mail else ""),
            headers=headers_of(words.signer, words.base_url, item),
            message_id=message.provider_id
            or message_id_of(words, channel, item.payload.get("first_delivery", item.id)),
            language=str(message.parts.get("values", {}).get("language", "")),
            options={OPTION: message.parts[OPTION]} if OPTION in message.parts else {},
        )


def _said(item: Delivery, message: CampaignMessage | None) -> tuple[str, str]:
    """(campaign, variant)"""
    return item.campaign_id or "", str(message.parts.get("variant", "")) if message else ""


def render_html(
    words: RenderDeps, content: Content, item: Delivery, message: CampaignMessage, part: str
) -> Sequence[str]:
    """The HTML of a recipient's message, in pieces; the same at every attempt and in the browser view. Raises
    BrokenTemplate."""
    if not content.template.has_html(part):
        return ()
    customer = message.parts.get("values", {})
    values = words.values(content, customer, item.customer_id, item.id) | words.tracked(content, item.id)
    return content.template.html_pieces(part, str(customer.get("language", "")), values)
