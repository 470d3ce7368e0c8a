"""Plays the provider's signalling with telephones in browsers: who is there, rings, picks up. No sound is sent."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from aiohttp import WSMsgType, web

from hub.sandbox.twilio_state import TwilioCall, TwilioState

PULSE = 5.0  # seconds between signs of life; a browser takes 15 without one for the end
BAD_TOKEN = {"code": 31204, "message": "JWT is invalid"}
OFFER = "\r\n".join(  # of somebody who is nowhere: the browser takes it up, and hears nothing
    (
        *("v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0", "m=audio 9 UDP/TLS/RTP/SAVPF 0"),
        *("c=IN IP4 127.0.0.1", "a=rtcp:9 IN IP4 127.0.0.1", "a=ice-ufrag:hubs", f"a=ice-pwd:{'hub' * 8}"),
        *(f"a=fingerprint:sha-256 {':'.join(['AB'] * 32)}", "a=setup:actpass", "a=mid:0", "a=sendrecv", "a=rtcp-mux"),
        *("a=rtpmap:0 PCMU/8000", ""),
    )
)


@dataclass(eq=False)
class Ring:
    """Legs to browsers that ring for one caller: the first who answers has it."""

    legs: dict[str, TwilioCall]
    refused: set[str] = field(default_factory=set)
    answered: "asyncio.Future[TwilioCall | None]" = field(default_factory=lambda: _loop().create_future())

    def settle(self, winner: TwilioCall | None) -> None:
        if not self.answered.done():
            self.answered.set_result(winner)


class Seats:
    """api_secret: what tokens are signed with."""

    def __init__(self, state: TwilioState, api_secret: str) -> None:
        self._state = state
        self._api_secret = api_secret
        self._sockets: dict[str, set[web.WebSocketResponse]] = {}
        self._rings: dict[str, Ring] = {}
        self._talks: dict[str, tuple[TwilioCall, web.WebSocketResponse]] = {}

    def is_there(self, phone: str) -> bool:
        return bool(self._sockets.get(phone))

    async def connect(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        alive = asyncio.ensure_future(_beat(socket))
        phone = ""
        try:
            async for message in socket:
                if message.type == WSMsgType.TEXT and message.data.strip():
                    said = json.loads(message.data)
                    phone = await self._hear(socket, phone, said["type"], said.get("payload", {}))
        finally:
            alive.cancel()
            self._leave(socket)
        return socket

    async def _hear(self, socket: web.WebSocketResponse, phone: str, what: str, payload: Mapping[str, Any]) -> str:
        """Answers who speaks there."""
        if what == "listen":
            return await self._admit(socket, str(payload["token"]))
        if what == "register" and phone:
            self._sockets.setdefault(phone, set()).add(socket)
            await _say(socket, "ready", {})
        call_sid = str(payload.get("callsid", ""))
        ring = self._rings.get(call_sid)
        if ring and what == "answer":
            self._talks[call_sid] = (ring.legs[call_sid], socket)
            ring.settle(ring.legs[call_sid])
        elif ring and what in ("reject", "hangup"):
            ring.refused.add(call_sid)
            if ring.refused == set(ring.legs):
                ring.settle(None)
        elif what == "hangup" and call_sid in self._talks:
            self._talks.pop(call_sid)[0].gone.set()
        return phone

    async def _admit(self, socket: web.WebSocketResponse, token: str) -> str:
        jwt: Any = import_module("jwt")  # heavy, and asked for by browsers that are telephones alone
        try:
            claims = jwt.decode(token, self._api_secret, algorithms=["HS256"])
        except jwt.InvalidTokenError:
            await _say(socket, "error", {"error": BAD_TOKEN})
            return ""
        identity = str(claims["grants"]["identity"])
        told = {"identity": identity, "ttl": claims["exp"] - claims["nbf"]}
        await _say(socket, "connected", {"region": "us1", "home": "us1", "edge": "ashburn", "token": told})
        return f"client:{identity}"

    def _leave(self, socket: web.WebSocketResponse) -> None:
        """Whoever closes the window hangs up."""
        for sockets in self._sockets.values():
            sockets.discard(socket)
        for call_sid in [sid for sid, (_, at) in self._talks.items() if at is socket]:
            self._talks.pop(call_sid)[0].gone.set()

    async def ring(
        self, legs: Sequence[TwilioCall], caller: TwilioCall, seconds: float, told: Mapping[str, str]
    ) -> TwilioCall | None:
        """Real seconds: somebody sits there. Answers the leg that was taken, None where nobody did."""
        ring = Ring({leg.sid: leg for leg in legs})
        self._rings |= dict.fromkeys(ring.legs, ring)
        for leg in legs:
            parameters = {"CallSid": leg.sid, "From": leg.from_, "To": leg.to, "Params": told.get(leg.to, "")}
            parameters["AccountSid"] = self._state.account_sid
            await self._tell(leg, "invite", {"callsid": leg.sid, "sdp": OFFER, "parameters": parameters})
        gone = asyncio.ensure_future(caller.gone.wait())
        either: set[asyncio.Future[Any]] = {ring.answered, gone}
        await asyncio.wait(either, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        gone.cancel()
        winner = ring.answered.result() if ring.answered.done() else None
        for leg in legs:
            del self._rings[leg.sid]
            if leg is not winner:
                await self._tell(leg, "cancel", {"callsid": leg.sid})
        return winner

    async def end(self, leg: TwilioCall) -> None:
        """The other side has hung up."""
        talk = self._talks.pop(leg.sid, None)
        if talk:
            await _say(talk[1], "hangup", {"callsid": leg.sid})

    async def _tell(self, leg: TwilioCall, what: str, payload: Mapping[str, Any]) -> None:
        for socket in list(self._sockets.get(leg.to, ())):
            await _say(socket, what, payload)


async def _say(socket: web.WebSocketResponse, what: str, payload: Mapping[str, Any]) -> None:
    with suppress(ConnectionError):
        await socket.send_json({"type": what, "payload": payload, "version": "1.6"})


async def _beat(socket: web.WebSocketResponse) -> None:
    with suppress(ConnectionError):
        while True:
            await asyncio.sleep(PULSE)
            await socket.send_str("\n")


def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()
