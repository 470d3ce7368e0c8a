"""The e-mail channel: sends through SMTP, follows a mailbox, listens on a port of its own, reads what came."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from typing import Any, ClassVar

from hub.channel import Accept, Capabilities, Channel, Committing, Raw, ReadApart, Step, Tools
from hub.clock import DAY
from hub.errors import SendDeferred, SendRejected
from hub.model import Event, Outbound, Sent
from hub.sign_in import SignIn

from .addresses import normalised
from .bulk import SmtpBulk
from .compose import Sender, checked_address, compose, compose_for_data
from .consent import Consent
from .conveyor import Letter
from .graph import Graph
from .graph_mailbox import GraphMailbox, try_folder
from .imap import Mailbox, file_copies, try_mailbox
from .inbound import read_mail
from .listener import Listener
from .oauth import GRAPH, MAIL, OAuth
from .sent_folder import Written, saves_itself
from .settings import EmailSettings
from .smtp import SmtpPool
from .smtp_connection import NoNullPath, dotted
from .smtp_servers import SmtpServers

RETURN_PATH = "return_path"  # option: "" for what must not be answered by machine, not even by a bounce (RFC 3834)
BIG = 500_000  # bytes of attachments: writing such a mail would hold up everybody else


class EmailChannel(Channel):
    type = "email"
    reads_in_child: ClassVar[bool] = True
    capabilities = Capabilities(
        subject=True,
        html=True,
        max_text=1_000_000,
        undo_seconds=10,
        concurrency=20,
        lifetime=5 * DAY,
    )
    Settings = EmailSettings
    settings: EmailSettings

    def __init__(self, name: str, settings: Any, tools: Tools) -> None:
        super().__init__(name, settings, tools)
        self.domain = settings.address.rpartition("@")[2]
        self.oauth = OAuth(name, settings.oauth, tools) if settings.oauth else None
        self._graph = (
            Graph(settings.graph, settings.address, self.oauth, tools) if settings.graph and self.oauth else None
        )
        servers = SmtpServers(settings.smtp, self.domain, tools.reach, self.oauth) if settings.smtp else None
        self._pool = SmtpPool(servers) if servers else None
        self.bulk: SmtpBulk | None = SmtpBulk(self._pool, self._seal) if self._pool else None
        dkim = settings.dkim
        self._signature: Any = None
        if dkim:
            signing: Any = import_module(".dkim", __package__)  # with a megabyte of keys and their formats
            key = signing.open_key(dkim.key.get_secret_value())
            self._signature = signing.Signature(dkim.domain, dkim.selector, key)
        self._mailbox: Mailbox | None = None
        self.listener: Listener | None = None

    async def close(self) -> None:
        if self.listener:
            await self.listener.close()
        if self._mailbox:
            await self._mailbox.closed()
        if self._pool and self.bulk:
            await self.bulk.close()
            await self._pool.close()

    async def check(self) -> list[str]:
        """Signs in to both servers and out again."""
        wanting = await self._check_token()
        return wanting or [*await self._check_outgoing(), *await self._check_incoming()]

    def steps(self) -> Sequence[Step]:
        ask = "Compare [.oauth] with what the provider says; where it has ended the sign-in, give the app access again."
        return (
            *([Step("access token", self._check_token, ask)] if self.oauth else ()),
            Step("outgoing mail", self._check_outgoing, "Compare [.smtp] with what the mail provider says."),
            Step("incoming mail", self._check_incoming, "Compare [.imap] with what the mail provider says."),
        )

    @property
    def sign_in(self) -> SignIn | None:
        if self.oauth is None or not self.oauth.settings.real_authorize_url:
            return None
        return Consent(self.oauth, self.settings.address, GRAPH if self._graph else MAIL)

    async def _check_token(self) -> list[str]:
        try:
            if self.oauth:
                await self.oauth.token(GRAPH if self._graph else MAIL)
        except SendDeferred as wanting:
            return [str(wanting)]
        return []

    async def _check_outgoing(self) -> list[str]:
        if self._pool is None:
            return [] if self._graph else ["outgoing mail: [smtp] is missing, nothing can be sent"]
        try:
            (await self._pool.connect()).wire.quit()
        except SendDeferred as away:
            return [f"outgoing mail: {away}"]
        return []

    async def _check_incoming(self) -> list[str]:
        if self.settings.imap:
            trouble = await try_mailbox(self.settings.imap, self.tools, self.oauth)
            return [f"incoming mail: {trouble}"] if trouble else []
        if self._graph:
            trouble = await try_folder(self._graph)
            return [f"incoming mail: {trouble}"] if trouble else []
        if not self.settings.listen:
            return ["incoming mail: neither [imap] nor [listen] is set, answers cannot be read"]
        return []

    # out

    async def send(self, message: Outbound, committing: Committing) -> Sent:
        recipient = checked_address(message.recipient.handle)
        if self._pool is None:
            if self._graph is None:
                raise SendRejected("this channel has no [smtp] server")
            alone = replace(
                message, options={**message.options, "to": recipient, "cc": ()}
            )  # Graph sends to all it names
            await self._graph.send(await asyncio.to_thread(self._written, alone), committing)
            return Sent(message.message_id)
        if sum(len(file.content) for file in message.attachments) > BIG:
            mail = await asyncio.to_thread(self._written, message)
        else:
            mail = self._written(message)
        try:
            await self._pool.send(message.options.get(RETURN_PATH, self.settings.address), recipient, mail, committing)
        except NoNullPath:
            await self._pool.send(self.settings.address, recipient, mail, committing)
        return Sent(message.message_id)

    def _seal(self, message: Outbound) -> Letter:
        recipient = checked_address(message.recipient.handle)
        sender = Sender(self.settings.address, self.settings.name)
        if self._signature:
            body = dotted(self._written(message))
        else:
            body = compose_for_data(message, sender, self.tools.clock.now())
        return Letter(self.settings.address, recipient, body, message.message_id)

    def _written(self, message: Outbound) -> bytes:
        now = self.tools.clock.now()
        mail = compose(message, Sender(self.settings.address, self.settings.name), now)
        return self._signature.signed(mail, now) if self._signature else mail

    @property
    def keeps_copies(self) -> bool:
        smtp, imap = self.settings.smtp, self.settings.imap
        if smtp is None or imap is None:
            return False
        return not saves_itself(smtp.host) if imap.keep_sent is None else bool(imap.keep_sent)

    async def keep_copies(self, sent: Sequence[tuple[Outbound, int]]) -> None:
        assert self.settings.imap
        sender = Sender(self.settings.address, self.settings.name)
        mails = [Written(one.message_id, compose(one, sender, at), at) for one, at in sent]
        await file_copies(self.settings.imap, self.tools, mails, self.oauth)

    def dns_records(self) -> Mapping[str, str]:
        return dict([self._signature.record()]) if self._signature else {}

    # in

    def poll(self, cursor: str) -> AsyncIterator[tuple[str, Sequence[Raw]]] | None:
        if self.settings.imap is None:
            return GraphMailbox(self._graph, self.settings.max_mail_bytes).follow(cursor) if self._graph else None
        if self._mailbox:
            self._mailbox.close()
        self._mailbox = Mailbox(self.settings.imap, self.settings.max_mail_bytes, self.tools, self.oauth)
        return self._mailbox.follow(cursor)

    @property
    def standstill(self) -> str | None:
        return self._mailbox.trouble if self._mailbox else None

    async def listen(self, accept: Accept) -> None:
        if self.settings.listen is None:
            return
        self.listener = Listener(self.settings.listen, self.domain, self.settings.max_mail_bytes, self._is_ours, accept)
        await self.listener.open()

    def _is_ours(self, address: str) -> bool:
        """Our own address, or a reply address of ours whose signature is true."""
        own_local, _, own_domain = self.settings.address.rpartition("@")
        local, _, domain = normalised(address).rpartition("@")
        if domain != own_domain:
            return False
        plain, plus, _ = local.partition("+")
        return local == own_local or (plain == own_local and bool(plus) and self.tools.is_reply_address(address))

    def read(self, raw: Raw) -> tuple[Event, ...]:
        return read_mail(raw.kind, raw.provider_id, raw.body, raw.envelope)

    def apart(self) -> ReadApart:
        return read_mail
