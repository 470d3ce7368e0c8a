"""Generated lives of customers: grants, withdrawals, pauses, complaints, quiet hours, a limit, against a plain model.

The model knows nothing of deliveries, ledgers or rules: it is a page of Python that says when something should arrive.
"""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from hub.campaigns.preferences import PAUSE, SOURCE, pause, resume
from hub.campaigns.track import Proof
from hub.clock import DAY, HOUR, instant_of
from hub.complaints import solve
from hub.consents import declare
from hub.model import Lane
from hub.outbound.compose import Reply
from hub.outbound.outbox import queue_message
from hub.outbound.plan import NotAllowed
from hub.store.consents import GRANTED, WITHDRAWN, Consent
from hub.store.customers import mark_customer
from tests.campaigns.test_leaving import put_clock
from tests.campaigns.test_manners import complain, under

AT_MOST, DAYS = 2, 3
STEPS = 50
ZONES = ["Europe/Berlin", "Pacific/Honolulu", "Asia/Kolkata"]
NEVER, NOW = "never", "now"


@dataclass
class Model:
    """waits: (when to ask again, is it a campaign) of the one thing that is under way."""

    zone: ZoneInfo
    agreed: bool = False
    paused_until: int = 0
    complains: bool = False
    advertised: list[int] = field(default_factory=list)
    said: int = 0
    waits: tuple[int, bool] | None = None

    def verdict(self, at, *, campaign):
        of_late = [one for one in self.advertised if one > at - DAYS * DAY]
        often = len(of_late) >= AT_MOST
        if not self.agreed or (campaign and (self.complains or at < self.paused_until or often)):
            return NEVER
        local = datetime.fromtimestamp(at / 1000, self.zone)
        later = [self.paused_until] + [at + HOUR] * self.complains
        later += [of_late[-AT_MOST] + DAYS * DAY] if often else []
        if local.hour >= 21 or local.hour < 8:
            morning = datetime.combine(local.date() + timedelta(days=local.hour >= 21), time(8), self.zone)
            later.append(instant_of(morning))
        return max(later) if max(later) > at else NOW

    def advertise(self, at, *, campaign):
        verdict = self.verdict(at, campaign=campaign)
        self.waits = (verdict, campaign) if isinstance(verdict, int) else None
        if verdict == NOW:
            self.advertised.append(at)


class Life:
    """The same on the real thing; each act is a method, done to both."""

    def __init__(self, world, customer, model):
        self.world, self.customer, self.model, self.complaint = world, customer, model, ""

    @property
    def at(self):
        return self.world.clock.now()

    async def agree(self):
        await self._declare(GRANTED)
        self.model.agreed = True

    async def take_back(self):
        await self._declare(WITHDRAWN)
        self.model.agreed = False

    async def _declare(self, state):
        consent = Consent("sms", "news", state, "told", "Yes, please")
        await self.world.write(declare, self.customer, consent, self.at)

    async def rest(self):
        await self.world.write(pause, self.customer, Proof(SOURCE, "Pause", ""), self.at)
        if self.model.paused_until <= self.at:
            self.model.paused_until = self.at + PAUSE

    async def go_on(self):
        await self.world.write(resume, self.customer, Proof(SOURCE, "Undo", ""), self.at)
        self.model.paused_until = 0

    async def complain(self):
        if not self.model.complains:
            self.complaint = await self.world.write(complain, self.customer, self.at)
            self.model.complains = True

    async def be_content(self):
        if self.model.complains:
            await self.world.write(solve, self.complaint, "", self.at, None)
            self.model.complains = False

    async def get_a_campaign(self):
        if not self.model.waits:
            await self.world.schedule(await self.world.campaign(channel="sms"))
            await self.world.expand()
            self.model.advertise(self.at, campaign=True)

    async def get_a_follow_up(self):
        if self.model.waits:
            return
        reply = Reply(text="News", channel="sms", lane=Lane.AUTOMATIC, purpose="news")
        try:
            await self.world.write(queue_message, self.world.hub.outbox_deps, self.customer, reply, self.at)
        except NotAllowed:
            assert self.model.verdict(self.at, campaign=False) == NEVER
        self.model.advertise(self.at, campaign=False)

    async def get_an_answer(self):
        reply = Reply(text="Hello", channel="sms")
        await self.world.write(queue_message, self.world.hub.outbox_deps, self.customer, reply, self.at)
        self.model.said += 1

    async def do_nothing(self):
        pass

    async def wait(self, milliseconds):
        """Time stops wherever the model expects something."""
        until = self.at + milliseconds
        while self.model.waits and self.model.waits[0] <= until:
            self.world.clock.instant = self.model.waits[0]
            self.model.advertise(self.at, campaign=self.model.waits[1])
            await self.check(self.wait)
        self.world.clock.instant = until
        await self.check(self.wait)

    async def check(self, act):
        await self.world.send()
        arrived = len(self.world.channels["sms"].sent)
        assert arrived == len(self.model.advertised) + self.model.said, (act.__name__, self.model)


@pytest.mark.parametrize("seed", range(6))
async def test_what_arrives_is_what_a_plain_reading_of_the_timeline_says(world, seed):
    chance = Random(seed)
    world = under(world, quiet={"sms": "21:00-08:00"}, at_most=AT_MOST, days=DAYS)
    put_clock(world, chance.randrange(24))
    zone = chance.choice(ZONES)
    customer = await world.customer(email="", sms="+12025550101", consents=())
    await world.write(mark_customer, customer, world.clock.now(), timezone=zone)
    life = Life(world, customer, Model(ZoneInfo(zone)))
    often = [life.get_a_campaign, life.get_a_follow_up, life.do_nothing, life.agree]
    acts = [*often * 3, life.take_back, life.rest, life.go_on, life.complain, life.be_content, life.get_an_answer]
    for _ in range(STEPS):
        act = chance.choice(acts)
        await act()
        await life.check(act)
        await life.wait(chance.choice([HOUR, 7 * HOUR, 13 * HOUR, DAY, 4 * DAY]))
    assert life.model.advertised, "a life in which nothing ever arrives proves nothing"
