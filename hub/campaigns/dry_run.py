"""A campaign played through without writing anything: whom it would reach now, and why it would not reach the others.

The same routes, the same rule and the same words as when it is sent, so that the number on the button is the number
sent. Words are made only where they could leave somebody out.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from hub.campaigns.audience import LeftOut, Route, choose_routes, with_bought, with_recent
from hub.campaigns.chain import ways_of
from hub.campaigns.content import Content, RenderDeps
from hub.campaigns.writing import may_lack, plan_recipient, why_left_out, write_recipient
from hub.channel import Channel
from hub.outbound.deps import OutboxDeps
from hub.outbound.plan import NotAllowed
from hub.store.audience import Audience, Reach, count_audience, count_reach, list_candidates
from hub.store.campaigns import Campaign
from hub.store.candidates import Candidate
from hub.store.condition_tree import FIELD, AnyCondition, Group, Not, Ordered, Present

BATCH = 500
SHORT = 5_000  # characters; a channel that takes fewer may find a text too long
WALKED = 5_000  # customers; larger audiences are counted, and only those are gone through who may not fit
NAMED = 5
MOST = 50  # fields asked about at once
OF_TEMPLATE = ("template", "too_long")


@dataclass(frozen=True, slots=True)
class Foreseen:
    """unfit: the first of those whom the template leaves out; lost: how many they are, by the channel they would begin
    on."""

    reach: Reach
    unfit: Sequence[Candidate] = ()
    lost: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class DryRun:
    words: RenderDeps
    outbox: OutboxDeps
    content: Content
    campaign: Campaign
    now: int
    walked: int = WALKED

    def run(self, conn: Connection, audience: Audience, counted: Reach) -> Foreseen:
        """For a `read`. counted: what SQL says of it. Beyond so many an address that two of them claim counts
        twice: to look for those would take seconds."""
        if counted.audience <= self.walked or self._all_may_be_unfit():
            return self._through(conn, audience)
        lacking = self._lacking()
        counted = replace(counted, ways=self._count_ways(conn, audience, counted))
        if lacking is None:
            return Foreseen(counted)
        narrowed = [condition for condition in (audience.condition, lacking) if condition is not None]
        some = self._through(conn, replace(audience, condition=Group(op="and", of=narrowed)))
        out = {reason: some.reach.excluded[reason] for reason in OF_TEMPLATE if reason in some.reach.excluded}
        reached = counted.reachable - sum(out.values())
        ways = {name: number - some.lost[name] for name, number in counted.ways.items()}
        return Foreseen(
            replace(counted, reachable=reached, excluded={**counted.excluded, **out}, ways=ways), some.unfit
        )

    def _count_ways(self, conn: Connection, audience: Audience, counted: Reach) -> dict[str, int]:
        """Of the channels of a chain, where each begins: so many more are reached with it than without."""
        able = [way for way in self._channels() if self.content.template.offers(way.template_part)]
        if len(able) == 1:
            return {able[0].name: counted.reachable}
        found, before = dict[str, int](), 0
        for number, way in enumerate(able if self._in_order else (), 1):
            kinds = list(dict.fromkeys(each.address_kind for each in able[:number]))
            reached = count_reach(conn, audience, kinds, self.campaign.purpose, self.now).reachable
            found[way.name], before = reached - before, reached
        return found

    def _all_may_be_unfit(self) -> bool:
        if self.outbox.leave_rule.window:  # who had enough of late is told by no condition
            return True
        short = any(channel.capabilities.max_text < SHORT for channel in self._channels())
        askable = len(self._fields()) <= MOST and all(re.fullmatch(FIELD, name) for name in self._fields())
        return short or "customer.fields" in self.content.template.uses or not askable

    @property
    def _in_order(self) -> bool:
        return bool(self.campaign.fallback)

    def _channels(self) -> list[Channel]:
        return ways_of(self.outbox.channels, self.campaign)

    def _fields(self) -> list[str]:
        """fields.plan... that the template names, asked about or printed."""
        uses = self.content.template.uses
        return sorted(name.removeprefix("customer.") for name in uses if name.startswith("customer.fields."))

    def _lacking(self) -> AnyCondition | None:
        """Customers without one of the fields that the template names, or without an order where it names one."""
        absent: list[AnyCondition] = [Present(op="is_not_set", field=name) for name in self._fields()]
        if self.content.template.bought:
            absent.append(Not(op="not", of=Ordered(op="ordered")))
        return Group(op="or", of=absent) if absent else None

    def _through(self, conn: Connection, audience: Audience) -> Foreseen:
        found: Counter[str] = Counter()
        unfit: list[Candidate] = []
        ways, lost = Counter[str](), Counter[str]()
        for candidate, reason, way in self._each(conn, audience):
            found[reason] += 1
            ways[way] += not reason
            lost[way] += reason in OF_TEMPLATE
            if reason in OF_TEMPLATE and len(unfit) < NAMED:
                unfit.append(candidate)
        reached = found.pop("", 0)
        return Foreseen(Reach(reached + found.total(), reached, dict(found), dict(+ways)), unfit, lost)

    def pick_reached(self, conn: Connection, some: Sequence[Candidate]) -> list[Candidate]:
        """Those of them whom it would reach."""
        ways, template = self._channels(), self.content.template
        routes = choose_routes(self._known(conn, some), ways, template, {}, self.now, in_order=self._in_order)
        return [one for one, route in routes if isinstance(route, Route) and not self._left_out(one, route)]

    def list_left_out(
        self, conn: Connection, audience: Audience, reason: str, after: str | None, limit: int
    ) -> tuple[list[tuple[Candidate, str]], str | None]:
        """Some of them, in order of ids, each with the reason, and where to go on; reason: only for this one. Of a
        large audience a part is gone through at a time: there may be fewer, and who shares an address is not told."""
        whole = count_audience(conn, audience, self.now) <= self.walked
        found: list[tuple[Candidate, str]] = []
        for walked, (candidate, why, _) in enumerate(self._each(conn, audience, None if whole else after), 1):
            id = candidate.customer.id
            if why and reason in ("", why) and (after is None or id > after):
                if len(found) == limit:
                    return found, found[-1][0].customer.id
                found.append((candidate, why))
            if walked == self.walked and not whole:
                return found, id
        return found, None

    def _each(
        self, conn: Connection, audience: Audience, after: str | None = None
    ) -> Iterator[tuple[Candidate, str, str]]:
        """Everybody behind `after` with the reason why nothing would be sent, "" for whom it would reach, and with the
        channel it would begin on."""
        taken: dict[tuple[str, str], str] = {}
        read = BATCH
        while read == BATCH:
            some = list_candidates(conn, audience, self.campaign.purpose, after, self.now, BATCH)
            page = self._known(conn, some)
            read, after = len(page), page[-1].customer.id if page else after
            ways, template = self._channels(), self.content.template
            for candidate, route in choose_routes(page, ways, template, taken, self.now, in_order=self._in_order):
                if isinstance(route, LeftOut):
                    yield candidate, route.reason, ""
                else:
                    yield candidate, self._left_out(candidate, route), route.channel.name

    def _known(self, conn: Connection, some: Sequence[Candidate]) -> Sequence[Candidate]:
        """With all that decides about them."""
        known = with_recent(conn, self.outbox.leave_rule, self._channels(), some, self.now)
        return with_bought(conn, [self.content.template], known, self.now)

    def _left_out(self, candidate: Candidate, route: Route) -> str:
        """The reason, "" when the customer is reached."""
        rule = self.outbox.leave_rule
        if may_lack(self.content, candidate) or route.channel.capabilities.max_text < SHORT:
            return write_recipient(self.words, rule, self.content, self.campaign, candidate, route, self.now).excluded
        try:
            plan_recipient(rule, self.campaign, candidate, route, self.now)
        except NotAllowed as refusal:
            return why_left_out(refusal)
        return ""
