"""Tells browsers what happened: one stream of events per process, framed once, the same bytes for everybody.

An event says what changed and where, never its content: the page fetches what it may see. Whoever reads too
slowly is cut off and comes back with `?since=`; nothing is lost, because the events stand in the store.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence, Set
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from aiohttp import HttpVersion11, web
from sqlalchemy import Connection

from hub.context import Hub
from hub.errors import StoreUnavailable
from hub.live import Ephemeral
from hub.store.events import Happening
from hub.store.teams import CHANGED
from hub.store.visibility import Visibility, list_seen_conversations, list_seen_customers
from hub.web.guard import signed_in_afresh
from hub.web.hearing import ear_of, heard_by
from hub.web.keys import HUB, SESSION, VISIBILITY
from hub.web.presence import AGENT_LOOKS
from hub.webchat.presence import CUSTOMER_TYPES

REPLAY = 500  # events after which a page is told to load itself anew
MOST_WAITING = 512_000  # octets one slow browser may leave unread: several pages of events
PAUSE = 2.0  # seconds before a lost store is tried again
PULSE = 15.0  # seconds between signs of life, at each of which we ask whether the session still holds
HEADERS = {"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
PER_SESSION = 16  # streams of one browser; its tabs share one
RESET = b"event: reset\ndata: {}\n\n"

ListSeen = Callable[[Connection, Visibility, Collection[str]], Set[str]]

log = logging.getLogger("hub.web.live")


@dataclass(frozen=True, slots=True)
class Frame:
    """What many browsers are told, framed once: plain for HTTP/1.0, chunk for HTTP/1.1 (RFC 9112, section 7.1)."""

    plain: bytes
    chunk: bytes

    @classmethod
    def of(cls, plain: bytes) -> "Frame":
        return cls(plain, b"%x\r\n%b\r\n" % (len(plain), plain) if plain else b"")


NOTHING = Frame.of(b"")
ALIVE = Frame.of(b": alive\n\n")
GONE = Frame.of(b"event: gone\ndata: {}\n\n")  # the session is over


class Stream:
    """One browser's stream. Words go straight to its connection; while they must not (it is still being told what it
    missed, or we ask whether it may listen on), they wait."""

    def __init__(self, transport: asyncio.Transport, who: Visibility, session: str, *, chunked: bool) -> None:
        self.agent_id = who.agent_id
        self.ear = ear_of(who)
        self.session = session
        self.lost = False
        self.asked = asyncio.Event()
        self._transport = transport
        self._chunked = chunked
        self._waiting: bytearray | None = bytearray()

    def give(self, words: Frame) -> None:
        framed = words.chunk if self._chunked else words.plain
        if not framed or self.lost:
            return
        unread = self._transport.get_write_buffer_size() if self._waiting is None else len(self._waiting)
        if unread > MOST_WAITING or self.left:
            self.cut()
            self._transport.abort()
        elif self._waiting is None:
            self._transport.write(framed)
        else:
            self._waiting += framed

    @property
    def left(self) -> bool:
        """The browser has hung up; the stream is held until its next pulse, or until another one is asked for."""
        return self._transport.is_closing()

    def flow(self) -> None:
        """What has waited goes out, and whatever comes from now on goes out at once."""
        waited, self._waiting = bytes(self._waiting or b""), None
        self.asked.clear()
        self.give(Frame(waited, waited))

    def doubt(self) -> None:
        """Ask whether it may listen on, before it hears more."""
        if self._waiting is None:
            self._waiting = bytearray()
        self.asked.set()

    def end(self, words: Frame) -> None:
        """The last words; what has waited is not for these ears any more."""
        self._waiting = None
        self.give(words)

    def cut(self) -> None:
        self.lost = True
        self.asked.set()


class Broadcast:
    """Follows the event table once for all browsers of this process."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._lines: set[Stream] = set()
        self._task: asyncio.Task[None] | None = None
        self._whispers: set[asyncio.Task[None]] = set()
        self.pulse = PULSE
        self.came = asyncio.Event()  # set when somebody comes who was not there, and then a new one

    @property
    def count(self) -> int:
        """Browsers that listen."""
        return sum(not line.left for line in self._lines)

    @property
    def listeners(self) -> set[str]:
        """Ids of the agents whose browsers listen."""
        return {line.agent_id for line in self._lines if not line.left}

    def count_of(self, session: str) -> int:
        """Streams of one session. Those whose browser has left are let go, before one more is held."""
        for line in self._lines:
            if line.left:
                line.cut()
        return sum(line.session == session and not line.left for line in self._lines)

    async def run(self, app: web.Application) -> AsyncIterator[None]:
        """The application's clean-up context."""
        self._task = asyncio.create_task(self._follow())
        stop_hearing = self._hub.live.on_ephemeral(self._hear)
        yield
        stop_hearing()
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def hang_up(self, app: web.Application | None = None) -> None:
        """Every browser is let go at once, and comes back: when the hub stops, to the next process."""
        for line in self._lines:
            line.cut()

    async def _follow(self) -> None:
        while True:
            try:
                async for page in self._hub.live.follow():
                    await self._tell(page)
            except StoreUnavailable:
                log.warning("the store is away, browsers hear nothing new")
            except Exception:
                log.exception("browsers hear nothing new")
            await asyncio.sleep(PAUSE)

    async def _tell(self, page: Sequence[Happening]) -> None:
        if any(one.type == CHANGED for one in page):
            await self.hang_up()  # everybody comes back at once, and is looked at anew
        changed = {one.agent_id for one in page if one.type == "agent.changed"}
        told = {ear: await self._framed_for(ear, page) for ear in {line.ear for line in self._lines}}
        for line in self._lines:
            if line.agent_id in changed:
                line.doubt()
            line.give(told.get(line.ear, NOTHING))

    async def _framed_for(self, ear: Visibility, page: Sequence[Happening]) -> Frame:
        try:
            return Frame.of(b"".join(map(framed, await heard_by(self._hub, ear, page)))) if page else NOTHING
        except StoreUnavailable:
            for line in self._lines:
                if line.ear == ear:
                    line.cut()  # it comes back and asks for what it missed
            return NOTHING

    def _hear(self, words: Ephemeral) -> None:
        """Somebody writes or looks: worth a frame, not worth a place in the order of events."""
        if words.get("what") == CUSTOMER_TYPES:
            told = {"typing": words.get("customer", ""), "name": words.get("name", "")}
            self._tell_those_who_see("typing", told, list_seen_customers, words.get("customer", ""))
        elif words.get("what") == AGENT_LOOKS:
            told = {name: words[name] for name in ("conversation", "agent", "name", "doing")}
            self._tell_those_who_see("presence", told, list_seen_conversations, words["conversation"])

    def _tell_those_who_see(self, event: str, told: Ephemeral, list_seen: ListSeen, id: str) -> None:
        frame = Frame.of(f"event: {event}\ndata: {json.dumps(told)}\n\n".encode())
        task = asyncio.ensure_future(self._whisper(frame, list_seen, id))
        self._whispers.add(task)
        task.add_done_callback(self._whispers.discard)

    async def _whisper(self, told: Frame, list_seen: ListSeen, id: str) -> None:
        ears = {line.ear for line in self._lines if line.ear.words}
        with suppress(StoreUnavailable):  # it may get lost
            near = {ear for ear in ears if ear.is_whole or id in await self._hub.store.read(list_seen, ear, (id,))}
            for line in self._lines:
                if line.ear in near:
                    line.give(told)

    @contextmanager
    def joined(self, line: Stream) -> Iterator[None]:
        fresh = line.agent_id not in self.listeners
        self._lines.add(line)
        if fresh:
            self.came.set()
            self.came = asyncio.Event()
        try:
            yield
        finally:
            self._lines.discard(line)


