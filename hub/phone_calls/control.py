"""Holds a call, hands it on, brings it back: said to the store first, for the provider asks where the call is.

What the provider refuses is taken back.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from hub.clock import SECOND
from hub.desk import CONSULTING, HELD, TALKING, TRANSFERRED
from hub.errors import Conflict, InvalidInput, NotFound, SendError, SendRejected
from hub.phone_calls.steps import note_step
from hub.store.agents import mark_ready
from hub.store.calls import THIRD, THIRD_TALKS, Call, list_calls, mark_call
from hub.store.customers import lock_customer
from hub.store.database import Store
from hub.store.events import append_event
from hub.store.messages import get_message, mark_message
from hub.telephony import PhoneChannel, Talk


@dataclass(frozen=True, slots=True)
class Target:
    """A telephone, or a team by its name; `words` is what the call's story says of it."""

    phone: str = ""
    team: str = ""

    @property
    def words(self) -> str:
        return self.phone or self.team


@dataclass(frozen=True, slots=True)
class Hand:
    """Who does it, when, on which channel, with which call (its message)."""

    store: Store
    channel: PhoneChannel
    message_id: str
    agent_id: str
    at: int

    async def hold(self) -> None:
        await self._move("held", HELD, self.channel.moves.hold, {"", TALKING})

    async def resume(self) -> None:
        await self._move("resumed", TALKING, self.channel.moves.resume, {HELD})

    async def transfer(self, to: Target) -> None:
        async def go(talk: Talk) -> None:
            await self.channel.moves.transfer(talk, to.phone, to.team)

        await self._move("transferred", TRANSFERRED, go, {"", TALKING, HELD}, to)
        await self._free()

    async def consult(self, phone: str) -> None:
        """The customer waits, a colleague is rung."""
        call = await self.store.read(_get, self.message_id)
        if call.legs.get("place", "") in ("", TALKING):
            await self.hold()

        async def ask(talk: Talk) -> None:
            third = await self.channel.moves.consult(talk, phone)
            await self.store.write(_mark_legs, self.message_id, {"third": third, "phone": phone})
            await self.store.write(_mark_third, self.message_id, phone)

        await self._move("consulting", CONSULTING, ask, {HELD}, Target(phone))

    async def connect(self) -> None:
        call = await self.store.read(_get, self.message_id)
        third = {"agent": call.legs.get("third", ""), "third": "", "phone": ""}
        phone = Target(str(call.legs.get("phone", "")))
        await self._move("transferred", TALKING, self.channel.moves.connect, {CONSULTING}, phone, third)
        await self.store.write(_mark_agent, self.message_id, phone.phone)
        await self.store.write(_mark_third, self.message_id, "")
        await self._free()

    async def take_back(self) -> None:
        gone = {"third": "", "phone": ""}
        await self._move("returned", TALKING, self.channel.moves.take_back, {CONSULTING}, Target(), gone)
        await self.store.write(_mark_third, self.message_id, "")

    async def record(self, *, on: bool) -> None:
        call = await self.store.read(_get, self.message_id)
        try:
            await self.channel.moves.record(call.call_id, on=on)
        except SendError as refused:
            raise Conflict(str(refused)) from refused
        what = "recording_resumed" if on else "recording_paused"
        await self.store.write(_tell, self.message_id, {"what": what}, self.at, self.agent_id)

    async def _free(self) -> None:
        """Who has handed a call on has the wrap-up of one that has ended."""
        await self.store.write(mark_ready, self.agent_id, self.at + self.channel.wrap_up * SECOND)

    async def _move(
        self,
        what: str,
        place: str,
        move: Callable[[Talk], Awaitable[None]],
        of: set[str],
        to: Target | None = None,
        legs: Mapping[str, str] | None = None,
    ) -> None:
        """of: where the call has to be. Raises Conflict."""
        before = await self.store.write(_begin, self.message_id, place, of)
        try:
            await move(_talk(before, await self.store.read(get_message, self.message_id)))
        except SendError as refused:
            await self.store.write(_restore, before)
            raise Conflict(str(refused)) from refused
        parted = {} if place == TRANSFERRED else {"parent": ""}
        await self.store.write(_mark_legs, self.message_id, {**parted, **(legs or {})})
        step = {"what": what, "words": to.words if to else ""}
        await self.store.write(_tell, self.message_id, step, self.at, self.agent_id)


