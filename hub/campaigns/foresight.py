"""Who of an audience would get nothing, and why: one by one, for people to look at before a campaign goes."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from hub.campaigns.audience import resolve_audience
from hub.campaigns.chain import ways_of
from hub.campaigns.check import try_on
from hub.campaigns.content import Content, RenderDeps
from hub.campaigns.dry_run import OF_TEMPLATE, DryRun
from hub.campaigns.lifecycle import compile_now
from hub.outbound.deps import OutboxDeps
from hub.store.campaigns import Campaign
from hub.store.candidates import Candidate
from hub.store.visibility import list_seen_customers
from hub.templating.problems import Problem


@dataclass(frozen=True, slots=True)
class Spared:
    """reason: as in a report; problems: what the template lacks of this customer, channel by channel."""

    customer_id: str
    name: str
    reason: str
    problems: Sequence[Problem] = ()


@dataclass(frozen=True, slots=True)
class SparedPage:
    """next: where to go on; rows may be few, or none, and there are more."""

    rows: Sequence[Spared]
    next: str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """reason: only for this one."""

    reason: str = ""
    after: str | None = None
    limit: int = 25


def list_spared(
    conn: Connection, words: RenderDeps, outbox: OutboxDeps, campaign: Campaign, asked: Asked, now: int
) -> SparedPage:
    """In order of customer ids; none whom the asker may not see. Raises Conflict, BrokenTemplate, NotFound or
    InvalidInput where the check says that it cannot be sent yet."""
    content = compile_now(conn, words, campaign)
    audience = resolve_audience(conn, campaign.audience)
    if audience.empty:
        return SparedPage((), None)
    play = DryRun(words, outbox, content, campaign, now)
    found, after = play.list_left_out(conn, audience, asked.reason, asked.after, asked.limit)
    seen = list_seen_customers(conn, outbox.who, [candidate.customer.id for candidate, _ in found])
    shown = [(candidate, reason) for candidate, reason in found if candidate.customer.id in seen]
    return SparedPage([_spared(words, outbox, content, campaign, *one) for one in shown], after)


def _spared(
    words: RenderDeps, outbox: OutboxDeps, content: Content, campaign: Campaign, candidate: Candidate, reason: str
) -> Spared:
    customer = candidate.customer
    able = ways_of(outbox.channels, campaign) if reason in OF_TEMPLATE else ()
    offered = [channel for channel in able if content.template.offers(channel.template_part)]
    problems = [each for channel in offered for each in try_on(words, content, candidate, channel)]
    return Spared(customer.id, customer.name, reason, tuple(dict.fromkeys(problems)))
