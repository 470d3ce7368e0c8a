"""One signed-in SMTP connection: a mail's envelope, its body, and what the server says to them.

The body's final dot is the byte that cannot be taken back: `committing` is awaited after the server has taken the
recipient and asked for the body, and only what is lost after that is doubtful.
"""

import re
import time
from collections.abc import Callable, Sequence

from hub.channel import Committing
from hub.errors import SendDeferred, SendDoubtful, SendRejected

from .refusals import refusal
from .wire import GOODBYE, READY_FOR_DATA, Answer, Wire

ENVELOPE_SECONDS = 120.0
DATA_SECONDS = 600.0  # RFC 5321 section 4.5.3.2.6: a server may think that long about the final dot
CHECK_AFTER = 15.0  # seconds of rest after which a kept connection is asked whether it still lives
MAILS_PER_CONNECTION = 1_000
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
