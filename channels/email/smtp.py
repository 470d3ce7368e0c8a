"""Hands mails to the configured server over a few kept connections.

The body's final dot is the byte that cannot be taken back: `committing` is awaited after the server has taken the
recipient and asked for the body, and only what is lost after that is doubtful.
"""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress

import aiosmtplib

from hub.channel import Committing
from hub.errors import SendDeferred, SendDoubtful, SendRejected

from .refusals import refusal
from .settings import OtherSmtpSettings, SmtpSettings, tls_context
from .wire import GOODBYE, READY_FOR_DATA, Answer, Wire, take_over

CONNECT_SECONDS = 30.0
ENVELOPE_SECONDS = 120.0
DATA_SECONDS = 600.0  # RFC 5321 section 4.5.3.2.6: a server may think that long about the final dot
CHECK_AFTER = 15.0  # seconds of rest after which a kept connection is asked whether it still lives
KEEP_SECONDS = 60.0
MAILS_PER_CONNECTION = 1_000
SHUNNED_SECONDS = 60.0  # a server that took no connection, or said goodbye, is not asked where there is another
LINE_OF_DOT = re.compile(rb"\n\.")


class Connection:
    """A signed-in connection and what the server said it can. refused: to be told when it takes no mail at all now."""

    def __init__(self, wire: Wire, extensions: Sequence[str], refused: Callable[[], None]) -> None:
        self.wire, self.refused = wire, refused
        self.pipelining = "pipelining" in extensions
        self.sizes = "size" in extensions
        self.utf8 = "smtputf8" in extensions  # RFC 6531
        self.mails = 0
        self.rested_since = 0.0
        self.soiled = False

    async def transfer(self, sender: str, recipient: str, mail: bytes, committing: Committing) -> Answer:
        """The server's answer to the final dot. Raises as Channel.send does, and Stale before anything happened."""
        await self._announce(sender, recipient, len(mail))
        try:
            await committing()
        except BaseException:
            self.wire.close()  # after 354 only a body or a hang-up can follow
            raise
        self.mails += 1
        try:
            [answer] = await self.wire.ask(dotted(mail), 1, DATA_SECONDS)
        except (ConnectionError, TimeoutError) as lost:
            raise SendDoubtful(f"the mail was handed over, but no answer came ({lost or 'timeout'})") from lost
        return answer

    async def _announce(self, sender: str, recipient: str, size: int) -> None:
        """MAIL, RCPT and DATA; returns when the server asks for the body."""
        if not self.utf8 and not (sender + recipient).isascii():
            raise no_smtputf8()
        commands = self.commands(sender, recipient, size)
        try:
            answers = await self._say(commands)
        except (ConnectionError, TimeoutError) as lost:
            raise Stale(f"the connection was lost before the mail left ({lost or 'timeout'})") from lost
        refused = next((answer for answer in answers if not answer.good), None)
        if refused is None and answers[-1].code == READY_FOR_DATA:
            return
        if refused and refused.code == GOODBYE:
            self.refused()
            self.wire.close()
            raise Stale(f"the server said {refused}")
        self.soiled = True
        if len(answers) == len(commands) and answers[-1].code == READY_FOR_DATA:
            self.wire.close()  # it asks for a body although it took no recipient: hang up rather than send one
        said_to = commands[answers.index(refused)][:4] if refused else b"DATA"
        if refused and said_to == b"MAIL" and not sender and not refused.temporary:
            raise NoNullPath(f"the server takes no mail without a return path: it said {refused}")
        raise refusal(refused or answers[-1], said_to)

    def commands(self, sender: str, recipient: str, size: int) -> list[bytes]:
        parameters = f" SIZE={size}" if self.sizes else ""
        if not (sender + recipient).isascii():
            parameters += " SMTPUTF8"
        return [
            f"MAIL FROM:<{sender}>{parameters}\r\n".encode(),
            f"RCPT TO:<{recipient}>\r\n".encode(),
            b"DATA\r\n",
        ]

    async def _say(self, commands: list[bytes]) -> Sequence[Answer]:
        reset = [b"RSET\r\n"] if self.soiled else []
        self.soiled = False
        if self.pipelining:
            answers = await self.wire.ask(b"".join(reset + commands), len(reset + commands), ENVELOPE_SECONDS)
            return answers[len(reset) :] or answers
        found: list[Answer] = []
        for command in reset + commands:
            found += await self.wire.ask(command, 1, ENVELOPE_SECONDS)
            if not found[-1].good:
                break
        return found[len(reset) :] or found

    async def lives(self) -> bool:
        if time.monotonic() - self.rested_since < CHECK_AFTER:
            return self.wire.alive
        try:
            [answer] = await self.wire.ask(b"NOOP\r\n", 1, 5.0)
        except (ConnectionError, TimeoutError):
            return False
        return answer.good and self.wire.alive


def no_smtputf8() -> SendRejected:
    return SendRejected("the mail server cannot deliver to addresses beyond ASCII (it does not offer SMTPUTF8)")


def dotted(mail: bytes) -> bytes:
    """As it follows DATA: a dot that begins a line doubled, one alone on the last (RFC 5321, section 4.5.2)."""
    found = LINE_OF_DOT.search(mail)  # faster than `replace` where there is none, which is the rule
    body = (mail.replace(b"\n.", b"\n..") if found else mail) + (b"" if mail.endswith(b"\r\n") else b"\r\n")
    return (b"." if body.startswith(b".") else b"") + body + b".\r\n"


class Stale(SendDeferred):
    """A kept connection turned out to be dead: a fresh one may work at once."""


class NoNullPath(SendRejected):
    """The server wants to know where a mail comes back to; nothing has left."""