BROADCAST = web.AppKey("broadcast", Broadcast)


def framed(happening: Happening) -> bytes:
    data: dict[str, Any] = {
        "seq": happening.seq,
        "type": happening.type,
        "conversation": happening.conversation_id,
        "customer": happening.customer_id,
        "message": happening.message_id,
        "agent": happening.agent_id,
    }
    if named := happening.data.get("mentions") if isinstance(happening.data, dict) else None:
        data["mentions"] = named
    if told := happening.data.get("tell") if isinstance(happening.data, dict) else None:
        data["tell"] = told
    return f"id: {happening.seq}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n".encode()


async def show(request: web.Request) -> web.StreamResponse:
    """`?since=` (or Last-Event-ID) brings what was missed, then whatever happens."""
    since = _cursor(request)
    response = web.StreamResponse(headers=HEADERS)
    if request.transport is None:
        raise ConnectionResetError
    if request.app[BROADCAST].count_of(request[SESSION]) >= PER_SESSION:
        raise web.HTTPTooManyRequests(headers={"Retry-After": "5"})
    line = Stream(request.transport, request[VISIBILITY], request[SESSION], chunked=request.version >= HttpVersion11)
    with request.app[BROADCAST].joined(line), suppress(ConnectionResetError):  # the browser left
        await response.prepare(request)
        await response.write(b"retry: 2000\n\n" + (await _missed(request, line, since)))
        await _hold(request, line)
    return response


def _cursor(request: web.Request) -> int | None:
    text = request.headers.get("Last-Event-ID") or request.query.get("since", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 17 else None


async def _missed(request: web.Request, line: Stream, since: int | None) -> bytes:
    if since is None:
        return b""
    page = await request.app[HUB].live.since(since, REPLAY)
    if len(page) >= REPLAY:
        return RESET
    return b"".join(map(framed, await heard_by(request.app[HUB], line.ear, page)))


async def _hold(request: web.Request, line: Stream) -> None:
    """As long as the browser is there and its agent may listen."""
    line.flow()
    while True:
        with suppress(TimeoutError):
            async with asyncio.timeout(request.app[BROADCAST].pulse):
                await line.asked.wait()
        if line.lost:
            return
        line.doubt()
        if await signed_in_afresh(request) is None:
            line.end(GONE)
            return
        line.flow()
        line.give(ALIVE)
