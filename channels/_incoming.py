"""What a caller hears, step by step: greeting, menu, telephones, message.

Nothing is remembered between the steps: what the next one needs stands in the address it is asked for at, and the
provider's signature covers that address. What has to be known besides, the desk is asked.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hub.channel import Tools, Webhook
from hub.clock import SECOND
from hub.desk import Desk, KnownCaller, Telephone
from hub.languages import best_tag
from hub.telephony import is_seat

from ._calls import CONNECTED, PHONE, address_of, caller_of
from ._menus import Menu, Target, read_menu
from ._spoken import Beep, Ring, Speech
from ._twilio import query_of
from ._voice_settings import MAX_PHONES, VoiceSettings

AT_ONCE = 10  # telephones that the provider rings together
CALLBACK_KEY = "1"
MUSIC = "/static/0/hold.wav"
MAX_TURNS = 20  # menus that one caller hears
KEPT = ("customer", "lang", "team", "call")  # of the address, from step to step

Said = tuple[dict[str, Any], Speech]
Answer = tuple[str | None, dict[str, Any], Speech | None]
"""The key of the unit that is kept ("": its hash, None: nothing is), what is kept beside it, and what is said."""


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
    def connected(self) -> bool:
        return self.fields.get("DialCallStatus", "") in CONNECTED

    @property
    def team(self) -> str:
        return self.query.get("team", "")

    def about(self, **more: str) -> dict[str, str]:
        """What the next step has to know."""
        known = {name: self.query.get(name, "") for name in KEPT} | {"customer": self.customer} | more
        return {name: value for name, value in known.items() if value}

    def now(self, **known: str) -> "Asked":
        """The same, and this is known besides."""
        return replace(self, query={**self.query, **known})

    async def who(self) -> KnownCaller:
        return await self.desk.caller(address_of(self.customer, self.call_id, self.fields))


class Incoming:
    """url: makes the address of a step from its name and what it has to know."""

    def __init__(self, settings: VoiceSettings, url: Callable[..., str], tools: Tools) -> None:
        self._settings = settings
        self._url = url
        self._tools = tools

    @property
    def music(self) -> str:
        return self._settings.music or f"{self._tools.base_url}{MUSIC}"

    def _now(self) -> int:
        return self._tools.clock.now()

    async def called(self, asked: Asked) -> Answer:
        caller = await asked.who()
        language = best_tag(caller.language, self._settings.language)
        asked = asked.now(lang=language)
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
        there = await self._telephones(asked)
        speech.say("greeting" if there else "greeting_voicemail", self._settings.text_of("greeting", language))
        if not there:
            return asked.call_id, {}, self._beep(speech, asked)
        return asked.call_id, *await self._connect(speech, asked)

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
            return key, *await self._follow(speech, choice.target, asked, turn, told)
        if digits or said:
            speech.say("wrong_key")
        if turn % menu.times:
            return key, {}, self._ask(speech, menu, asked, name, turn + 1)
        told = {"what": "chose_nothing"}
        if menu.otherwise.kind == "team":
            told["team"] = menu.otherwise.name
        return key, *await self._follow(speech, menu.otherwise, asked, turn, told)

    async def _follow(self, speech: Speech, target: Target, asked: Asked, turn: int, told: dict[str, Any]) -> Said:
        if target.kind == "end":
            return told, speech.hang_up()
        if target.kind == "number":
            return told, self._ring(speech, [target.name], asked)
        if target.kind == "menu" and turn < MAX_TURNS and (menu := await self._menu(asked, target.name)):
            first = (turn // menu.times + 1) * menu.times + 1  # turns are counted over all menus
            return told, self._ask(speech, menu, asked, target.name, first)
        if target.kind == "voicemail":
            return told, self._message(speech, asked)
        if target.kind == "callback":
            return told | self._promised(asked), speech.say("callback_promised").hang_up()
        more, speech = await self._connect(speech, asked.now(team=target.name if target.kind == "team" else ""))
        return told | more, speech

    async def _menu(self, asked: Asked, name: str, caller: KnownCaller | None = None) -> Menu | None:
        text = await asked.desk.menu(name, asked.query.get("lang", ""), caller or await asked.who())
        return read_menu(text) if text else None

    def _ask(self, speech: Speech, menu: Menu, asked: Asked, name: str = "", turn: int = 1) -> Speech:
        action = self._url("chosen", **asked.about(menu=name or self._settings.menu, turn=str(turn)))
        return speech.ask(menu.said, action, menu.seconds, menu.hints)

    async def dialed(self, asked: Asked) -> Answer:
        """The next phone, the queue, or the voicemail; nothing more once somebody answered."""
        status = asked.fields.get("DialCallStatus", "")
        key = f"{asked.call_id}/{asked.query.get('step', '')}/{status}"
        speech = self._speech(asked)
        if asked.connected:
            return key, {}, speech.hang_up()
        rung = "".join((asked.query.get("rung", ""), asked.query.get("agent", "")))
        return key, *await self._next(speech, asked.now(rung=rung, agent=""))

    async def queued(self, asked: Asked) -> Answer:
        """Another round of waiting, unless the caller would rather be called."""
        speech = self._speech(asked)
        if asked.fields.get("Digits") == CALLBACK_KEY and self._settings.callback:
            told = {"what": "callback", **self._promised(asked)}
            return f"{asked.call_id}/callback", told, speech.say("callback_promised").hang_up()
        told, speech = await self._next(speech, asked)
        return f"{asked.call_id}/{self._now()}" if told else None, told, speech

    async def handed_on(self, speech: Speech, asked: Asked, phone: str) -> Said:
        """To that telephone, or else to the team; who is not there is followed by the others."""
        if phone:
            return {}, self._ring(speech, [phone], asked)
        return await self._connect(speech, asked)

    async def _connect(self, speech: Speech, asked: Asked) -> Said:
        if self._settings.record:
            speech.say("recorded")
        if not self._settings.wait_seconds:
            return await self._next(speech, asked)
        told, speech = await self._next(speech, asked.now(since=str(self._now())))
        begun = {"waits_since": self._now(), "team": asked.team} | ({} if told.get("phones") else {"waits": True})
        return told if "last" in told else begun | told, speech

    async def _next(self, speech: Speech, asked: Asked) -> Said:
        """Who rings now; else the caller waits, or leaves a message. What is told: the telephones that ring."""
        rung = PHONE.findall(asked.query.get("rung", ""))
        there, since = await self._telephones(asked), int(asked.query.get("since") or 0)
        free = [one.phone for one in there if one.free]
        left = [phone for phone in free if phone not in rung]  # by number: they come and go while it rings
        turn = not since or await asked.desk.ahead(asked.team, since) < len(free)
        if left and turn and len(rung) < MAX_PHONES:
            phones = self._together(left)
            return ({"phones": phones} if since else {}), self._ring(speech, phones, asked, rung)
        if not since or not there or self._now() - since >= self._settings.wait_seconds * SECOND:
            return {"last": True, **({"phones": []} if since else {})}, self._message(
                speech.say("nobody"), asked, told=True
            )
        return ({"phones": [], "waits": True} if rung else {}), await self._wait(speech, asked.now(rung=""), since)

    async def _wait(self, speech: Speech, asked: Asked, since: int) -> Speech:
        ahead = await asked.desk.ahead(asked.team, since)
        place = speech.word("place", place=str(ahead + 1)) if ahead else speech.word("next")
        offer = [("say", speech.word("callback_offer"))] if self._settings.callback else []
        action = self._url("queued", **asked.about(since=str(since)))
        return speech.ask([("say", place), *offer, ("play", self.music)], action, 1)

    def _promised(self, asked: Asked) -> dict[str, Any]:
        """The task for colleagues, which keeps the caller's place."""
        since = int(asked.query.get("since") or self._now())
        return {"task": Speech(self._settings.language).word("callback_task"), "waits_since": since, "team": asked.team}

    async def left(self, asked: Asked) -> Answer:
        key = f"{asked.call_id}/{asked.fields.get('RecordingSid', '')}"
        return key, {}, self._speech(asked).say("thanks").hang_up()

    async def _telephones(self, asked: Asked) -> list[Telephone]:
        """In the order they ring; nobody is connected with their own phone, and nothing but a number is dialled."""
        own = (caller_of(asked.customer), self._settings.from_)
        also = () if asked.team else self._settings.phones
        there = await asked.desk.telephones(asked.team, also, self._settings.wrap_up_seconds * SECOND)
        fit = [one for one in there if one.phone not in own and PHONE.fullmatch(one.phone)]
        return (sorted(fit, key=lambda one: one.ended) if self._settings.ring == "idle" else fit)[:MAX_PHONES]

    def _together(self, left: list[str]) -> list[str]:
        """Those that ring at once: all, all browsers, or whoever has been idle for longest; else the first phone."""
        seats = [phone for phone in left if is_seat(phone)]
        return {"all": left, "idle": left[:1], "order": seats or left[:1]}[self._settings.ring][:AT_ONCE]

    def _ring(self, speech: Speech, phones: list[str], asked: Asked, rung: Sequence[str] = ()) -> Speech:
        """rung: the phones that did not answer before."""
        one = phones[0] if len(phones) == 1 else ""
        facts = {
            "agent": one,
            "rung": "".join([*rung, *(() if one else phones)]),
            "since": asked.query.get("since", ""),
        }
        customer, whisper = asked.customer, ""
        known = {name: said for name, said in asked.about().items() if name in ("customer", "call")}
        if self._settings.announce:
            whisper = self._url("whisper", **asked.about())
        return speech.ring(
            [
                Ring(
                    phone,
                    self._url("status", leg="agent", agent=phone, **known),
                    asked.query.get("call") or asked.call_id,
                    whisper,
                )
                for phone in phones
            ],
            self._url("dialed", **asked.about(step=str(self._now() if facts["since"] else len(rung)), **facts)),
            self._settings.ring_seconds,
            recorded=self._url("recording", customer=customer, of="call") if self._settings.record else "",
        )

    async def whispered(self, asked: Asked) -> Answer:
        """Only who picks up hears it, before being connected."""
        caller, speech = await asked.who(), Speech(self._settings.language)
        name = caller.name or speech.spelt(asked.customer)
        if asked.team:
            return None, {}, speech.say("caller_for", name=name, team=asked.team)
        return None, {}, speech.say("caller", name=name)

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
