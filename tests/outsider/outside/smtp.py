"""Both ends of SMTP (RFC 5321) by hand: a relay that takes the hub's mail, a stranger's client that writes to it."""

import asyncio
import base64
import email
import email.policy
import re
import socket
import ssl
import time
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from tests.outsider.outside.loop import Loop, until

LONGEST_LINE = 998


@dataclass
class Mail:
    sender: str
    recipients: list[str]
    content: bytes
    encrypted: bool = False
    login: str = ""
    at: float = field(default_factory=time.monotonic)

    @property
    def parsed(self) -> EmailMessage:
        message = email.message_from_bytes(self.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        return message

    @property
    def text(self) -> str:
        part = self.parsed.get_body(("plain",))
        return part.get_content() if part else ""

    @property
    def html(self) -> str:
        part = self.parsed.get_body(("html",))
        return part.get_content() if part else ""


@dataclass
class FakeRelay:
    """mails: what it answered 250 for. refuse: recipient -> reply. plan: what the next final dots get."""

    loop: Loop
    tls: ssl.SSLContext | None = None
    implicit: bool = False
    users: dict[str, str] = field(default_factory=dict)
    mails: list[Mail] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)
    plan: list[str] = field(default_factory=list)
    dots: int = 0
    port: int = 0

    def open(self) -> "FakeRelay":
        self._open: set[asyncio.StreamWriter] = set()
        self.loop.run(self._listen())
        return self

    async def _listen(self) -> None:
        secure = self.tls if self.implicit else None
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=secure, limit=2**25)
        self.port = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        self.loop.run(self._close())

    async def _close(self) -> None:
        self._server.close()
        for writer in list(self._open):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            await _Session(self, reader, writer).run()
        except (ConnectionError, asyncio.IncompleteReadError):
            writer.transport.abort()
        finally:
            self._open.discard(writer)
            writer.close()

    def to(self, recipient: str) -> list[Mail]:
        return [mail for mail in self.mails if recipient in mail.recipients]

    def wait(self, recipient: str, count: int = 1, seconds: float = 20) -> list[Mail]:
        return until(
            lambda: found if len(found := self.to(recipient)) >= count else [], seconds, f"mail to {recipient}"
        )


