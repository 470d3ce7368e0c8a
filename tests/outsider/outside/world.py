"""Everything around one hub: its configuration, the providers it talks to, a REST client, its customers."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.outsider.outside.calls import Phones
from tests.outsider.outside.hub import HubProcess
from tests.outsider.outside.imap import FakeMailbox
from tests.outsider.outside.loop import Loop, free_port, until
from tests.outsider.outside.postgres import Postgres
from tests.outsider.outside.rest import Rest
from tests.outsider.outside.smtp import FakeRelay
from tests.outsider.outside.telegram import FakeTelegram
from tests.outsider.outside.twilio import FakeTwilio

SMS, WHATSAPP, VOICE = "+4930901820", "+4930901821", "+4930901822"
SUPPORT, INFO = "support@company.example", "info@company.example"


class World:
    """The channels are mail (SMTP out, listener in), post (IMAP in), sms, wa, phone, bot, chat."""

    def __init__(self, loop: Loop, folder: Path, store: str = "", postgres: Postgres | None = None) -> None:
        self.loop, self.folder, self.postgres = loop, folder, postgres
        self.store = store or "sqlite:///data/hub.db"
        self.port, self.listen = free_port(), free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.twilio = FakeTwilio(loop, (SMS, WHATSAPP, VOICE), self.base)
        self.phones = Phones(self.twilio, "phone")
        self.telegram = FakeTelegram(loop)
        self.relay = FakeRelay(loop).open()
        self.mailbox = FakeMailbox(loop).open()
        self.config = folder / "config.toml"
        self.config.write_text(self.toml())
        self.hub = HubProcess(self.config)
        self.rest = Rest(loop, self.base)

    def toml(self) -> str:
        twilio = (
            f'account_sid = "{self.twilio.account}"\nauth_token = "{self.twilio.token}"\n'
            f'api_base = "{self.twilio.api}"\nbackfill_seconds = 1'
        )
        smtp = f'host = "127.0.0.1"\nport = {self.relay.port}\nsecurity = "none"'
        return f"""
[store]
url = "{self.store}"

[web]
host = "127.0.0.1"
port = {self.port}
base_url = "{self.base}"

[channels.mail]
type = "email"
address = "{SUPPORT}"
[channels.mail.smtp]
{smtp}
[channels.mail.listen]
host = "127.0.0.1"
port = {self.listen}

[channels.post]
type = "email"
address = "{INFO}"
[channels.post.smtp]
{smtp}
[channels.post.imap]
host = "127.0.0.1"
port = {self.mailbox.port}
security = "none"
username = "{self.mailbox.user}"
password = "{self.mailbox.password}"

[channels.sms]
type = "sms"
from = "{SMS}"
{twilio}

[channels.wa]
type = "whatsapp"
from = "{WHATSAPP}"
{twilio}

[channels.phone]
type = "voice"
from = "{VOICE}"
{twilio}

[channels.bot]
type = "telegram"
token = "{self.telegram.token}"
api_base = "{self.telegram.api}"
mode = "webhook"

[channels.chat]
type = "webchat"
"""

    def start(self, *options: str, env: dict[str, str] | None = None) -> "World":
        self.hub.start(*options, env=env)
        if not self.rest.token:
            self.rest.token = self.hub.command("token", "add", "outsider").stdout.strip()
        return self

    def restart(self) -> None:
        self.hub.stop()
        self.start()

    def close(self) -> None:
        self.hub.close()
        for fake in (self.twilio, self.telegram, self.relay, self.mailbox):
            fake.close()

    # --- what the store holds -------------------------------------------------------------------------------

    def query(self, sql: str) -> list[list[str]]:
        """Read the store beside the hub, as an auditor would."""
        if self.postgres:
            return self.postgres.query(self.store.rpartition("/")[2], sql)
        db = sqlite3.connect(f"file:{self.folder}/data/hub.db?mode=ro", uri=True)
        try:
            return [[str(value) for value in row] for row in db.execute(sql)]
        finally:
            db.close()

    def count(self, provider_id: str) -> int:
        return int(self.query(f"select count(*) from messages where provider_id = '{provider_id}'")[0][0])

    # --- customers and what they said -----------------------------------------------------------------------

    def customer(self, name: str = "Ada Lovelace", **handles: str) -> Any:
        """A customer with verified addresses: customer(sms="+49…", email="ada@…")."""
        addresses = [{"kind": kind, "handle": handle, "verified": True} for kind, handle in handles.items()]
        return self.rest.post("customers", {"name": name, "addresses": addresses}, status=201)

    def found(self, text: str, seconds: float = 15, **fields: str) -> Any:
        """The message with exactly that text, once it stands in some conversation."""
        return until(lambda: self._find(text, fields), seconds, f"a message {text!r} {fields}")

    def _find(self, text: str, fields: dict[str, str]) -> Any:
        for conversation in self.rest.everything("conversations", limit=100):
            for message in self.messages(conversation["id"]):
                if message["text"].strip() == text and all(message[key] == fields[key] for key in fields):
                    return message
        return None

    def messages(self, conversation_id: str) -> list[Any]:
        return self.rest.everything(f"conversations/{conversation_id}/messages", limit=100)

    def reply(self, conversation_id: str, text: str, **more: Any) -> Any:
        return self.rest.post(f"conversations/{conversation_id}/replies", {"text": text, **more}, status=201)

    def delivery(self, message_id: str, *states: str, seconds: float = 15) -> Any:
        """The message's first delivery once it stands in one of the states."""

        def look() -> Any:
            deliveries = self.rest.get(f"messages/{message_id}")["deliveries"]
            return deliveries[0] if deliveries and deliveries[0]["state"] in states else None

        try:
            return until(look, seconds, f"delivery {states}")
        except AssertionError as late:
            raise AssertionError(f"{late}: {self.rest.get(f'messages/{message_id}')['deliveries']}") from None

    def follow(self, address: str) -> str:
        """An address the hub wrote into a mail, as a path on this hub."""
        assert address.startswith(self.base), address
        return address.removeprefix(self.base)

    def never(self, found: Callable[[], Any], after: Callable[[], Any]) -> None:
        """Nothing of the kind happens, judged once something later has come through."""
        after()
        assert not found()
