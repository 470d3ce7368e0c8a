"""One visitor's socket: hello, then messages both ways. What they say is stored before they hear "accepted".

Frames are JSON objects; docs/channels/webchat.md lists them. The visitor's token is the only key, no cookie counts.
A ping after every answer shows that the device got it: the pong makes it "delivered".
"""

import asyncio
import json
import logging
from contextlib import suppress
from typing import Any

from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from hub.channel import Channel
from hub.context import Hub
from hub.errors import HubError, InvalidInput, StoreUnavailable
from hub.ids import new_id
from hub.store.webchat import ChatMessage, list_page
from hub.web.chat.allowances import per_minute, saying
from hub.web.chat.callbacks import call_of, keep_call
from hub.web.chat.frames import MAX_FRAME, hello_of, message_frame, said_of
from hub.web.chat.rooms import ROOMS, Rooms
from hub.web.chat.site import chat_channel, is_welcome
from hub.web.keys import HUB
from hub.web.security import network_at
from hub.webchat.presence import customer_types
from hub.webchat.visitor_identity import Identity, read_identity
from hub.webchat.visitors import Guest, Said, admit, keep_contact, mark_arrived, mark_read_until, say

SEND_WITHIN = 10.0
PING_EVERY = 25.0
SILENT_FOR = 75.0
PAGE = 100
FRAMES_PER_MINUTE = 1200
STORE_AWAY = 1.0

log = logging.getLogger("hub.web.chat")


async def show(request: web.Request) -> web.StreamResponse:
    hub, rooms, channel = request.app[HUB], request.app[ROOMS], chat_channel(request)
    if not is_welcome(request, channel):
        raise web.HTTPForbidden
    if not web.WebSocketResponse().can_prepare(request).ok:
        headers = {"Upgrade": "websocket", "Connection": "Upgrade"}
        return web.Response(status=426, text="This address speaks WebSocket only.\n", headers=headers)
    network = network_at(request)
    if not rooms.admit(network, channel.settings.connections_per_ip):
        raise web.HTTPTooManyRequests(headers={"Retry-After": "10"})
    try:
        socket = web.WebSocketResponse(max_msg_size=MAX_FRAME, autoping=False, compress=False)
        await socket.prepare(request)
        await ChatSocket(hub, rooms, channel, socket, network).run()
        return socket
    finally:
        rooms.dismiss(network)


class Gone(Exception):
    """The visitor left, or does not take what is sent."""


