"""A hub whose channels write down what they are given, and the people a campaign is for."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from sqlalchemy import Connection, select

from hub.accounts import add_account
from hub.campaigns import lifecycle, track
from hub.campaigns.content import Contents, RenderDeps
from hub.campaigns.expand import advance
from hub.campaigns.opens import TRACKING
from hub.campaigns.report import Report, get_report
from hub.campaigns.writing import Personaliser
from hub.channel import Capabilities, Channel, ChannelSettings, Committing, Raw
from hub.clock import FakeClock
from hub.config import CompanySettings, Settings
from hub.context import Hub
from hub.errors import SendDoubtful
from hub.ids import new_id
from hub.inbound.landed import Appended
from hub.inbound.processing import receive
from hub.inbound.rows import Unit
from hub.live import Live
from hub.model import Address, Inbound, Outbound, Role, Sent, Sort
from hub.outbound.deps import SenderDeps
from hub.outbound.pacing import LocalPacing
from hub.outbound.sender import Worker
from hub.registry import Registry
from hub.sequences import leaving
from hub.sequences.loop import advance as advance_sequences
from hub.sequences.starting import start_for_campaign
from hub.sequences.steps import StepDeps
from hub.signing import Signer
from hub.store.campaigns import Campaign, add_campaign, get_campaign
from hub.store.consents import GRANTED, Consent, append_consent
from hub.store.customers import NewCustomer, add_address, add_customer, mark_customer_labels
from hub.store.database import Store
from hub.store.raw import StoredRaw
from hub.store.tables import deliveries
from hub.web.app import make_app
from tests.web.conftest import PASSWORD, Visitor

NEWS = {
    "subject": "News for {{ customer.name }}",
    "html": '<p>Dear {{ customer.first_name|default("reader") }}</p><a href="https://example.com/offer">Offer</a>',
    "text": "Dear {{ customer.first_name|default('reader') }}",
    "sms": "Hi {{ customer.first_name|default('reader') }}",
    "telegram": "Hello {{ customer.first_name|default('reader') }}",
}


class MailSettings(ChannelSettings):
    address: str = "news@example.com"


class Recorder(Channel):
    """Takes everything, keeps it, and names it by our delivery id."""

    type = "email"
    Settings = MailSettings

    def __init__(self, name: str, type: str) -> None:
        super().__init__(name, MailSettings(), None)
        self.type = type  # type: ignore[misc]  # one class plays every type
        self.capabilities = Capabilities(max_text=160 if type == "sms" else 100_000, concurrency=20)  # type: ignore[misc]
        self.sent: list[Outbound] = []
        self.hangs_up = False

    async def send(self, message: Outbound, committing: Committing) -> Sent:
        await committing()
        if self.hangs_up:
            raise SendDoubtful("hung up")
        self.sent.append(message)
        return Sent(f"p-{message.delivery_id}")


@dataclass
class World:
    """The hub, and short words for what tests do with it."""

    hub: Hub
    contents: Contents
    office: SenderDeps
    channels: dict[str, Recorder]
    clock: FakeClock
    numbers: list[int] = field(default_factory=lambda: [0])

    @property
    def words(self) -> RenderDeps:
        return self.contents.words

    async def read(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return await self.hub.store.read(fn, *args, **kwargs)

    async def write(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return await self.hub.store.write(fn, *args, **kwargs)

    async def customer(self, name: str = "Ada Lovelace", **more: Any) -> str:
        """email and sms: handles; consents: kinds granted for `news`."""
        return str(await self.write(_customer, name, self._number(), self.clock.now(), more))

    async def agree(self, *customers: str, kind: str = "email", state: str = GRANTED) -> None:
        """That it may be seen what they open and follow."""
        for customer in customers:
            await self.write(append_consent, customer, Consent(kind, TRACKING, state, "test"), self.clock.now())

    def _number(self) -> int:
        self.numbers[0] += 1
        return self.numbers[0]

    async def campaign(self, **changes: Any) -> Campaign:
        values = {
            "name": "November",
            "purpose": "news",
            "channel": "mail",
            "template": NEWS,
            "audience": {"labels": ["all"]},
        } | changes
        made: Campaign = await self.write(add_campaign, values, self.clock.now())
        return made

    async def schedule(self, campaign: Campaign, at: int | None = None) -> Campaign:
        now = self.clock.now()
        asked = (self.words, self.hub.outbox_deps, campaign.id, now)
        prepared = await self.read(lifecycle.prepare, *asked, anyway=True)
        scheduled: Campaign = await self.write(lifecycle.schedule, prepared, at, now)
        return scheduled

    async def expand(self) -> None:
        while await advance(self.hub, self.contents, start_for_campaign):
            pass

    async def send(self) -> None:
        """Hand over everything that is due."""
        workers = [Worker(self.office, channel) for channel in self.channels.values()]
        tasks = [asyncio.create_task(worker.run()) for worker in workers]
        async with asyncio.timeout(30):
            while await self.read(_due, self.clock.now()):  # noqa: ASYNC110 - the ledger is the only witness
                await asyncio.sleep(0.02)
        for worker in workers:
            worker.stop()
        await asyncio.gather(*tasks)

    async def deliver(self, **changes: Any) -> Campaign:
        """A whole campaign, from draft to sent."""
        made = await self.schedule(await self.campaign(**changes))
        await self.expand()
        await self.send()
        await self.expand()
        done: Campaign = await self.read(get_campaign, made.id)
        return done

    async def answer(self, handle: str, channel: str = "mail", text: str = "Tell me more", **more: Any) -> Appended:
        """The customer writes; answers: the mail it replies to."""
        kind = self.channels[channel].type
        number = self._number()
        answers: Outbound | None = more.get("answers")
        inbound = Inbound(
            sender=Address(kind, handle),
            provider_id=f"in-{number}",
            text=text,
            references=(answers.message_id,) if answers else (),
            keyword=more.get("keyword", ""),
            sorted_as=more.get("sorted_as", Sort.PERSON),
            parts=more.get("parts", {}),
        )
        now = self.clock.now()
        kept = StoredRaw(new_id(), channel, Raw("message", f"in-{number}", b""), 0, now)
        landed: Appended = await self.write(receive, self.hub.reader.deps, Unit(channel, kind, kept, {}, now), inbound)
        return landed

    async def follow_up(self) -> None:
        """Everything sequences have to do now."""
        while await advance_sequences(self.hub, StepDeps(self.hub.outbox_deps, self.words)):
            pass

    async def report(self, campaign: Campaign) -> Report:
        found: Report = await self.read(get_report, campaign.id)
        return found


def _customer(conn: Connection, name: str, number: int, at: int, more: dict[str, Any]) -> str:
    new = NewCustomer(
        name=name,
        language=more.get("language", ""),
        preferred_channel=more.get("preferred", ""),
        fields=more.get("fields", {}),
    )
    customer_id = add_customer(conn, new, at)
    email = more.get("email", f"person{number}@example.com")
    addresses: Sequence[Address] = [Address("email", email)] if email else []
    addresses = [*addresses, *([Address("sms", more["sms"])] if "sms" in more else [])]
    addresses = [*addresses, *([Address("telegram", more["telegram"])] if "telegram" in more else [])]
    for address in addresses:
        add_address(conn, customer_id, address, verified=more.get("verified", True), at=at)
    for kind in more.get("consents", ("email", "sms", "telegram")):
        append_consent(conn, customer_id, Consent(kind, more.get("purpose", "news"), GRANTED, "test"), at)
    mark_customer_labels(conn, customer_id, more.get("labels", ["all"]), at)
    return customer_id


def _due(conn: Connection, now: int) -> bool:
    query = select(deliveries.c.id).where(
        deliveries.c.state.in_(("held", "queued", "sending")), deliveries.c.due_at <= now
    )
    return conn.scalar(query.limit(1)) is not None


@pytest.fixture
async def world(store: Store, clock: FakeClock, tmp_path: Path) -> AsyncIterator[World]:
    settings = Settings(company=CompanySettings(name="Example"), file=tmp_path / "config.toml")
    channels = {name: Recorder(name, type) for name, type in _CHANNELS.items()}
    live = Live(store)
    signer = Signer(b"secret")
    async with aiohttp.ClientSession() as session:
        hub = Hub(
            settings,
            store,
            live,
            clock,
            signer,
            Registry(dict(channels)),
            session,
            None,  # type: ignore[arg-type]  # nothing is fetched here
            "http://hub.example",
            reactions=(track.heard, leaving.heard),
        )
        contents = Contents(store, RenderDeps(settings, signer, hub.base_url))
        office = SenderDeps(
            store=store,
            live=live,
            clock=clock,
            signer=signer,
            pacing=LocalPacing(),
            process_id=hub.process_id,
            base_url=hub.base_url,
            company="Example",
            personalise=Personaliser(contents, hub.channels),
            leave_rule=hub.leave_rule,
        )
        yield World(hub, contents, office, channels, clock)


_CHANNELS = {"mail": "email", "sms": "sms", "bot": "telegram"}


@pytest.fixture
async def visit(world):
    """visit(role) -> somebody of that role, signed in."""
    sessions = []
    async with TestServer(make_app(world.hub)) as server:

        async def sign_in(role=Role.MARKETING):
            email = f"{role.value}@example.com"
            await add_account(world.hub.store, world.clock, email, "Max", role, PASSWORD)
            sessions.append(aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)))
            visitor = Visitor(sessions[-1], str(server.make_url("")).rstrip("/"))
            await visitor.answer("POST", "/login", data=await _login(visitor, email))
            return visitor

        yield sign_in
        for session in sessions:
            await session.close()


async def _login(visitor, email):
    _, page = await visitor.get("/login")
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', page)
    return {"email": email, "password": PASSWORD, "csrf": found[1] if found else ""}
