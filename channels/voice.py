"""Answers and places phone calls through Twilio: greeting, agents' phones in order, voicemail, click-to-call.

A call is a chain of documents. Nothing is remembered between them: what the next one needs to know stands in
the address it is asked for at, and the provider's signature covers that address.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from hub.channel import Capabilities, Committing, Raw, Received, Tools, Webhook
from hub.clock import MINUTE, SECOND, instant_of
from hub.errors import SendRejected, Unreadable, WebhookForged
from hub.model import Attachment, DeliveryState, Event, Outbound, RemoteFile, Sent
from hub.telephony import PhoneChannel, Talk

from ._calls import CONNECTED, E164, OVER, PHONE, read_call
from ._calls_listing import as_webhooks, end_of, message_left
from ._fates import SetUpWrongly
from ._incoming import Answer, Asked, Incoming
from ._moves import TwilioMoves
from ._spoken import Ring, Speech
from ._twilio import TWIML_TYPE, fields_of, fingerprint, genuine, hook_url
from ._twilio_api import Record, TwilioApi, account_problems, bring, seat_token
from ._voice_settings import VoiceSettings

LOOK_BACK = 10 * SECOND  # clocks differ a little
LISTED = 100
PROGRESS = ["initiated", "ringing", "answered", "completed"]


class VoiceChannel(PhoneChannel):
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
        self._api = TwilioApi(settings, tools)
        self._incoming = Incoming(settings, self._url, tools)
        self.records = settings.record
        self.moves: TwilioMoves = TwilioMoves(settings, self._api, self._url, self._incoming)

    async def check(self) -> list[str]:
        return await account_problems(self._api, self.settings, self.tools)

    async def receive(self, webhook: Webhook) -> Received:
        fields = genuine(self.name, self.settings, webhook)
        if webhook.action == "notice":
            return Received(reply=Speech(self.settings.language).say("recorded").document(), reply_type=TWIML_TYPE)
        asked, steps = Asked.by(webhook, fields), self._incoming
        answers = {
            "call": steps.called,
            "chosen": steps.chosen,
            "queued": steps.queued,
            "dialed": self.moves.dialed,
            "room": self.moves.room,
            "music": self.moves.music,
            "stayed": self.moves.stayed,
            "consult": self.moves.consulted,
            "transfer": self.moves.transferred,
            "whisper": steps.whispered,
            "voicemail": steps.left,
            "recording": self._recorded,
            "transcript": self._written,
            "status": self._progressed,
            "bridge": self._bridge,
            "bridged": self._bridged,
        }
        answer = answers.get(webhook.action)
        if answer is None or not asked.call_id or (webhook.action == "call" and "From" not in fields):
            raise WebhookForged(f"{self.name}: there is no such /{webhook.action}")
        key, envelope, speech = await answer(asked)
        kept = {**asked.query, **envelope}
        raws = () if key is None else (Raw(webhook.action, key or fingerprint(webhook.body), webhook.body, kept),)
        return Received(raws, speech.document() if speech else b"", TWIML_TYPE if speech else "text/plain")

    async def _recorded(self, asked: Asked) -> Answer:
        return f"{asked.fields.get('RecordingSid', '')}/{asked.fields.get('RecordingStatus', '')}", {}, None

    async def _written(self, asked: Asked) -> Answer:
        return f"{asked.fields.get('RecordingSid', '')}/{asked.fields.get('TranscriptionSid', '')}", {}, None

    async def _progressed(self, asked: Asked) -> Answer:
        await self.moves.left(asked)
        return f"{asked.fields.get('CallSid', '')}/{asked.fields.get('CallStatus', '')}", {}, None

    async def _bridge(self, asked: Asked) -> Answer:
        """The agent picked up: now the customer's phone rings, and shows our number."""
        customer, reference = asked.query.get("customer", ""), asked.query.get("ref", "")
        speech = Speech(self.settings.language)
        if not E164.fullmatch(customer):
            return asked.fields.get("CallSid", ""), {}, speech.hang_up()
        recorded = self._url("recording", customer=customer, ref=reference, of="call") if self.settings.record else ""
        answered = self._url("status", customer=customer, ref=reference, leg="customer", call=asked.call_id)
        speech.say("connecting").ring(
            [Ring(customer, answered, notice=self._url("notice") if recorded else "", ends=True)],
            self._url("bridged", customer=customer, ref=reference),
            self.settings.ring_seconds * 2,
            self.settings.from_,
            recorded,
        )
        return asked.fields.get("CallSid", ""), {}, speech

    async def _bridged(self, asked: Asked) -> Answer:
        status = asked.fields.get("DialCallStatus", "")
        speech = Speech(self.settings.language)
        if status not in CONNECTED:
            speech.say("not_answered")
        return await self.moves.bridged(asked, (f"{asked.call_id}/{status}", {}, speech.hang_up()))

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
        if not PHONE.fullmatch(agent):
            raise SendRejected("the agent has no phone number to ring: enter one in the profile")
        if not E164.fullmatch(message.recipient.handle):
            raise SendRejected(f"{message.recipient.handle} is no number that can be called")
        named = {"customer": message.recipient.handle, "ref": message.delivery_id}
        await committing()
        try:
            call = await self._api.posted(
                lambda client: client.calls.create_async(
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

    def seat_token(self, agent_id: str) -> str:
        key, secret = self.settings.api_key, self.settings.api_secret.get_secret_value()
        return seat_token(self.settings.account_sid, key, secret, agent_id) if key and secret else ""

    @property
    def wrap_up(self) -> int:
        return self.settings.wrap_up_seconds

    async def hang_up(self, call_id: str) -> None:
        await self._api.posted(lambda client: client.calls(call_id).update_async(status="completed"))

    async def ends(self, talks: Sequence[Talk]) -> Sequence[Raw]:
        found = [await self._end_of(talk) for talk in talks]
        return [raw for raw in found if raw]

    async def _end_of(self, talk: Talk) -> Raw | None:
        """By the leg of the customer, who may have been put on hold or handed on since."""
        try:
            call = await self._api.fetched(f"/Calls/{talk.customer_leg or talk.call_id}")
        except Unreadable:
            return end_of(talk, None, ())
        if call.status not in OVER:
            return None
        legs = () if talk.customer_leg else await self._api.listed("/Calls", LISTED, ParentCallSid=talk.call_id)
        return end_of(talk, call, legs)

    async def look_up(self, message: Outbound, since: int) -> Sent | None:
        agent = str(message.options.get("agent_phone") or "")
        calls = await self._api.listed("/Calls", LISTED, To=agent, From=self.settings.from_)
        for call in calls:
            made = instant_of(call.date_created) if call.date_created else since
            if made >= since - LOOK_BACK and call.direction == "outbound-api":
                return Sent(call.sid)
        return None

    async def backfill(self, since: int) -> Sequence[Raw]:
        """Calls to our number whose webhooks never came, and the messages their callers left."""
        moment = datetime.fromtimestamp(since // SECOND, UTC)
        listed = await self._api.listed("/Calls", To=self.settings.from_, StartTime_=moment)
        calls = [call for call in listed if call.direction == "inbound" and call.status in OVER]
        talks = await self._talks_of(calls, moment)
        raws = [raw for call in calls for raw in as_webhooks(call, talks.get(call.sid))]
        return raws + await self._messages_of(calls, moment)

    async def _talks_of(self, calls: Sequence[Record], since: datetime) -> dict[str, Record]:
        """Call -> the leg to the agent's phone on which people talked: the caller's own leg does not tell."""
        if not calls:
            return {}
        listed = await self._api.listed("/Calls", Status="completed", StartTime_=since)
        ours = {call.sid for call in calls}
        return {
            leg.parent_call_sid: leg
            for leg in listed
            if leg.parent_call_sid in ours and str(leg.duration or "0") != "0"
        }

    async def _messages_of(self, calls: Sequence[Record], since: datetime) -> list[Raw]:
        callers = {call.sid: call.from_ for call in calls}
        if not callers:
            return []
        found = await self._api.listed("/Recordings", DateCreated_=since)
        account = f"{self.settings.api_base}/2010-04-01/Accounts/{self.settings.account_sid}"
        return [
            message_left(one, account, callers[one.call_sid])
            for one in found
            if one.call_sid in callers and one.status == "completed" and one.source == "RecordVerb"
        ]
