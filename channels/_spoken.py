"""What callers and agents hear: the TwiML documents of a call, in words of hub.languages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from twilio.twiml.voice_response import VoiceResponse

from hub.languages import LANGUAGES
from hub.telephony import is_seat


@dataclass(frozen=True, slots=True)
class Ring:
    """One telephone to ring: a number, or one in a browser. answered: where picking up is told, and the end, too,
    with `ends`; call: what a browser is told of whose call it is; notice: what the called person hears first."""

    phone: str
    answered: str
    call: str = ""
    notice: str = ""
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Beep:
    """A message to take. action: where the end of it is told; ready: where the finished recording is told; written:
    where its words are, if they are to be written down."""

    action: str
    ready: str
    seconds: int
    written: str = ""


class Speech:
    """One document in one language; verbs in the order in which they are asked for."""

    def __init__(self, language: str) -> None:
        self._words = LANGUAGES[language].spoken.model_dump()
        self._voice = LANGUAGES[language].voice
        self._document: Any = VoiceResponse()

    def say(self, word: str, instead: str = "", **values: str) -> "Speech":
        """instead: the operator's own words for it; values: what is filled in."""
        self._document.say(instead or self._words[word].format(**values), language=self._voice)
        return self

    def play(self, url: str) -> "Speech":
        self._document.play(url)
        return self

    def hold(self, url: str) -> "Speech":
        """Music without an end."""
        self._document.play(url, loop=0)
        return self

    def meet(self, room: str, action: str, *, ends: bool) -> "Speech":
        """action: where is told that it is over; ends: it is for all when this one leaves."""
        self._document.dial(action=action, method="POST").conference(
            room, beep=False, start_conference_on_enter=True, end_conference_on_exit=ends, wait_url=""
        )
        return self

    def ask(self, said: Sequence[tuple[str, str]], action: str, seconds: int, hints: Sequence[str] = ()) -> "Speech":
        """A key is waited for, or, with hints, a word. said: ("say" or "play", what), which the key cuts short; action:
        where it is told, and that none came."""
        listening = {"input": "dtmf speech", "hints": ", ".join(hints), "speech_timeout": "auto"} if hints else {}
        gather = self._document.gather(
            action=action,
            method="POST",
            num_digits=1,
            finish_on_key="",
            timeout=seconds,
            action_on_empty_result=True,
            **({"language": self._voice} | listening if hints else {}),
        )
        for how, what in said:
            if how == "play":
                gather.play(what)
            else:
                gather.say(what, language=self._voice)
        return self

    @staticmethod
    def spelt(number: str) -> str:
        """Digit by digit, as a voice reads it."""
        return " ".join(number.removeprefix("+")) if number.startswith("+") else number

    def word(self, word: str, **values: str) -> str:
        return str(self._words[word]).format(**values)

    def ring(
        self, phones: Sequence[Ring], action: str, seconds: int, caller_id: str = "", recorded: str = ""
    ) -> "Speech":
        """All at once. action: where the end of it is told; recorded: where the recording is, if there is to be one."""
        recording = {
            "record": "record-from-answer",
            "recording_status_callback": recorded,
            "recording_status_callback_event": "completed",
        }
        dial = self._document.dial(
            action=action,
            method="POST",
            timeout=seconds,
            **({"caller_id": caller_id} if caller_id else {}),
            **(recording if recorded else {}),
        )
        for one in phones:
            told = {"status_callback": one.answered, "status_callback_event": "answered" + " completed" * one.ends}
            if is_seat(one.phone):
                client = dial.client(**told, **({"url": one.notice} if one.notice else {}))
                client.identity(one.phone.removeprefix("client:"))
                client.parameter(name="call", value=one.call)
            else:
                dial.number(one.phone, **told, **({"url": one.notice} if one.notice else {}))
        return self

    def take_message(self, beep: Beep) -> "Speech":
        transcript = {"transcribe": True, "transcribe_callback": beep.written} if beep.written else {}
        self._document.record(
            **transcript,
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
