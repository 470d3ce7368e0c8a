"""Keeps the progress of calls - ringing, answered, over - and announces it where somebody asked."""

import asyncio
from collections.abc import Mapping, Sequence

from hub.sandbox.twilio_json import rfc2822
from hub.sandbox.twilio_phones import Phone, no_answer
from hub.sandbox.twilio_rooms import Rooms
from hub.sandbox.twilio_seats import Seats
from hub.sandbox.twilio_state import Recording, TwilioCall, TwilioState
from hub.sandbox.twilio_webhooks import Courier, call_form

EVENTS = {"queued": "initiated", "initiated": "initiated", "ringing": "ringing", "in-progress": "answered"}


class PhoneLine:
    """phones: how each number behaves when it rings; usual: how all others do. pace: real seconds per second
    of a call; 0 plays a call as fast as the hub answers."""

    def __init__(self, state: TwilioState, courier: Courier, seats: Seats, pace: float = 0.0) -> None:
        self.state = state
        self.courier = courier
        self.seats = seats
        self.pace = pace
        self.rooms = Rooms()
        self.phones: dict[str, Phone] = {}
        self.usual = no_answer()

    def phone_of(self, number: str, overrides: Mapping[str, Phone]) -> Phone:
        return overrides.get(number) or self.phones.get(number) or self.usual

    async def wait(self, seconds: float) -> None:
        if self.pace and seconds:
            await asyncio.sleep(seconds * self.pace)

    async def talk(self, legs: Sequence[TwilioCall], seconds: int | None) -> int:
        """Until one hangs up, at most so long, or as long as they like in real seconds; answers for how long."""
        pace = self.pace if seconds is not None else 1.0
        began = asyncio.get_running_loop().time()
        gone = [asyncio.ensure_future(event.wait()) for leg in legs for event in (leg.gone, leg.moved)]
        most = None if seconds is None else seconds * pace
        done, left = await asyncio.wait(gone, timeout=most, return_when=asyncio.FIRST_COMPLETED)
        for waiting in left:
            waiting.cancel()
        for leg in legs:
            if not leg.moved.is_set():
                await self.seats.end(leg)
        spent = max(1, int((asyncio.get_running_loop().time() - began) / (pace or 1)))
        return spent if seconds is None or (done and spent < seconds) else seconds

    async def progress(self, call: TwilioCall, status: str) -> None:
        now = self.state.clock.now()
        call.status, call.updated = status, now
        if status == "in-progress" and call.started is None:
            call.started = now
        await self._announce(call, EVENTS.get(status, "completed"))

    async def finish(self, call: TwilioCall, status: str, duration: int) -> None:
        if call.over:
            return
        call.ended = self.state.clock.now()
        call.duration = duration
        await self.progress(call, status)

    async def _announce(self, call: TwilioCall, event: str) -> None:
        if not call.callback or event not in call.callback_events:
            return
        form = call_form(self.state, call) | {
            "CallbackSource": "call-progress-events",
            "SequenceNumber": str(call.callback_sequence),
            "Timestamp": rfc2822(self.state.clock.now()) or "",
        }
        if call.over:
            duration = call.duration or 0
            form |= {"CallDuration": str(duration), "Duration": str(-(-duration // 60))}
        call.callback_sequence += 1
        await self.courier.callback(call.callback, form)

    async def announce_recording(self, recording: Recording, url: str) -> None:
        """The recordingStatusCallback; it always names the first leg of the call."""
        form = {
            "AccountSid": self.state.account_sid,
            "CallSid": recording.call_sid,
            "RecordingSid": recording.sid,
            "RecordingUrl": self.state.recording_url(recording),
            "RecordingStatus": "completed",
            "RecordingDuration": str(recording.duration),
            "RecordingChannels": str(recording.channels),
            "RecordingStartTime": rfc2822(recording.created) or "",
            "RecordingSource": recording.source,
            "RecordingTrack": "both",
            "ErrorCode": "0",
        }
        await self.courier.callback(url, form)


def ring(phone: Phone, timeout: int) -> str:
    """answered, busy, no-answer or failed."""
    return phone.outcome if phone.after <= timeout else "no-answer"
