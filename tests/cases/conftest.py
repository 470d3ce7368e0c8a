"""One hub with a channel of each kind, as the cases expect it, and the providers that bring them."""

import email.policy
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import aiosmtplib
import pytest
from sqlalchemy import Connection, select

from hub.clock import SystemClock
from hub.conversations import close
from hub.sandbox.mail import MailSandbox
from hub.sandbox.telegram import TelegramSandbox
from hub.sandbox.telegram_world import StoredFile
from hub.sandbox.twilio import TwilioSandbox
from hub.store.blobs import StoredFile as Kept
from hub.store.blobs import list_attachments
from hub.store.conversations import Conversation, get_conversation
from hub.store.messages import Message, get_message
from hub.store.tables import messages
from tests.exchange.doors import Desk
from tests.running import Office, open_office, until
from tests.servers import free_port
from tests.twilio import ACCOUNT, LINE, TOKEN

FIELD = Path(__file__).parent / "field"
MAILBOX, OTHER_MAILBOX = "support@shop.example", "box@shop.example"
BOT = "4242:AAcases-token_0123456789"
DIGITS = "2345"


def case(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FIELD / f"{name}.json").read_text("utf-8"))
    return found


def given(name: str) -> bytes:
    """Its input file."""
    return (FIELD / case(name)["file"]).read_bytes()


@dataclass
class World:
    """What the cases come through, and what became of them."""

    office: Office
    mail: MailSandbox
    twilio: TwilioSandbox
    telegram: TelegramSandbox
    ports: dict[str, int]

    async def post(self, name: str) -> Message:
        """A mail of the folder, from a fresh sender."""
        content = given(name).replace(b"@@", f"{name}@kunde.example".encode()).replace(b"##", name.encode())
        return await self.hand_in(content, f"{name}@kunde.example", f"{name}@kunde.example")

    async def hand_in(self, content: bytes, sender: str, message_id: str) -> Message:
        await self.bring(content, sender, MAILBOX)
        return await self.arrived(messages.c.provider_id == message_id, message_id)

    async def bring(self, content: bytes, sender: str, mailbox: str) -> None:
        where = {"hostname": "127.0.0.1", "port": self.ports[mailbox], "start_tls": False}
        await aiosmtplib.send(content, sender=sender, recipients=[mailbox], **where)  # type: ignore[call-overload]

    async def text(self, name: str, told: Mapping[str, str]) -> Message:
        """One of the messages of a case of Twilio's."""
        fields = {key: value.replace("%%", DIGITS) for key, value in told.items() if key != "channel"}
        self.twilio.connect(fields["To"], messages=self.office.hooks(told["channel"]))
        words = (fields.pop("From"), fields.pop("To"), fields.pop("Body"))
        sent = await self.twilio.text(*words, profile_name=fields.pop("ProfileName", ""), **fields)
        return await self.arrived(messages.c.provider_id == sent.sid, name)

    async def update(self, user_id: int, update: Mapping[str, Any]) -> int:
        """What Telegram tells of a person; the message's id."""
        [(kind, told)] = update.items()
        person = self.telegram._person(user_id, f"Person {user_id}")
        message = self.telegram.new_message(person, by_bot=False) | told
        if "document" in told:
            file = told["document"]
            path, words = (
                f"documents/{file['file_id']}",
                (file["file_name"], file["mime_type"], file["file_id"].encode()),
            )
            self.telegram.files[file["file_id"]] = StoredFile(file["file_id"], file["file_id"], path, *words)
        self.telegram.updates.add(kind, message)
        await self.telegram.updates.emptied()
        return int(message["message_id"])

    async def said(self, user_id: int, message_id: int) -> Message:
        found = (messages.c.peer == str(user_id)) & (messages.c.provider_id == str(message_id))
        return await self.arrived(found, f"message {message_id} of {user_id}")

    async def arrived(self, which: Any, what: str) -> Message:
        def find(conn: Connection) -> Message | None:
            id = conn.scalar(select(messages.c.id).where(which))
            return get_message(conn, id) if id else None

        found = await until(lambda: self.office.hub.store.read(find), what)
        assert found
        return found

    async def conversation(self, message: Message) -> Conversation:
        assert message.conversation_id
        return await self.office.hub.store.read(get_conversation, message.conversation_id)

    async def done(self, message: Message) -> None:
        now = self.office.hub.clock.now()
        await self.office.hub.store.write(close, message.conversation_id, now, None)

    async def files(self, message: Message) -> list[Kept]:
        return (await self.office.hub.store.read(list_attachments, [message.id])).get(message.id, [])

    async def answer(self, message: Message, text: str, **more: Any) -> None:
        """An agent answers, and it has left."""
        queued = await self.office.reply(await self.conversation(message), text=text, author_name="Lena", **more)
        await self.office.delivery(queued, "sent", "delivered", "read")

    def inbox(self, address: str) -> list[EmailMessage]:
        mails = [message_from_bytes(mail.raw, policy=email.policy.default) for mail in self.mail.mailbox(address)]
        return [mail for mail in mails if isinstance(mail, EmailMessage)]


@pytest.fixture
async def world(store_url: str) -> AsyncIterator[World]:
    clock = SystemClock()
    mail, twilio, telegram = MailSandbox(clock), TwilioSandbox(ACCOUNT, TOKEN, clock), TelegramSandbox(BOT, clock)
    ports = {MAILBOX: free_port(), OTHER_MAILBOX: free_port()}
    async with AsyncExitStack() as stack:
        smtp_port, _ = await mail.start()
        stack.push_async_callback(mail.stop)
        account = {"account_sid": ACCOUNT, "auth_token": TOKEN, "from": LINE, "api_base": await twilio.start()}
        stack.push_async_callback(twilio.stop)
        await telegram.start()
        stack.push_async_callback(telegram.stop)
        smtp = {"host": "127.0.0.1", "port": smtp_port, "security": "none"}
        sections = {
            "mail": {"type": "email", "address": MAILBOX, "smtp": smtp, "listen": {"port": ports[MAILBOX]}},
            "box": {
                "type": "email",
                "address": OTHER_MAILBOX,
                "smtp": smtp,
                "listen": {"port": ports[OTHER_MAILBOX]},
            },
            "sms": {"type": "sms", **account},
            "wa": {"type": "whatsapp", **account},
            "bot": {"type": "telegram", "token": BOT, "api_base": telegram.origin},
        }
        office = await stack.enter_async_context(open_office(store_url, sections, clock=clock))
        stack.push_async_callback(twilio.idle)
        yield World(office, mail, twilio, telegram, ports)


@pytest.fixture
def desk(store_url: str, tmp_path: Path) -> Desk:
    return Desk(tmp_path, store_url)
