"""Holds, hands on and brings together the legs of a call under way: each is sent to another document by the REST API.

As long as one leg has dialled the other they cannot be told apart: the one that was dialled is sent away first, and the
other follows by the action of its <Dial>, for which the desk knows where the call is. From then on they meet in a
conference that is called like the call (https://www.twilio.com/docs/voice/twiml/conference).
"""

from collections.abc import Callable
from contextlib import suppress

from hub.desk import CONSULTING, HELD, TRANSFERRED
from hub.errors import SendError
from hub.languages import best_tag
from hub.telephony import Moves, Talk

from ._calls import OVER
from ._incoming import Answer, Asked, Incoming
from ._spoken import Speech
from ._twilio_api import TwilioApi
from ._voice_settings import VoiceSettings


class TwilioMoves(Moves):
    """api: the account's; steps: what callers hear besides."""

    def __init__(self, settings: VoiceSettings, api: TwilioApi, url: Callable[..., str], steps: Incoming) -> None:
        self._settings = settings
        self._api = api
        self._url = url
        self._steps = steps

    async def hold(self, talk: Talk) -> None:
        if talk.parent == "customer":
            await self._send(talk.agent_leg, self._room(talk, "agent"))
        else:
            await self._send(talk.customer_leg, self._url("music", call=talk.call_id))

    async def resume(self, talk: Talk) -> None:
        await self._send(talk.customer_leg, self._room(talk, "customer", ends="1"))
        await self._send(talk.agent_leg, self._room(talk, "agent", ends="1"))

    async def transfer(self, talk: Talk, phone: str, team: str) -> None:
        about = {"customer": talk.customer, "call": talk.call_id, "team": team, "to": phone}
        await self._send(talk.customer_leg, self._url("transfer", **{key: said for key, said in about.items() if said}))
        if not talk.parent:
            await self._end(talk.agent_leg)

    async def consult(self, talk: Talk, phone: str) -> str:
        about = {"customer": talk.customer, "call": talk.call_id}
        call = await self._api.posted(
            lambda client: client.calls.create_async(
                to=phone,
                from_=self._settings.from_,
                url=self._url("consult", **about),
                method="POST",
                timeout=self._settings.ring_seconds,
                status_callback=self._url("status", leg="third", **about),
                status_callback_event=["answered", "completed"],
                status_callback_method="POST",
            )
        )
        return str(call.sid)

    async def connect(self, talk: Talk) -> None:
        """The customer with whoever was asked; the agent leaves."""
        await self._send(talk.third, self._room(talk, "third", ends="1"))
        await self._send(talk.customer_leg, self._room(talk, "customer", ends="1"))
        await self._end(talk.agent_leg)

    async def take_back(self, talk: Talk) -> None:
        await self._end(talk.third)
        await self.resume(talk)

    async def record(self, call_id: str, *, on: bool) -> None:
        status = "in-progress" if on else "paused"
        await self._api.posted(
            lambda client: client.calls(call_id).recordings("Twilio.CURRENT").update_async(status=status)
        )

    async def _send(self, leg: str, url: str) -> None:
        await self._api.posted(lambda client: client.calls(leg).update_async(url=url, method="POST"))

    async def _end(self, leg: str) -> None:
        with suppress(SendError):  # it is over already, or ends when its document does
            await self._api.posted(lambda client: client.calls(leg).update_async(status="completed"))

    def _room(self, talk: Talk, leg: str, **ends: str) -> str:
        return self._url("room", call=talk.call_id, leg=leg, peer=talk.customer_leg, **ends)

    # --- the documents ----------------------------------------------------------------------------------------------

    async def room(self, asked: Asked) -> Answer:
        return None, {}, self._in_room(Speech(self._settings.language), asked)

    async def music(self, asked: Asked) -> Answer:
        return None, {}, Speech(self._settings.language).hold(self._steps.music)

    async def stayed(self, asked: Asked) -> Answer:
        """The conference is over: for whoever waits for the customer it goes on."""
        speech = Speech(self._settings.language)
        place = await asked.desk.place(asked.query.get("call", ""))
        if asked.fields.get("CallStatus") in OVER:
            if place in (HELD, CONSULTING) and asked.query.get("leg") == "agent":
                await self._end(asked.query.get("peer", ""))  # nobody comes back to who waits
        elif place in (HELD, CONSULTING) and asked.query.get("leg") != "customer":
            return None, {}, self._in_room(speech, asked.now(ends=""))
        return None, {}, speech.hang_up()

    async def left(self, asked: Asked) -> None:
        """A customer who has tired of the music leaves whoever comes back to them with nobody."""
        call = asked.query.get("call") or asked.call_id  # one that we placed is known by the leg of the agent
        if asked.fields.get("CallStatus") in OVER and (holder := await asked.desk.holder(call, asked.call_id)):
            await self._end(holder)

    async def consulted(self, asked: Asked) -> Answer:
        """A colleague has picked up, and hears whom it is about before speaking with the agent."""
        speech = Speech(self._settings.language)
        speech.say("caller", name=(await asked.who()).name or speech.spelt(asked.customer))
        return None, {}, self._in_room(speech, asked.now(leg="third"))

    async def transferred(self, asked: Asked) -> Answer:
        language = best_tag((await asked.who()).language, self._settings.language)
        told, speech = await self._steps.handed_on(
            Speech(language), asked.now(lang=language), asked.query.get("to", "")
        )
        return f"{asked.call_id}/{asked.query.get('to', '')}/{asked.team}", told, speech

    async def dialed(self, asked: Asked) -> Answer:
        """The end of a <Dial>: of the talk, or of the way on which the legs were connected until now."""
        answer = await self._steps.dialed(asked)
        return await self._unless_moved(asked, asked.query.get("call") or asked.call_id, answer)

    async def bridged(self, asked: Asked, answer: Answer) -> Answer:
        return await self._unless_moved(asked, asked.call_id, answer)

    async def _unless_moved(self, asked: Asked, call: str, answer: Answer) -> Answer:
        place, placed = await asked.desk.place(call), "ref" in asked.query
        if place not in (HELD, CONSULTING, TRANSFERRED) or not asked.connected:
            return answer
        speech = Speech(self._settings.language)
        if place == TRANSFERRED:
            return None, {}, speech.hang_up()
        if placed:
            return None, {}, self._in_room(speech, asked.now(call=call, leg="agent"))
        return None, {}, speech.hold(self._steps.music)

    def _in_room(self, speech: Speech, asked: Asked) -> Speech:
        call, leg, peer = (asked.query.get(name, "") for name in ("call", "leg", "peer"))
        return speech.meet(call, self._url("stayed", call=call, leg=leg, peer=peer), ends=bool(asked.query.get("ends")))