class ChatSocket:
    """The reader answers the visitor; the pump shows what is new since the last place."""

    def __init__(self, hub: Hub, rooms: Rooms, channel: Channel, socket: web.WebSocketResponse, network: str) -> None:
        self.hub, self.rooms, self.channel, self.socket, self.network = hub, rooms, channel, socket, network
        self.guest: Guest | None = None
        self.visitor_id, self._stranger = "", new_id()
        self._place = 0
        self._news = asyncio.Event()
        self._typing = ""
        self._own: set[str] = set()
        self._pings, self._pinged_at = 0, asyncio.get_running_loop().time()
        self._shown: dict[int, list[str]] = {}

    def wake(self) -> None:
        self._news.set()

    def show_typing(self, author: str) -> None:
        self._typing = author or self.hub.settings.company.name
        self._news.set()

    async def go_away(self) -> None:
        with suppress(ConnectionError, TimeoutError):
            async with asyncio.timeout(1.0):
                await self.socket.close(code=WSCloseCode.GOING_AWAY)

    async def run(self) -> None:
        try:
            guest = await self._greet()
            pump = asyncio.create_task(self._pump(guest))
            try:
                await self._listen(guest)
            finally:
                pump.cancel()
                await asyncio.gather(pump, return_exceptions=True)
        except (Gone, TimeoutError, ConnectionError):
            log.debug("a visitor of %s left", self.channel.name)
        finally:
            if self.guest:
                self.rooms.leave(self, self.guest.customer_id)
            await self.go_away()

    async def _greet(self) -> Guest:
        async with asyncio.timeout(self.rooms.hello_within):
            frame = await self._receive()
        token, since, claimed = hello_of(frame) if frame.get("type") == "hello" else await self._refuse_hello()
        identity = await self._identify(claimed)
        guest = self.guest = await admit(self.hub, self.channel.name, token, identity, self.network)
        self.visitor_id = guest.visitor.id
        self.rooms.join(self, guest.customer_id)
        newest = await self.hub.live.last()  # gives a place to what has none yet
        self._place = since if since <= newest else 0  # beyond it: from before the store was restored
        await self._send({"type": "welcome", "token": guest.token, "seq": self._place})
        return guest

    async def _refuse_hello(self) -> tuple[str, int, object]:
        await self._say_error("say hello first")
        raise Gone

    async def _identify(self, claimed: object) -> Identity:
        try:
            return read_identity(claimed, self.channel.settings.identity_secret, self.hub.clock.now())
        except InvalidInput as wrong:
            await self._say_error(str(wrong))
            return Identity()

    # what the visitor says

    async def _listen(self, guest: Guest) -> None:
        while True:
            frame = await self._receive()
            try:
                await self._obey(guest, frame)
            except StoreUnavailable:
                await self._say_error("we cannot take messages just now, try again soon", frame)
            except HubError as refused:
                await self._say_error(str(refused), frame)

    async def _obey(self, guest: Guest, frame: dict[str, Any]) -> None:
        match frame.get("type"):
            case "message":
                await self._take(guest, frame)
            case "callback":
                await self._call_back(guest, frame)
            case "typing":
                self._whisper(guest)
            case "read":
                await mark_read_until(self.hub, guest, str(frame.get("id", "")))
            case "contact":
                await keep_contact(self.hub, guest, read_identity({**frame, "hash": ""}, None))
                await self._send({"type": "noted"})
            case _:
                raise InvalidInput("this type of frame is not known")

    async def _take(self, guest: Guest, frame: dict[str, Any]) -> None:
        await self._check_pace(guest)
        said = await said_of(self.hub, guest, frame)
        self._own.add(said.client_id)
        await self._keep(guest, said)

    async def _call_back(self, guest: Guest, frame: dict[str, Any]) -> None:
        await self._check_pace(guest)
        await self._keep(guest, await call_of(self.hub, self.channel, guest, frame))

    async def _keep(self, guest: Guest, said: Said) -> None:
        message = await say(self.hub, self.channel, guest, said)
        if said.phone:
            await keep_call(self.hub, message, said.phone)
        self.visitor_id = guest.visitor.id
        self.rooms.join(self, guest.customer_id)
        await self._send({"type": "accepted", "client_id": said.client_id, "id": message.id})
        self.wake()

    async def _check_pace(self, guest: Guest) -> None:
        settings = self.channel.settings
        limits = saying(guest, self.network, settings.messages_per_minute, settings.visitors_per_minute)
        if await self.hub.limiter.take(limits):
            raise InvalidInput("too many messages at once, wait a moment", code="too_fast")

    def _whisper(self, guest: Guest) -> None:
        if guest.customer_id:
            customer_types(self.hub, guest.customer_id, guest.name)

    # what the visitor is shown

    async def _pump(self, guest: Guest) -> None:
        try:
            while True:
                self._news.clear()
                await self._show_news(guest)
                if self._typing:
                    author, self._typing = self._typing, ""
                    await self._send({"type": "typing", "author": author})
                await self._wait_for_news()
        except Gone:
            await self.go_away()

    async def _wait_for_news(self) -> None:
        try:
            async with asyncio.timeout_at(self._pinged_at + PING_EVERY):
                await self._news.wait()
        except TimeoutError:
            await self._ping([])

    async def _show_news(self, guest: Guest) -> None:
        full = True
        while full:
            try:
                page = await self.hub.store.read(list_page, guest.visitor, self._place, PAGE)
            except StoreUnavailable:
                await asyncio.sleep(STORE_AWAY)
                continue
            self._move(guest, page.customer_id)
            for line in page.lines:
                if not self._is_own(line):
                    await self._send(message_frame(self.hub, guest, line, page.files.get(line.id, ())))
                self._place = line.seq
            answers = [line.id for line in page.lines if line.direction == "out"]
            if answers:
                await self._ping(answers)
            full = len(page.lines) == PAGE

    def _move(self, guest: Guest, customer_id: str | None) -> None:
        """The visitor has become a customer, or two customers have become one; or was erased, and nobody is here."""
        if guest.customer_id and customer_id is None:
            raise Gone
        if customer_id != guest.customer_id:
            self.rooms.leave(self, guest.customer_id)
            guest.customer_id = customer_id
            self.rooms.join(self, customer_id)

    def _is_own(self, line: ChatMessage) -> bool:
        """Said on this very socket, where it is on the screen already."""
        return line.direction == "in" and line.client_id in self._own

    # the wire

    async def _receive(self) -> dict[str, Any]:
        """The next JSON object; raises Gone when there is none to come, or too much, whatever it is."""
        while True:
            try:
                message = await self.socket.receive(timeout=SILENT_FOR)
            except TimeoutError:
                raise Gone from None
            if await self.rooms.frames.take([per_minute(self.visitor_id or self._stranger, FRAMES_PER_MINUTE)]):
                await self._say_error("too much at once")
                raise Gone
            if message.type is WSMsgType.TEXT:
                frame = _object(message.data)
                if frame is not None:
                    return frame
                await self._say_error("a frame is a JSON object")
            elif message.type in (WSMsgType.PING, WSMsgType.PONG):
                await self._answer_ping(message)
            else:
                raise Gone

    async def _answer_ping(self, message: WSMessage) -> None:
        if message.type is WSMsgType.PING:
            await self.socket.pong(message.data)
        elif message.data.isdigit() and self.guest:
            number = int(message.data)
            arrived = [id for ping in [p for p in self._shown if p <= number] for id in self._shown.pop(ping)]
            if arrived:
                await mark_arrived(self.hub, self.guest, arrived)

    async def _ping(self, shown: list[str]) -> None:
        self._pings, self._pinged_at = self._pings + 1, asyncio.get_running_loop().time()
        if shown:
            self._shown[self._pings] = shown
        await self._in_time(self.socket.ping(str(self._pings).encode()))

    async def _say_error(self, title: str, about: dict[str, Any] | None = None) -> None:
        client_id = (about or {}).get("client_id")
        same = {"client_id": client_id} if isinstance(client_id, str) else {}
        await self._send({"type": "error", "title": title, **same})

    async def _send(self, frame: dict[str, Any]) -> None:
        await self._in_time(self.socket.send_str(json.dumps(frame)))

    async def _in_time(self, sending: Any) -> None:
        """Visitors who do not take what is sent are dropped; they catch up from their place when they are back."""
        try:
            async with asyncio.timeout(SEND_WITHIN):
                await sending
        except (TimeoutError, ConnectionError):
            raise Gone from None


def _object(text: str) -> dict[str, Any] | None:
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return frame if isinstance(frame, dict) else None
