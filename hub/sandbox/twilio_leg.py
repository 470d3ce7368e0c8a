"""Executes the TwiML that the hub answers, verb by verb, on one leg of a call.

Time is counted, not waited for (`PhoneLine.pace`): a call of ten minutes is over as soon as the hub has answered.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

from hub.sandbox.twilio_audio import voice_wav
from hub.sandbox.twilio_dial import dial
from hub.sandbox.twilio_line import PhoneLine
from hub.sandbox.twilio_phones import Caller, Phone
from hub.sandbox.twilio_rooms import first_of
from hub.sandbox.twilio_state import Recording, TwilioCall, new_sid
from hub.sandbox.twilio_twiml import parse_document, parse_twiml
from hub.sandbox.twilio_webhooks import call_form

DAY = 86_400
SPOKEN_PER_SECOND = 15  # characters
REJECTED = {"busy": "busy", "rejected": "no-answer"}


class HungUp(Exception):
    """Somebody put the receiver down, or the document said so."""


class Rejected(Exception):
    """The document refused to take the call."""


@dataclass(frozen=True)
class Document:
    url: str
    verbs: list[Element]


class Leg:
    """One person on the telephone, and the document being played to them."""

    def __init__(self, line: PhoneLine, call: TwilioCall, caller: Caller, phones: Mapping[str, Phone]) -> None:
        self.line = line
        self.state = line.state
        self.call = call
        self.caller = caller
        self.phones = phones
        self.elapsed = 0
        self.answered = call.status == "in-progress"
        self._digits = caller.digits
        self._words = list(caller.words)
        self._page = ""

    async def run(self, url: str, twiml: str = "") -> None:
        """Until the call is over; reports it."""
        status = "completed"
        try:
            with suppress(HungUp):
                await self.play(url, twiml)
        except Rejected as rejected:
            status = str(rejected)
        if status == "completed" and not self.answered:
            status = "failed"
        await self.line.finish(self.call, status, self.elapsed if self.answered else 0)

    async def play(self, url: str, twiml: str = "") -> None:
        document = Document(url, parse_document(self.state, twiml)) if twiml else await self.fetch(url, {})
        following: Document | None = document
        while following:
            following = await self._perform(following)

    async def fetch(self, url: str, fields: Mapping[str, str], method: str = "POST", status: str = "") -> Document:
        form = call_form(self.state, self.call, status) | dict(fields)
        answer = await self.line.courier.request(method, url, form)
        if not 200 <= answer.status < 300:
            self.hear("Say", "An application error has occurred. Goodbye.")
            raise HungUp
        return Document(url, parse_twiml(self.state, answer))

    async def _perform(self, document: Document) -> Document | None:
        self._page = document.url
        for verb in document.verbs:
            await self._answer(verb)
            following = await VERBS.get(verb.tag, _skip)(self, verb)
            if redirected := self.call.redirected_to:
                self.call.redirected_to = None
                self.call.moved.clear()
                return await self._redirected(*redirected)
            if following:
                return following
        return None

    async def follow(self) -> None:
        """Another document was ordered for whoever was only dialled until now."""
        url, twiml = self.call.redirected_to or ("", "")
        self.call.redirected_to = None
        self.call.moved.clear()
        self.answered = True
        await self.run(url, twiml)
        await self.line.seats.end(self.call)

    async def _redirected(self, url: str, twiml: str) -> Document:
        return Document(url, parse_document(self.state, twiml)) if twiml else await self.fetch(url, {})

    async def _answer(self, verb: Element) -> None:
        """Everything but a Reject at the very beginning picks the call up."""
        if verb.tag == "Reject" and not self.answered:
            raise Rejected(REJECTED.get(verb.get("reason", "rejected"), "no-answer"))
        if not self.answered:
            self.answered = True
            await self.line.progress(self.call, "in-progress")

    async def spend(self, seconds: int) -> None:
        """Time passes with nobody on the other side; patience ends."""
        left = self.caller.patience - self.elapsed
        await self.line.wait(max(min(seconds, left), 0))
        self.elapsed += max(min(seconds, left), 0)
        if seconds >= left or self.call.hung_up_by_api or self.call.gone.is_set():
            raise HungUp

    def hear(self, what: str, detail: str) -> None:
        self.call.heard.append((what, detail))

    def target(self, verb: Element, default: str = "") -> str:
        """The verb's action as an absolute address."""
        action = verb.get("action") or default
        return urljoin(self._page, action) if action else ""

    async def say(self, verb: Element) -> None:
        text = " ".join("".join(verb.itertext()).split())
        self.hear("Say", text)
        await self.spend(max(1, len(text) // SPOKEN_PER_SECOND))

    async def playback(self, verb: Element) -> None:
        url = urljoin(self._page, (verb.text or "").strip())
        self.hear("Play", url)
        await self.line.courier.request("GET", url, {})
        if verb.get("loop") == "0":
            await first_of(self.call.gone, self.call.moved)
            if self.call.gone.is_set():
                raise HungUp
        else:
            await self.spend(3)

    async def pause(self, verb: Element) -> None:
        await self.spend(int(verb.get("length", "1")))

    async def gather(self, verb: Element) -> Document | None:
        for inner in verb:
            if inner.tag in ("Say", "Play", "Pause"):
                await VERBS[inner.tag](self, inner)
        fields = self._answered(verb)
        if not any(fields.values()):
            await self.spend(int(verb.get("timeout", "5")))
            if verb.get("actionOnEmptyResult") != "true":
                return None
        return await self.fetch(self.target(verb, self._page), fields, verb.get("method", "POST"))

    def _answered(self, verb: Element) -> dict[str, str]:
        """The keys that are pressed; where there are none, what is said."""
        digits = self._press(verb)
        if digits:
            self.hear("Press", digits)
        elif self._words and "speech" in verb.get("input", "dtmf"):
            said = self._words.pop(0)
            self.hear("Speak", said)
            return {"SpeechResult": said, "Confidence": "0.9"}
        return {"Digits": digits}

    def _press(self, verb: Element) -> str:
        count = int(verb.get("numDigits", "0")) or len(self._digits)
        pressed, self._digits = self._digits[:count], self._digits[count:]
        finish = verb.get("finishOnKey", "#")
        return (pressed.partition(finish)[0] if finish else pressed).strip()

    async def record(self, verb: Element) -> Document | None:
        seconds = min(self.caller.voicemail, int(verb.get("maxLength", "3600")))
        if verb.get("playBeep", "true") == "true":
            self.hear("Beep", "")
        if not seconds:
            raise HungUp
        await self.line.wait(seconds)
        self.elapsed += seconds
        self.hear("Record", f"{seconds} s")
        recording = self.keep_recording("RecordVerb", seconds, verb)
        done = self.caller.finish_key
        fields = recording_fields(self.line, recording) | {"Digits": done or "hangup"}
        following = await self.fetch(
            self.target(verb, self._page), fields, verb.get("method", "POST"), "" if done else "completed"
        )
        if not done:
            raise HungUp
        return following

    def keep_recording(self, source: str, seconds: int, verb: Element) -> Recording:
        sound = voice_wav(seconds, self.caller.pitch)
        recording = self.state.add_recording(self.call.sid, source, seconds, sound)
        if callback := verb.get("recordingStatusCallback"):
            url = urljoin(self._page, callback)
            self.line.courier.spawn(self.line.announce_recording(recording, url))
        if verb.get("transcribe") == "true" and (callback := verb.get("transcribeCallback")):
            form = recording_fields(self.line, recording) | call_form(self.state, self.call)
            form |= {"TranscriptionSid": new_sid("TR"), "TranscriptionText": self.caller.says}
            form["TranscriptionStatus"] = "completed" if self.caller.says else "failed"
            self.line.courier.spawn(self.line.courier.callback(urljoin(self._page, callback), form))
        return recording

    async def redirect(self, verb: Element) -> Document:
        return await self.fetch(urljoin(self._page, (verb.text or "").strip()), {}, verb.get("method", "POST"))

    async def hang_up(self, verb: Element) -> None:
        raise HungUp

    async def confer(self, verb: Element, room: Element) -> Document | None:
        name = (room.text or "").strip()
        self.hear("Conference", name)
        await self.line.rooms.join(name, self.call, ends=room.get("endConferenceOnExit") == "true")
        if self.call.redirected_to:
            return None
        gone = self.call.gone.is_set()
        fields = {"DialCallStatus": "answered"}
        following = None
        if target := self.target(verb):
            following = await self.fetch(target, fields, verb.get("method", "POST"), "completed" if gone else "")
        if gone:
            raise HungUp
        return following

    async def dial(self, verb: Element) -> Document | None:
        room = verb.find("Conference")
        if room is not None:
            return await self.confer(verb, room)
        left = self.caller.patience - self.elapsed
        done = await dial(self.line, self.call, verb, self.phones, left, self._page, self._whisper, self._follow)
        self.elapsed += done.spent
        if self.call.redirected_to:
            return None
        fields = dict(done.fields)
        if done.talked:
            self.hear("Talk", f"{done.talked} s with {done.other}")
            if verb.get("record", "do-not-record") not in ("do-not-record", "false"):
                fields |= recording_fields(self.line, self.keep_recording("DialVerb", done.talked, verb))
        target = self.target(verb)
        if not fields or (done.caller_gone and not target):
            raise HungUp
        if not target:
            return None
        status = "completed" if done.caller_gone else ""
        following = await self.fetch(target, fields, verb.get("method", "POST"), status)
        if done.caller_gone:
            raise HungUp
        return following

    async def _whisper(self, child: TwilioCall, phone: Phone, url: str) -> bool:
        """What the called person hears before being connected; hanging up there means: not connected."""
        leg = Leg(self.line, child, Caller(digits=phone.digits), {})
        try:
            await leg.play(url)
        except HungUp:
            return False
        return True

    async def _follow(self, child: TwilioCall, phone: Phone) -> None:
        await Leg(self.line, child, Caller(digits=phone.digits, patience=DAY), self.phones).follow()


async def _skip(leg: Leg, verb: Element) -> None:
    """A verb the sandbox does not play; parse_twiml has warned."""


def recording_fields(line: PhoneLine, recording: Recording) -> dict[str, str]:
    return {
        "RecordingUrl": line.state.recording_url(recording),
        "RecordingSid": recording.sid,
        "RecordingDuration": str(recording.duration),
    }


VERBS: dict[str, Callable[[Leg, Element], Awaitable[Document | None]]] = {
    "Say": Leg.say,
    "Play": Leg.playback,
    "Pause": Leg.pause,
    "Gather": Leg.gather,
    "Dial": Leg.dial,
    "Record": Leg.record,
    "Redirect": Leg.redirect,
    "Hangup": Leg.hang_up,
}