class SmtpPool:
    """Connections are opened as needed, at most `settings.connections`, and kept for a while."""

    def __init__(self, settings: SmtpSettings, local_hostname: str, reach: Callable[[str], Sequence[str]]) -> None:
        self.settings, self.reach = settings, reach
        self._servers: Sequence[OtherSmtpSettings] = (settings, *settings.others)
        self._shunned: dict[int, float] = {}
        self.local_hostname = local_hostname
        self._slots = asyncio.Semaphore(settings.connections)
        self._awaited = 0
        self.on_awaited: Callable[[], None] = lambda: None
        self._idle: list[Connection] = []
        self._sweep: asyncio.TimerHandle | None = None

    async def send(self, sender: str, recipient: str, mail: bytes, committing: Committing) -> None:
        """Returns when the server has taken it. Raises SendDeferred, SendRejected or SendDoubtful."""
        async with self._slot():
            for find in (self._kept, *[self.connect] * (len(self._servers) - 1)):
                connection = await find()
                if connection is not None:
                    try:
                        return await self._through(connection, sender, recipient, mail, committing)
                    except Stale:
                        connection.wire.close()
            await self._through(await self.connect(), sender, recipient, mail, committing)

    def is_awaited(self) -> bool:
        """Does a single mail wait for a connection?"""
        return self._awaited > 0

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        self._awaited += 1
        if self._slots.locked():
            self.on_awaited()
        try:
            await self._slots.acquire()
        finally:
            self._awaited -= 1
        try:
            yield
        finally:
            self._slots.release()

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[Connection]:
        """A connection for many mails. Raises SendDeferred."""
        async with self._slots:
            connection = await self._kept() or await self.connect()
            async with self._returned(connection):
                yield connection

    async def _through(
        self, connection: Connection, sender: str, recipient: str, mail: bytes, committing: Committing
    ) -> None:
        async with self._returned(connection):
            answer = await connection.transfer(sender, recipient, mail, committing)
        if not answer.good:
            raise refusal(answer)

    @asynccontextmanager
    async def _returned(self, connection: Connection) -> AsyncIterator[None]:
        try:
            yield
        finally:
            if connection.wire.alive and connection.mails < MAILS_PER_CONNECTION:
                connection.rested_since = time.monotonic()
                self._idle.append(connection)
                self._schedule()
            else:
                connection.wire.quit()

    async def _kept(self) -> Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if await connection.lives():
                return connection
            connection.wire.close()
        return None

    async def connect(self) -> Connection:
        """A fresh, signed-in connection to the first server that gives one. Raises SendDeferred."""
        *first, last = self._in_order()
        for server in first:
            with suppress(SendDeferred):
                return await self._connect_to(server)
        return await self._connect_to(last)

    def _in_order(self) -> Sequence[OtherSmtpSettings]:
        """Those that are shunned come last, the one that waits longest before the others."""
        now = time.monotonic()
        return sorted(self._servers, key=lambda server: max(self._shunned.get(id(server), now), now))

    def shun(self, server: OtherSmtpSettings) -> None:
        self._shunned[id(server)] = time.monotonic() + SHUNNED_SECONDS

    async def _connect_to(self, server: OtherSmtpSettings) -> Connection:
        try:
            client = await self._reach_one(server)
        except (aiosmtplib.SMTPException, OSError, ValueError) as trouble:
            self.shun(server)
            raise SendDeferred(f"{server.host}:{server.real_port}: {_words(trouble)}") from trouble
        assert client.transport
        return Connection(take_over(client.transport), list(client.esmtp_extensions), lambda: self.shun(server))

    async def _reach_one(self, server: OtherSmtpSettings) -> aiosmtplib.SMTP:
        """At the first address that takes a connection; of the last one it is told why not."""
        *others, last = await asyncio.to_thread(self.reach, server.host)
        for address in others:
            with suppress(aiosmtplib.SMTPConnectError):
                return await self._sign_in(server, address)
        return await self._sign_in(server, last)

    async def _sign_in(self, server: OtherSmtpSettings, address: str) -> aiosmtplib.SMTP:
        client = aiosmtplib.SMTP(
            port=server.real_port,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            tls_context=tls_context(server) if server.security != "none" else None,
            username=server.username or None,
            password=server.password.get_secret_value() if server.username else None,
            local_hostname=self.local_hostname,
            timeout=CONNECT_SECONDS,
        )
        try:
            await client.connect(hostname=address)
            if client.last_ehlo_response is None:
                await _greet(client)
        except (aiosmtplib.SMTPException, OSError, ValueError):
            client.close()
            raise
        return client

    def _schedule(self) -> None:
        if self._sweep is None:
            self._sweep = asyncio.get_running_loop().call_later(KEEP_SECONDS, self._tidy)

    def _tidy(self) -> None:
        self._sweep = None
        since = time.monotonic() - KEEP_SECONDS
        for connection in [connection for connection in self._idle if connection.rested_since <= since]:
            self._idle.remove(connection)
            connection.wire.quit()
        if self._idle:
            self._schedule()

    async def close(self) -> None:
        if self._sweep:
            self._sweep.cancel()
            self._sweep = None
        while self._idle:
            self._idle.pop().wire.quit()
        await asyncio.sleep(0)


async def _greet(client: aiosmtplib.SMTP) -> None:
    try:
        await client.ehlo()
    except aiosmtplib.SMTPHeloError:
        await client.helo()


def _words(trouble: BaseException) -> str:
    if isinstance(trouble, aiosmtplib.SMTPResponseException):
        return f"the server said {trouble.code} {trouble.message}"[:500]
    return (str(trouble) or type(trouble).__name__)[:500]
