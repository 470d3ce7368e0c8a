"""Menus and business hours of a line, heard by callers of the sandbox, which executes what the channel answers."""

from collections.abc import AsyncIterator

import pytest

from channels._menus import Choice, Target, read_menu
from hub.clock import FakeClock
from hub.desk import KnownCaller, Opening
from hub.model import CallUpdate
from hub.sandbox.twilio import Caller, answers
from tests.people import ADA
from tests.twilio import AGENT, LINE, SECOND_AGENT, Outside, outside

MENU = """
Welcome to Example Company.
1 team Sales label orders: For orders, press 1.
hear 1: order, orders
2 menu hours: For our opening hours, press 2.
3 number +12025550188: For the reception, press 3.
9 voicemail: To leave a message, press 9.
otherwise team Support
times 2
"""
HOURS = "We are open from nine to five.\notherwise menu main\ntimes 1\nseconds 1"


@pytest.fixture
async def world(clock: FakeClock) -> AsyncIterator[Outside]:
    async with outside("voice", clock, menu="main", hours=True) as opened:
        opened.door.desk.menus = {"main": MENU, "hours": HOURS, "main.de": "Guten Tag.\n1 team Sales: Verkauf: die 1."}
        opened.door.desk.teams = {"Sales": (SECOND_AGENT,), "Support": (AGENT,)}
        yield opened
        assert opened.twilio.alerts == []


def steps(world: Outside) -> list[dict[str, object]]:
    """What the caller did; which leg is whose is told as well."""
    events = world.door.events("line")
    return [dict(event.step) for event in events if isinstance(event, CallUpdate) and "what" in event.step]


def dialled(call: object) -> list[str]:
    return [detail for what, detail in call.heard if what == "Dial"]  # type: ignore[attr-defined]


async def test_a_key_leads_to_the_teams_telephones_and_says_what_it_is_about(world):
    call = await world.twilio.call(ADA.phone, LINE, Caller(digits="1"), {SECOND_AGENT: answers(talk=20)})

    assert dialled(call) == [SECOND_AGENT]
    assert call.heard[-1] == ("Talk", f"20 s with {SECOND_AGENT}")
    told = {"what": "chose", "words": "For orders, press 1.", "label": "orders", "team": "Sales"}
    assert steps(world) == [told]


async def test_a_word_does_what_its_key_does(world):
    call = await world.twilio.call(ADA.phone, LINE, Caller(words=("I have an order, please",)))

    assert dialled(call) == [SECOND_AGENT]


async def test_a_wrong_key_is_said_to_be_one_and_the_menu_comes_again(world):
    call = await world.twilio.call(ADA.phone, LINE, Caller(digits="71"))

    said = [detail for what, detail in call.heard if what == "Say"]
    assert "That key does nothing here." in said
    assert said.count("Welcome to Example Company.") == 2
    assert dialled(call) == [SECOND_AGENT]


async def test_who_presses_nothing_hears_it_again_and_then_gets_through(world):
    call = await world.twilio.call(ADA.phone, LINE, Caller())

    said = [detail for what, detail in call.heard if what == "Say"]
    assert said.count("Welcome to Example Company.") == 2
    assert dialled(call) == [AGENT]
    assert steps(world) == [{"what": "chose_nothing", "team": "Support"}]


async def test_a_menu_leads_to_another_and_back(world):
    call = await world.twilio.call(ADA.phone, LINE, Caller(digits="2 1"))

    said = [detail for what, detail in call.heard if what == "Say"]
    assert said.index("We are open from nine to five.") > said.index("Welcome to Example Company.")
    assert dialled(call) == [SECOND_AGENT]
    assert [one["what"] for one in steps(world)] == ["chose", "chose_nothing", "chose"]


async def test_a_key_leads_to_a_number_or_to_a_message(world):
    number = "+12025550188"
    reception = await world.twilio.call(ADA.phone, LINE, Caller(digits="3"), {number: answers()})
    message = await world.twilio.call(ADA.phone, LINE, Caller(digits="9", voicemail=4))

    assert dialled(reception) == [number]
    assert [what for what, _ in message.heard][-2:] == ["Beep", "Record"]


async def test_two_menus_that_lead_to_each_other_let_the_caller_through_in_the_end(world):
    world.door.desk.menus["main"] = "Hello.\ntimes 1\notherwise menu hours"
    call = await world.twilio.call(ADA.phone, LINE, Caller(voicemail=3, patience=3_000))

    assert [what for what, _ in call.heard][-1] == "Record"


async def test_whose_language_is_known_is_spoken_to_in_it(world):
    world.door.desk.known = KnownCaller("Ada", "de-AT")
    call = await world.twilio.call(ADA.phone, LINE, Caller(digits="71", voicemail=2))

    said = [detail for what, detail in call.heard if what == "Say"]
    assert said[:4] == ["Guten Tag.", "Verkauf: die 1.", "Diese Taste ist nicht belegt.", "Guten Tag."]
    assert "Im Moment ist niemand erreichbar. Bitte hinterlassen Sie eine Nachricht nach dem Ton." in said


async def test_a_menu_that_is_not_there_keeps_nobody_out(world):
    world.door.desk.menus = {}
    world.door.desk.ring = (AGENT,)
    call = await world.twilio.call(ADA.phone, LINE, Caller(), {AGENT: answers()})

    assert dialled(call) == [AGENT]


async def test_outside_business_hours_nobody_is_rung(world):
    world.door.desk.hours = Opening(is_open=False, opens="Monday 30 November, 09:00")
    call = await world.twilio.call(ADA.phone, LINE, Caller(voicemail=5))

    said = [detail for what, detail in call.heard if what == "Say"]
    assert said[:2] == ["There is nobody here at the moment.", "We are back Monday 30 November, 09:00."]
    assert dialled(call) == []
    assert [what for what, _ in call.heard][-2:] == ["Beep", "Record"]
    assert steps(world) == [{"what": "closed"}]


async def test_a_line_without_hours_rings_at_night(clock):
    async with outside("voice", clock) as world:
        world.door.desk.ring, world.door.desk.hours = (AGENT,), Opening(is_open=False)
        call = await world.twilio.call(ADA.phone, LINE, Caller(), {AGENT: answers()})

    assert dialled(call) == [AGENT]


def test_what_is_no_key_is_said():
    said = ["1 tem Sales: to sales", "2 number 4711: to us", "seconds long", "Good-bye"]
    menu = read_menu("\n".join(["play https://example.com/hello.wav", "// a remark", *said[:3], f"0 end: {said[3]}"]))

    assert menu.said == (("play", "https://example.com/hello.wav"), *(("say", words) for words in said))
    assert menu.choices == (Choice("0", Target("end"), "Good-bye"),)
