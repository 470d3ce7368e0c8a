"""Marketing's main job: a newsletter to thousands through real SMTP while the hub is killed twice, answers on three
channels, one-click unsubscribing, and a follow-up for those who stay silent and nobody else."""

import asyncio
import email
import email.policy
import json
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import aiosmtplib
import pytest
from sqlalchemy import select

from hub.channel import Tools
from hub.clock import DAY, FakeClock, SystemClock
from hub.config import Settings
from hub.outbound.deps import OutboxDeps
from hub.outbound.plan import may_leave
from hub.outbound.sending_again import send_again
from hub.outbound.verdicts import LeaveRule
from hub.platform.fetcher import GuardedFetcher
from hub.registry import Registry, open_channel
from hub.sandbox.world import MAIL_ADDRESS, TEXT_NUMBER, World
from hub.signing import Signer
from hub.store.bench_data import add_readers
from hub.store.consents import GRANTED, Consent, append_consent, find_consent
from hub.store.customers import NewCustomer, add_address, add_customer, find_label, mark_customer_labels
from hub.store.database import Store
from hub.store.tables import customers, deliveries
from hub.store.tokens import add_token, new_secret
from tests.people import ADA, ALAN, GRACE, Person
from tests.running import open_office, until

READERS = {"sqlite": 5_000, "postgresql": 1_000}
IN_FLIGHT = 20  # what one kill can leave in doubt: the channel's concurrency
PATIENCE = 480.0  # seconds; the machine may be busy
NEWS = {
    "subject": "News for {{ customer.name }}",
    "html": "<p>Dear {{ customer.name }}, read <a href='https://example.com/'>on</a>.</p>",
    "sms": "News for {{ customer.name }}",
    "telegram": "News for {{ customer.name }}",
}
FOLLOW_UP = "Still interested, {{ customer.name }}?"


class Child:
    """`hub serve` in a process of its own; killed and started again on the same port and store."""

    def __init__(self, config: Path, port: int) -> None:
        self.words = [sys.executable, "-m", "hub", "serve", "--config", str(config), "--port", str(port)]
        self.base = f"http://127.0.0.1:{port}"
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        log = open(os.devnull, "w")  # noqa: SIM115, ASYNC230 - the child's own
        self.process = await asyncio.create_subprocess_exec(*self.words, stdout=log, stderr=log)
        log.close()
        await until(self._ready, "hub that serves", 60)

    async def _ready(self) -> bool:
        try:
            async with aiohttp.ClientSession() as session, session.get(f"{self.base}/healthz") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    async def end(self, number: int = signal.SIGKILL) -> None:
        if self.process and self.process.returncode is None:
            self.process.send_signal(number)
            await self.process.wait()


@dataclass
class Story:
    world: World
    store: Store
    child: Child
    settings: dict[str, Any]
    readers: int
    token: str

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.request(method, f"{self.child.base}/api/v1{path}", json=body) as answer,
        ):
            assert answer.status < 300, await answer.text()
            return await answer.json()

    def mails(self) -> dict[str, list[email.message.EmailMessage]]:
        """Mailbox -> what arrived there, without the hub's own."""
        boxes = self.world.mail.office.mailboxes
        return {
            address: [email.message_from_bytes(mail.raw, policy=email.policy.default) for mail in box.mails]
            for address, box in boxes.items()
            if address != MAIL_ADDRESS and box.mails
        }

    def counts(self) -> dict[str, int]:
        """Mailbox of a customer -> how many mails."""
        boxes = self.world.mail.office.mailboxes
        return {name: len(box.mails) for name, box in boxes.items() if not name.endswith(MAIL_ADDRESS) and box.mails}


@pytest.fixture
async def story(store: Store, store_url: str, engine: str, tmp_path: Path) -> AsyncIterator[Story]:
    port = _free_port()
    world = World(f"http://127.0.0.1:{port}", SystemClock(), step_seconds=0.05)
    await world.start()
    settings = {
        "store": {"url": store_url},
        "web": {"port": port},
        "secret": "s" * 32,
        "channels": world.channel_sections(),
    }
    config = tmp_path / "config.toml"
    config.write_text(_toml(settings), "utf-8")
    token = new_secret()
    await store.write(add_token, "story", token, ["*"], SystemClock().now())
    child = Child(config, port)
    yield Story(world, store, child, settings, READERS[engine], token)
    await child.end()
    await world.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _toml(tree: dict[str, Any], under: str = "") -> str:
    plain = [f"{key} = {json.dumps(value)}" for key, value in tree.items() if not isinstance(value, dict)]
    below = [(f"{under}{key}", value) for key, value in tree.items() if isinstance(value, dict)]
    return "\n".join([*plain, *(f"\n[{name}]\n{_toml(value, name + '.')}" for name, value in below)]) + "\n"


