"""The call centre on the running hub: menus, business hours, queues - as the conversation tells them afterwards."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from hub.accounts import add_account
from hub.clock import LATEST
from hub.errors import Conflict
from hub.model import Address, Direction, MessageKind, Role
from hub.phone_calls.control import Hand, Target, end
from hub.sandbox.twilio import Caller, Trouble, answers, no_answer
from hub.store.agents import add_agent, mark_agent, mark_ready
from hub.store.calls import Call, add_call, count_ahead, list_calls, list_telephones, mark_call
from hub.store.conversations import add_conversation, list_conversation_labels
from hub.store.customers import NewCustomer, add_address, add_customer, find_customer
from hub.store.goals import EVERYBODY, Goal, mark_goal
from hub.store.messages import Message, NewMessage, append_message
from hub.store.tasks import Task, TaskFilter, list_tasks
from hub.store.teams import add_team, find_teams
from hub.telephony import PhoneChannel
from tests.flows.test_phone_story import World, open_world
from tests.people import ADA, GRACE
from tests.running import until
from tests.twilio import AGENT, LINE, SECOND_AGENT
from tests.web.browser import sign_in

MENU = {
    "voice.en.txt": "Welcome to {{ company.name }}.\n1 team Sales label orders: For orders, press 1.\n9 voicemail: 9",
    "voice.de.txt": "Guten Tag{% if customer.name %}, {{ customer.name }}{% endif %}.\n1 team Sales: Verkauf: die 1.",
}


@pytest.fixture
def templates(tmp_path: Path) -> dict[str, str]:
    folder = tmp_path / "messages" / "main_menu"
    folder.mkdir(parents=True)
    for name, text in MENU.items():
        (folder / name).write_text(text, "utf-8")
    return {"path": str(tmp_path)}


@pytest.fixture
async def world(store_url: str, templates: dict[str, str]) -> AsyncIterator[World]:
    async with open_world(store_url, templates, menu="main_menu", hours=True, wait_seconds=600) as opened:
        hub = opened.office.hub
        for name, phone in (("lena", AGENT), ("max", SECOND_AGENT)):
            email = f"{name}@example.com"
            agent = await add_account(hub.store, hub.clock, email, name.title(), Role.AGENT, "correct horse battery")
            await hub.store.write(mark_agent, agent.id, phone=phone)
            if name == "max":
                await hub.store.write(add_team, "Sales", [agent.id], hub.clock.now())
        yield opened


async def story(world: World, *whats: str, address: Address = ADA.voice_address) -> Message:
    """The call, once these are its steps."""

    async def look() -> Message | None:
        found = await world.messages(MessageKind.CALL, address)
        told = {message.id: [step["what"] for step in message.parts.get("steps", ())] for message in found}
        return next((message for message in found if sorted(told[message.id]) == sorted(whats)), None)

    return await until(look, f"call with {whats}")


def said(call: object) -> list[str]:
    return [detail for what, detail in call.heard if what == "Say"]  # type: ignore[attr-defined]


async def test_what_is_chosen_in_a_menu_sorts_the_conversation(world):
    call = await world.twilio.call(ADA.phone, LINE, Caller(digits="1"), {SECOND_AGENT: answers(talk=31)})

    assert said(call)[:2] == ["Welcome to Example Company.", "For orders, press 1."]
    assert call.heard[-1] == ("Talk", f"31 s with {SECOND_AGENT}")
    told = await story(world, "chose", "answered", "ended")
    chose = next(step for step in told.parts["steps"] if step["what"] == "chose")
    assert (chose["words"], chose["team"], chose["label"]) == ("For orders, press 1.", "Sales", "orders")
    conversation = await world.conversation()
    store = world.office.hub.store
    assert conversation.team_id == (await store.read(find_teams, ["Sales"]))["Sales"]
    assert (await store.read(list_conversation_labels, [conversation.id]))[conversation.id] == ["orders"]


async def test_a_customer_whose_language_is_known_hears_the_menu_in_it(world):
    store, now = world.office.hub.store, world.office.hub.clock.now()
    ada = await store.write(add_customer, NewCustomer("Ada Lovelace", "de"), now)
    await store.write(add_address, ada, ADA.sms_address, verified=True, at=now, source="import")

    call = await world.twilio.call(ADA.phone, LINE, Caller(patience=30))

    assert said(call)[:2] == ["Guten Tag, Ada Lovelace.", "Verkauf: die 1."]


async def test_when_it_is_closed_the_caller_hears_until_when_and_leaves_a_message(world):
    await world.office.hub.store.write(mark_goal, EVERYBODY, Goal(240, week=(None,) * 7))
    call = await world.twilio.call(ADA.phone, LINE, Caller(voicemail=4), {AGENT: answers()})

    assert said(call)[0] == "There is nobody here at the moment."
    assert [what for what, _ in call.heard][-2:] == ["Beep", "Record"]
    await story(world, "closed", "ended")


async def tasks(world: World) -> list[Task]:
    hub = world.office.hub
    return await hub.store.read(list_tasks, TaskFilter("open", now=hub.clock.now()), None, 10)


async def test_who_would_rather_be_called_becomes_a_task_in_the_order_of_the_queue(world):
    hub = world.office.hub
    first = await hub.store.write(mark_busy, hub.clock.now())
    for person, digits in ((ADA, "1  1"), (GRACE, "1 1")):
        await world.twilio.call(person.phone, LINE, Caller(digits=digits))
        await story(world, "chose", "waits", "callback", "ended", address=person.voice_address)

    ada, grace = await tasks(world)
    assert ada.due_at < grace.due_at
    async with sign_in(hub) as agent:
        text = (await agent.get("/tasks?view=callbacks"))[1]
        assert text.index(f"/tasks/{ada.id}") < text.index(f"/tasks/{grace.id}")
        assert f'action="/customers/{grace.customer_id}/calls"' in text
        done = {"back": "/tasks?view=callbacks"}
        assert (await agent.post(f"/tasks/{ada.id}/completion", done, done["back"])).status == 303
        assert f"/tasks/{ada.id}" not in (await agent.get(done["back"]))[1]
    assert ada.title == grace.title == "Call back, as promised on the phone"
    customer = await hub.store.read(find_customer, ADA.voice_address)
    assert (ada.customer_id, ada.message_id) == (
        customer,
        (await story(world, "chose", "waits", "callback", "ended")).id,
    )
    assert first


async def test_callers_are_counted_in_the_order_in_which_they_came(world):
    hub = world.office.hub
    await hub.store.write(mark_busy, hub.clock.now())
    waits = Caller(digits="1", patience=1_000_000)
    ada = asyncio.create_task(world.twilio.call(ADA.phone, LINE, waits))

    async def counted() -> int:
        return await hub.store.read(count_ahead, "phone", "Sales", LATEST, hub.clock.now())

    await until(counted, "one who waits")
    grace = asyncio.create_task(world.twilio.call(GRACE.phone, LINE, waits))

    async def heard() -> bool:
        return any("You are number 2 in the queue." in said(call) for call in world.twilio.calls)

    await until(heard, "the second place")
    elsewhere = await hub.store.read(count_ahead, "phone", "Support", LATEST, hub.clock.now())
    for call in world.twilio.calls:
        call.hung_up_by_api = True
    assert "You are next." in said(await ada)
    assert "You are number 2 in the queue." in said(await grace)
    assert elsewhere == 0


def mark_busy(conn: Connection, now: int) -> str:
    """Somebody talks on Max's telephone."""
    id = add_customer(conn, NewCustomer("Emmy"), now)
    conversation = add_conversation(conn, id, "", now)
    new = NewMessage(
        customer_id=id,
        conversation_id=conversation.id,
        channel="phone",
        channel_type="voice",
        direction=Direction.IN,
        kind=MessageKind.CALL,
        provider_id="CA0",
        occurred_at=now,
        created_at=now,
    )
    message_id = append_message(conn, new) or ""
    add_call(conn, Call(message_id, id, "phone", "CA0", "in", "answered", SECOND_AGENT, None, now, now, None))
    return message_id


