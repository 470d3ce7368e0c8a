"""A campaign tried out: to one address, worded as for one customer, byte for byte what would be sent."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from hub.campaigns.approved import as_said
from hub.campaigns.chain import ways_of
from hub.campaigns.clicks import tags_of
from hub.campaigns.content import Content, RenderDeps
from hub.campaigns.lifecycle import compile_now, find_sample, values_of
from hub.campaigns.variants import letters_of
from hub.campaigns.writing import display_name, sender_payload
from hub.channel import Channel
from hub.errors import Conflict
from hub.model import Address, Direction, Lane, MessageKind
from hub.outbound.deps import OutboxDeps
from hub.outbound.late_words import is_closed
from hub.outbound.mail_headers import TEST
from hub.outbound.outbox import Queued, queue_prepared
from hub.outbound.plan import Dispatch, plan
from hub.store.campaigns import Campaign
from hub.store.candidates import Candidate
from hub.store.customers import find_customer, list_claimants
from hub.store.messages import NewMessage
from hub.store.testers import keep_nobody
from hub.store.windows import list_heard
from hub.templating.links import with_tags
from hub.templating.problems import BrokenTemplate
from hub.templating.template import Rendered


@dataclass(frozen=True, slots=True)
class Trial:
    """To whom a test goes: customer is whose row it stands under."""

    channel: Channel
    customer: str
    to: Address


def send_test(
    conn: Connection,
    words: RenderDeps,
    outbox: OutboxDeps,
    campaign: Campaign,
    to: Address,
    customer_id: str | None,
    now: int,
) -> Queued:
    """To this address only, worded as for that customer, one of each variant; it counts nowhere. The first of them.
    Raises Conflict, NotAllowed."""
    able = ways_of(outbox.channels, campaign)
    channel = next((one for one in able if one.address_kind == to.kind), None)
    if channel is None:
        raise Conflict(f"the campaign has no channel for {to.kind} addresses", "no_campaign_channel")
    tester = find_customer(conn, to) or next(iter(list_claimants(conn, to)), None) or keep_nobody(conn, now)
    trial = Trial(channel, tester, to)
    sample = find_sample(conn, campaign, customer_id, now, outbox.who)
    sent = [
        _send_trial(conn, words, outbox, campaign, letter, trial, sample, now) for letter in letters_of(campaign) or "-"
    ]
    return sent[0]


def _send_trial(
    conn: Connection,
    words: RenderDeps,
    outbox: OutboxDeps,
    campaign: Campaign,
    letter: str,
    trial: Trial,
    sample: Candidate | None,
    now: int,
) -> Queued:
    channel = trial.channel
    try:
        content = compile_now(conn, words, campaign, letter)
        customer = values_of(conn, words, content, sample, now)
        payload: dict[str, Any] = {"purpose": campaign.purpose, **_names(words, campaign, channel, customer)}
        if campaign.utm:
            tags = tags_of(campaign, trial.to.kind)
            payload["links"] = [with_tags(url, tags) for url in content.template.urls]
        delivery = plan(conn, outbox.leave_rule, _test_dispatch(trial, content, payload), now)
        values = words.values(content, customer, trial.customer, delivery.id) | words.tracked(content, delivery.id)
        rendered = content.template.render(channel.template_part, customer["language"], values)
        heard = list_heard(conn, [trial.customer], now - channel.capabilities.window).get(trial.customer, ())
        closed = is_closed(channel, heard, trial.to, delivery.due_at)
        said = as_said(channel, rendered, closed=closed)
        if said.options:
            delivery = replace(delivery, payload={**delivery.payload, "options": said.options})
    except BrokenTemplate as broken:
        raise Conflict(str(broken), "broken_template") from broken
    called = f"[Test {letter.upper()}]" if campaign.test else "[Test]"
    queued = queue_prepared(
        conn, _test_message(trial, replace(rendered, text=said.text, html=said.html), called, now), delivery
    )
    if queued is None:
        raise Conflict("the same test is being sent this instant", "this_instant")
    return queued


def _names(words: RenderDeps, campaign: Campaign, channel: Channel, customer: Mapping[str, Any]) -> Mapping[str, str]:
    """Of both ends, as a mail says them."""
    if channel.address_kind != "email":
        return {}
    named = sender_payload(campaign) or {"sender_name": display_name(words, channel)}
    return {"recipient_name": customer["name"], **named}


def _test_message(trial: Trial, rendered: Rendered, called: str, now: int) -> NewMessage:
    channel, to = trial.channel, trial.to
    return NewMessage(
        customer_id=trial.customer,
        conversation_id=None,
        channel=channel.name,
        channel_type=channel.type,
        direction=Direction.OUT,
        kind=MessageKind.CAMPAIGN,
        peer=to.handle,
        from_handle=channel.own_handle,
        to_handle=to.handle,
        subject=f"{called} {rendered.subject}" if rendered.subject else "",
        text=rendered.text,
        html=rendered.html,
        automatic=True,
        occurred_at=now,
        created_at=now,
    )


def _test_dispatch(trial: Trial, content: Content, payload: Mapping[str, Any]) -> Dispatch:
    """No purpose: whoever tries it need not have agreed to it. It looks like the real one all the same, and its links
    lead where the real ones will."""
    about = {TEST: True, "links": list(content.template.urls), **payload}
    return Dispatch(customer_id=trial.customer, channel=trial.channel, to=trial.to, lane=Lane.AUTOMATIC, payload=about)
