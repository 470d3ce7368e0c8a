"""Plays Telnyx on loopback: the messages API (v2), webhooks signed with Ed25519, a block after STOP, ordered trouble.

    sandbox = TelnyxSandbox("KEY...", "profile", SystemClock())
    origin = await sandbox.start()                       # -> api_base; sandbox.public_key -> public_key
    sandbox.webhook_url = "http://127.0.0.1:8080/hooks/texts/message"
    await sandbox.text("+12025550101", "+12025550100", "Where is my order?")

Written from the provider's published API description.
"""

import asyncio
import hmac
import json
import uuid
from base64 import b64encode
from collections.abc import Coroutine, Sequence
from datetime import UTC, datetime
from typing import Any

import aiohttp
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.clock import SECOND, Clock
from hub.sandbox.twilio_faults import Faults, Trouble

STOP_WORDS = ("STOP", "STOPALL", "STOP ALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT")
START_WORDS = ("START", "UNSTOP")
TITLES = {
    10005: "Resource not found",
    10007: "Unexpected error",
    10009: "Authentication failed",
    10011: "Too many requests",
    40300: "Blocked due to STOP message",
}


class TelnyxSandbox:
    """delay: real seconds between the steps of a message. messages: what it was given, oldest first; webhooks: (event,
    the hub's status) of each one made; media: what lies behind the addresses given with messages of ours."""

    def __init__(self, api_key: str, profile: str, clock: Clock, *, delay: float = 0.0) -> None:
        self.faults = Faults()
        self.webhook_url = ""
        self.price = ""  # of a message that arrives
        self.origin = ""
        self.messages: list[dict[str, Any]] = []
        self.webhooks: list[tuple[str, int]] = []
        self.media: dict[str, bytes] = {}
        self._api_key, self._profile, self._clock, self._delay = api_key, profile, clock, delay
        self._key = Ed25519PrivateKey.generate()
        self._files: dict[str, tuple[str, bytes]] = {}
        self._blocked: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._runner: web.AppRunner | None = None

    @property
    def public_key(self) -> str:
        return b64encode(self._key.public_key().public_bytes_raw()).decode()

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listens; returns the origin, the value for `api_base`."""
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        app = web.Application()
        app.router.add_post("/v2/messages", self._create)
        app.router.add_get("/v2/messaging_profiles/{id}", self._show_profile)
        app.router.add_get("/media/{id}", self._show_file)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        self.origin = f"http://{host}:{self._runner.addresses[0][1]}"
        return self.origin

    async def stop(self) -> None:
        if self._runner:
            for task in list(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await self._runner.cleanup()
            await self._session.close()
            self._runner = None

    async def idle(self) -> None:
        """Until no webhook is on its way any more."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def sent_to(self, number: str) -> list[dict[str, Any]]:
        """What arrived on a customer's handset, or will."""
        return [one for one in self.messages if one["to"][0]["phone_number"] == number]

    async def text(self, from_: str, to: str, body: str, media: Sequence[tuple[str, bytes]] = ()) -> int:
        """A customer writes; media are (content type, bytes). The status the hub answered the webhook with."""
        word = body.strip().upper()
        said = "STOP" if word in STOP_WORDS else "START" if word in START_WORDS else None
        if said:
            (self._blocked.add if said == "STOP" else self._blocked.discard)(from_)
        payload = self._message("inbound", from_, to, body) | {
            "autoresponse_type": said,
            "media": [self._keep(kind, content) for kind, content in media],
            "received_at": self._time(),
        }
        payload["to"][0]["status"] = "webhook_delivered"
        return await self._call(self.webhook_url, "message.received", payload)

    def signed(self, body: bytes, at: int | None = None) -> dict[str, str]:
        """The headers of a webhook. at: seconds since 1970, when it is signed."""
        written = str(self._clock.now() // SECOND if at is None else at)
        signature = b64encode(self._key.sign(written.encode() + b"|" + body)).decode()
        return {"telnyx-timestamp": written, "telnyx-signature-ed25519": signature, "Content-Type": "application/json"}

    async def _create(self, request: web.Request) -> web.Response:
        if refused := self._refused(request) or self._trouble(request):
            return refused
        asked = await request.json()
        if asked["to"] in self._blocked:
            return _error(400, 40300)
        message = self._message("outbound", asked.get("from", ""), asked["to"], asked.get("text", ""))
        message |= {"webhook_url": asked["webhook_url"], "media": [{"url": url} for url in asked.get("media_urls", [])]}
        self.messages.append(message)
        self._spawn(self._deliver(message))
        if self.faults.take(Trouble.RESET_AFTER_ACCEPT):
            return _reset(request)
        if self.faults.take(Trouble.ERROR_AFTER_ACCEPT):
            return _error(500, 10007)
        return web.json_response({"data": message})

    def _refused(self, request: web.Request) -> web.Response | None:
        given = request.headers.get("Authorization", "").encode()
        return None if hmac.compare_digest(given, f"Bearer {self._api_key}".encode()) else _error(401, 10009)

    def _trouble(self, request: web.Request) -> web.Response | None:
        if fault := self.faults.take(Trouble.RATE_LIMIT):
            refused = _error(429, 10011)
            refused.headers["Retry-After"] = str(round(fault.seconds) or 1)
            return refused
        if fault := self.faults.take(Trouble.REFUSE):
            return _error(400, fault.code)
        return _reset(request) if self.faults.take(Trouble.RESET) else None

    async def _deliver(self, message: dict[str, Any]) -> None:
        """The provider fetches the files, then the network takes the message, then the handset."""
        for file in message["media"]:
            async with self._session.get(file["url"]) as answer:
                self.media[file["url"]] = await answer.read()
        fault = self.faults.take(Trouble.UNDELIVERED)
        last = "delivery_failed" if fault else "delivered"
        steps = [("message.sent", "sent"), ("message.finalized", last)]
        if self.faults.take(Trouble.REORDER_CALLBACKS):
            steps.reverse()
        for event, status in steps:
            await asyncio.sleep(self._delay)
            failed = fault is not None and status == last
            errors = [{"code": str(fault.code), "title": TITLES.get(fault.code, "")}] if fault and failed else []
            cost = {"amount": self.price, "currency": "USD"} if status == "delivered" and self.price else None
            told = message | {"to": [message["to"][0] | {"status": status}], "errors": errors, "cost": cost}
            if not self.faults.take(Trouble.LOSE_CALLBACK):
                await self._call(message["webhook_url"], event, told)
            if self.faults.take(Trouble.DUPLICATE_CALLBACK):
                await self._call(message["webhook_url"], event, told)

    async def _call(self, url: str, event: str, payload: dict[str, Any]) -> int:
        data = {"event_type": event, "id": str(uuid.uuid4()), "occurred_at": self._time(), "payload": payload}
        whole = {"data": data | {"record_type": "event"}, "meta": {"attempt": 1, "delivered_to": url}}
        body = json.dumps(whole).encode()
        async with self._session.post(url, data=body, headers=self.signed(body)) as answer:
            self.webhooks.append((event, answer.status))
            return answer.status

    async def _show_profile(self, request: web.Request) -> web.Response:
        if refused := self._refused(request):
            return refused
        if request.match_info["id"] != self._profile:
            return _error(404, 10005)
        profile = {"id": self._profile, "enabled": True, "webhook_api_version": "2", "webhook_url": self.webhook_url}
        return web.json_response({"data": profile})

    async def _show_file(self, request: web.Request) -> web.Response:
        kind, content = self._files[request.match_info["id"]]
        return web.Response(body=content, content_type=kind)

    def _message(self, direction: str, from_: str, to: str, text: str) -> dict[str, Any]:
        return {
            "record_type": "message",
            "id": str(uuid.uuid4()),
            "direction": direction,
            "type": "SMS",
            "messaging_profile_id": self._profile,
            "from": {"phone_number": from_, "carrier": "", "line_type": "Wireless"},
            "to": [{"phone_number": to, "status": "queued", "carrier": "", "line_type": "Wireless"}],
            "cc": [],
            "text": text,
            "media": [],
            "errors": [],
        }

    def _keep(self, kind: str, content: bytes) -> dict[str, Any]:
        id = uuid.uuid4().hex
        self._files[id] = (kind, content)
        return {"url": f"{self.origin}/media/{id}", "content_type": kind, "size": len(content)}

    def _time(self) -> str:
        return datetime.fromtimestamp(self._clock.now() / SECOND, UTC).isoformat(timespec="milliseconds")

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _error(status: int, code: int) -> web.Response:
    told = {"code": str(code), "title": TITLES.get(code, "Refused"), "detail": TITLES.get(code, "Refused")}
    return web.json_response({"errors": [told]}, status=status)


def _reset(request: web.Request) -> web.Response:
    """Cut the connection before a byte of the answer."""
    if request.transport:
        request.transport.abort()
    return web.Response(status=500)
