"""A running hub with the sandbox, people at work in it, and customers who wrote on every channel."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Page

from channels.letter import LetterChannel, LetterSettings
from hub.accounts import add_account
from hub.app import Running, running
from hub.clock import DAY
from hub.config import Settings
from hub.context import Hub
from hub.conversations import add_note
from hub.letters.tray import post, print_letters
from hub.model import Address, DeliveryState, Role
from hub.outbound.compose import Reply
from hub.outbound.outbox import queue_reply
from hub.reasons import NO_REASON
from hub.registry import open_channel
from hub.sandbox.twilio import Caller, no_answer
from hub.sandbox.world import MAIL_ADDRESS, PHONE_NUMBER, TEXT_NUMBER, World
from hub.sessions import Place, open_session
from hub.store.agents import Agent, find_agent_by_email
from hub.store.consents import Consent, append_consent
from hub.store.conversations import get_conversation, mark_conversation, mark_conversation_labels
from hub.store.customers import NewCustomer, add_address, add_customer, find_customer, mark_customer
from hub.store.deliveries import mark_state
from hub.store.messages import Message, list_timeline
from tests.letters import letter
from tests.people import ADA, EMMY, GRACE
from tests.running import until

PASSWORD = "correct horse battery"
KEY = "A" * 43 + "="
SHOP = "news@shop.example"
LENA, MAX = "lena@example.com", "max@example.com"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360f8cf500f00040501a15f2f0c0a0000000049454e44ae426082"
)
NEWS = """<table width="100%" style="background:#f3f6fb"><tr><td style="padding:16px">
<h2 style="color:#1f5fbf">Invoice 4711</h2><p>The second licence should not be there.</p></td></tr></table>"""


@dataclass(frozen=True, slots=True)
class Scene:
    """started: the whole hub; lena owns the place, max answers customers."""

    started: Running
    lena: Agent
    max: Agent

    @property
    def hub(self) -> Hub:
        return self.started.hub

    @property
    def world(self) -> World:
        assert self.started.world
        return self.started.world

    @property
    def base(self) -> str:
        return self.hub.base_url

    async def session_of(self, email: str) -> str:
        """The token of a session just opened, for the cookie."""
        agent = await self.hub.store.read(find_agent_by_email, email)
        assert agent
        return (await open_session(self.hub.store, self.hub.clock, agent, Place(), DAY)).token

    async def customer(self, address: Address) -> str:
        """Once the hub has read what was written."""
        return await until(lambda: self.hub.store.read(find_customer, address), f"customer {address.handle}") or ""

    async def heard(self, address: Address, text: str) -> Message:
        """The message with this text, once it stands in the stream."""
        customer_id = await self.customer(address)

        async def look() -> Message | None:
            found = await self.hub.store.read(list_timeline, customer_id)
            return next((message for message in found if text in message.text), None)

        return await until(look, f"message {text!r}")


@asynccontextmanager
async def open_scene(
    store_url: str, templates: str = "", phone: Mapping[str, Any] | None = None, **inbox: Any
) -> AsyncIterator[Scene]:
    """inbox: keys of the section [inbox]; phone: of the phone channel; templates: the operator's folder; the store is
    migrated, the port a free one."""
    sections = {"store": {"url": store_url}, "web": {"port": 0}, "inbox": inbox, "key": KEY}
    sections["advertising"] = {"sign_up": ["newsletter"], "archive": True}
    settings = Settings.model_validate({**sections, "templates": {"path": templates}})
    async with running(settings, sandbox=True) as started:
        hub = started.hub
        assert started.world
        started.world.twilio.other_phones(no_answer())
        if phone:
            section = {**started.world.channel_sections()["phone"], **phone}
            hub.channels.admit(open_channel("phone", section, hub.tools))
        lena = await add_account(hub.store, hub.clock, LENA, "Lena Vogt", Role.OWNER, PASSWORD)
        max = await add_account(hub.store, hub.clock, MAX, "Max Adler", Role.AGENT, PASSWORD)
        yield Scene(started, lena, max)


async def play(scene: Scene) -> None:
    """A morning's work, for pictures and for looking at every page."""
    ada = await _know_ada(scene)
    await _ada_writes(scene, ada)
    await _others_write(scene)
    scene.hub.live.wake()


async def _know_ada(scene: Scene) -> str:
    store, now = scene.hub.store, scene.hub.clock.now()
    new = NewCustomer("Ada Lovelace", "en", "Europe/London", "sms", {"plan": "Pro", "customer no.": 1815})
    ada = await store.write(add_customer, new, now)
    for address in (ADA.mail_address, ADA.sms_address, ADA.telegram_address):
        await store.write(add_address, ada, address, verified=True, at=now, source="import")
    consent = Consent("email", "news", "granted", "double opt-in", "Yes, send me news once a month.")
    await store.write(append_consent, ada, consent, now)
    return ada


