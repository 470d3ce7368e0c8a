"""Makes the signed requests the provider makes: webhooks and status callbacks."""

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any
from urllib.parse import urlencode

import aiohttp
from twilio.request_validator import RequestValidator
from yarl import URL

from hub.sandbox.twilio_faults import Faults, Trouble
from hub.sandbox.twilio_state import SentWebhook, TwilioCall, TwilioMessage, TwilioState, bare, new_sid

TIMEOUT = aiohttp.ClientTimeout(total=15, sock_connect=5)
HTTP_RETRIEVAL_FAILURE = 11200


class Courier:
    """Posts forms to the hub and remembers what was answered."""

    def __init__(self, state: TwilioState, faults: Faults, session: aiohttp.ClientSession, delay: float) -> None:
        self.state = state
        self.faults = faults
        self.delay = delay
        self._session = session
        self._validator = RequestValidator(state.auth_token)
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def idle(self) -> None:
        """Until nothing is on its way any more."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def signed_headers(self, url: str, form: Mapping[str, str]) -> dict[str, str]:
        return {
            "X-Twilio-Signature": self._validator.compute_signature(url, dict(form)),
            "I-Twilio-Idempotency-Token": new_sid(""),
            "User-Agent": "TwilioProxy/1.1",
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
        }

    async def post(self, url: str, form: Mapping[str, str]) -> SentWebhook:
        return await self.request("POST", url, form)

    async def request(self, method: str, url: str, form: Mapping[str, str]) -> SentWebhook:
        """One retry when the connection cannot be made, none after an answer of any kind."""
        where, body = url, dict(form)
        if method.upper() == "GET" and form:
            where, body = f"{url}{'&' if '?' in url else '?'}{urlencode(form)}", {}
        headers = self.signed_headers(where, body)
        for attempt in (1, 2):
            try:
                async with self._session.request(
                    method,
                    URL(where, encoded=True),
                    data=urlencode(body) if method.upper() != "GET" else None,
                    headers=headers,
                    timeout=TIMEOUT,
                    allow_redirects=False,
                ) as response:
                    content = await response.read()
                    return self._note(url, form, response.status, content, response.content_type)
            except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
                if attempt == 2:
                    break
            except (aiohttp.ClientError, TimeoutError):
                break
        return self._note(url, form, 0, b"", "")

    def _note(self, url: str, form: Mapping[str, str], status: int, body: bytes, kind: str) -> SentWebhook:
        sent = SentWebhook(url, dict(form), status, body, kind, self.state.clock.now())
        self.state.webhooks.append(sent)
        if not 200 <= status < 300:
            self.state.alert(HTTP_RETRIEVAL_FAILURE, f"Got HTTP {status} response to {url}")
        return sent

    async def callback(self, url: str, form: Mapping[str, str]) -> None:
        """A status callback: may be lost or doubled when somebody ordered so."""
        if not url or self.faults.take(Trouble.LOSE_CALLBACK, url):
            return
        await self.post(url, form)
        if self.faults.take(Trouble.DUPLICATE_CALLBACK, url):
            await self.post(url, form)

    async def pause(self) -> None:
        if self.delay:
            await asyncio.sleep(self.delay)


def message_form(state: TwilioState, message: TwilioMessage) -> dict[str, str]:
    """What an incoming message's webhook carries."""
    form = {
        "ToCountry": _country(message.to),
        "ToState": "",
        "SmsMessageSid": message.sid,
        "NumMedia": str(len(message.media)),
        "ToCity": "",
        "FromZip": "",
        "SmsSid": message.sid,
        "FromState": "",
        "SmsStatus": "received",
        "FromCity": "",
        "Body": message.body,
        "FromCountry": _country(message.from_),
        "To": message.to,
        "ToZip": "",
        "NumSegments": str(message.segments),
        "MessageSid": message.sid,
        "AccountSid": state.account_sid,
        "From": message.from_,
        "ApiVersion": "2010-04-01",
    }
    for index, media in enumerate(message.media):
        form[f"MediaContentType{index}"] = media.content_type
        form[f"MediaUrl{index}"] = state.media_url(media)
    if message.from_.startswith("whatsapp:"):
        form |= _whatsapp_fields(state, message)
    return form | dict(message.fields)


def _whatsapp_fields(state: TwilioState, message: TwilioMessage) -> dict[str, str]:
    number = bare(message.from_)
    id = state.whatsapp_ids.get(number, "" if number.startswith("+") else number)
    known = ({"WaId": number[1:]} if number.startswith("+") else {}) | ({"ExternalUserId": id} if id else {})
    first = message.media[0].content_type.partition("/")[0] if message.media else "text"
    return {
        "ProfileName": message.profile_name,
        "MessageType": first if first in ("text", "image", "audio", "video") else "document",
        "ReferralNumMedia": "0",
    } | known


def status_form(state: TwilioState, message: TwilioMessage, status: str) -> dict[str, str]:
    """What a message's status callback carries."""
    form = {
        "SmsSid": message.sid,
        "SmsStatus": status,
        "MessageStatus": status,
        "To": message.to,
        "MessageSid": message.sid,
        "AccountSid": state.account_sid,
        "From": message.from_,
        "ApiVersion": "2010-04-01",
    }
    if status in ("failed", "undelivered") and message.error_code:
        form["ErrorCode"] = str(message.error_code)
        form["ErrorMessage"] = message.error_message or ""
    if message.to.startswith("whatsapp:"):
        form |= {"ChannelPrefix": "whatsapp", "ChannelToAddress": message.to}
    return form


def call_form(state: TwilioState, call: TwilioCall, status: str = "") -> dict[str, str]:
    """What every request about a call carries."""
    form = {
        "CallSid": call.sid,
        "AccountSid": state.account_sid,
        "From": call.from_,
        "To": call.to,
        "Caller": call.from_,
        "Called": call.to,
        "CallStatus": status or call.status,
        "ApiVersion": "2010-04-01",
        "Direction": call.direction,
        "FromCountry": _country(call.from_),
        "ToCountry": _country(call.to),
    }
    return form | ({"ParentCallSid": call.parent_sid} if call.parent_sid else {})


def _country(number: str) -> str:
    for prefix, country in (("+49", "DE"), ("+44", "GB"), ("+43", "AT"), ("+41", "CH"), ("+1", "US")):
        if bare(number).startswith(prefix):
            return country
    return ""
