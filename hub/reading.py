"""Reads risky bytes in a child process that may die: limited in time and memory, replaced when it is lost.

A mail that makes the parser raise, recurse, loop or eat memory costs one child and is set aside; the next mail
is read by the next child. Adapters that parse nothing difficult are read in this process.
"""

import asyncio
import logging
import os
import pickle
import resource
import struct
import sys
from asyncio import subprocess
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from hub.channel import Channel, Raw, Tools
from hub.clock import SystemClock
from hub.errors import ReadDeferred, Unreadable
from hub.model import Event

SECONDS = 8.0  # for one unit, of real time
START_SECONDS = 30.0
MEMORY = 700_000_000  # bytes of address space for the child
CHILDREN = 2  # so that one slow mail does not hold up the others
RECURSION = 800
HOME = str(Path(__file__).parents[1])  # where the child finds us, whatever the current directory is
_HEADER = struct.Struct(">I")

log = logging.getLogger("hub.reading")


class Reader:
    """`read` runs `channel.read`, in a child when the channel asks for it. Children start on first use."""

    def __init__(self, children: int = CHILDREN) -> None:
        self._free: asyncio.LifoQueue[_Child] = asyncio.LifoQueue()
        self._children = [_Child() for _ in range(children)]
        for child in self._children:
            self._free.put_nowait(child)

    async def read(self, channel: Channel, raw: Raw) -> tuple[Event, ...]:
        """Raises Unreadable when the bytes can never be read, ReadDeferred when the child could not be had."""
        if not channel.reads_in_child:
            return channel.read(raw)
        child = await self._free.get()
        try:
            return await child.read(channel, raw)
        finally:
            self._free.put_nowait(child)

    async def close(self) -> None:
        for child in self._children:
            await child.stop()


class _Child:
    """One process that reads one unit at a time, over a pipe."""

    def __init__(self) -> None:
        self._process: subprocess.Process | None = None

    async def read(self, channel: Channel, raw: Raw) -> tuple[Event, ...]:
        process = await self._started()
        kind = (type(channel).__module__, type(channel).__qualname__)
        settings = channel.settings.model_dump()
        job = pickle.dumps((kind, channel.name, settings, raw.kind, raw.provider_id, raw.body, dict(raw.envelope)))
        try:
            answer = await asyncio.wait_for(self._ask(process, job), SECONDS)
        except TimeoutError:
            await self.stop()
            raise Unreadable(f"reading it took longer than {SECONDS:g} seconds") from None
        except (OSError, EOFError, asyncio.IncompleteReadError):
            await self.stop()
            raise Unreadable("reading it killed the reader: too much memory or too deep a structure") from None
        kind_of_answer, value = pickle.loads(answer)  # noqa: S301 - written by our own child
        if kind_of_answer == "events":
            events: tuple[Event, ...] = value
            return events
        raise Unreadable(value)

    async def _started(self) -> subprocess.Process:
        if self._process is not None and self._process.returncode is None:
            return self._process
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "hub.reading"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (HOME, os.environ.get("PYTHONPATH"))))},
            start_new_session=True,  # Ctrl+C on the terminal is for the hub; the child ends with its pipe
        )
        try:
            await asyncio.wait_for(_receive(process), START_SECONDS)
        except (TimeoutError, OSError, asyncio.IncompleteReadError) as trouble:
            process.kill()
            await process.wait()
            raise ReadDeferred(f"the reader does not start: {trouble}") from trouble
        self._process = process
        return process

    async def _ask(self, process: subprocess.Process, job: bytes) -> bytes:
        assert process.stdin is not None
        process.stdin.write(_HEADER.pack(len(job)) + job)
        await process.stdin.drain()
        return await _receive(process)

    async def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()


async def _receive(process: subprocess.Process) -> bytes:
    assert process.stdout is not None
    (length,) = _HEADER.unpack(await process.stdout.readexactly(_HEADER.size))
    return await process.stdout.readexactly(length)


def main() -> None:
    """The child: say hello, then answer one job after the other until the pipe closes."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.setrecursionlimit(RECURSION)
    incoming, outgoing = sys.stdin.buffer, sys.stdout.buffer
    channels: dict[str, Channel] = {}
    _write(outgoing, b"ready")
    while header := incoming.read(_HEADER.size):
        job = incoming.read(_HEADER.unpack(header)[0])
        _write(outgoing, _answer(channels, job))


def _answer(channels: dict[str, Channel], job: bytes) -> bytes:
    (module, name), channel_name, settings, kind, provider_id, body, envelope = pickle.loads(job)  # noqa: S301
    try:
        if channel_name not in channels:
            channels[channel_name] = _rebuild(module, name, channel_name, settings)
        events = channels[channel_name].read(Raw(kind, provider_id, body, envelope))
        return pickle.dumps(("events", events))
    except Unreadable as unreadable:
        return pickle.dumps(("unreadable", str(unreadable)))
    except Exception as bug:
        return pickle.dumps(("unreadable", f"{type(bug).__name__}: {str(bug)[:500]}"))


def _rebuild(module: str, name: str, channel_name: str, settings: Mapping[str, Any]) -> Channel:
    """The same adapter without a network: `read` is pure."""
    adapter: type[Channel] = getattr(import_module(module), name)
    nothing: Any = None
    tools = Tools(session=nothing, fetch=nothing, clock=SystemClock(), base_url="", secret=b"")
    return adapter(channel_name, adapter.Settings.model_validate(settings), tools)


def _write(outgoing: Any, answer: bytes) -> None:
    outgoing.write(_HEADER.pack(len(answer)) + answer)
    outgoing.flush()


if __name__ == "__main__":
    main()
