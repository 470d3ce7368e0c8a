"""Reads stranger's bytes in a child process that may take so much time and memory and no more.

A mail made to hurt ends its child, not the hub: it is set aside as unreadable and the next one gets a fresh child.
Children start when the first mail comes and leave when none comes for a while; hub.inbound.parse_worker is their side.
"""

import asyncio
import logging
import os
import pickle
import signal
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from typing import Any, Protocol, cast

from hub.channel import Channel, Raw
from hub.errors import ReadDeferred, Unreadable
from hub.inbound.answers import DEFERRED, FAULT, HEADER, READ, UNREADABLE, Garbled, unpack
from hub.inbound.parse_worker import MEMORY_BYTES, READY, Seconds
from hub.model import Event

CHILDREN = 2  # the second one reads on while the first has a hard one
CPU_SECONDS = 4
WALL_SECONDS = 10.0
START_SECONDS = 30.0
IDLE_SECONDS = 300.0
LONGEST_ANSWER = MEMORY_BYTES  # octets: a child cannot hold more
HOME = str(Path(__file__).parents[2])  # where the child finds us, whatever the current directory is
PASSED_ON = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "LD_LIBRARY_PATH")  # ours holds secrets

log = logging.getLogger("hub.inbound.parse_pool")


class Reading(Protocol):
    """Runs `channel.read` where it can do no harm."""

    async def read(self, channel: Channel, raw: Raw) -> tuple[Event, ...]: ...

    async def close(self) -> None: ...


class PlainReading:
    """Reads in this process: for channels whose bytes are small and whose formats are simple."""

    async def read(self, channel: Channel, raw: Raw) -> tuple[Event, ...]:
        return channel.read(raw)

    async def close(self) -> None:
        """Nothing is held."""


class Broken(Exception):
    """The child ended without an answer, killed by a signal or not; or what it said is no answer."""

    def __init__(self, killed: int = 0, said: str = "") -> None:
        super().__init__(said or (signal.Signals(killed).name if killed else "exit"))
        self.killed = killed


class ParsePool:
    """Runs `channel.read`, in a child where the channel asks for it."""

    def __init__(
        self, *, children: int = CHILDREN, cpu_seconds: Seconds = CPU_SECONDS, wall_seconds: float = WALL_SECONDS
    ) -> None:
        self.cpu_seconds = cpu_seconds
        self.wall_seconds = wall_seconds
        self._turns = asyncio.Semaphore(children)
        self._idle: list[_Child] = []
        self._retirement: asyncio.TimerHandle | None = None

    async def read(self, channel: Channel, raw: Raw) -> tuple[Event, ...]:
        """Raises Unreadable, also for what takes too long or needs too much; ReadDeferred as the channel does."""
        if not channel.reads_in_child:
            return channel.read(raw)
        asked = pickle.dumps((channel.apart(), raw.kind, raw.provider_id, raw.body, dict(raw.envelope)))
        async with self._turns:
            self._stay()
            try:
                return await self._read_once(asked)
            except Broken as first:
                if first.killed == signal.SIGXCPU:
                    raise self._too_long() from first
                log.warning("a reading child ended (%s): once more", first)
            try:
                return await self._read_once(asked)
            except Broken as again:
                raise Unreadable(f"reading it ends the process that reads ({again})") from again

    async def _read_once(self, asked: bytes) -> tuple[Event, ...]:
        child = self._idle.pop() if self._idle else await _Child.start(self.cpu_seconds)
        try:
            verdict, answer = await asyncio.wait_for(child.ask(asked), self.wall_seconds)
        except TimeoutError:
            raise self._too_long() from None
        finally:
            if child.answered:
                self._idle.append(child)
            else:
                child.kill()
        if verdict == READ:
            return cast(tuple[Event, ...], answer)
        if verdict == FAULT:
            log.error("a reader has a fault:\n%s", answer)
            raise Unreadable(f"our reader has a fault: {(answer.strip() or 'unnamed').splitlines()[-1][:300]}")
        raise {UNREADABLE: Unreadable, DEFERRED: ReadDeferred}[verdict](answer)

    def _too_long(self) -> Unreadable:
        return Unreadable(f"reading it took longer than {self.cpu_seconds:g} s")

    def _stay(self) -> None:
        if self._retirement:
            self._retirement.cancel()
        self._retirement = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._retire)

    def _retire(self) -> None:
        while self._idle:
            self._idle.pop().kill()

    async def close(self) -> None:
        if self._retirement:
            self._retirement.cancel()
        children = list(self._idle)
        self._retire()
        for child in children:
            await child.process.wait()


class _Child:
    """One process and the pipe to it."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.answered = False

    @classmethod
    async def start(cls, cpu_seconds: Seconds) -> "_Child":
        """Raises ReadDeferred when it does not come up."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "hub.inbound.parse_worker", str(cpu_seconds), str(MEMORY_BYTES)),
            stdin=PIPE,
            stdout=PIPE,
            env=child_environment(),
            start_new_session=True,  # Ctrl+C on the terminal is for the hub; the child ends with its pipe
        )
        assert process.stdout
        try:
            await asyncio.wait_for(process.stdout.readexactly(len(READY)), START_SECONDS)
        except (TimeoutError, OSError, asyncio.IncompleteReadError) as trouble:
            child = cls(process)
            child.kill()
            raise ReadDeferred(f"the process that reads does not start: {trouble}") from trouble
        return cls(process)

    async def ask(self, asked: bytes) -> tuple[int, Any]:
        """Raises Broken when the child ends instead of answering, or says what is no answer."""
        self.answered = False
        writer, reader = self.process.stdin, self.process.stdout
        assert writer
        assert reader
        try:
            writer.write(HEADER.pack(len(asked)) + asked)
            await writer.drain()
            (size,) = HEADER.unpack(await reader.readexactly(HEADER.size))
            if size > LONGEST_ANSWER:
                raise Broken(said=f"an answer of {size:,} octets")
            answer = unpack(await reader.readexactly(size))
        except (asyncio.IncompleteReadError, ConnectionError) as ended:
            raise Broken(max(0, -await self.process.wait())) from ended
        except Garbled as garbled:
            raise Broken(said="an answer that is none") from garbled
        self.answered = True
        return answer

    def kill(self) -> None:
        if self.process.returncode is None:
            self.process.kill()


def child_environment() -> dict[str, str]:
    """What a child needs to run; the hub's own environment may hold passwords and keys (HUB_…)."""
    passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return {**passed, "PYTHONPATH": os.pathsep.join([HOME, *filter(None, sys.path)])}
