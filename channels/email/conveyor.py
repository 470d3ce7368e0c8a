"""One connection that hands over many mails: it takes the next one as soon as it has had its answer.

Where the server allows it (RFC 2920), the next envelope rides behind the body of the mail before. A mail whose body was
written and not answered is doubtful; one that was only announced has surely not left, and another connection takes it.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from hub.errors import SendDeferred, SendDoubtful, SendError
from hub.model import Sent

from .refusals import refusal
from .smtp_connection import DATA_SECONDS, ENVELOPE_SECONDS, MAILS_PER_CONNECTION, Connection, no_smtputf8
from .wire import GOODBYE, READY_FOR_DATA, Answer, Wire

LOOK_EVERY = 5.0  # seconds between looks for answers that do not come
SLOW = 1.0  # seconds without an answer after which a connection is not counted on
DOT = b"."
ANNOUNCED_AT_MOST = 3  # times, on connections that are lost before the body

Ended = Callable[[int, Sent | SendError], None]
Rests = Callable[["Conveyor"], None]


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail with its envelope. body: dots doubled, with the final one; message_id: what it is known by."""

    sender: str
    recipient: str
    body: bytes
    message_id: str


@dataclass(slots=True)
class Job:
    """One letter of a batch. tries: how often it was announced."""

    letter: Letter
    place: int
    batch: "Batch"
    tries: int = 0

    def end(self, answer: Sent | SendError) -> None:
        self.batch.end(self.place, answer)


class Batch:
    """done: when every letter of it has its answer."""

    def __init__(self, count: int, ended: Ended) -> None:
        self._left, self._ended = count, ended
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def end(self, place: int, answer: Sent | SendError) -> None:
        self._ended(place, answer)
        self._left -= 1
        if not self._left and not self.done.done():
            self.done.set_result(None)