async def test_after_a_call_the_next_does_not_ring_until_the_agent_is_ready(store):
    now, talk = 10_000_000, 1_000_000
    agent = await store.write(add_agent, "lena@example.com", "Lena", Role.AGENT, "", at=1)
    await store.write(mark_agent, agent.id, phone=SECOND_AGENT)
    message_id = await store.write(mark_busy, talk)

    async def free(at: int) -> bool:
        [one] = await store.read(list_telephones, "", (), at, 30_000)
        return one.free

    assert not await free(now)
    await store.write(mark_call, message_id, state="completed", ended_at=now)
    assert not await free(now + 29_999)
    assert await free(now + 30_000)
    await store.write(mark_ready, agent.id, now + 9_000)
    assert await free(now + 9_000)
    await store.write(mark_ready, agent.id, now + 60_000)
    assert not await free(now + 30_000)


@dataclass
class Desk:
    """The telephones of Lena and Max, and what they press in their panels."""

    world: World
    agents: dict[str, str]

    def hand(self, call: Message, name: str = "lena") -> Hand:
        hub = self.world.office.hub
        channel = hub.channels["phone"]
        assert isinstance(channel, PhoneChannel)
        return Hand(hub.store, channel, call.id, self.agents[name], hub.clock.now())

    async def call(self, *whats: str) -> Message:
        return await story(self.world, *whats)

    def leg(self, phone: str) -> Any:
        """The last that was dialled to that telephone."""
        return [one for one in self.world.twilio.calls if one.to == phone][-1]

    async def hears(self, leg: Any, *heard: tuple[str, str]) -> None:
        async def look() -> bool:
            return all(any(what == one and detail in said for one, said in leg.heard) for what, detail in heard)

        await until(look, f"{heard} on the leg to {leg.to}, which heard {leg.heard}")

    async def meet(self, call: Any, *legs: Any) -> None:
        """They are in one room, and nobody else is."""

        async def look() -> bool:
            rooms = self.world.twilio.rooms
            return {one.sid for one in rooms.members(call.sid)} == {one.sid for one in legs}

        await until(look, "the conference")


