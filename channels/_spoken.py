"""What callers and agents hear: the TwiML documents of a call, and their words per language."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from twilio.twiml.voice_response import VoiceResponse

VOICES = {"en": "en-GB", "de": "de-DE"}
WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "greeting": "Thank you for calling. One moment please, we are connecting you.",
        "greeting_voicemail": "Thank you for calling. Please leave a message after the tone.",
        "nobody": "Nobody can answer at the moment. Please leave a message after the tone.",
        "recorded": "This call is recorded.",
        "thanks": "Thank you. Goodbye.",
        "nothing": "We did not hear anything. Goodbye.",
        "connecting": "Connecting you with the customer.",
        "not_answered": "The customer did not answer. Goodbye.",
    },
    "de": {
        "greeting": "Vielen Dank für Ihren Anruf. Einen Moment bitte, wir verbinden Sie.",
        "greeting_voicemail": "Vielen Dank für Ihren Anruf. Bitte hinterlassen Sie eine Nachricht nach dem Ton.",
        "nobody": "Im Moment ist niemand erreichbar. Bitte hinterlassen Sie eine Nachricht nach dem Ton.",
        "recorded": "Dieses Gespräch wird aufgezeichnet.",
        "thanks": "Vielen Dank. Auf Wiederhören.",
        "nothing": "Wir haben nichts gehört. Auf Wiederhören.",
        "connecting": "Sie werden mit dem Kunden verbunden.",
        "not_answered": "Der Kunde hat nicht abgenommen. Auf Wiederhören.",
    },
}


@dataclass(frozen=True, slots=True)
class Ring:
    """One number to ring. action: where the end of it is told; answered: where picking up is told; recorded:
    where the recording is told, if there is to be one; notice: what the called person hears first."""

    number: str
    action: str
    answered: str
    seconds: int
    caller_id: str = ""
    recorded: str = ""
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Beep:
    """A message to take. action: where the end of it is told; ready: where the finished recording is told."""

    action: str
    ready: str
    seconds: int


class Speech:
    """One document in one language; verbs in the order in which they are asked for."""

    def __init__(self, language: str) -> None:
        self._words = WORDS[language]
        self._voice = VOICES[language]
        self._document: Any = VoiceResponse()

    def say(self, word: str, instead: str = "") -> "Speech":
        """instead: the operator's own words for it."""
        self._document.say(instead or self._words[word], language=self._voice)
        return self

    def ring(self, ring: Ring) -> "Speech":
        recording = {
            "record": "record-from-answer",
            "recording_status_callback": ring.recorded,
            "recording_status_callback_event": "completed",
        }
        dial = self._document.dial(
            action=ring.action,
            method="POST",
            timeout=ring.seconds,
            **({"caller_id": ring.caller_id} if ring.caller_id else {}),
            **(recording if ring.recorded else {}),
        )
        told = {"status_callback": ring.answered, "status_callback_event": "answered"}
        dial.number(ring.number, **told, **({"url": ring.notice} if ring.notice else {}))
        return self

    def take_message(self, beep: Beep) -> "Speech":
        self._document.record(
            action=beep.action,
            method="POST",
            max_length=beep.seconds,
            timeout=5,
            finish_on_key="#",
            play_beep=True,
            recording_status_callback=beep.ready,
            recording_status_callback_event="completed",
        )
        return self.say("nothing").hang_up()

    def hang_up(self) -> "Speech":
        self._document.hangup()
        return self

    def document(self) -> bytes:
        return str(self._document).encode()
