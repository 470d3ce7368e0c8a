"""An SMTP server whose every answer a test can order, on a real socket; it announces what the test wants."""

import asyncio
import base64
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

HANG_UP = "hang up"
STAY_SILENT = "stay silent"
LATE, LATE_SECONDS = "250 2.0.0 at last", 1.1  # longer than a connection is counted on


@dataclass
class Relay:
    """orders: verb (MAIL, RCPT, DATA, DOT, NOOP) -> what the next ones are answered; mails: taken with 250;
    user_of: whose an access token is, for AUTH; silent: it was asked and did not answer."""

    extensions: Sequence[str] = ("PIPELINING", "SIZE 10000000")
    orders: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    mails: list[tuple[str, bytes]] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    dots: int = 0
    connections: int = 0
    most_at_once: int = 0
    port: int = 0
    user_of: Callable[[str], str] = lambda token: ""
    silent: asyncio.Event = field(default_factory=asyncio.Event)
    open: set[asyncio.StreamWriter] = field(default_factory=set)

    def drop_connections(self) -> None:
        for writer in self.open:
            writer.transport.abort()


@asynccontextmanager
async def open_relay(*extensions: str) -> AsyncIterator[Relay]:
    relay = Relay(extensions or Relay.extensions)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        relay.connections += 1
        relay.open.add(writer)
        relay.most_at_once = max(relay.most_at_once, len(relay.open))
        try:
            await _Session(relay, reader, writer).run()
        except (ConnectionError, asyncio.IncompleteReadError):
            writer.transport.abort()
        finally:
            relay.open.discard(writer)
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=2**26)
    relay.port = server.sockets[0].getsockname()[1]
    yield relay
    server.close()
    relay.drop_connections()


class _Session:
    def __init__(self, relay: Relay, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.relay, self.reader, self.writer = relay, reader, writer
        self.sender: str | None = None
        self.recipients: list[str] = []

    async def say(self, answer: str) -> None:
        if answer == HANG_UP:
            raise ConnectionError
        if answer == STAY_SILENT:
            self.relay.silent.set()
            await self.reader.read()  # and hears no more, however much rides behind what it does not answer
            raise ConnectionError
        if answer == LATE:
            await asyncio.sleep(LATE_SECONDS)
        self.writer.write(f"{answer}\r\n".encode())
        await self.writer.drain()

    def ordered(self, verb: str, usual: str) -> str:
        return self.relay.orders[verb].pop(0) if self.relay.orders[verb] else usual

    async def run(self) -> None:
        await self.say("220 relay.example ESMTP")
        while True:
            line = (await self.reader.readuntil(b"\r\n")).decode().strip()
            verb = line[:4].upper()
            self.relay.commands.append(line)
            if verb == "QUIT":
                await self.say("221 bye")
                return
            answer = await self.answer(verb, line)
            if answer is not None:
                await self.say(answer)

    async def answer(self, verb: str, line: str) -> str | None:
        if verb == "EHLO":
            words = ["relay.example", *self.relay.extensions]
            return "\r\n".join(f"250{' ' if word is words[-1] else '-'}{word}" for word in words)
        if verb == "AUTH":
            return await self.sign_in(line)
        if verb == "RSET":
            self.sender, self.recipients = None, []
            return "250 reset"
        if verb == "MAIL":
            if self.sender is not None:
                return "503 nested MAIL"
            answer = self.ordered(verb, "250 ok")
            self.sender = line if answer.startswith("250") else None
            return answer
        if verb == "RCPT":
            answer = self.ordered(verb, "250 ok") if self.sender else "503 need MAIL"
            self.recipients += [line] if answer.startswith("250") else []
            return answer
        if verb == "DATA":
            return await self.data()
        return self.ordered(verb, "250 ok")

    async def sign_in(self, line: str) -> str:
        """XOAUTH2 and OAUTHBEARER (RFC 7628): the reasons for a no come first, and the no when they are answered."""
        words = base64.b64decode(line.split()[2]).decode().split("\1")
        token = next(word for word in words if word.startswith("auth=Bearer ")).removeprefix("auth=Bearer ")
        if self.relay.user_of(token):
            return self.ordered("AUTH", "235 2.7.0 Accepted")
        reasons = base64.b64encode(b'{"status":"invalid_token"}').decode()
        await self.say(f"334 {reasons}")
        self.relay.commands.append((await self.reader.readuntil(b"\r\n")).decode().strip())
        return "535 5.7.8 Username and Password not accepted"

    async def data(self) -> str | None:
        answer = self.ordered("DATA", "354 go on" if self.recipients else "554 no valid recipients")
        if not answer.startswith("354"):
            return answer
        await self.say(answer)
        content = await self.reader.readuntil(b"\r\n.\r\n")
        self.relay.dots += 1
        answer = self.ordered("DOT", "250 2.0.0 queued")
        if answer.startswith("250"):
            body = content[:-3].replace(b"\r\n.", b"\r\n")
            recipient = self.recipients[0].partition("<")[2].partition(">")[0]
            self.relay.mails.append((recipient, body))
        self.sender, self.recipients = None, []
        return answer