@pytest.fixture
async def desk(store_url: str) -> AsyncIterator[Desk]:
    async with open_world(store_url, ring_seconds=30, wrap_up_seconds=60, record=True) as world:
        hub, agents = world.office.hub, {}
        for name, phone in (("lena", AGENT), ("max", SECOND_AGENT)):
            email = f"{name}@example.com"
            agent = await add_account(hub.store, hub.clock, email, name.title(), Role.AGENT, "correct horse battery")
            agents[name] = agent.id
            await hub.store.write(mark_agent, agent.id, phone=phone)
        world.twilio.phone(AGENT, answers(talk=None))
        world.twilio.phone(SECOND_AGENT, answers(talk=None))
        yield Desk(world, agents)


async def answered(desk: Desk) -> tuple[Any, Message, "asyncio.Task[Any]"]:
    """Ada has called, Lena has picked up: Ada's leg, the call, and its end."""
    over = asyncio.create_task(desk.world.twilio.call(ADA.phone, LINE))
    await desk.call("answered")
    told = await desk.call("answered")
    return next(one for one in desk.world.twilio.calls if one.from_ == ADA.phone), told, over


async def test_a_call_is_held_and_gone_on_with(desk):
    ada, call, over = await answered(desk)
    await desk.hand(call).hold()
    await desk.meet(ada, desk.leg(AGENT))
    await desk.hears(ada, ("Play", "hold.wav"))

    await desk.hand(call).resume()
    await desk.meet(ada, ada, desk.leg(AGENT))
    desk.world.twilio.hang_up(ada)
    await over

    told = await desk.call("answered", "held", "resumed", "ended")
    assert told.parts["state"] == "completed"
    await until_over(desk, AGENT)
    assert (await desk.world.call("completed")).duration is not None


async def until_over(desk: Desk, phone: str) -> None:
    async def look() -> bool:
        return bool(desk.leg(phone).over)

    await until(look, f"the end of the leg to {phone}")


async def test_who_hangs_up_on_somebody_who_waits_leaves_nobody_there(desk):
    ada, call, over = await answered(desk)
    await desk.hand(call).hold()
    await desk.meet(ada, desk.leg(AGENT))
    await desk.hears(ada, ("Play", "hold.wav"))

    desk.world.twilio.hang_up(desk.leg(AGENT))

    await over
    await desk.call("answered", "held", "ended")


async def test_a_customer_who_tires_of_waiting_leaves_nobody_in_the_room(desk):
    ada, call, over = await answered(desk)
    await desk.hand(call).hold()
    await desk.meet(ada, desk.leg(AGENT))
    await desk.hears(ada, ("Play", "hold.wav"))

    desk.world.twilio.hang_up(ada)

    await over
    await until_over(desk, AGENT)
    await desk.call("answered", "held", "ended")


async def test_whoever_ends_a_call_from_the_card_ends_it_for_everybody(desk):
    ada, call, over = await answered(desk)
    await desk.hand(call).consult(SECOND_AGENT)
    await desk.meet(ada, desk.leg(AGENT), desk.leg(SECOND_AGENT))
    [facts] = (await desk.world.office.hub.store.read(list_calls, [call.id])).values()

    await end(desk.world.office.hub.channels["phone"], facts)

    await over
    for phone in (AGENT, SECOND_AGENT):
        await until_over(desk, phone)


async def test_a_call_is_handed_on_at_once(desk):
    _, call, over = await answered(desk)
    lena = desk.leg(AGENT)
    await desk.hand(call).transfer(Target(SECOND_AGENT))

    await desk.call("answered", "transferred", "answered")
    await until_over(desk, AGENT)
    assert lena.over
    desk.world.twilio.hang_up(desk.leg(SECOND_AGENT))
    await over
    told = await desk.call("answered", "transferred", "answered", "ended")
    assert [step.get("words") for step in told.parts["steps"]] == [AGENT, SECOND_AGENT, SECOND_AGENT, None]
    assert (await desk.world.call("completed")).agent == SECOND_AGENT


