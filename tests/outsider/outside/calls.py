"""Phone calls: fetches the hub's TwiML and does what it says, verb by verb, as Twilio's documentation describes."""

import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

from aiohttp import web

from tests.outsider.outside.rest import Answer
from tests.outsider.outside.twilio import FakeTwilio
from tests.outsider.outside.twilio_words import refusal, sid

MOST_DOCUMENTS = 30
VERBS = {"Say", "Play", "Pause", "Gather", "Dial", "Record", "Redirect", "Hangup", "Reject", "Enqueue", "Leave"}


@dataclass
class Call:
    sid: str
    sender: str
    to: str
    direction: str = "inbound"
    status: str = "ringing"
    heard: list[str] = field(default_factory=list)
    dialled: list[str] = field(default_factory=list)
    recordings: list[str] = field(default_factory=list)
    documents: int = 0
    over: bool = False
    callback: str = ""
    params: dict[str, str] = field(default_factory=dict)


class Phones:
    """Everybody's telephone. `answering` are the numbers whose owner picks up; `voice` is what callers record."""

    def __init__(self, twilio: FakeTwilio, channel: str) -> None:
        self.twilio, self.channel = twilio, channel
        self.answering: set[str] = set()
        self.voice = b"ID3 a voice after the tone"
        self.created: list[Call] = []
        twilio.on_call = self

    def call(self, sender: str, to: str, *, digits: str = "", hangs_up: bool = False) -> Call:
        """A customer rings the hub's number; returns when the line is dead again."""
        call = Call(sid("CA"), sender, to)
        return self.twilio.loop.run(self._answer(call, digits, hangs_up))

    async def _answer(self, call: Call, digits: str, hangs_up: bool) -> Call:
        self.twilio.calls[call.sid] = call
        first = f"{self.twilio.hub}/hooks/{self.channel}/call"
        document = await self._post(call, first)
        call.status = "in-progress"
        if not hangs_up:
            await self._follow(call, document, first, digits)
        await self._end(call, f"{self.twilio.hub}/hooks/{self.channel}/status")
        return call

    async def _post(self, call: Call, url: str, **more: str) -> Answer:
        call.documents += 1
        assert call.documents <= MOST_DOCUMENTS, "the TwiML runs in a circle"
        params = {
            "CallSid": call.sid,
            "AccountSid": self.twilio.account,
            "From": call.sender,
            "To": call.to,
            "Caller": call.sender,
            "Called": call.to,
            "CallStatus": call.status,
            "ApiVersion": "2010-04-01",
            "Direction": call.direction,
            **more,
        }
        answer = await self.twilio.deliver(url.removeprefix(self.twilio.hub), params)
        assert answer.status in (200, 204), f"{url}: {answer.status} {answer.text[:300]}"
        return answer

    async def _follow(self, call: Call, document: Answer, base: str, digits: str = "") -> None:
        if not document.content:
            return
        assert document.type in ("text/xml", "application/xml"), f"Twilio error 12300: {document.type}"
        root = ElementTree.fromstring(document.content)
        assert root.tag == "Response", f"Twilio error 12100: {root.tag}"
        for verb in root:
            assert verb.tag in VERBS, f"Twilio error 12200: no verb {verb.tag}"
            if await self._do(call, verb, base, digits):
                return
        call.over = True

    async def _do(self, call: Call, verb: ElementTree.Element, base: str, digits: str) -> bool:
        """True when the rest of the document is not reached."""
        action = urljoin(base, verb.get("action", "")) if verb.get("action") else ""
        match verb.tag:
            case "Say" | "Play":
                call.heard.append((verb.text or "").strip())
            case "Gather":
                call.heard += [(inner.text or "").strip() for inner in verb]
                if digits:
                    return await self._go(call, action or base, Digits=digits)
            case "Dial":
                return await self._dial(call, verb, action)
            case "Record":
                return await self._record(call, verb, action or base)
            case "Redirect":
                return await self._go(call, urljoin(base, (verb.text or "").strip()))
            case "Hangup" | "Reject":
                call.over = True
                return True
        return False

    async def _go(self, call: Call, url: str, **params: str) -> bool:
        await self._follow(call, await self._post(call, url, **params), url)
        return True

    async def _dial(self, call: Call, verb: ElementTree.Element, action: str) -> bool:
        numbers = [(inner.text or "").strip() for inner in verb] or [(verb.text or "").strip()]
        call.dialled += numbers
        answered = any(number in self.answering for number in numbers)
        if not action:
            return False
        outcome = {"DialCallStatus": "completed" if answered else "no-answer", "DialCallSid": sid("CA")}
        if answered:
            outcome["DialCallDuration"] = "42"
        return await self._go(call, action, **outcome)

    async def _record(self, call: Call, verb: ElementTree.Element, action: str) -> bool:
        if not self.voice:
            return False
        name = sid("RE")
        self.twilio.media[name] = self.voice, "audio/mpeg"
        call.recordings.append(name)
        url = f"{self.twilio.api}/2010-04-01/Accounts/{self.twilio.account}/Recordings/{name}"
        about = {"RecordingUrl": url, "RecordingSid": name, "RecordingDuration": "7"}
        await self._go(call, action, Digits="hangup", **about)
        if callback := verb.get("recordingStatusCallback"):
            target = urljoin(self.twilio.hub, callback)
            await self._post(call, target, RecordingStatus="completed", RecordingChannels="1", **about)
        return True

    async def _end(self, call: Call, callback: str) -> None:
        call.status = "completed"
        if callback:
            await self._post(call, callback, CallDuration="12", Duration="1")

    # --- calls the hub starts -------------------------------------------------------------------------------

    async def create(self, form: Any) -> web.StreamResponse:
        params = {key: str(value) for key, value in form.items()}
        if params.get("From") not in self.twilio.numbers:
            return refusal(400, 21210, f"'From' phone number not verified: {params.get('From')}")
        if not params.get("To", "").startswith("+"):
            return refusal(400, 21211, f"Invalid 'To' Phone Number: {params.get('To')}")
        if not params.get("Url") and not params.get("Twiml"):
            return refusal(400, 21205, "Url is required")
        call = Call(sid("CA"), params["From"], params["To"], "outbound-api", "queued", params=params)
        self.created.append(call)
        self.twilio.calls[call.sid] = call
        return web.json_response(self._body(call), status=201)

    def ring(self, call: Call) -> Call:
        """The phone rings; its owner answers or not."""
        return self.twilio.loop.run(self._ring(call))

    async def _ring(self, call: Call) -> Call:
        if call.to in self.answering:
            call.status = "in-progress"
            if "Url" in call.params:
                await self._go(call, call.params["Url"])
            else:
                inline = Answer(200, {"Content-Type": "text/xml"}, call.params["Twiml"].encode())
                await self._follow(call, inline, self.twilio.hub)
            await self._end(call, call.params.get("StatusCallback", ""))
        elif callback := call.params.get("StatusCallback", ""):
            call.status = "no-answer"
            await self._post(call, callback, CallDuration="0")
        return call

    async def change(self, name: str, form: Any) -> web.StreamResponse:
        if name not in self.twilio.calls:
            return refusal(404, 20404, "not found")
        return web.json_response(self._body(self.twilio.calls[name]))

    def shown(self, name: str) -> web.StreamResponse:
        if name not in self.twilio.calls:
            return refusal(404, 20404, "not found")
        return web.json_response(self._body(self.twilio.calls[name]))

    def _body(self, call: Call) -> dict[str, Any]:
        return {
            "sid": call.sid,
            "account_sid": self.twilio.account,
            "from": call.sender,
            "to": call.to,
            "status": call.status,
            "direction": call.direction,
            "api_version": "2010-04-01",
            "uri": f"/2010-04-01/Accounts/{self.twilio.account}/Calls/{call.sid}.json",
        }
