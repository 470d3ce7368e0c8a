"""An SMTP server of our own: takes mail for our address and our signed reply addresses, and for nobody else.

"250" after the final dot means durable: it is said only after `accept` has returned. Nobody signs in here and nothing
is passed on, so it cannot be used as a relay. Only CRLF.CRLF ends a mail (a bare LF dot is content), which leaves
nothing to smuggle: https://www.postfix.org/smtp-smuggling.html
"""

import asyncio
import logging
import ssl
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from hub.channel import Accept, Raw
from hub.errors import HubError, StoreUnavailable
from hub.html.fit import fit
from hub.networks import network_of

from .addresses import normalised
from .settings import ListenSettings

END = b"\r\n.\r\n"
CHUNK = 65_536
MAX_RECIPIENTS = 100
MAX_COMMANDS = 1_000
COMMAND_BYTES = 2_048
IDLE_SECONDS = 120.0
HANG_UP_AFTER = 4  # times the size limit
TOO_LARGE = "552 5.3.4 the mail is larger than this server takes"
FULL = b"421 4.3.2 too many connections, try again later\r\n"
FULL_OF_YOU = b"421 4.7.0 too many connections from your address, try again later\r\n"
TRY_LATER = "451 4.3.0 the mail cannot be stored just now, try again later"

log = logging.getLogger("hub.channels.email.listener")


class Listener:
    """Opens the port; `close` stops listening and hangs up."""

    def __init__(
        self, settings: ListenSettings, hostname: str, max_bytes: int, is_ours: Callable[[str], bool], accept: Accept
    ) -> None:
        self.settings = settings
        self.hostname = hostname
        self.max_bytes = max_bytes
        self.port = 0
        self.idle_seconds = IDLE_SECONDS
        self._handler = _Handler(is_ours, accept)
        self._tls = _certificate(settings)
        self._sessions: set[_Session] = set()
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._session, self.settings.host, self.settings.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def _session(self) -> asyncio.Protocol:
        if len(self._sessions) >= self.settings.connections:
            return _Full()
        session = _Session(
            self._handler,
            sessions=self._sessions,
            per_network=self.settings.connections_per_address,
            max_bytes=self.max_bytes,
            enable_SMTPUTF8=True,
            hostname=self.hostname,
            ident="ready",
            tls_context=self._tls,
            timeout=self.idle_seconds,
            command_call_limit={"*": MAX_COMMANDS},
            loop=asyncio.get_running_loop(),
        )
        self._sessions.add(session)
        return session

    async def close(self) -> None:
        if self._server:
            self._server.close()
            self._server = None
        sessions = list(self._sessions)
        for session in sessions:
            if session.transport:
                session.transport.close()
        tasks = [session.task for session in sessions if session.task]
        await asyncio.gather(*tasks, return_exceptions=True)


def _certificate(settings: ListenSettings) -> ssl.SSLContext | None:
    if not settings.certificate:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(settings.certificate, settings.key or None)
    return context


class _Full(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        _turn_away(transport, FULL)


def _turn_away(transport: asyncio.BaseTransport, words: bytes) -> None:
    assert isinstance(transport, asyncio.WriteTransport)
    transport.write(words)
    transport.close()


class _Handler:
    """What aiosmtpd asks of us: may they write to this address, and did the mail arrive."""

    def __init__(self, is_ours: Callable[[str], bool], accept: Accept) -> None:
        self.is_ours = is_ours
        self.accept = accept

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= MAX_RECIPIENTS:
            return "452 4.5.3 too many recipients"
        if not self.is_ours(normalised(address)):
            return "550 5.1.1 there is no such address here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 go on"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        try:
            await self.accept([_raw(session, envelope)])
        except StoreUnavailable as away:
            log.warning("a mail was put off: %s", away)
            return TRY_LATER
        return "250 2.0.0 stored"

    async def handle_exception(self, error: Exception) -> str:
        if isinstance(error, HubError):
            log.warning("a session failed: %s", error)
        else:
            log.error("a session failed", exc_info=error)
        return TRY_LATER


def _raw(session: Session, envelope: Envelope) -> Raw:
    """Two mails are one when bytes and envelope are equal; a Message-ID proves nothing."""
    body = envelope.original_content or b""
    mail_from = fit((envelope.mail_from or "").strip("<>"))
    rcpt_tos = sorted({fit(normalised(address)) for address in envelope.rcpt_tos})
    seal = sha256("\n".join([mail_from, *rcpt_tos, ""]).encode("utf-8", "replace") + body).hexdigest()
    peer = session.peer[0] if isinstance(session.peer, tuple) else ""
    told = {"mail_from": mail_from, "rcpt_tos": rcpt_tos, "peer": peer, "helo": fit(str(session.host_name or ""))[:255]}
    return Raw("mail", seal, bytes(body), told)


class _Session(SMTP):
    """aiosmtpd's session with a body reader that looks for the end only, and takes lines of any length."""

    command_size_limit = COMMAND_BYTES
    line_length_limit = CHUNK

    def __init__(
        self, handler: _Handler, *, sessions: "set[_Session]", per_network: int, max_bytes: int, **options: Any
    ) -> None:
        super().__init__(handler, data_size_limit=max_bytes, **options)
        self._sessions = sessions
        self._per_network = per_network
        self._max_bytes = max_bytes
        self.network = ""

    @property
    def task(self) -> "asyncio.Task[None] | None":
        return self._handler_coroutine

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        peer = transport.get_extra_info("peername")
        network = network_of(str(peer[0])) if isinstance(peer, tuple) else ""
        others = sum(one.network == network for one in self._sessions if one is not self)
        if others >= self._per_network:
            self._sessions.discard(self)
            transport.set_protocol(_Full())
            _turn_away(transport, FULL_OF_YOU)
            return
        self.network = network
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._sessions.discard(self)
        super().connection_lost(error)

    async def smtp_DATA(self, arg: str) -> None:
        if await self.check_helo_needed():
            return
        assert self.envelope
        if not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 need RCPT first")
        elif arg:
            await self.push("501 5.5.4 DATA takes nothing")
        else:
            await self.push("354 end with <CRLF>.<CRLF>")
            content = await self._body()
            if content is None:
                await self.push(TOO_LARGE)
            else:
                self.envelope.content = self.envelope.original_content = content
                await self.push(await self._call_handler_hook("DATA"))
            self.envelope = self._create_envelope()

    async def _body(self) -> bytes | None:
        """Up to the end, dots undone; None when it was too large. A line end is put before it, so that an empty
        mail ends like any other."""
        buffer: bytearray = self._reader._buffer  # type: ignore[attr-defined]  # asyncio offers no way to put back
        buffer[0:0] = b"\r\n"
        pieces, size = [], 0
        while True:
            try:
                piece, over = await self._reader.readuntil(END), True
            except asyncio.LimitOverrunError as more:
                piece, over = await self._reader.read(more.consumed), False
            self._reset_timeout()
            size += len(piece)
            if size <= self._max_bytes + len(END) + 2:
                pieces.append(piece)
            elif size > self._max_bytes * HANG_UP_AFTER and self.transport:
                self.transport.close()  # which also ends this coroutine
            if over:
                break
        if size > self._max_bytes + len(END):
            return None
        return b"".join(pieces)[: -len(b".\r\n")].replace(b"\r\n.", b"\r\n")[len(b"\r\n") :]
