"""Connects calls: a customer who calls a number of ours, and the calls the hub orders by Calls.json."""

from collections.abc import Mapping

from hub.sandbox.twilio_errors import RestError, first
from hub.sandbox.twilio_faults import Trouble
from hub.sandbox.twilio_leg import Leg
from hub.sandbox.twilio_line import PhoneLine, ring
from hub.sandbox.twilio_phones import Caller, Phone
from hub.sandbox.twilio_state import TwilioCall

DEFAULT_RINGING = 60
DAY = 86_400


class Exchange:
    def __init__(self, line: PhoneLine) -> None:
        self.line = line
        self.state = line.state

    async def incoming(self, from_: str, to: str, caller: Caller, phones: Mapping[str, Phone]) -> TwilioCall:
        """A customer calls; returns when the call is over."""
        number = self.state.numbers.get(to)
        call = self.state.add_call(direction="inbound", from_=from_, to=to, status="ringing")
        lost = self.line.courier.faults.take(Trouble.LOSE_WEBHOOK, f"call {to}")
        if not number or not number.voice_url or lost:
            await self.line.finish(call, "failed", 0)
            return call
        call.callback = number.status_url
        await Leg(self.line, call, caller, phones).run(number.voice_url)
        return call

    def place(self, form: Mapping[str, list[str]]) -> TwilioCall:
        """POST Calls.json, already checked: queued now, rings afterwards."""
        timeout = first(form, "Timeout")
        call = self.state.add_call(
            direction="outbound-api",
            from_=first(form, "From"),
            to=first(form, "To"),
            status="queued",
            callback=first(form, "StatusCallback"),
            callback_events=tuple(form.get("StatusCallbackEvent") or ["completed"]),
            timeout=int(timeout) if timeout.isdecimal() else DEFAULT_RINGING,
        )
        self.line.courier.spawn(self._outgoing(call, first(form, "Url"), first(form, "Twiml")))
        return call

    async def _outgoing(self, call: TwilioCall, url: str, twiml: str) -> None:
        await self.line.courier.pause()
        if call.over:
            return
        phone = self.line.phone_of(call.to, {})
        outcome = ring(phone, call.timeout)
        await self.line.progress(call, "initiated")
        await self.line.progress(call, "ringing")
        if self.line.seats.is_there(call.to):
            outcome = "answered" if await self.line.seats.ring([call], call, call.timeout, {}) else "no-answer"
        else:
            await self.line.wait(min(phone.after, call.timeout))
        if call.hung_up_by_api:
            return await self.line.finish(call, "canceled", 0)
        if outcome != "answered":
            return await self.line.finish(call, outcome, 0)
        await self.line.progress(call, "in-progress")
        person = Caller(digits=phone.digits, patience=phone.after + (DAY if phone.talk is None else phone.talk))
        await Leg(self.line, call, person, {}).run(url, twiml)
        await self.line.seats.end(call)

    async def update(self, call: TwilioCall, form: Mapping[str, list[str]]) -> None:
        """POST Calls/{Sid}.json: end it, or send it to another document."""
        status, url, twiml = first(form, "Status"), first(form, "Url"), first(form, "Twiml")
        if status in ("completed", "canceled"):
            call.hung_up_by_api = True
            call.gone.set()
            if call.status == "queued":
                await self.line.finish(call, "canceled", 0)
        elif call.status != "in-progress":
            raise RestError(21220)
        else:
            call.redirected_to = (url, twiml)
            call.moved.set()
