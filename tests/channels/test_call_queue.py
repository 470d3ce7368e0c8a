"""A line's queue, heard by callers of the sandbox: place and music, who rings, a call back instead of waiting."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest

from hub.clock import SECOND, FakeClock
from hub.model import CallUpdate
from hub.sandbox.twilio import Caller, answers
from hub.telephony import seat_of
from tests.doors import FixedDesk
from tests.people import ADA
from tests.twilio import AGENT, LINE, SECOND_AGENT, Outside, open_twilio_channel, outside

MUSIC = "/static/0/hold.wav"


@dataclass
class WatchedDesk(FixedDesk):
    """Something happens each time a caller asks for the place."""

    happens: Callable[[], object] = field(default=lambda: None)

    async def ahead(self, team: str, since: int) -> int:
        self.happens()
        return await super().ahead(team, since)


@pytest.fixture
async def world(clock: FakeClock) -> AsyncIterator[Outside]:
    async with outside("voice", clock, wait_seconds=300) as opened:
        opened.door.desk = WatchedDesk(ring=(AGENT, SECOND_AGENT))
        yield opened


def updates(world: Outside) -> list[CallUpdate]:
    return [event for event in world.door.events("line") if isinstance(event, CallUpdate)]


def said(call: object) -> list[str]:
    return [detail for what, detail in call.heard if what == "Say"]  # type: ignore[attr-defined]


def dialled(call: object) -> list[str]:
    return [detail for what, detail in call.heard if what == "Dial"]  # type: ignore[attr-defined]


async def test_who_waits_hears_the_place_and_music_until_it_is_their_turn(world):
    world.door.desk.queue = [3, 3, 2, 2, 1]
    call = await world.twilio.call(ADA.phone, LINE, Caller(), {AGENT: answers(talk=9)})

    assert said(call)[1::2] == ["You are number 4 in the queue.", "You are number 3 in the queue."]
    assert [detail.endswith(MUSIC) for what, detail in call.heard if what == "Play"] == [True, True]
    assert (dialled(call), call.heard[-1]) == ([AGENT], ("Talk", f"9 s with {AGENT}"))
    begun = updates(world)[0].step
    assert (begun["waits"], begun.get("team", "")) == (True, "")


async def test_whoever_talks_is_not_rung(world):
    world.door.desk.busy = {AGENT}
    call = await world.twilio.call(ADA.phone, LINE, Caller(), {SECOND_AGENT: answers()})

    assert dialled(call) == [SECOND_AGENT]


async def test_whoever_does_not_pick_up_is_rung_again_after_the_others(world):
    call = await world.twilio.call(ADA.phone, LINE, Caller(patience=130))

    assert dialled(call)[:4] == [AGENT, SECOND_AGENT, AGENT, SECOND_AGENT]
    assert "You are next." in said(call)


async def test_who_has_waited_too_long_may_leave_a_message(world, clock):
    world.door.desk.busy = {AGENT, SECOND_AGENT}
    world.door.desk.happens = lambda: clock.forward(40 * SECOND)
    call = await world.twilio.call(ADA.phone, LINE, Caller(voicemail=6))

    assert said(call).count("You are next.") == 4
    assert [what for what, _ in call.heard][-2:] == ["Beep", "Record"]
    assert any(update.voicemail for update in updates(world))


async def test_nobody_waits_for_nobody(world):
    world.door.desk.ring = ()
    call = await world.twilio.call(ADA.phone, LINE, Caller(voicemail=6))

    assert "Play" not in [what for what, _ in call.heard]
    assert [what for what, _ in call.heard][-2:] == ["Beep", "Record"]


async def test_a_key_ends_the_waiting_and_keeps_the_place(world, clock):
    began = clock.now()
    world.door.desk.busy = {AGENT, SECOND_AGENT}
    world.door.desk.happens = lambda: clock.forward(10 * SECOND)
    call = await world.twilio.call(ADA.phone, LINE, Caller(digits="  1"))

    assert said(call)[-1] == "Thank you. We will call you back. Goodbye."
    [told] = [update.step for update in updates(world) if update.step.get("what") == "callback"]
    assert told["waits_since"] == began
    assert told["task"] == "Call back, as promised on the phone"


async def test_a_line_that_does_not_call_back_does_not_offer_it(clock):
    async with outside("voice", clock, wait_seconds=60, callback=False) as world:
        world.door.desk = FixedDesk(ring=(AGENT,), busy={AGENT})
        call = await world.twilio.call(ADA.phone, LINE, Caller(digits="1", patience=60))

    assert not any("press 1" in words for words in said(call))
    assert not any(update.step.get("what") == "callback" for update in updates(world))


async def test_another_process_goes_on_where_the_caller_waits(world):
    """Nothing of the queue is in the channel: the address of the next step holds it."""
    world.door.desk.queue = [1, 1, 1, 1]
    world.door.desk.busy = {SECOND_AGENT}

    def restart() -> None:
        section = {"api_base": world.twilio.origin, "wait_seconds": 300}
        world.door.channels["line"] = open_twilio_channel("voice", "line", world.channel.tools, **section)

    world.door.desk.happens = restart
    call = await world.twilio.call(ADA.phone, LINE, Caller(), {AGENT: answers(talk=5)})

    assert said(call)[1::2] == ["You are number 2 in the queue."] * 2
    assert call.heard[-1] == ("Talk", f"5 s with {AGENT}")


@pytest.mark.parametrize(
    ("strategy", "rung"),
    [("order", [AGENT, SECOND_AGENT]), ("all", [AGENT, SECOND_AGENT]), ("idle", [SECOND_AGENT, AGENT])],
)
async def test_a_strategy_says_who_rings_first(clock, strategy, rung):
    async with outside("voice", clock, ring=strategy) as world:
        world.door.desk = FixedDesk(ring=(AGENT, SECOND_AGENT), ended={AGENT: 9_000, SECOND_AGENT: 5_000})
        call = await world.twilio.call(ADA.phone, LINE, Caller(voicemail=2))

    assert dialled(call) == rung
    dials = [one for one in world.twilio.webhooks if "/dialed?" in one.url]
    assert len(dials) == (1 if strategy == "all" else 2)


async def test_browsers_and_desk_phones_ring_together_where_all_ring(clock):
    lena = "a" * 32
    async with outside("voice", clock, ring="all") as world:
        world.door.desk = FixedDesk(ring=(seat_of(lena), AGENT))
        call = await world.twilio.call(ADA.phone, LINE, Caller(), {AGENT: answers(talk=7)})

    assert dialled(call) == [seat_of(lena), AGENT]
    assert call.heard[-1] == ("Talk", f"7 s with {AGENT}")


async def test_only_who_picks_up_hears_who_calls(clock):
    async with outside("voice", clock, announce=True) as world:
        world.door.desk = FixedDesk(ring=(AGENT,))
        call = await world.twilio.call(ADA.phone, LINE, Caller(), {AGENT: answers()})

    [leg] = [one for one in world.twilio.calls if one.parent_sid == call.sid]
    digits = " ".join(ADA.phone[1:])
    assert leg.heard == [("Say", f"Call from {digits}.")]
    assert f"Call from {digits}." not in said(call)