async def end(channel: PhoneChannel, call: Call) -> None:
    """For everybody, wherever their legs are by now. Raises SendError."""
    legs = (
        [call.legs.get(name) for name in ("customer", "agent", "third")] if call.legs.get("moved") else [call.call_id]
    )
    for leg in filter(None, legs):
        try:
            await channel.hang_up(str(leg))
        except SendRejected:
            if not call.legs.get("moved"):
                raise  # else this one is over already


def _get(conn: Connection, message_id: str) -> Call:
    found = list_calls(conn, [message_id]).get(message_id)
    if found is None:
        raise NotFound("there is no such call")
    return found


def _begin(conn: Connection, message_id: str, place: str, of: set[str]) -> Call:
    """The call as it was."""
    _lock(conn, message_id)
    call = _get(conn, message_id)
    legs = call.legs
    if call.state != "answered" or not (legs.get("customer") and legs.get("agent")):
        raise Conflict("nobody talks there any more", "call_over")
    if str(legs.get("place", "")) not in of:
        raise Conflict("the call is somewhere else by now", "call_elsewhere")
    handed = {"agent": "", "parent": "customer"} if place == TRANSFERRED else {}
    mark_call(conn, message_id, legs={**legs, "place": place, "moved": True, **handed})
    if handed:
        _mark_agent(conn, message_id, "")
    return call


def _restore(conn: Connection, before: Call) -> None:
    _lock(conn, before.message_id)
    mark_call(conn, before.message_id, legs=dict(before.legs))
    if before.agent:
        _mark_agent(conn, before.message_id, before.agent)


def _talk(call: Call, message: Any) -> Talk:
    legs = call.legs
    third = str(legs.get("third", ""))
    return Talk(call.call_id, message.peer, legs["customer"], legs["agent"], str(legs.get("parent", "")), third)


def _lock(conn: Connection, message_id: str) -> None:
    """The provider's reports of the call are read meanwhile."""
    lock_customer(conn, _get(conn, message_id).customer_id)


def _mark_legs(conn: Connection, message_id: str, changes: Mapping[str, str]) -> None:
    _lock(conn, message_id)
    mark_call(conn, message_id, legs={**_get(conn, message_id).legs, **changes})


def _mark_agent(conn: Connection, message_id: str, phone: str) -> None:
    _lock(conn, message_id)
    mark_call(conn, message_id, agent=phone)
    message = get_message(conn, message_id)
    mark_message(conn, message_id, parts={**message.parts, "agent": phone})


def _mark_third(conn: Connection, message_id: str, phone: str) -> None:
    """Whom the agent asks, as cards show it."""
    _lock(conn, message_id)
    message = get_message(conn, message_id)
    mark_message(conn, message_id, parts={**message.parts, THIRD: phone, THIRD_TALKS: False})


def _tell(conn: Connection, message_id: str, step: Mapping[str, str], at: int, agent_id: str) -> None:
    _lock(conn, message_id)
    note_step(conn, message_id, step, at)
    message = get_message(conn, message_id)
    about = {"customer_id": message.customer_id, "conversation_id": message.conversation_id, "message_id": message_id}
    told = {"state": str(message.parts.get("state", "")), "direction": message.direction}
    append_event(conn, "call.updated", at=at, agent_id=agent_id, data=told, **about)


def checked(phone: str) -> str:
    if not phone:
        raise InvalidInput("this colleague has no telephone", "to", "no_telephone")
    return phone
