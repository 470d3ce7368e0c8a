"""Who gets a campaign, on which channel, and why somebody does not."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from hub.campaigns.approved import OUTSIDE, can_say
from hub.channel import Channel
from hub.errors import Conflict
from hub.model import SHUT
from hub.outbound.candidates import serves
from hub.outbound.late_words import is_closed
from hub.outbound.verdicts import LeaveRule
from hub.registry import Registry
from hub.store.audience import Audience
from hub.store.bought import load_bought
from hub.store.candidates import Candidate
from hub.store.condition_tree import read_condition
from hub.store.customers import Reached
from hub.store.fates import Fated
from hub.store.segment_choices import is_followed, is_named, is_planned
from hub.store.segments import get_segment
from hub.store.standing import LAST, list_advertised
from hub.store.windows import list_heard
from hub.templating.template import MessageTemplate

PREFERRED = "preferred"
# what is said about a customer for whom several channels were tried: the reason nearest to a success
REASONS = (OUTSIDE, "no_consent", "blocked", "bounced", "claimed", "no_address", "not_offered", "no_channel")


@dataclass(frozen=True, slots=True)
class Route:
    """One way to reach a customer."""

    channel: Channel
    reached: Reached


@dataclass(frozen=True, slots=True)
class LeftOut:
    """reason: one of REASONS, `duplicate`, `too_long`, or `template` (it cannot be rendered for this customer)."""

    reason: str


def resolve_audience(conn: Connection, audience: Mapping[str, Any]) -> Audience:
    """{labels?, segment?, customer_ids?, recipients_of?} with its segment read. Raises NotFound, InvalidInput."""
    segment, of = audience.get("segment"), audience.get("recipients_of")
    condition = read_condition(get_segment(conn, segment).condition) if segment else None
    labels, ids = tuple(audience.get("labels") or ()), audience.get("customer_ids")
    return Audience(labels, condition, None if ids is None else tuple(ids), Fated(**of) if of else None)


def check_free(conn: Connection, segment_id: str) -> None:
    """Whom a campaign goes to stays as it was when it was scheduled. Raises Conflict."""
    if is_planned(conn, segment_id):
        raise Conflict("a campaign that is scheduled or under way goes to it", "segment_used")
    if is_followed(conn, segment_id):
        raise Conflict("a sequence that is not a draft asks about it", "segment_followed")
    if is_named(conn, segment_id):  # "did not stand in it" would come to be true of everybody
        raise Conflict("another segment asks who stood in it", "segment_named")


def with_recent(
    conn: Connection, rule: LeaveRule, ways: Sequence[Channel], found: Sequence[Candidate], now: int
) -> Sequence[Candidate]:
    """The same, with what was said of late: what a rule about the amount of advertising has to know of each, and where
    one of these channels takes free text for some time only, what they wrote there."""
    window = max((way.capabilities.window for way in ways), default=0)
    if window:
        heard = list_heard(conn, [one.customer.id for one in found], now - window)
        found = [replace(one, heard=heard.get(one.customer.id, ())) for one in found]
    if not rule.window:
        return found
    told = list_advertised(conn, [(one.customer.id, "", LAST) for one in found], now, rule.window)
    return [replace(one, advertised=instants) for one, instants in zip(found, told, strict=True)]


def with_bought(
    conn: Connection, templates: Iterable[MessageTemplate], found: Sequence[Candidate], now: int
) -> Sequence[Candidate]:
    """The same, with what they ordered where one of the templates names it."""
    if not found or not any(template.bought for template in templates):
        return found
    bought = load_bought(conn, [one.customer.id for one in found], now)
    return [replace(one, bought=bought.get(one.customer.id)) for one in found]


def channels_for(channels: Registry, wanted: str) -> list[Channel]:
    """The channels a campaign may use: one by name or type, or all that take campaigns."""
    if wanted != PREFERRED:
        channel = channels.find(wanted)
        return [channel] if channel and channel.capabilities.campaigns else []
    first: dict[str, Channel] = {}
    for channel in channels.ordered():
        if channel.capabilities.campaigns and channel.capabilities.writes:
            first.setdefault(channel.type, channel)
    return list(first.values())


def choose_route(
    candidate: Candidate, channels: Sequence[Channel], template: MessageTemplate, now: int, *, in_order: bool = False
) -> Route | LeftOut:
    """The customer's preference first, then the usual order, or the order given alone; consent, an address and words
    are needed for each."""
    tried: list[str] = []
    for channel in channels if in_order else _preferred_first(candidate, channels):
        verdict = _try(candidate, channel, template, now)
        if isinstance(verdict, Route):
            return verdict
        tried.append(verdict.reason)
    return LeftOut(min(tried, key=REASONS.index) if tried else "no_channel")


def choose_routes(
    candidates: Sequence[Candidate],
    channels: Sequence[Channel],
    template: MessageTemplate,
    taken: dict[tuple[str, str], str],
    now: int,
    *,
    in_order: bool = False,
) -> Iterator[tuple[Candidate, Route | LeftOut]]:
    """taken: (kind, handle) -> for whom it is written to already; grows with each. Nobody gets the same message
    twice."""
    for candidate in candidates:
        route = choose_route(candidate, channels, template, now, in_order=in_order)
        if isinstance(route, Route):
            id = candidate.customer.id
            first = taken.setdefault((route.reached.kind, route.reached.handle), id)
            route = route if first == id else LeftOut("duplicate")
        yield candidate, route


def _preferred_first(candidate: Candidate, channels: Sequence[Channel]) -> Iterator[Channel]:
    preference = candidate.customer.preferred_channel
    mine = [channel for channel in channels if preference and preference in (channel.name, channel.type)]
    mine = mine or [channel for channel in channels if preference and preference == channel.address_kind]
    yield from mine
    yield from (channel for channel in channels if channel not in mine)


def _try(candidate: Candidate, channel: Channel, template: MessageTemplate, now: int) -> Route | LeftOut:
    kind = channel.address_kind
    if not template.offers(channel.template_part):
        return LeftOut("not_offered")
    mine = [each for each in candidate.reached if each.kind == kind and serves(channel, each)]
    usable = [each for each in mine if each.state not in SHUT]
    if mine and not usable:
        return LeftOut(mine[0].state)
    if kind not in candidate.granted:
        return LeftOut("no_consent")
    if not mine:
        return LeftOut("no_address")
    best = max(usable, key=lambda each: (each.verified, not each.is_id))
    closed = is_closed(channel, candidate.heard, best.address, now)
    return Route(channel, best) if can_say(template, channel, closed=closed) else LeftOut(OUTSIDE)