async def test_a_colleague_is_asked_while_the_customer_waits_and_takes_over(desk):
    ada, call, over = await answered(desk)
    await desk.hand(call).consult(SECOND_AGENT)
    lena, max = desk.leg(AGENT), desk.leg(SECOND_AGENT)
    await desk.meet(ada, lena, max)
    await desk.hears(ada, ("Play", "hold.wav"))
    assert max.heard[0] == ("Say", f"Call from {' '.join(ADA.phone[1:])}.")

    await desk.hand(call).connect()

    await desk.meet(ada, ada, max)
    await until_over(desk, AGENT)
    desk.world.twilio.hang_up(max)
    await over
    told = await desk.call("answered", "held", "consulting", "transferred", "ended")
    assert (told.parts["state"], told.parts["agent"]) == ("completed", SECOND_AGENT)


async def test_a_colleague_who_does_not_want_it_leaves_the_customer_with_who_asked(desk):
    ada, call, over = await answered(desk)
    await desk.hand(call).consult(SECOND_AGENT)
    max = desk.leg(SECOND_AGENT)
    await desk.meet(ada, desk.leg(AGENT), max)

    await desk.hand(call).take_back()

    await desk.meet(ada, ada, desk.leg(AGENT))
    await until_over(desk, SECOND_AGENT)
    desk.world.twilio.hang_up(ada)
    await over
    await desk.call("answered", "held", "consulting", "returned", "ended")


async def test_a_colleague_who_does_not_pick_up_leaves_the_customer_waiting(desk):
    desk.world.twilio.phone(SECOND_AGENT, no_answer())
    ada, call, over = await answered(desk)
    await desk.hand(call).consult(SECOND_AGENT)

    await desk.call("answered", "held", "consulting", "returned")
    await desk.hand(call).resume()
    await desk.meet(ada, ada, desk.leg(AGENT))
    desk.world.twilio.hang_up(ada)
    await over


async def test_what_the_provider_refuses_is_as_it_was(desk):
    ada, call, over = await answered(desk)
    desk.world.twilio.inject(Trouble.REFUSE, code=21220, where="Calls")
    with pytest.raises(Conflict):
        await desk.hand(call).hold()

    [facts] = (await desk.world.office.hub.store.read(list_calls, [call.id])).values()
    assert "place" not in facts.legs or facts.legs["place"] == ""
    desk.world.twilio.hang_up(ada)
    await over
    assert [step["what"] for step in (await desk.call("answered", "ended")).parts["steps"]] == ["answered", "ended"]


async def called(desk: Desk) -> tuple[Any, Message]:
    """Lena has called Ada, who has picked up: Ada's leg, the call."""
    world = desk.world
    world.twilio.phone(ADA.phone, answers(talk=None))
    now = world.office.hub.clock.now()
    ada = await world.office.hub.store.write(add_customer, NewCustomer("Ada Lovelace"), now)
    await world.office.hub.store.write(add_address, ada, ADA.voice_address, verified=True, at=now, source="import")
    await world.office.write_to(
        ada, channel="phone", to=ADA.voice_address, kind=MessageKind.CALL, options={"agent_phone": AGENT}
    )
    call = await desk.call("answered")
    return desk.leg(ADA.phone), call


async def test_a_customer_we_called_who_tires_of_waiting_leaves_nobody_in_the_room(desk):
    customer, call = await called(desk)
    await desk.hand(call).hold()
    await desk.hears(customer, ("Play", "hold.wav"))

    desk.world.twilio.hang_up(customer)

    await until_over(desk, AGENT)
    await desk.call("answered", "held", "ended")
    assert (await desk.world.call("completed")).direction == "out"


async def test_a_call_of_ours_is_held_and_handed_on_too(desk):
    customer, call = await called(desk)

    await desk.hand(call).hold()
    await desk.hears(customer, ("Play", "hold.wav"))
    await desk.hand(call).resume()
    await desk.meet(desk.leg(AGENT), customer, desk.leg(AGENT))
    await desk.hand(call).transfer(Target(SECOND_AGENT))

    await desk.call("answered", "held", "resumed", "transferred", "answered")
    await until_over(desk, AGENT)
    desk.world.twilio.hang_up(desk.leg(SECOND_AGENT))
    told = await desk.call("answered", "held", "resumed", "transferred", "answered", "ended")
    assert told.parts["state"] == "completed"
