"""What a marketer decides while a campaign is under way, and what mail servers do meanwhile: over real sockets, by the
buttons of the pages, with a clock that is turned."""

import re
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from hub.campaigns import lifecycle
from hub.campaigns.content import words_of
from hub.campaigns.report import Report, get_report
from hub.clock import HOUR, MINUTE, FakeClock, instant_of
from hub.complaints import solve
from hub.model import Address, Role
from hub.store.campaigns import add_campaign, get_campaign
from hub.store.consents import GRANTED, Consent, append_consent
from hub.store.customers import NewCustomer, add_address, add_customer, mark_customer, mark_customer_labels
from tests.campaigns.test_manners import complain
from tests.relay import Relay, open_relay
from tests.running import Office, open_office, until
from tests.web.browser import Visitor, sign_in

BERLIN = ZoneInfo("Europe/Berlin")
START = instant_of(datetime(2027, 3, 27, 12, tzinfo=BERLIN))  # the day before the clocks of Europe change
FORM = {"name": "November", "purpose": "news", "channel": "support-mail", "labels": "reader", "subject": "News"}
FORM |= {"html": '<p>Hello</p><p><a href="https://shop.example/offer">Offer</a></p>'}
PROOF = {"name": "Proof", "purpose": "news", "channel": "support-mail", "audience": {"labels": ["proof"]}}
PROOF |= {"template": {"subject": "Proof", "html": "<p>Proof</p>"}}
STEP = 10 * MINUTE


@dataclass
class Desk:
    """A marketer at work, the server that takes the mails, and the clock on the wall."""

    office: Office
    max: Visitor
    relay: Relay
    clock: FakeClock
    ids: dict[str, str] = field(default_factory=dict)

    async def readers(self, *names: str, zones: Mapping[str, str] | None = None, label: str = "reader") -> None:
        store = self.office.hub.store
        for name in names:
            id = self.ids[name] = await store.write(add_customer, NewCustomer(name), 1)
            await store.write(add_address, id, Address("email", f"{name.lower()}@example.com"), verified=True, at=1)
            await store.write(append_consent, id, Consent("email", "news", GRANTED, "test"), 1)
            await store.write(mark_customer_labels, id, [label], 1)
            await store.write(mark_customer, id, 1, timezone=(zones or {}).get(name, ""))

    async def write(self, **more: str) -> str:
        here = (await self.max.post("/campaigns", {"name": "November"})).headers["Location"]
        assert (await self.max.post(here, {**FORM, **more, "action": "save"}, page=here)).status == 303
        return here

    async def send(self, here: str, **more: str) -> int:
        return (await self.max.post(f"{here}/send", {"when": "now", **more}, page=f"{here}/send")).status

    async def press(self, here: str, action: str) -> None:
        assert (await self.max.post(f"{here}/state", {"action": action}, page=here)).status == 303

    async def sees(self, here: str, words: str) -> None:
        async def shown() -> bool:
            return words in (await self.max.get(here))[1]

        await until(shown, f"page that says {words!r}")

    async def is_written(self, here: str) -> None:
        """It is known for everybody when their mail leaves."""

        async def expanded() -> bool:
            return (await self.office.hub.store.read(get_campaign, here.rpartition("/")[2])).expanded

        await until(expanded, "rows of all recipients")

    async def is_over(self, here: str) -> Report:
        """How it came out, once it has."""
        hub, id = self.office.hub, here.rpartition("/")[2]

        async def sent() -> bool:
            return (await hub.store.read(get_campaign, id)).state == "sent"

        await until(sent, "end of the campaign")
        found: Report = await hub.store.read(get_report, id)
        return found

    @property
    def arrived(self) -> list[str]:
        return sorted(recipient.partition("@")[0] for recipient, _ in self.relay.mails)

    async def arrive(self, number: int, *, pass_time: int = 0) -> list[str]:
        """Wait for as many mails; pass_time: the clock goes on by so much with every look."""

        async def look() -> bool:
            self.clock.forward(pass_time)
            self.office.hub.live.wake()
            return len(self.arrived) >= number

        await until(look, f"{number} mails")
        return self.arrived

    async def let_pass(self, milliseconds: int) -> None:
        """Whatever is due in that time has left, as another campaign proves that is written and sent behind it."""
        self.clock.forward(milliseconds)
        hub, now = self.office.hub, self.clock.now()
        proof = await hub.store.write(add_campaign, PROOF, now)
        prepared = await hub.store.read(lifecycle.prepare, words_of(hub), hub.outbox_deps, proof.id, now)
        await hub.store.write(lifecycle.schedule, prepared, None, now)
        hub.live.wake()

        async def sent() -> bool:
            return (await hub.store.read(get_campaign, proof.id)).state == "sent"

        await until(sent, "proof that what was due has left")
        self.relay.mails[:] = [mail for mail in self.relay.mails if mail[0] != "proof@example.com"]