class Conveyor(Wire):
    """One connection's part: announces, hands over and reads answers without a task or a future for each mail."""

    def __init__(self, connection: Connection, jobs: deque[Job], is_awaited: Callable[[], bool], rests: Rests) -> None:
        """is_awaited: somebody else needs a connection, this one is given back after the mail it has begun; rests is
        told that there is nothing to hand over."""
        super().__init__(connection.wire.transport)
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._connection, self._jobs = connection, jobs
        self._is_awaited, self._rests = is_awaited, rests
        self.rests_since = 0.0
        self._expected: deque[bytes] = deque()
        self._unsaid: list[bytes] = []
        self._announced: Job | None = None
        self._leaving: Job | None = None
        self._refused: SendError | None = None
        self._heard_at = time.monotonic()

    async def run(self) -> None:
        """Until there has been nothing to hand over for a while, or the connection is lost."""
        self.go_on()
        while not self.finished.done():
            await asyncio.wait({self.finished}, timeout=LOOK_EVERY)
            patience = DATA_SECONDS if self._leaving else ENVELOPE_SECONDS
            if (self._leaving or self._announced) and time.monotonic() - self._heard_at > patience:
                self._lose("timeout")
        if self.alive:
            self.transport.set_protocol(self._connection.wire)

    @property
    def pipelining(self) -> bool:
        return self._connection.pipelining

    def is_slow(self) -> bool:
        return self._leaving is not None and time.monotonic() - self._heard_at > SLOW

    def finish(self) -> None:
        """The connection is given back."""
        if not self.finished.done():
            self.finished.set_result(None)

    def go_on(self, data: bytes = b"") -> None:
        """Write it, and behind it the next envelope where the server allows that."""
        if not self._expected:
            self._heard_at = time.monotonic()  # it is asked from now on
        if self._announced is None and (self._leaving is None or self._connection.pipelining):
            self._announced = self._next()
            data += self._commands(self._announced.letter) if self._announced else b""
        if data:
            self.transport.write(data)
        elif self._announced is None and self._leaving is None:
            self._rest()

    def _rest(self) -> None:
        if self._is_used_up(0) or self.finished.done():
            self.finish()
        else:
            self.rests_since = time.monotonic()
            self._rests(self)

    def _is_used_up(self, leaving: int) -> bool:
        """It has carried its share, or somebody else needs a connection."""
        return self._connection.mails + leaving >= MAILS_PER_CONNECTION or self._is_awaited()

    def _next(self) -> Job | None:
        if self._is_used_up(1 if self._leaving else 0):
            return None
        while self._jobs:
            job = self._jobs.popleft()
            if self._connection.utf8 or (job.letter.sender + job.letter.recipient).isascii():
                return job
            job.end(no_smtputf8())
        return None

    def _commands(self, letter: Letter) -> bytes:
        commands = self._connection.commands(letter.sender, letter.recipient, len(letter.body))
        if self._connection.soiled:
            self._connection.soiled = False
            commands.insert(0, b"RSET\r\n")
        self._refused = None
        said, self._unsaid = (commands, []) if self._connection.pipelining else (commands[:1], commands[1:])
        self._expected.extend(command[:4] for command in said)
        return b"".join(said)

    def put(self, answer: Answer) -> None:
        if self.finished.done():
            self._shun()  # what the server still says is about nobody
            self.transport.abort()
            return
        self._heard_at = time.monotonic()
        if not self._expected:
            self._lose(f"the server said {answer}")
            return
        verb = self._expected.popleft()
        if verb == DOT:
            self._taken(answer)
        elif answer.code == GOODBYE:
            self._connection.refused()
            self._lose(f"the server said {answer}")
        elif verb == b"DATA":
            self._asked(answer)
        else:
            self._agreed(verb, answer)

    def _taken(self, answer: Answer) -> None:
        job, self._leaving = self._leaving, None
        assert job
        self._connection.mails += 1
        job.end(Sent(job.letter.message_id) if answer.good else refusal(answer))
        if answer.code == GOODBYE:
            self._connection.refused()
            self._lose(f"the server said {answer}")
        else:
            self.go_on()

    def _agreed(self, verb: bytes, answer: Answer) -> None:
        """An answer to RSET, MAIL or RCPT."""
        if not answer.good and self._refused is None:
            self._refused = refusal(answer, verb)
        if self._unsaid and self._refused is None:
            command = self._unsaid.pop(0)
            self._expected.append(command[:4])
            self.transport.write(command)
        elif not self._connection.pipelining:
            self._refuse(refusal(answer, verb))

    def _asked(self, answer: Answer) -> None:
        """An answer to DATA: the body follows when everything before was taken."""
        if self._refused is not None or answer.code != READY_FOR_DATA:
            self._refuse(self._refused or refusal(answer, b"DATA"), asked=answer.code == READY_FOR_DATA)
            return
        job, self._announced = self._announced, None
        assert job
        self._leaving = job
        self._expected.append(DOT)
        self.go_on(job.letter.body)

    def _refuse(self, error: SendError, *, asked: bool = False) -> None:
        """asked: the server waits for a body although it took no recipient, so only a hang-up can follow."""
        job, self._announced, self._unsaid = self._announced, None, []
        assert job
        self._connection.soiled = True
        job.end(error)
        if asked:
            self._lose("no recipient")
        else:
            self.go_on()

    def _shun(self) -> None:
        """Nobody uses this connection any more: also when it is lost in the instant in which it is given back."""
        self.alive = self._connection.wire.alive = False

    def _lose(self, why: str) -> None:
        self._shun()
        if self.finished.done():
            return
        self.transport.abort()
        if self._leaving:
            self._leaving.end(SendDoubtful(f"the mail was handed over, but no answer came ({why})"))
        if self._announced:
            self._give_back(self._announced, why)
        self.finish()

    def _give_back(self, job: Job, why: str) -> None:
        """Surely not left: another connection may take it."""
        job.tries += 1
        if job.tries < ANNOUNCED_AT_MOST:
            self._jobs.appendleft(job)
        else:
            job.end(SendDeferred(f"the connection was lost before the mail left ({why})"))

    def connection_lost(self, exc: Exception | None) -> None:
        self._lose(str(exc) if exc else "the connection was lost")
