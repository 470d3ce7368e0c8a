"""One SMTP connection after sign-in: whole envelopes in one write where the server allows it (RFC 2920).

aiosmtplib connects, encrypts and signs in; this protocol then takes over its transport, because aiosmtplib waits
for each answer before it sends the next command and looks at every byte of the body in Python.
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

MAX_REPLY = 32_768
SHORT = 100  # octets of a line that is remembered
ENHANCED = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b")
READY_FOR_DATA = 354
GOODBYE = 421


@dataclass(frozen=True, slots=True)
class Answer:
    """A server's reply: 250 2.1.5 Ok."""

    code: int
    text: str

    @property
    def good(self) -> bool:
        return self.code < 400

    @property
    def temporary(self) -> bool:
        return 400 <= self.code < 500

    @property
    def status(self) -> str:
        """The enhanced status code (RFC 3463), or ""."""
        match = ENHANCED.match(self.text)
        return match[1] if match else ""

    def __str__(self) -> str:
        return f"{self.code} {self.text}"[:500]


def _answer_of(lines: Sequence[bytes]) -> Answer:
    code = lines[-1][:3]
    texts = [line.rstrip(b"\r")[4:].decode("utf-8", "replace") for line in lines]
    return Answer(int(code) if code.isdigit() else 500, " ".join(texts))


@lru_cache(maxsize=64)
def _short_answer(line: bytes) -> Answer:
    """Of one line. Nearly all that a server says, it says again and again."""
    return _answer_of([line])


class Wire(asyncio.Protocol):
    """`ask` writes and gives as many answers as were asked for. alive: may it be used again."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self.alive = True
        self._buffer = b""
        self._begun: list[bytes] = []  # of an answer whose last line is not here yet
        self._answers: list[Answer] = []
        self._wanted = 0
        self._waiting: asyncio.Future[Sequence[Answer]] | None = None
        transport.set_protocol(self)

    async def ask(self, data: bytes, answers: int, seconds: float) -> Sequence[Answer]:
        """Raises ConnectionError or TimeoutError; the connection is useless then."""
        if not self.alive:
            raise ConnectionError("the server has closed the connection")
        self._wanted, self._waiting = answers, asyncio.get_running_loop().create_future()
        self.transport.write(data)
        try:
            async with asyncio.timeout(seconds):
                return await self._waiting
        except BaseException:
            self.close()
            raise
        finally:
            self._waiting = None

    def close(self) -> None:
        self.alive = False
        self.transport.abort()

    def quit(self) -> None:
        """Say goodbye without waiting for the answer."""
        if self.alive:
            self.alive = False
            self.transport.write(b"QUIT\r\n")
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            if line[3:4] == b"-":
                self._begun.append(line)
            elif self._begun:
                answer, self._begun = _answer_of([*self._begun, line]), []
                self.put(answer)
            else:
                self.put(_short_answer(line) if len(line) <= SHORT else _answer_of([line]))
        if len(self._buffer) + sum(map(len, self._begun)) > MAX_REPLY:
            self.connection_lost(ConnectionError("the server's reply is too long"))
            self.transport.abort()

    def put(self, answer: Answer) -> None:
        """A whole answer has come."""
        if answer.code == GOODBYE:
            self.alive = False
        if self._waiting is None or self._waiting.done():
            self.alive = False  # nobody asked: it says goodbye, or we no longer understand each other
            self.transport.abort()
            return
        self._answers.append(answer)
        if len(self._answers) == self._wanted or answer.code == GOODBYE:
            self._waiting.set_result(self._answers)
            self._answers = []

    def connection_lost(self, exc: Exception | None) -> None:
        self.alive = False
        if self._waiting and not self._waiting.done():
            self._waiting.set_exception(ConnectionError(f"the connection was lost{f': {exc}' if exc else ''}"))


def take_over(transport: asyncio.BaseTransport) -> Wire:
    return Wire(cast(asyncio.Transport, transport))
