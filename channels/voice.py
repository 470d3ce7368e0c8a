"""Answers and places phone calls through Twilio: greeting, agents' phones in order, voicemail, click-to-call.

A call is a chain of documents. Nothing is remembered between them: what the next one needs to know stands in
the address it is asked for at, and the provider's signature covers that address.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from pydantic import Field, StringConstraints

from hub.channel import Capabilities, Channel, Committing, Raw, Received, Tools, Webhook
from hub.clock import MINUTE, SECOND, instant_of
from hub.errors import SendRejected, Unreadable, WebhookForged
from hub.languages import Tag
from hub.model import Attachment, DeliveryState, Event, Outbound, RemoteFile, Sent

from ._calls import BEGAN_AT, E164, OVER, caller_of, read_call
from ._fates import SetUpWrongly
from ._spoken import Beep, Ring, Speech
from ._twilio import TWIML_TYPE, TwilioSettings, fields_of, fingerprint, genuine, hook_url, query_of
from ._twilio_api import account_problems, bring, fetched, open_client, posted

LOOK_BACK = 10 * SECOND  # clocks differ a little
LISTED = 100
PAGE = 1000
MAX_PHONES = 20
PROGRESS = ["initiated", "ringing", "answered", "completed"]
CONNECTED = ("completed", "answered")

Phone = Annotated[str, StringConstraints(pattern=r"^\+[1-9]\d{4,14}$")]


class VoiceSettings(TwilioSettings):
    """greeting: one text, or one per language; phones: rung in order, before the phones of agents on duty."""

    greeting: str | dict[Tag, str] = ""
    language: Tag = "en"
    phones: tuple[Phone, ...] = Field((), max_length=MAX_PHONES)
    ring_seconds: int = Field(20, ge=5, le=120)
    voicemail_seconds: int = Field(120, ge=5, le=3600)
    record: bool = False

    def greeting_text(self) -> str:
        if isinstance(self.greeting, str):
            return self.greeting
        return self.greeting.get(self.language, "")


class VoiceChannel(Channel):
    type = "voice"
    Settings = VoiceSettings
    capabilities = Capabilities(
        writes=False,
        calls=True,
        attachments=False,
        undo_seconds=0,
        lookup=True,
        campaigns=False,
        lifetime=15 * MINUTE,
    )
    settings: VoiceSettings

    def __init__(self, name: str, settings: VoiceSettings, tools: Tools) -> None:
        super().__init__(name, settings, tools)
        self._client: Any = open_client(settings, tools)

    async def check(self) -> list[str]:
        return await account_problems(self._client, self.settings, self.tools)

    async def receive(self, webhook: Webhook) -> Received:
        fields = genuine(self.name, self.settings, webhook)
        query = query_of(webhook)
        if webhook.action == "notice":
            return Received(reply=Speech(self.settings.language).say("recorded").document(), reply_type=TWIML_TYPE)
        answers = {
            "call": self._called,
            "dialed": self._dialed,
            "voicemail": self._left,
            "recording": self._recorded,
            "status": self._progressed,
            "bridge": self._bridge,
            "bridged": self._bridged,
        }
        answer = answers.get(webhook.action)
        if answer is None or not fields.get("CallSid") or (webhook.action == "call" and "From" not in fields):
            raise WebhookForged(f"{self.name}: there is no such /{webhook.action}")
        key, envelope, speech = answer(fields, query, self._phones(fields, query, webhook.ring))
        raw = Raw(webhook.action, key or fingerprint(webhook.body), webhook.body, {**query, **envelope})
        return Received((raw,), speech.document() if speech else b"", TWIML_TYPE if speech else "text/plain")

    def _phones(self, fields: Mapping[str, str], query: Mapping[str, str], ring: Sequence[str]) -> list[str]:
        """In the order they ring; nobody is connected with their own phone, and nothing but a number is dialled."""
        caller = query.get("customer") or caller_of(fields.get("From", ""))
        wanted = dict.fromkeys([*self.settings.phones, *ring])
        own = (caller, self.settings.from_)
        return [number for number in wanted if number not in own and E164.fullmatch(number)][:MAX_PHONES]

    def _called(self, fields: Mapping[str, str], query: Mapping[str, str], phones: list[str]) -> "_Answer":
        customer = caller_of(fields.get("From", ""))
        speech = Speech(self.settings.language)
        speech.say("greeting" if phones else "greeting_voicemail", self.settings.greeting_text())
        if phones and self.settings.record:
            speech.say("recorded")
        key = fields.get("CallSid", "")
        return key, {}, self._ring(speech, phones[0], customer, ()) if phones else self._beep(speech, customer)

    def _dialed(self, fields: Mapping[str, str], query: Mapping[str, str], phones: list[str]) -> "_Answer":
        """The next phone, or the voicemail; nothing more once somebody answered."""
        status, customer = fields.get("DialCallStatus", ""), query.get("customer", "")
        speech = Speech(self.settings.language)
        key = f"{fields.get('CallSid', '')}/{query.get('step', '')}/{status}"
        if status in CONNECTED:
            return key, {}, speech.hang_up()
        rung = E164.findall(query.get("rung", "") + query.get("agent", ""))
        left = [phone for phone in phones if phone not in rung]  # by number: agents come and go while it rings
        if left and len(rung) < MAX_PHONES:
            return key, {}, self._ring(speech, left[0], customer, rung)
        return key, {"last": True}, self._beep(speech.say("nobody"), customer)

    def _left(self, fields: Mapping[str, str], query: Mapping[str, str], phones: list[str]) -> "_Answer":
        key = f"{fields.get('CallSid', '')}/{fields.get('RecordingSid', '')}"
        return key, {}, Speech(self.settings.language).say("thanks").hang_up()

    def _recorded(self, fields: Mapping[str, str], query: Mapping[str, str], phones: list[str]) -> "_Answer":
        return f"{fields.get('RecordingSid', '')}/{fields.get('RecordingStatus', '')}", {}, None

    def _progressed(self, fields: Mapping[str, str], query: Mapping[str, str], phones: list[str]) -> "_Answer":
        return f"{fields.get('CallSid', '')}/{fields.get('CallStatus', '')}", {}, None

    def _bridge(self, fields: Mapping[str, str], query: Mapping[str, str], phones: list[str]) -> "_Answer":
        """The agent picked up: now the customer's phone rings, and shows our number."""
        customer, reference = query.get("customer", ""), query.get("ref", "")
        speech = Speech(self.settings.language)
        if not E164.fullmatch(customer):
            return fields.get("CallSid", ""), {}, speech.hang_up()
        recorded = self._url("recording", customer=customer, ref=reference, of="call") if self.settings.record else ""
        ring = Ring(
            customer,
            self._url("bridged", customer=customer, ref=reference),
            self._url("status", customer=customer, ref=reference, leg="customer"),
            self.settings.ring_seconds * 2,
            self.settings.from_,
            recorded,
            self._url("notice") if recorded else "",
        )
        return fields.get("CallSid", ""), {}, speech.say("connecting").ring(ring)

    def _bridged(self, fields: Mapping[str, str], query: Mapping[str, str], phones: list[str]) -> "_Answer":
        status = fields.get("DialCallStatus", "")
        speech = Speech(self.settings.language)
        if status not in CONNECTED:
            speech.say("not_answered")
        return f"{fields.get('CallSid', '')}/{status}", {}, speech.hang_up()

    def _ring(self, speech: Speech, phone: str, customer: str, rung: Sequence[str]) -> Speech:
        """rung: the phones that did not answer."""
        before = {"rung": "".join(rung)} if rung else {}
        recorded = self._url("recording", customer=customer, of="call") if self.settings.record else ""
        return speech.ring(
            Ring(
                phone,
                self._url("dialed", step=str(len(rung)), agent=phone, customer=customer, **before),
                self._url("status", leg="agent", agent=phone, customer=customer),
                self.settings.ring_seconds,
                recorded=recorded,
            )
        )

    def _beep(self, speech: Speech, customer: str) -> Speech:
        action = self._url("voicemail", customer=customer)
        ready = self._url("recording", customer=customer, of="voicemail")
        return speech.take_message(Beep(action, ready, self.settings.voicemail_seconds))

    def _url(self, action: str, **query: str) -> str:
        return hook_url(self.tools.base_url, self.name, action, **query)

    def read(self, raw: Raw) -> tuple[Event, ...]:
        return read_call(raw.kind, fields_of(raw), raw.envelope, self.settings.from_)

    async def fetch(self, file: RemoteFile) -> Attachment:
        """As the provider holds it; when that is too large as MP3, which is a fraction of it."""
        try:
            return await bring(self.settings, self.tools, file, may_come_later=True)
        except Unreadable:
            with suppress(Unreadable):
                return await bring(self.settings, self.tools, replace(file, reference=f"{file.reference}.mp3"))
            raise

    async def send(self, message: Outbound, committing: Committing) -> Sent:
        """Click-to-call: the agent's phone rings first, and is connected with the customer when it is answered."""
        agent = str(message.options.get("agent_phone") or "")
        if not E164.fullmatch(agent):
            raise SendRejected("the agent has no phone number to ring: enter one in the profile")
        if not E164.fullmatch(message.recipient.handle):
            raise SendRejected(f"{message.recipient.handle} is no number that can be called")
        named = {"customer": message.recipient.handle, "ref": message.delivery_id}
        await committing()
        try:
            call = await posted(
                self._client.calls.create_async(
                    to=agent,
                    from_=self.settings.from_,
                    url=self._url("bridge", **named),
                    method="POST",
                    timeout=self.settings.ring_seconds,
                    status_callback=self._url("status", leg="caller", agent=agent, **named),
                    status_callback_event=PROGRESS,
                    status_callback_method="POST",
                )
            )
        except SetUpWrongly as refused:  # a call that waits for somebody rings the agent unasked
            raise SendRejected(str(refused)) from refused
        except SendRejected as refused:  # it says nothing about the customer's number
            raise SendRejected(f"the agent's phone: {refused}") from refused
        return Sent(call.sid, DeliveryState.SENT)

    async def look_up(self, message: Outbound, since: int) -> Sent | None:
        agent = str(message.options.get("agent_phone") or "")
        calls = await fetched(self._client.calls.list_async(to=agent, from_=self.settings.from_, limit=LISTED))
        for call in calls:
            made = instant_of(call.date_created) if call.date_created else since
            if made >= since - LOOK_BACK and call.direction == "outbound-api":
                return Sent(call.sid)
        return None

    async def backfill(self, since: int) -> Sequence[Raw]:
        """Calls to our number whose webhooks never came, and the messages their callers left."""
        moment = datetime.fromtimestamp(since // SECOND, UTC)
        listed = self._client.calls.list_async(to=self.settings.from_, start_time_after=moment, page_size=PAGE)
        calls = [call for call in await fetched(listed) if call.direction == "inbound" and call.status in OVER]
        talks = await self._talks_of(calls, moment)
        raws = [raw for call in calls for raw in _as_webhooks(call, talks.get(call.sid))]
        return raws + await self._messages_of(calls, moment)

    async def _talks_of(self, calls: Sequence[Any], since: datetime) -> dict[str, Any]:
        """Call -> the leg to the agent's phone on which people talked: the caller's own leg does not tell."""
        if not calls:
            return {}
        listed = self._client.calls.list_async(status="completed", start_time_after=since, page_size=PAGE)
        ours = {call.sid for call in calls}
        return {
            leg.parent_call_sid: leg
            for leg in await fetched(listed)
            if leg.parent_call_sid in ours and str(leg.duration or "0") != "0"
        }

    async def _messages_of(self, calls: Sequence[Any], since: datetime) -> list[Raw]:
        callers = {call.sid: call._from for call in calls}  # so the package names the field
        if not callers:
            return []
        found = await fetched(self._client.recordings.list_async(date_created_after=since, page_size=PAGE))
        return [
            _raw(
                "recording",
                f"{one.sid}/completed",
                _recording_fields(one, self.settings),
                customer=callers[one.call_sid],
            )
            for one in found
            if one.call_sid in callers and one.status == "completed" and one.source == "RecordVerb"
        ]


_Answer = tuple[str, dict[str, Any], Speech | None]


def _as_webhooks(call: Any, talk: Any) -> list[Raw]:
    fields = {"CallSid": call.sid, "From": call._from, "To": call.to, "Direction": "inbound"}
    began = call.start_time or call.date_created
    if began:
        fields[BEGAN_AT] = str(instant_of(began))
    ringing = _raw("call", call.sid, {**fields, "CallStatus": "ringing"})
    if talk is None:
        ended = {**fields, "CallStatus": call.status, "CallDuration": str(call.duration or "0")}
        return [ringing, _raw("status", f"{call.sid}/{call.status}", ended)]
    talked = {**fields, "DialCallSid": talk.sid, "DialCallStatus": "completed", "DialCallDuration": str(talk.duration)}
    return [ringing, _raw("dialed", f"{call.sid}/{talk.sid}", talked, agent=talk.to)]


def _recording_fields(recording: Any, settings: VoiceSettings) -> dict[str, str]:
    path = f"/2010-04-01/Accounts/{settings.account_sid}/Recordings/{recording.sid}"
    return {
        "CallSid": recording.call_sid,
        "RecordingSid": recording.sid,
        "RecordingUrl": settings.api_base + path,
        "RecordingStatus": "completed",
        "RecordingDuration": str(recording.duration or ""),
        "RecordingSource": recording.source,
    }


def _raw(kind: str, key: str, fields: Mapping[str, str], **query: str) -> Raw:
    return Raw(kind, key, urlencode(fields).encode(), query)
