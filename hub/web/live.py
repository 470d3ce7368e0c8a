"""Tells browsers what happened: one stream of events per process, framed once, the same bytes for everybody.

An event says what changed and where, never its content: the page fetches what it may see. Whoever reads too
slowly is cut off and comes back with `?since=`; nothing is lost, because the events stand in the store.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress

from aiohttp import web

from hub.context import Hub
from hub.errors import StoreUnavailable
from hub.live import Whisper
from hub.presence import CUSTOMER_TYPES
from hub.store.events import Happening
from hub.web.guard import signed_in_afresh
from hub.web.keys import AGENT, HUB
from hub.web.permissions import Permission, allows

REPLAY = 500  # events after which a page is told to load itself anew
WAITING = 2_000  # frames kept for one slow browser: several pages of events (the bytes are shared by all)
PAUSE = 2.0  # seconds before a lost store is tried again
PULSE = 15.0  # seconds of silence before a sign of life
HEADERS = {"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
RESET = b"event: reset\ndata: {}\n\n"
ALIVE = b": alive\n\n"

log = logging.getLogger("hub.web.live")


class Line:
    """One browser's stream: frames that wait to be written. leave: hangs up on a browser that does not read."""

    def __init__(self, *, inbox: bool, agent_id: str, leave: Callable[[], None]) -> None:
        self.inbox = inbox
        self._leave = leave
        self.agent_id = agent_id
        self.frames: asyncio.Queue[bytes] = asyncio.Queue(WAITING)
        self.lost = False
        self.doubted = False

    def give(self, happening: Happening, frame: bytes) -> None:
        if happening.type == "agent.changed" and happening.agent_id == self.agent_id:
            self.doubted = True
        if not (self.inbox or happening.type.startswith("campaign.")):
            frame = ALIVE if self.doubted else b""
        try:
            if frame:
                self.frames.put_nowait(frame)
        except asyncio.QueueFull:
            self.lost = True
            self._leave()

    def mention(self, frame: bytes) -> None:
        """Something that may get lost."""
        if self.inbox and not self.frames.full():
            self.frames.put_nowait(frame)

    def cut(self) -> None:
        self.lost = True
        if self.frames.empty():
            self.frames.put_nowait(b"")


class Broadcast:
    """Follows the event table once for all browsers of this process."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._lines: set[Line] = set()
        self._task: asyncio.Task[None] | None = None

    @property
    def count(self) -> int:
        """Browsers that listen."""
        return len(self._lines)

    async def run(self, app: web.Application) -> AsyncIterator[None]:
        """The application's clean-up context."""
        self._task = asyncio.create_task(self._follow())
        stop_hearing = self._hub.live.overhear(self._hear)
        yield
        stop_hearing()
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def hang_up(self, app: web.Application) -> None:
        """The hub stops: every browser is let go at once, and comes back to the next process."""
        for line in self._lines:
            line.cut()

    async def _follow(self) -> None:
        while True:
            try:
                async for page in self._hub.live.follow():
                    self._tell(page)
            except StoreUnavailable:
                log.warning("the store is away, browsers hear nothing new")
            except Exception:
                log.exception("browsers hear nothing new")
            await asyncio.sleep(PAUSE)

    def _tell(self, page: Sequence[Happening]) -> None:
        for happening in page:
            frame = framed(happening)
            for line in self._lines:
                line.give(happening, frame)

    def _hear(self, words: Whisper) -> None:
        """A customer is writing: worth a frame, not worth a place in the order of events."""
        if words.get("what") == CUSTOMER_TYPES:
            data = json.dumps({"typing": words.get("customer", ""), "name": words.get("name", "")})
            for line in self._lines:
                line.mention(f"event: typing\ndata: {data}\n\n".encode())

    @asynccontextmanager
    async def line(self, *, inbox: bool, agent_id: str, leave: Callable[[], None]) -> AsyncIterator[Line]:
        line = Line(inbox=inbox, agent_id=agent_id, leave=leave)
        self._lines.add(line)
        try:
            yield line
        finally:
            self._lines.discard(line)


BROADCAST = web.AppKey("broadcast", Broadcast)


def framed(happening: Happening) -> bytes:
    data = {
        "seq": happening.seq,
        "type": happening.type,
        "conversation": happening.conversation_id,
        "customer": happening.customer_id,
        "message": happening.message_id,
        "agent": happening.agent_id,
    }
    return f"id: {happening.seq}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n".encode()


async def show(request: web.Request) -> web.StreamResponse:
    """`?since=` (or Last-Event-ID) brings what was missed, then whatever happens."""
    agent = request[AGENT]
    since = _cursor(request)
    response = web.StreamResponse(headers=HEADERS)
    inbox = allows(agent.role, Permission.READ_CONVERSATIONS)
    transport = request.transport
    if transport is None:
        raise ConnectionResetError
    async with request.app[BROADCAST].line(inbox=inbox, agent_id=agent.id, leave=transport.abort) as line:
        with suppress(ConnectionResetError):  # the browser left
            await response.prepare(request)
            await response.write(b"retry: 2000\n\n" + (await _missed(request, line, since)))
            await _pour(request, response, line)
    return response


def _cursor(request: web.Request) -> int | None:
    text = request.headers.get("Last-Event-ID") or request.query.get("since", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 17 else None


async def _missed(request: web.Request, line: Line, since: int | None) -> bytes:
    if since is None:
        return b""
    page = await request.app[HUB].live.since(since, REPLAY)
    if len(page) >= REPLAY:
        return RESET
    return b"".join(framed(one) for one in page if line.inbox or one.type.startswith("campaign."))


async def _pour(request: web.Request, response: web.StreamResponse, line: Line) -> None:
    while not line.lost:
        try:
            async with asyncio.timeout(PULSE):
                frame = await line.frames.get()
        except TimeoutError:
            frame, line.doubted = ALIVE, True
        if line.doubted:
            line.doubted = False
            if await signed_in_afresh(request) is None:
                return
        while not line.frames.empty():
            frame += line.frames.get_nowait()
        await response.write(frame)