def mail_channel(*relays: Relay | int) -> dict[str, Any]:
    """Leaves by these servers."""
    ports = [each if isinstance(each, int) else each.port for each in relays]
    first, *others = [{"host": "127.0.0.1", "port": port, "security": "none"} for port in ports]
    smtp = first | ({"others": others} if others else {})
    return {"support-mail": {"type": "email", "address": "support@example.com", "smtp": smtp}}


@asynccontextmanager
async def at_a_desk(store_url: str, *more: int, start: int = START) -> AsyncIterator[Desk]:
    """more: ports of servers that are asked before the one that takes everything."""
    clock, company = FakeClock(start), {"name": "Example", "timezone": "Europe/Berlin"}
    async with (
        open_relay() as relay,
        open_office(store_url, mail_channel(*more, relay), company=company, clock=clock) as office,
        sign_in(office.hub, role=Role.ADMIN) as max,
    ):
        desk = Desk(office, max, relay, clock)
        await desk.readers("proof", label="proof")
        yield desk


@pytest.fixture
async def desk(store_url: str) -> AsyncIterator[Desk]:
    async with at_a_desk(store_url) as desk:
        yield desk


async def test_a_limit_by_the_hour_is_kept_and_a_pause_holds(desk):
    await desk.readers("ada", "ben", "cleo", "dora")
    here = await desk.write(hourly="2")
    await desk.send(here)
    await desk.arrive(1)
    await desk.let_pass(20 * MINUTE)
    assert len(desk.arrived) == 1
    await desk.arrive(2, pass_time=MINUTE)

    await desk.press(here, "pause")
    await desk.let_pass(2 * HOUR)
    assert len(desk.arrived) == 2

    await desk.press(here, "resume")
    assert await desk.arrive(4, pass_time=MINUTE) == ["ada", "ben", "cleo", "dora"]
    await desk.sees(here, ">Sent<")


async def test_what_is_stopped_stays_stopped(desk):
    await desk.readers("ada", "ben", "cleo", "dora")
    here = await desk.write(hourly="2")
    await desk.send(here)
    some = await desk.arrive(2, pass_time=MINUTE)
    await desk.press(here, "stop")
    await desk.let_pass(4 * HOUR)
    assert desk.arrived == some
    await desk.sees(here, ">Stopped<")


async def test_what_is_put_back_to_draft_leaves_only_when_it_is_sent_again(desk):
    await desk.readers("ada")
    here = await desk.write()
    assert await desk.send(here, when="at", at="2027-03-27T13:00") == 303
    await desk.press(here, "draft")
    await desk.let_pass(2 * HOUR)
    assert desk.arrived == []

    await desk.send(here)
    assert await desk.arrive(1) == ["ada"]


async def test_a_server_that_has_had_enough_for_now_gets_the_rest_later_and_nobody_twice(desk):
    """421 after so many mails, again and again."""
    await desk.readers(*(names := [f"reader{number}" for number in range(12)]))
    desk.relay.orders["MAIL"] = ["250 ok"] * 5 + ["421 4.7.0 too many messages"] * 4
    here = await desk.write()
    await desk.send(here)
    assert await desk.arrive(12, pass_time=MINUTE) == sorted(names)
    await desk.sees(here, ">Sent<")
    assert desk.relay.orders["MAIL"] == []
    assert desk.arrived == sorted(names)


async def test_a_server_that_is_down_for_an_hour_costs_nobody_the_mail(desk):
    await desk.readers(*(names := [f"reader{number}" for number in range(12)]))
    desk.relay.orders["MAIL"] = ["250 ok"] * 3 + ["421 4.3.2 we are down"] * 1_000
    here = await desk.write()
    await desk.send(here)
    await desk.arrive(3)
    end = desk.clock.now() + HOUR

    async def is_over() -> bool:
        desk.clock.forward(MINUTE)
        desk.office.hub.live.wake()
        return desk.clock.now() >= end

    await until(is_over, "hour")
    assert len(desk.arrived) == 3
    desk.relay.orders["MAIL"].clear()
    assert await desk.arrive(12, pass_time=MINUTE) == sorted(names)
    await desk.sees(here, ">Sent<")
    assert desk.arrived == sorted(names)