async def people(story: Story) -> dict[str, str]:
    """Three who will answer - by mail, SMS and Telegram - and everybody else, who reads mail."""
    now = SystemClock().now()
    ids = {}
    for person, kind in ((ADA, "email"), (GRACE, "sms"), (ALAN, "telegram")):
        ids[person.name] = await story.store.write(_add, person, kind, now)
    for first in range(0, story.readers - 3, 500):
        numbers = range(first, min(first + 500, story.readers - 3))
        await story.store.write(add_readers, numbers, "reader", "news", now)
    return ids


def _add(conn: Any, person: Person, kind: str, now: int) -> str:
    customer_id = add_customer(conn, NewCustomer(name=person.name, preferred_channel=kind), now)
    for address in (person.mail_address, person.sms_address, person.telegram_address):
        add_address(conn, customer_id, address, verified=True, at=now)
        append_consent(conn, customer_id, Consent(address.kind, "news", GRANTED, "story"), now)
    find_label(conn, "reader", now)
    mark_customer_labels(conn, customer_id, ["reader"], now)
    return customer_id


async def send_through_two_kills(story: Story) -> str:
    """The campaign's id, once it is sent; the hub was killed after a third and after two thirds."""
    campaign = {"name": "November", "purpose": "news", "channel": "preferred", "audience": {"labels": ["reader"]}}
    made = await story.ask("POST", "/campaigns", {**campaign, "template": NEWS})
    await story.ask("POST", f"/campaigns/{made['id']}/schedule", {})
    for share in (1, 2):

        async def far_enough(wanted: int = story.readers * share // 3) -> bool:
            return story.world.mail.smtp.seen >= wanted

        await until(far_enough, f"{share}/3 of the mails", PATIENCE)
        await story.child.end()
        await story.child.start()

    async def sent() -> bool:
        return bool((await story.ask("GET", f"/campaigns/{made['id']}/report"))["state"] == "sent")

    await until(sent, "campaign that is sent", PATIENCE)
    return str(made["id"])


async def settle_doubt(story: Story, campaign_id: str) -> set[str]:
    """What was in flight at a kill is told as unknown and never sent again blindly; a person looks and decides.

    Returns the addresses that did get it, though the hub cannot know."""
    report = await story.ask("GET", f"/campaigns/{campaign_id}/report")
    doubtful = await story.store.read(_unknown, campaign_id)
    arrived = story.counts()
    assert report["recipients"] == story.readers
    assert report["unknown"] == len(doubtful) <= 2 * IN_FLIGHT
    assert report["failed"] == report["bounced"] == report["cancelled"] == 0
    async with aiohttp.ClientSession() as session:
        tools = Tools(session, GuardedFetcher(session), SystemClock(), story.child.base, b"k" * 32)
        channels = {name: open_channel(name, section, tools) for name, section in story.settings["channels"].items()}
        deps = OutboxDeps(Registry(channels), Signer(b"s" * 32), "", LeaveRule(may_leave))
        for delivery_id, handle in doubtful:
            if handle not in arrived:
                await story.store.write(send_again, deps, delivery_id, SystemClock().now())

    async def complete() -> bool:
        return len(story.counts()) == story.readers - 2

    await until(complete, "mail for everybody", PATIENCE)
    return {handle for _, handle in doubtful if handle in arrived}


def _unknown(conn: Any, campaign_id: str) -> list[tuple[str, str]]:
    query = select(deliveries.c.id, deliveries.c.handle).where(
        deliveries.c.campaign_id == campaign_id, deliveries.c.state == "unknown"
    )
    return [(row[0], row[1]) for row in conn.execute(query)]


def check_everybody_got_it_once(story: Story) -> None:
    for address, mails in story.mails().items():
        [mail] = mails
        name = ADA.name if address == ADA.email else f"Reader Number{address.removeprefix('reader').partition('.')[0]}"
        assert mail["Subject"] == f"News for {name}"
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert [message.body for message in story.world.twilio.sent_to(GRACE.phone)] == [f"News for {GRACE.name}"]
    told = [message.text for message in story.world.telegram.sent if str(message.chat_id) == ALAN.telegram]
    assert told == [f"News for {ALAN.name}"]


async def unsubscribe_one(story: Story, campaign_id: str) -> str:
    """Looking changes nothing, one POST does; the customer's address."""
    address = "reader7.reader@example.com"
    [mail] = story.mails()[address]
    [link] = re.findall(r"<(http[^>]+)>", mail["List-Unsubscribe"])
    [reader] = await story.store.read(_named, "Reader Number7")
    async with aiohttp.ClientSession() as session:
        for _ in range(2):
            async with session.get(link) as answer:
                assert answer.status == 200
        assert await story.store.read(find_consent, reader, "email", "news") == "granted"
        async with session.post(link, data={"List-Unsubscribe": "One-Click"}) as answer:
            assert answer.status == 200
    assert await story.store.read(find_consent, reader, "email", "news") == "withdrawn"
    assert (await story.ask("GET", f"/campaigns/{campaign_id}/report"))["unsubscribed"] == 1
    return address


def _named(conn: Any, name: str) -> list[str]:
    return list(conn.scalars(select(customers.c.id).where(customers.c.name == name)))


async def three_answer(story: Story, ids: dict[str, str], campaign_id: str) -> None:
    """By mail, SMS and Telegram; each stands in the inbox with the campaign above it."""
    [mail] = story.mails()[ADA.email]
    raw = (
        f"From: {ADA.email}\r\nTo: {MAIL_ADDRESS}\r\nSubject: Re: News\r\nMessage-ID: <answer@ada.example>\r\n"
        f"In-Reply-To: {mail['Message-ID']}\r\n\r\nTell me more\r\n"
    )
    where = {"hostname": "127.0.0.1", "port": story.world.listen_port, "start_tls": False}
    await aiosmtplib.send(raw, sender=ADA.email, recipients=[MAIL_ADDRESS], **where)
    await story.world.twilio.text(GRACE.phone, TEXT_NUMBER, "Tell me more")
    await story.world.telegram.say(int(ALAN.telegram), "Tell me more", name=ALAN.name)

    async def counted() -> bool:
        return bool((await story.ask("GET", f"/campaigns/{campaign_id}/report"))["replied"] == 3)

    await until(counted, "three replies", PATIENCE)
    for customer_id in ids.values():
        [conversation] = (await story.ask("GET", f"/conversations?customer_id={customer_id}"))["items"]
        shown = (await story.ask("GET", f"/conversations/{conversation['id']}/messages"))["items"]
        assert [(row["kind"], row["direction"]) for row in shown[-2:]] == [("campaign", "out"), ("text", "in")]
        assert shown[-1]["text"] == "Tell me more"


@asynccontextmanager
async def days_later(story: Story, days: int) -> AsyncIterator[None]:
    """The same hub in this process, by a clock that says it is later."""
    await story.child.end(signal.SIGTERM)
    settings = Settings.model_validate(story.settings)
    clock = FakeClock(SystemClock().now() + days * DAY)
    async with open_office(str(settings.store.url), story.settings["channels"], clock=clock):
        yield


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_newsletter_survives_two_kills_and_silence_is_followed_up(story):
    ids = await people(story)
    await story.child.start()
    await story.world.telegram.say(int(ALAN.telegram), "Hello", name=ALAN.name)  # a bot may not write first
    follow_up = {
        "name": "Follow up",
        "trigger": {"event": "no_answer", "after": "3d"},
        "steps": [{"kind": "message", "text": FOLLOW_UP, "subject": "Still interested?", "purpose": "news"}],
    }
    sequence = await story.ask("POST", "/sequences", follow_up)
    await story.ask("POST", f"/sequences/{sequence['id']}/start", {})

    campaign_id = await send_through_two_kills(story)
    doubtful = await settle_doubt(story, campaign_id)
    check_everybody_got_it_once(story)
    gone = await unsubscribe_one(story, campaign_id)
    await three_answer(story, ids, campaign_id)

    spoken_for = {ADA.email, gone, *doubtful}  # answered, unsubscribed, or perhaps never reached
    silent = {address for address in story.counts() if address not in spoken_for}
    async with days_later(story, 4):

        async def followed_up() -> bool:
            return sum(count == 2 for count in story.counts().values()) >= len(silent)

        await until(followed_up, "follow-up for everybody who stayed silent", PATIENCE)
    assert {address for address, count in story.counts().items() if count == 2} == silent
    assert max(story.counts().values()) == 2
    assert len(story.world.twilio.sent_to(GRACE.phone)) == 1
