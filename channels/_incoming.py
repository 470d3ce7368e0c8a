"""What a caller hears, step by step: greeting, menu, telephones, message.

Nothing is remembered between the steps: what the next one needs stands in the address it is asked for at, and the
provider's signature covers that address. What has to be known besides, the desk is asked.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.channel import Webhook
from hub.desk import Desk, KnownCaller
from hub.languages import best_tag
from hub.telephony import is_seat

from ._calls import CONNECTED, PHONE, address_of, caller_of
from ._menus import Menu, Target, read_menu
from ._spoken import Beep, Ring, Speech
from ._twilio import query_of
from ._voice_settings import MAX_PHONES, VoiceSettings

MAX_SEATS = 10  # that the provider rings at once
MAX_TURNS = 20  # menus that one caller hears
KEPT = ("customer", "lang", "team")  # of the address, from step to step

Answer = tuple[str, dict[str, Any], Speech | None]
"""The key of the unit that is kept ("" for its hash), what is kept beside it, and what is said."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request about a call that came in."""

    fields: Mapping[str, str]
    query: Mapping[str, str]
    desk: Desk

    @classmethod
    def by(cls, webhook: Webhook, fields: Mapping[str, str]) -> "Asked":
        return cls(fields, query_of(webhook), webhook.desk)

    @property
    def call_id(self) -> str:
        return self.fields.get("CallSid", "")

    @property
    def customer(self) -> str:
        return self.query.get("customer") or caller_of(self.fields.get("From", ""))

    @property
    def team(self) -> str:
        return self.query.get("team", "")

    def about(self, **more: str) -> dict[str, str]:
        """What the next step has to know."""
        known = {name: self.query.get(name, "") for name in KEPT} | {"customer": self.customer} | more
        return {name: value for name, value in known.items() if value}

    async def who(self) -> KnownCaller:
        return await self.desk.caller(address_of(self.customer, self.call_id, self.fields))