class _Session:
    def __init__(self, relay: FakeRelay, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.relay, self.reader, self.writer = relay, reader, writer
        self.encrypted, self.login = relay.implicit, ""
        self.sender: str | None = None
        self.recipients: list[str] = []

    async def say(self, *lines: str) -> None:
        for line in lines:
            self.writer.write(f"{line}\r\n".encode())
        await self.writer.drain()

    async def line(self) -> str:
        raw = await self.reader.readuntil(b"\n")
        if not raw.endswith(b"\r\n"):
            self.relay.problems.append(f"bare LF after {raw[:60]!r}")
        return raw.decode("utf-8", "surrogateescape").rstrip("\r\n")

    async def run(self) -> None:
        await self.say("220 relay.example ESMTP")
        while True:
            line = await self.line()
            verb, _, rest = line.partition(" ")
            handler = getattr(self, f"_{verb.lower()}", None)
            if verb.upper() == "QUIT":
                await self.say("221 bye")
                return
            await (handler(rest) if handler else self.say("502 unknown command"))

    async def _ehlo(self, rest: str) -> None:
        words = ["PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE 35000000", "ENHANCEDSTATUSCODES"]
        if self.relay.tls and not self.encrypted:
            words.append("STARTTLS")
        elif self.relay.users:
            words.append("AUTH PLAIN LOGIN")
        await self.say(*[f"250-{word}" for word in ["relay.example", *words[:-1]]], f"250 {words[-1]}")

    async def _helo(self, rest: str) -> None:
        await self.say("250 relay.example")

    async def _starttls(self, rest: str) -> None:
        if not self.relay.tls or self.encrypted:
            await self.say("502 no")
            return
        await self.say("220 go ahead")
        await self.writer.start_tls(self.relay.tls)
        self.encrypted = True

    async def _auth(self, rest: str) -> None:
        method, _, first = rest.partition(" ")
        if method.upper() == "PLAIN":
            first = first or await self._ask("")
            _, name, password = base64.b64decode(first).decode().split("\0")
        else:
            name = base64.b64decode(first or await self._ask("VXNlcm5hbWU6")).decode()
            password = base64.b64decode(await self._ask("UGFzc3dvcmQ6")).decode()
        self.login = name if self.relay.users.get(name) == password else ""
        await self.say("235 welcome" if self.login else "535 5.7.8 authentication failed")

    async def _ask(self, challenge: str) -> str:
        await self.say(f"334 {challenge}")
        return await self.line()

    async def _mail(self, rest: str) -> None:
        found = re.match(r"FROM:<([^>]*)>", rest, re.IGNORECASE)
        if not found:
            self.relay.problems.append(f"MAIL {rest}")
            await self.say("501 syntax")
        elif self.relay.users and not self.login:
            await self.say("530 5.7.0 authentication required")
        else:
            self.sender, self.recipients = found[1], []
            await self.say("250 ok")

    async def _rcpt(self, rest: str) -> None:
        found = re.match(r"TO:<([^>]+)>", rest, re.IGNORECASE)
        if self.sender is None or not found:
            await self.say("503 no")
        elif found[1] in self.relay.refuse:
            await self.say(self.relay.refuse[found[1]])
        else:
            self.recipients.append(found[1])
            await self.say("250 ok")

    async def _data(self, rest: str) -> None:
        if not self.recipients:
            await self.say("554 no valid recipients")
            return
        await self.say("354 go ahead")
        content = await self.reader.readuntil(b"\r\n.\r\n")
        self.relay.dots += 1
        self._inspect(content)
        planned = self.relay.plan.pop(0) if self.relay.plan else ""
        content = content.removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n.")
        if planned[:1] in ("4", "5"):
            await self.say(planned)
            return
        self.relay.mails.append(Mail(self.sender or "", self.recipients, content, self.encrypted, self.login))
        if planned == "lose the answer":
            self.writer.transport.abort()
            return
        if planned == "hang":
            await asyncio.sleep(3600)
        await self.say("250 2.0.0 queued")
        self.sender = None

    def _inspect(self, content: bytes) -> None:
        if b"\n" in content.replace(b"\r\n", b"") or b"\r" in content.replace(b"\r\n", b""):
            self.relay.problems.append("bare CR or LF in the mail")
        if any(len(line) > LONGEST_LINE for line in content.split(b"\r\n")):
            self.relay.problems.append("a line of more than 998 octets")

    async def _rset(self, rest: str) -> None:
        self.sender, self.recipients = None, []
        await self.say("250 ok")

    async def _noop(self, rest: str) -> None:
        await self.say("250 ok")


class Stranger:
    """An SMTP client that says exactly what it is told, byte for byte."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), 20)
        self.file = self.socket.makefile("rb")
        self.greeting = self.reply()

    def __enter__(self) -> "Stranger":
        return self

    def __exit__(self, *_: Any) -> None:
        self.file.close()
        self.socket.close()

    def reply(self) -> str:
        lines = []
        while True:
            line = self.file.readline().decode(errors="replace").rstrip("\r\n")
            lines.append(line)
            if line[3:4] != "-":
                return "\n".join(lines)

    def say(self, line: str) -> str:
        self.write(f"{line}\r\n".encode())
        return self.reply()

    def write(self, content: bytes) -> None:
        self.socket.sendall(content)

    def mail(self, sender: str, recipient: str, content: bytes) -> str:
        """A whole transaction; the reply to the final dot, or the one that stopped it."""
        steps = ("EHLO stranger.example", f"MAIL FROM:<{sender}>", f"RCPT TO:<{recipient}>", "DATA")
        for step in steps:
            answer = self.say(step)
            if answer[0] not in "23":
                return answer
        self.write(dotted(content))
        return self.reply()


def dotted(content: bytes) -> bytes:
    body = content.replace(b"\r\n.", b"\r\n..")
    body = b"." + body if body.startswith(b".") else body
    return (body if body.endswith(b"\r\n") else body + b"\r\n") + b".\r\n"


def post(port: int, sender: str, recipient: str, content: bytes | EmailMessage) -> str:
    """Hand one mail to the listener; its last reply."""
    if isinstance(content, EmailMessage):
        content = content.as_bytes(policy=email.policy.SMTP)
    with Stranger(port) as stranger:
        return stranger.mail(sender, recipient, content)