async def _ada_writes(scene: Scene, ada: str) -> None:
    world, hub = scene.world, scene.hub
    text = "Hello,\n\ninvoice 4711 shows two licences, but I ordered one. Could you look into it?\n\nBest wishes\nAda"
    files = [("invoice-4711.png", "image/png", PNG)]
    world.mail.write(ADA.email, MAIL_ADDRESS, "Invoice 4711 wrong?", text, html=NEWS, name=ADA.name, attachments=files)
    first = await scene.heard(ADA.mail_address, "invoice 4711")
    await world.twilio.call(ADA.phone, PHONE_NUMBER, Caller(voicemail=4))
    await _say(scene, first, scene.lena, "I am looking into it and come back to you today.", "support-mail")
    await hub.store.write(
        add_note,
        first.conversation_id,
        "Credit of one licence is approved.",
        scene.max.id,
        "Max Adler",
        hub.clock.now(),
    )
    await world.twilio.text(ADA.phone, TEXT_NUMBER, "Thank you! By SMS I read it fastest.")
    await scene.heard(ADA.sms_address, "fastest")
    await world.telegram.say(int(ADA.telegram), "And here, if I am at my desk.", name=ADA.name)
    last = await scene.heard(ADA.telegram_address, "at my desk")
    now = hub.clock.now()
    await hub.store.write(mark_conversation, first.conversation_id, assignee_id=scene.lena.id)
    await hub.store.write(_label, last.conversation_id, ["billing", "vip"], now)
    await hub.store.write(mark_customer, ada, now, name=ADA.name)


def _label(conn: Any, conversation_id: str, names: list[str], at: int) -> None:
    mark_conversation_labels(conn, get_conversation(conn, conversation_id), names, at)


async def _say(scene: Scene, answered: Message, agent: Agent, text: str, channel: str, **more: Any) -> None:
    hub = scene.hub
    reply = Reply(text=text, channel=channel, author_id=agent.id, author_name=agent.name, **more)
    await hub.store.write(queue_reply, hub.outbox_deps, answered.conversation_id or "", reply, hub.clock.now())
    hub.live.wake()


async def _others_write(scene: Scene) -> None:
    world = scene.world
    await world.twilio.text(
        f"whatsapp:{EMMY.phone}", f"whatsapp:{TEXT_NUMBER}", "Bestellung 88 ist noch nicht da.", profile_name=EMMY.name
    )
    await scene.heard(EMMY.whatsapp_address, "Bestellung 88")
    world.mail.write(GRACE.email, MAIL_ADDRESS, "Opening hours", "Are you open on Monday?", name=GRACE.name)
    monday = await scene.heard(GRACE.mail_address, "Monday")
    await _say(scene, monday, scene.max, "Yes, from nine to five.", "support-mail")
    news = letter(
        "Everything must go.", From=f"Shop <{SHOP}>", To=MAIL_ADDRESS, List_Unsubscribe="<https://shop.example/u>"
    )
    world.mail.deliver(SHOP, MAIL_ADDRESS, news)
    await scene.heard(Address("email", SHOP), "Everything must go")
    await world.twilio.text("+12025550188", TEXT_NUMBER, "Please call me back.")
    await scene.heard(Address("sms", "+12025550188"), "call me back")


async def comes_true(page: Page, expression: str) -> None:
    """Asked from outside: the pages forbid what Playwright's own waiting for an expression needs."""
    await until(lambda: page.evaluate(expression), expression)


SENDER = "Shop GmbH, Hauptstraße 1, 10115 Berlin"
AT_HOME = Address("letter", "12 St James's Square, London, SW1Y 4JH, United Kingdom")


async def lay_letters(scene: Scene, ada: str, conversation_id: str) -> str:
    """A letter to Ada waits to be printed, one is printed, one posted; answers the run of the last."""
    hub, now = scene.hub, scene.hub.clock.now()
    hub.channels.admit(LetterChannel("letter", LetterSettings(sender=SENDER), hub.tools))
    await hub.store.write(add_address, ada, AT_HOME, verified=True, at=now)
    run = ""
    for n in range(3):
        reply = Reply(text=f"Dear Ada, this is letter {n}.", subject="Your invoice", channel="letter")
        queued = await hub.store.write(queue_reply, hub.outbox_deps, conversation_id, reply, now)
        await hub.store.write(mark_state, queued.delivery_id, DeliveryState.TO_PRINT, NO_REASON, now)
        if n < 2:
            run = await hub.store.write(print_letters, hub.outbox_deps, None, scene.lena.id, now)
    await hub.store.write(post, run, now)
    return run
