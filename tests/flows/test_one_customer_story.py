"""The main job: one customer writes and calls on every channel, it stands in one conversation, and each answer
arrives where it should - over real sockets, against the sandbox, on both engines (PostgreSQL with Redis)."""

import email
import email.message
import email.policy
import email.utils
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import aiosmtplib
import pytest
from pydantic import SecretStr

from hub.model import MessageKind
from hub.sandbox.twilio import Caller
from hub.sandbox.world import MAIL_ADDRESS, PHONE_NUMBER, TEXT_NUMBER, World
from hub.store.blobs import list_attachments
from hub.store.conversations import Conversation, list_customer_conversations
from hub.store.customers import NewCustomer, add_address, add_customer
from hub.store.messages import Message
from hub.webchat.visitor_identity import sign_identity
from tests.people import ADA
from tests.running import Office, open_office, until

SECRET = "the shop's own secret"
PDF = b"%PDF-1.4 invoice 4711"


@dataclass
class Story:
    """One hub, the whole outside world, and Ada, who is known by every address."""

    office: Office
    world: World
    ada: str

    async def said(self, text: str, kind: MessageKind = MessageKind.TEXT) -> Message:
        """Her message, once it stands in her one conversation."""

        async def look() -> Message | None:
            found = await self.office.messages((await self.conversation()).id)
            return next((one for one in found if one.kind == kind and text in one.text), None)

        return await until(look, f"{kind} {text!r}")

    async def conversation(self) -> Conversation:
        async def look() -> list[Conversation]:
            return await self.office.hub.store.read(list_customer_conversations, self.ada)

        [one] = await until(look, "conversation")
        return one

    async def answer(self, text: str, channel: str = "", *states: str) -> str:
        """An agent answers; the delivery's provider id once it stands in one of the states."""
        queued = await self.office.reply(await self.conversation(), text=text, channel=channel, author_name="Lena")
        delivery = await self.office.delivery(queued, *(states or ("sent", "delivered")))
        return delivery.provider_id or ""


@pytest.fixture
async def story(store_url: str, engine: str, request: pytest.FixtureRequest) -> AsyncIterator[Story]:
    redis = request.getfixturevalue("redis_url") if engine == "postgresql" else ""
    chat = {"webchat": {"type": "webchat", "identity_secret": SECRET}}
    async with open_office(store_url, chat, redis, sandbox=True) as office:
        world, hub = office.started.world, office.hub
        assert world is not None
        ada = await hub.store.write(add_customer, NewCustomer(name=ADA.name), hub.clock.now())
        for address in (ADA.mail_address, ADA.sms_address, ADA.telegram_address):
            await hub.store.write(add_address, ada, address, verified=True, at=hub.clock.now())
        yield Story(office, world, ada)


async def by_mail(story: Story) -> None:
    """She writes by IMAP; the answer threads; her answer to it comes by SMTP to the signed reply address."""
    files = [("invoice.pdf", "application/pdf", PDF)]
    asked_id = story.world.mail.write(ADA.email, MAIL_ADDRESS, "Invoice 4711", "Is it right?", attachments=files)
    asked = await story.said("Is it right?")
    [file] = (await story.office.hub.store.read(list_attachments, [asked.id]))[asked.id]
    assert (asked.subject, file.filename, file.size) == ("Invoice 4711", "invoice.pdf", len(PDF))

    sent_id = await story.answer("Yes, it is right.")
    mail = received_mail(story)[-1]
    assert mail["In-Reply-To"] == f"<{asked_id}>"
    assert f"<{asked_id}>" in mail["References"]
    assert mail["Subject"] == "Re: Invoice 4711"
    assert mail["Message-ID"] == f"<{sent_id}>"
    assert "Yes, it is right." in mail.get_content()

    reply_to = email.utils.parseaddr(str(mail["Reply-To"]))[1]
    thanks = f"From: {ADA.email}\r\nTo: {reply_to}\r\nSubject: Re: Invoice\r\nMessage-ID: <2@x>\r\n\r\nThank you\r\n"
    where = {"hostname": "127.0.0.1", "port": story.world.listen_port, "start_tls": False}
    await aiosmtplib.send(thanks, sender=ADA.email, recipients=[reply_to], **where)
    assert (await story.said("Thank you")).from_handle == ADA.email


