"""A visitor of a web site who chats: JSON frames over a WebSocket, as the contract names them."""

import asyncio
import time
from typing import Any
from uuid import uuid4

import aiohttp

from tests.outsider.outside.loop import Loop


class Visitor:
    def __init__(self, loop: Loop, address: str, channel: str, token: str = "") -> None:
        self.loop, self.url = loop, f"{address}/chat/{channel}/socket"
        self.token = token
        self.frames: list[dict[str, Any]] = []

    def arrive(self, **hello: Any) -> dict[str, Any]:
        """Connect and say hello; the welcome."""
        self.loop.run(self._connect())
        self.send({"type": "hello", **({"token": self.token} if self.token else {}), **hello})
        welcome = self.wait("welcome")
        self.token = welcome["token"]
        return welcome

    async def _connect(self) -> None:
        self._session = aiohttp.ClientSession()
        self._socket = await self._session.ws_connect(self.url, max_msg_size=2**24)
        self._reader = asyncio.ensure_future(self._read())

    async def _read(self) -> None:
        async for message in self._socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                self.frames.append(message.json())

    def leave(self) -> None:
        self.loop.run(self._leave())

    async def _leave(self) -> None:
        await self._socket.close()
        await self._session.close()
        await asyncio.gather(self._reader, return_exceptions=True)

    def send(self, frame: Any) -> None:
        self.loop.run(self._socket.send_json(frame))

    def send_text(self, text: str) -> None:
        self.loop.run(self._socket.send_str(text))

    def say(self, text: str, client_id: str = "", **more: Any) -> dict[str, Any]:
        """Write and wait until the hub has it durably; the accepted frame."""
        client_id = client_id or uuid4().hex
        seen = len(self.frames)
        self.send({"type": "message", "client_id": client_id, "text": text, **more})
        return self.wait("accepted", seen=seen, client_id=client_id)

    def wait(self, kind: str, seconds: float = 15, seen: int = 0, **fields: Any) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while True:
            for frame in self.frames[seen:]:
                if frame["type"] == kind and all(frame.get(key) == value for key, value in fields.items()):
                    return frame
            assert time.monotonic() < deadline, f"no {kind} {fields} in {self.frames[seen:]}"
            time.sleep(0.02)
