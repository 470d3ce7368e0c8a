"""What callers and agents hear: the TwiML documents of a call, in words of hub.languages."""

from dataclasses import dataclass
from typing import Any

from twilio.twiml.voice_response import VoiceResponse

from hub.languages import LANGUAGES


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
        self._words = LANGUAGES[language].spoken.model_dump()
        self._voice = LANGUAGES[language].voice
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
