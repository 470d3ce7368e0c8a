"""The call centre on the running hub: menus, business hours, queues - as the conversation tells them afterwards."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.accounts import add_account
from hub.model import MessageKind, Role
from hub.sandbox.twilio import Caller, answers
from hub.store.agents import mark_agent
from hub.store.conversations import list_conversation_labels
from hub.store.customers import NewCustomer, add_address, add_customer
from hub.store.goals import EVERYBODY, Goal, mark_goal
from hub.store.messages import Message
from hub.store.teams import add_team, find_teams
from tests.flows.test_phone_story import World, open_world
from tests.people import ADA
from tests.running import until
from tests.twilio import AGENT, LINE, SECOND_AGENT

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
    async with open_world(store_url, templates, menu="main_menu", hours=True) as opened:
        hub = opened.office.hub
        for name, phone in (("lena", AGENT), ("max", SECOND_AGENT)):
            email = f"{name}@example.com"
            agent = await add_account(hub.store, hub.clock, email, name.title(), Role.AGENT, "correct horse battery")
            await hub.store.write(mark_agent, agent.id, phone=phone)
            if name == "max":
                await hub.store.write(add_team, "Sales", [agent.id], hub.clock.now())
        yield opened


async def story(world: World, *whats: str) -> Message:
    """The call, once these are its steps."""

    async def look() -> Message | None:
        found = await world.messages(MessageKind.CALL)
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