async def test_addresses_that_are_no_good_are_settled_one_by_one_and_left_out_the_next_time(desk):
    """One in twenty: unknown to the server, and one that it cannot be told."""
    await desk.readers(*(f"reader{number}" for number in range(57)), "jürgen")
    desk.relay.orders["RCPT"] = [*["250 ok"] * 4, "550 5.1.1 no such user", *["250 ok"] * 9, "550 5.1.1 no such user"]
    here = await desk.write()
    await desk.send(here)
    report = await desk.is_over(here)

    assert len(set(desk.arrived)) == len(desk.arrived) == 55
    assert (report.sent, report.bounced, report.failed, report.recipients) == (55, 2, 1, 58)
    await desk.sees(f"{here}?fate=bounced", "no such user")
    assert "Send to 56 people" in (await desk.max.get(f"{await desk.write()}/send"))[1]


@pytest.mark.parametrize("trouble", ["away", "goes", "refuses"])
async def test_where_one_server_is_away_the_next_takes_what_is_left_and_nobody_gets_it_twice(store_url, trouble):
    """Not there from the beginning, gone after three mails, or taking none today."""
    names = [f"reader{number}" for number in range(8)]
    async with open_relay() as first, at_a_desk(store_url, 1 if trouble == "away" else first.port) as desk:
        await desk.readers(*names)
        first.orders["MAIL"] = ["250 ok"] * 3 * (trouble == "goes") + ["421 4.3.2 going down"] * 100
        await desk.send(await desk.write())
        await desk.arrive(len(names) - 3 * (trouble == "goes"), pass_time=MINUTE)
        everybody = [*desk.arrived, *(recipient.partition("@")[0] for recipient, _ in first.mails)]
        assert sorted(everybody) == sorted(names)


async def test_nine_in_the_morning_is_nine_where_each_lives_also_when_clocks_change(desk):
    """On 28 March 2027 Berlin and Lisbon go forward, New York has done so before; half past two does not come."""
    zones = {"berlin": "Europe/Berlin", "lisbon": "Europe/Lisbon", "newyork": "America/New_York"}
    await desk.readers(*zones, zones=zones)
    here = await desk.write()
    assert await desk.send(here, when="at", at="2027-03-28T02:30") == 409
    assert await desk.send(here, when="at", at="2027-03-28T09:00", local="yes") == 303
    desk.clock.instant = instant_of(datetime(2027, 3, 28, tzinfo=UTC))  # in the east of the earth it is nine
    await desk.is_written(here)
    for hour, there in ((7, ["berlin"]), (8, ["berlin", "lisbon"]), (13, ["berlin", "lisbon", "newyork"])):
        desk.clock.instant = instant_of(datetime(2027, 3, 28, hour - 1, 58, tzinfo=UTC))
        await desk.let_pass(MINUTE)
        assert desk.arrived == there[:-1]
        await desk.let_pass(MINUTE)
        assert desk.arrived == there


async def test_the_better_subject_is_found_by_clicks_and_goes_to_the_rest(desk):
    await desk.readers(*(names := [f"reader{number}" for number in range(10)]))
    second = {"subject_b": "More news", "share": "40", "hours": "4", "measure": "clicks", "track_links": "yes"}
    here = await desk.write(**second)
    await desk.send(here)
    tried = await desk.arrive(4)
    [clicked, *_] = [mail for _, mail in desk.relay.mails if b"\nSubject: More news" in mail]
    async with desk.max.session.get(_link(clicked), allow_redirects=False) as answer:
        assert answer.headers["Location"] == "https://shop.example/offer"
    await desk.let_pass(3 * HOUR)
    assert desk.arrived == tried

    assert await desk.arrive(10, pass_time=STEP) == sorted(names)
    subjects = Counter(re.search(rb"\nSubject: ([^\r]*)", mail)[1] for _, mail in desk.relay.mails)
    assert subjects == {b"News": 2, b"More news": 8}


def _link(mail: bytes) -> str:
    plain = mail.replace(b"=\r\n", b"").replace(b"=3D", b"=").decode()
    return unescape(re.search(r'href="(http://[^"]+/c/[^"]+)"', plain)[1])


async def test_whoever_complains_is_left_out_until_it_is_solved(desk):
    await desk.readers("ada", "ben")
    store = desk.office.hub.store
    complaint = await store.write(complain, desk.ids["ada"], desk.clock.now())
    here = await desk.write()
    assert "Send to 1 person" in (await desk.max.get(f"{here}/send"))[1]
    await desk.send(here)
    assert await desk.arrive(1) == ["ben"]
    await desk.sees(f"{here}?fate=excluded", "a complaint is open")

    await store.write(solve, complaint, "", desk.clock.now(), None)
    await desk.send(await desk.write())
    assert await desk.arrive(3) == ["ada", "ben", "ben"]