class Incoming:
    """url: makes the address of a step from its name and what it has to know."""

    def __init__(self, settings: VoiceSettings, url: Callable[..., str]) -> None:
        self._settings = settings
        self._url = url

    async def called(self, asked: Asked) -> Answer:
        caller = await asked.who()
        language = best_tag(caller.language, self._settings.language)
        asked = Asked(asked.fields, {**asked.query, "lang": language}, asked.desk)
        opening = await asked.desk.opening(language)
        speech = Speech(language)
        if not opening.is_open and self._settings.hours:
            speech.say("closed", self._settings.text_of("closed", language))
            if opening.opens:
                speech.say("opens", opens=opening.opens)
            return asked.call_id, {"what": "closed"}, self._message(speech, asked)
        if self._settings.menu:
            menu = await self._menu(asked, self._settings.menu, caller)
            if menu:
                greeting = self._settings.text_of("greeting", language)
                return (
                    asked.call_id,
                    {},
                    self._ask(speech.say("greeting", greeting) if greeting else speech, menu, asked),
                )
        phones = await self._telephones(asked)
        speech.say("greeting" if phones else "greeting_voicemail", self._settings.text_of("greeting", language))
        return asked.call_id, {}, self._connect(speech, phones, asked) if phones else self._beep(speech, asked)

    async def chosen(self, asked: Asked) -> Answer:
        """A key, a word, or neither."""
        digits, said = asked.fields.get("Digits", ""), asked.fields.get("SpeechResult", "")
        name, turn = asked.query.get("menu", ""), int(asked.query.get("turn", "1") or 1)
        key, speech = f"{asked.call_id}/{turn}", self._speech(asked)
        menu = await self._menu(asked, name) or Menu()
        if choice := menu.find(digits, said):
            told = {"what": "chose", "words": choice.words or choice.target.name, "label": choice.target.label}
            if choice.target.kind == "team":
                told["team"] = choice.target.name
            return key, told, await self._follow(speech, choice.target, asked, turn)
        if digits or said:
            speech.say("wrong_key")
        if turn % menu.times:
            return key, {}, self._ask(speech, menu, asked, name, turn + 1)
        told = {"what": "chose_nothing"}
        if menu.otherwise.kind == "team":
            told["team"] = menu.otherwise.name
        return key, told, await self._follow(speech, menu.otherwise, asked, turn)

    async def _follow(self, speech: Speech, target: Target, asked: Asked, turn: int) -> Speech:
        if target.kind == "end":
            return speech.hang_up()
        if target.kind == "number":
            return self._ring(speech, [target.name], asked)
        if target.kind == "menu" and turn < MAX_TURNS and (menu := await self._menu(asked, target.name)):
            first = (turn // menu.times + 1) * menu.times + 1  # turns are counted over all menus
            return self._ask(speech, menu, asked, target.name, first)
        if target.kind == "voicemail":
            return self._message(speech, asked)
        team = target.name if target.kind == "team" else ""
        asked = Asked(asked.fields, {**asked.query, "team": team}, asked.desk)
        phones = await self._telephones(asked)
        return self._connect(speech, phones, asked) if phones else self._message(speech.say("nobody"), asked, told=True)

    async def _menu(self, asked: Asked, name: str, caller: KnownCaller | None = None) -> Menu | None:
        text = await asked.desk.menu(name, asked.query.get("lang", ""), caller or await asked.who())
        return read_menu(text) if text else None

    def _ask(self, speech: Speech, menu: Menu, asked: Asked, name: str = "", turn: int = 1) -> Speech:
        action = self._url("chosen", **asked.about(menu=name or self._settings.menu, turn=str(turn)))
        return speech.ask(menu.said, action, menu.seconds, menu.hints)

    async def dialed(self, asked: Asked) -> Answer:
        """The next phone, or the voicemail; nothing more once somebody answered."""
        status = asked.fields.get("DialCallStatus", "")
        key = f"{asked.call_id}/{asked.query.get('step', '')}/{status}"
        speech = self._speech(asked)
        if status in CONNECTED:
            return key, {}, speech.hang_up()
        rung = PHONE.findall(asked.query.get("rung", "") + asked.query.get("agent", ""))
        left = [phone for phone in await self._telephones(asked) if phone not in rung]  # they come and go meanwhile
        if left and len(rung) < MAX_PHONES:
            return key, {}, self._ring(speech, left, asked, rung)
        return key, {"last": True}, self._message(speech.say("nobody"), asked, told=True)

    async def left(self, asked: Asked) -> Answer:
        key = f"{asked.call_id}/{asked.fields.get('RecordingSid', '')}"
        return key, {}, self._speech(asked).say("thanks").hang_up()

    async def _telephones(self, asked: Asked) -> list[str]:
        """In the order they ring; nobody is connected with their own phone, and nothing but a number is dialled."""
        own = (caller_of(asked.customer), self._settings.from_)
        first = () if asked.team else self._settings.phones
        there = [one.phone for one in await asked.desk.telephones(asked.team)]
        wanted = dict.fromkeys([*first, *there])
        return [number for number in wanted if number not in own and PHONE.fullmatch(number)][:MAX_PHONES]

    def _connect(self, speech: Speech, phones: list[str], asked: Asked) -> Speech:
        if self._settings.record:
            speech.say("recorded")
        return self._ring(speech, phones, asked)

    def _ring(self, speech: Speech, left: list[str], asked: Asked, rung: Sequence[str] = ()) -> Speech:
        """All browsers at once, then phone by phone. rung: the phones that did not answer."""
        together = [phone for phone in left if is_seat(phone)][:MAX_SEATS]
        phones, one = (together, "") if len(together) > 1 else ((together or left)[:1], (together or left)[0])
        before = "".join([*rung, *(together if not one else ())])
        facts = {name: value for name, value in {"agent": one, "rung": before}.items() if value}
        customer = asked.customer
        return speech.ring(
            [
                Ring(phone, self._url("status", customer=customer, leg="agent", agent=phone), asked.call_id)
                for phone in phones
            ],
            self._url("dialed", **asked.about(step=str(len(rung)), **facts)),
            self._settings.ring_seconds,
            recorded=self._url("recording", customer=customer, of="call") if self._settings.record else "",
        )

    def _message(self, speech: Speech, asked: Asked, *, told: bool = False) -> Speech:
        """told: that one may leave a message has been said."""
        return self._beep(speech if told else speech.say("after_tone"), asked)

    def _beep(self, speech: Speech, asked: Asked) -> Speech:
        customer, language = asked.customer, asked.about().get("lang", "")
        ready = self._url("recording", customer=customer, of="voicemail")
        written = self._url("transcript", customer=customer) if self._settings.transcribe else ""
        action = self._url("voicemail", customer=customer, **({"lang": language} if language else {}))
        return speech.take_message(Beep(action, ready, self._settings.voicemail_seconds, written))

    def _speech(self, asked: Asked) -> Speech:
        return Speech(best_tag(asked.query.get("lang", ""), self._settings.language))