def received_mail(story: Story) -> list[email.message.EmailMessage]:
    policy = email.policy.default
    return [email.message_from_bytes(mail.raw, policy=policy) for mail in story.world.mail.mailbox(ADA.email)]


async def by_text(story: Story) -> None:
    """SMS and WhatsApp: the provider's receipts move the state."""
    for line, kind in ((TEXT_NUMBER, "sms"), (f"whatsapp:{TEXT_NUMBER}", "whatsapp")):
        phone = ADA.phone if kind == "sms" else f"whatsapp:{ADA.phone}"
        sent = await story.world.twilio.text(phone, line, f"Hello by {kind}")
        assert (await story.said(f"Hello by {kind}")).provider_id == sent.sid

        wanted = ("delivered", "read") if kind == "sms" else ("read",)
        await story.answer(f"Answer by {kind}", "", *wanted)
        assert story.world.twilio.sent_to(phone)[-1].body == f"Answer by {kind}"


async def by_telegram(story: Story) -> None:
    await story.world.telegram.say(int(ADA.telegram), "Hello by Telegram", name="Ada")
    await story.said("Hello by Telegram")

    sent_id = await story.answer("Answer by Telegram", "", "sent")
    seen = story.world.telegram.sent[-1]
    assert (seen.text, str(seen.message_id), seen.chat_id) == ("Answer by Telegram", sent_id, int(ADA.telegram))


async def by_chat(story: Story) -> None:
    """Her shop vouches for her by a signed identity; the answer appears in the open widget."""
    identity = {"id": "customer-7", "email": ADA.email, "name": ADA.name}
    identity["hash"] = sign_identity(SecretStr(SECRET), **identity)
    url = f"{story.office.hub.base_url}/chat/webchat/socket"
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        await socket.send_json({"type": "hello", "identity": identity})
        assert (await socket.receive_json(timeout=5))["type"] == "welcome"
        await socket.send_json({"type": "message", "client_id": "c1", "text": "Hello by chat"})
        accepted = await frame(socket, "accepted")
        assert accepted["id"] == (await story.said("Hello by chat")).id

        await story.answer("Answer by chat", "", "sent", "delivered", "read")
        shown = await frame(socket, "message")
        while shown["text"] != "Answer by chat":
            shown = await frame(socket, "message")


async def frame(socket: aiohttp.ClientWebSocketResponse, type: str) -> dict[str, object]:
    while True:
        told: dict[str, object] = await socket.receive_json(timeout=5)
        if told["type"] == type:
            return told


async def by_phone(story: Story) -> None:
    """Nobody is there: a missed call, and what she said after the beep."""
    await story.world.twilio.call(ADA.phone, PHONE_NUMBER, Caller(voicemail=4))
    voicemail = await story.said("", MessageKind.VOICEMAIL)
    [recording] = (await story.office.hub.store.read(list_attachments, [voicemail.id]))[voicemail.id]
    assert recording.content_type.startswith("audio/")
    await story.said("", MessageKind.CALL)


async def test_one_customer_on_every_channel_is_one_conversation(story: Story) -> None:
    await by_mail(story)
    await by_text(story)
    await by_telegram(story)
    await by_chat(story)
    await by_phone(story)

    await story.answer("And by SMS what you asked by mail.", "sms", "delivered")
    assert story.world.twilio.sent_to(ADA.phone)[-1].body == "And by SMS what you asked by mail."

    conversation = await story.conversation()
    messages = await story.office.messages(conversation.id)
    assert [one.occurred_at for one in messages] == sorted(one.occurred_at for one in messages)
    assert {one.channel_type for one in messages} == {"email", "sms", "whatsapp", "telegram", "webchat", "voice"}
    assert {one.customer_id for one in messages} == {story.ada}
    assert [(one.channel_type, one.direction) for one in messages if one.direction == "out"] == [
        ("email", "out"),
        ("sms", "out"),
        ("whatsapp", "out"),
        ("telegram", "out"),
        ("webchat", "out"),
        ("sms", "out"),
    ]
