"""Carries texts between the hub and the customers' handsets: segments, STOP, delivery, status callbacks."""

import math
from collections.abc import Mapping, Sequence

import aiohttp

from hub.sandbox.twilio_errors import first, message_of, variables_in
from hub.sandbox.twilio_faults import Trouble
from hub.sandbox.twilio_state import TwilioMessage, TwilioState, bare, kind_of
from hub.sandbox.twilio_twiml import parse_twiml
from hub.sandbox.twilio_webhooks import Courier, message_form, status_form

GSM = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ ÆæßÉ!\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_TWICE = set("^{}\\[~]|€\f")
STOP_WORDS = {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"}
START_WORDS = {"START", "YES", "UNSTOP"}
HELP_WORDS = {"HELP", "INFO"}
STOPPED = "You have successfully been unsubscribed. You will not receive any more messages from this number."
STARTED = "You have successfully been re-subscribed to messages from this number. Reply HELP for help. Reply STOP."
HELPED = "Reply STOP to unsubscribe. Msg&Data Rates May Apply."
MEDIA_UNAVAILABLE = 11200
UNAPPROVED = {"rejected": 63040, "paused": 63041, "disabled": 63042}
MAX_MEDIA_BYTES = 16_000_000


def segments_of(body: str) -> int:
    """How many text messages the network makes of it: 160/153 septets, or 70/67 UTF-16 units."""
    if all(char in GSM or char in GSM_TWICE for char in body):
        units, single, part = sum(2 if char in GSM_TWICE else 1 for char in body), 160, 153
    else:
        units, single, part = len(body.encode("utf-16-le")) // 2, 70, 67
    return 1 if units <= single else math.ceil(units / part)


def refused_by_whatsapp(state: TwilioState, message: TwilioMessage) -> int | None:
    """Free text later than a day after the last word of whoever it goes to, or a template that is not approved."""
    if kind_of(message.to) != "whatsapp":
        return None
    if message.content and message.content.choices:
        return None if state.has_heard(message.to, message.from_) else 63016
    if message.content and message.content.status != "approved":
        return UNAPPROVED.get(message.content.status, 63016)
    return None if message.content or state.has_heard(message.to, message.from_) else 63016


class Handsets:
    """The customers' side of messaging."""

    def __init__(self, state: TwilioState, courier: Courier, session: aiohttp.ClientSession) -> None:
        self.state = state
        self.courier = courier
        self._session = session

    async def text(
        self,
        from_: str,
        to: str,
        body: str,
        media: Sequence[tuple[str, bytes]] = (),
        profile_name: str = "",
        fields: Mapping[str, str] | None = None,
    ) -> TwilioMessage:
        """A customer writes; returns when the hub has answered the webhook."""
        now = self.state.clock.now()
        if kind_of(from_) == "whatsapp":
            from_ = self.state.shown_as(bare(from_))
        message = self.state.add_message(
            direction="inbound",
            from_=from_,
            to=to,
            body=body,
            status="received",
            sent=now,
            segments=segments_of(body),
            profile_name=profile_name,
            fields=fields or {},
            with_media=bool(media),
        )
        for content_type, content in media:
            self.state.add_media(message, content_type, content)
        self._keyword(message)
        number = self.state.numbers.get(to)
        lost = self.courier.faults.take(Trouble.LOSE_WEBHOOK, f"message {to}")
        if number and number.message_url and not lost:
            await self._announce(message, number.message_url)
        return message

    async def _announce(self, message: TwilioMessage, url: str) -> None:
        answer = await self.courier.post(url, message_form(self.state, message))
        message.webhook_status = answer.status
        if not (200 <= answer.status < 300 and answer.body.strip()):
            return
        for verb in parse_twiml(self.state, answer):
            if verb.tag in ("Message", "Say"):  # a plain text answer is sent as it is
                self._reply(message, "".join(verb.itertext()).strip())

    def _keyword(self, message: TwilioMessage) -> None:
        """The provider's default handling for texts (not WhatsApp): it answers itself and blocks the pair."""
        if kind_of(message.from_) == "whatsapp":
            return
        word, pair = message.body.strip().upper(), (message.from_, message.to)
        if word in STOP_WORDS:
            self.state.opted_out.add(pair)
            self._reply(message, STOPPED)
        elif word in START_WORDS and pair in self.state.opted_out:
            self.state.opted_out.discard(pair)
            self._reply(message, STARTED)
        elif word in HELP_WORDS:
            self._reply(message, HELPED)

    def _reply(self, message: TwilioMessage, body: str) -> None:
        if body:
            self.state.add_message(
                direction="outbound-reply",
                from_=message.to,
                to=message.from_,
                body=body,
                status="delivered",
                sent=self.state.clock.now(),
                segments=segments_of(body),
            )

    def accept(self, form: Mapping[str, list[str]]) -> TwilioMessage:
        """POST Messages.json, already checked: queued now, on its way afterwards."""
        urls, content = form.get("MediaUrl", []), self.state.contents.get(first(form, "ContentSid"))
        body = content.filled(variables_in(form) or {}) if content else first(form, "Body")
        message = self.state.add_message(
            direction="outbound-api",
            from_=first(form, "From") or self.state.sender_of(first(form, "MessagingServiceSid"), first(form, "To")),
            to=first(form, "To"),
            body=body,
            status="queued",
            segments=segments_of(body),
            callback=first(form, "StatusCallback"),
            content=content,
            with_media=bool(urls),
        )
        message.messaging_service_sid = first(form, "MessagingServiceSid") or None
        self.courier.spawn(self._carry(message, urls))
        return message

    async def _carry(self, message: TwilioMessage, urls: Sequence[str]) -> None:
        await self.courier.pause()
        await self._bring_media(message, urls)
        where = f"{message.from_} {message.to}"
        message.error_code = message.error_code or refused_by_whatsapp(self.state, message)
        if failed := self.courier.faults.take(Trouble.FAILED, where):
            message.error_code = failed.code or 30008
        steps = ["queued", "failed"] if message.error_code else ["queued", "sent", "delivered"]
        if undelivered := self.courier.faults.take(Trouble.UNDELIVERED, where):
            message.error_code = undelivered.code or 30003
            steps = ["queued", "sent", "undelivered"]
        elif kind_of(message.to) == "whatsapp" and not message.error_code:
            steps.append("read")
        message.error_message = message_of(message.error_code) if message.error_code else None
        forms = [status_form(self.state, message, status) for status in steps]
        if self.courier.faults.take(Trouble.REORDER_CALLBACKS, where):
            forms.reverse()
        for status, form in zip(steps, forms, strict=True):
            self._advance(message, status)
            await self.courier.callback(message.callback, form)
            await self.courier.pause()

    def _advance(self, message: TwilioMessage, status: str) -> None:
        now = self.state.clock.now()
        message.status, message.updated = status, now
        if status == "sent":
            message.sent = now

    async def _bring_media(self, message: TwilioMessage, urls: Sequence[str]) -> None:
        for url in urls:
            try:
                async with self._session.get(url, timeout=aiohttp.ClientTimeout(total=15)) as response:
                    content = await response.content.read(MAX_MEDIA_BYTES)
                    good = response.status == 200
            except (aiohttp.ClientError, TimeoutError):
                good = False
            if not good:
                message.error_code = MEDIA_UNAVAILABLE
                self.state.alert(MEDIA_UNAVAILABLE, f"Media could not be fetched: {url}")
                return
            self.state.add_media(message, response.content_type, content)
