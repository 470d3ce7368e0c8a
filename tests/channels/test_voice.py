"""channels.voice against the Twilio sandbox, which really executes the documents: calls from ring to recording."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from urllib.parse import urlencode
from xml.etree.ElementTree import fromstring

import pytest

from hub.channel import Webhook
from hub.clock import HOUR, FakeClock
from hub.errors import ReadDeferred, SendDoubtful, SendRejected, Unreadable
from hub.model import Address, CallUpdate, Direction, Outbound, RemoteFile
from hub.reasons import Why
from hub.sandbox.twilio import Caller, Trouble, answers, busy
from hub.telephony import Talk
from tests.doors import FixedDesk, Ledger
from tests.people import ADA
from tests.twilio import ACCOUNT, AGENT, LINE, SECOND_AGENT, Outside, outside

DELIVERY = "d" * 32
IN_ORDER = {"": 0, "ringing": 1, "missed": 2, "failed": 2, "answered": 3, "completed": 4}


@pytest.fixture
async def world(clock: FakeClock) -> AsyncIterator[Outside]:
    async with outside("voice", clock) as opened:
        yield opened


@pytest.fixture
async def staffed(clock: FakeClock) -> AsyncIterator[Outside]:
    async with outside("voice", clock, phones=(AGENT, SECOND_AGENT), ring_seconds=20) as opened:
        yield opened


def updates(world: Outside) -> list[CallUpdate]:
    return [event for event in world.door.events("line") if isinstance(event, CallUpdate)]


def outcome(world: Outside) -> CallUpdate:
    """What the hub keeps: the better news, in whatever order they came."""
    return max(updates(world), key=lambda update: IN_ORDER[update.state])


def click_to_call(agent: str = AGENT) -> Outbound:
    return Outbound(DELIVERY, ADA.voice_address, "", options={"agent_phone": agent})


# --- a customer calls ------------------------------------------------------------------------------------------


async def test_without_phones_a_caller_is_greeted_and_leaves_a_message(world):
    call = await world.twilio.call(ADA.phone, LINE, Caller(voicemail=7))

    assert [what for what, _ in call.heard] == ["Say", "Beep", "Record"]
    assert not world.twilio.alerts
    [first, *_] = updates(world)
    assert (first.call_id, first.customer, first.direction) == (call.sid, ADA.voice_address, Direction.IN)
    assert (first.state, first.line) == ("ringing", LINE)


async def test_a_voicemail_carries_the_very_recording(world):
    await world.twilio.call(ADA.phone, LINE, Caller(voicemail=7))

    [recording] = world.twilio.recordings
    told = [update for update in updates(world) if update.voicemail]
    assert {(update.recording_id, update.duration, update.state) for update in told} == {(recording.sid, 7, "missed")}
    file = await world.channel.fetch(told[0].recording)
    assert (file.content, file.filename) == (recording.content, "recording.wav")
    assert file.content[:4] == b"RIFF"


async def test_phones_ring_in_order_until_one_answers(staffed):
    call = await staffed.twilio.call(ADA.phone, LINE, Caller(), {AGENT: busy(), SECOND_AGENT: answers(talk=65)})

    assert [detail for what, detail in call.heard if what == "Dial"] == [AGENT, SECOND_AGENT]
    assert call.heard[-1] == ("Talk", f"65 s with {SECOND_AGENT}")
    answered = [update for update in updates(staffed) if update.state == "answered"]
    assert [(update.call_id, update.agent) for update in answered] == [(call.sid, SECOND_AGENT)]
    ended = outcome(staffed)
    assert (ended.state, ended.agent, ended.duration) == ("completed", SECOND_AGENT, 65)
    assert not staffed.twilio.alerts


async def test_agents_on_duty_ring_after_the_configured_phones(clock):
    async with outside("voice", clock, phones=(SECOND_AGENT,)) as world:
        world.door.desk.ring = (AGENT, SECOND_AGENT, "extension 12")
        call = await world.twilio.call(ADA.phone, LINE, Caller(voicemail=3))

    assert [detail for what, detail in call.heard if what == "Dial"] == [SECOND_AGENT, AGENT]


async def dialed(world: Outside, after: str, ring: Sequence[str]) -> str:
    """What the line does when this document's <Dial> found nobody; ring: the phones of agents now."""
    action = fromstring(after).find("Dial").get("action")
    form = {"AccountSid": ACCOUNT, "CallSid": "CA1", "From": ADA.phone, "DialCallStatus": "no-answer"}
    body = urlencode(form).encode()
    headers = {**world.twilio.sign(action, form), "Content-Type": "application/x-www-form-urlencoded"}
    webhook = Webhook("dialed", "POST", action, headers, body, FixedDesk(ring))
    return (await world.channel.receive(webhook)).reply.decode()


async def test_nobody_is_skipped_when_an_agent_goes_while_the_phones_ring(world):
    third, fourth = "+12025550152", "+12025550153"
    form = {"AccountSid": ACCOUNT, "CallSid": "CA1", "From": ADA.phone}
    url, body = f"{world.door.hooks('line')}/call", urlencode(form).encode()
    called = Webhook("call", "POST", url, world.twilio.sign(url, form), body, FixedDesk((AGENT, SECOND_AGENT, third)))

    first = (await world.channel.receive(called)).reply.decode()
    second = await dialed(world, first, [SECOND_AGENT, third])
    last = await dialed(world, second, [fourth, SECOND_AGENT, AGENT, third])
    another = await dialed(world, last, [SECOND_AGENT, third])
    end = await dialed(world, another, [AGENT, SECOND_AGENT, third, fourth])

    rung = [fromstring(one).findtext("Dial/Number") for one in (first, second, last, another, end)]
    assert rung == [AGENT, SECOND_AGENT, fourth, third, None]


async def test_nobody_answers_and_the_caller_may_leave_a_message(staffed):
    call = await staffed.twilio.call(ADA.phone, LINE, Caller(voicemail=4))

    assert [what for what, _ in call.heard] == ["Say", "Dial", "Dial", "Say", "Beep", "Record"]
    assert outcome(staffed).state == "missed"
    assert any(update.voicemail for update in updates(staffed))


@pytest.mark.parametrize("patience", [2, 10, 35, 47])
async def test_a_caller_who_gives_up_is_a_missed_call(staffed, patience):
    await staffed.twilio.call(ADA.phone, LINE, Caller(patience=patience))

    ended = outcome(staffed)
    assert (ended.state, ended.customer) == ("missed", ADA.voice_address)
    assert not any(update.voicemail or update.agent for update in updates(staffed))


async def test_an_agent_who_calls_the_line_is_not_rung_himself(staffed):
    call = await staffed.twilio.call(AGENT, LINE, Caller())

    assert [detail for what, detail in call.heard if what == "Dial"] == [SECOND_AGENT]


async def test_who_withholds_the_number_is_somebody_new_each_time(world):
    first = await world.twilio.call("anonymous", LINE, Caller())
    await world.twilio.call("+266696687", LINE, Caller())

    customers = {update.customer.handle for update in updates(world)}
    assert len(customers) == 2
    assert f"withheld-{first.sid.lower()}" in customers


@pytest.mark.parametrize("named", ["whatsapp:{}", "sip:{}@carrier.example", "sip:{};user=phone@carrier.example"])
async def test_who_calls_by_whatsapp_or_sip_is_the_phone_behind_it(staffed, named):
    call = await staffed.twilio.call(named.format(ADA.phone), LINE, Caller(), {AGENT: answers(talk=5)})

    assert call.heard[-1] == ("Talk", f"5 s with {AGENT}")
    assert {update.customer for update in updates(staffed)} == {ADA.voice_address}


async def test_an_agent_who_calls_the_line_by_whatsapp_is_not_rung_himself(staffed):
    call = await staffed.twilio.call(f"whatsapp:{AGENT}", LINE, Caller())

    assert [detail for what, detail in call.heard if what == "Dial"] == [SECOND_AGENT]


@pytest.mark.parametrize("name", ["sip:ada@company.example", "client:ada"])
async def test_a_caller_whose_name_holds_no_number_keeps_it(world, name):
    await world.twilio.call(name, LINE, Caller())

    assert {update.customer for update in updates(world)} == {Address("voice", name)}


@pytest.mark.parametrize(("id", "scope"), [("DE.AbC134912086553", ACCOUNT), ("DE.ENT.xYz118157992128", "")])
async def test_who_calls_by_whatsapp_with_a_hidden_number_is_who_writes_there(world, id, scope):
    await world.twilio.call(f"whatsapp:{id}", LINE, Caller())

    assert {update.customer for update in updates(world)} == {Address("whatsapp", id, scope)}


async def test_a_recorded_talk_is_announced_and_brought(clock):
    async with outside("voice", clock, phones=(AGENT,), record=True) as world:
        call = await world.twilio.call(ADA.phone, LINE, Caller(), {AGENT: answers(talk=12)})

        assert call.heard[1] == ("Say", "This call is recorded.")
        [told] = [update for update in updates(world) if update.recording]
        assert (told.call_id, told.voicemail, told.duration) == (call.sid, False, None)
        assert (await world.channel.fetch(told.recording)).content == world.twilio.recordings[0].content


async def test_the_greeting_is_the_operators_in_their_language(clock):
    greeting = {"de": "Hallo & willkommen <bei uns>", "en": "Hello"}
    async with outside("voice", clock, greeting=greeting, language="de") as world:
        call = await world.twilio.call(ADA.phone, LINE, Caller())

    assert call.heard[0] == ("Say", "Hallo & willkommen <bei uns>")


async def test_webhooks_told_twice_are_the_same_units(staffed):
    staffed.twilio.inject(Trouble.DUPLICATE_CALLBACK, times=9)
    await staffed.twilio.call(ADA.phone, LINE, Caller(voicemail=4), {AGENT: answers()})

    keys = [(raw.kind, raw.provider_id) for raw in staffed.door.raws]
    assert len(keys) > len(set(keys))


async def test_a_recording_that_is_not_there_yet_comes_later(world):
    recording = RemoteFile(f"{world.twilio.origin}{world.twilio.state.path}/Recordings/RE{'0' * 32}")
    with pytest.raises(ReadDeferred, match="not there yet"):
        await world.channel.fetch(recording)


async def test_a_recording_that_is_too_large_is_taken_as_mp3(clock):
    async with outside("voice", clock, voicemail_seconds=1800) as world:
        await world.twilio.call(ADA.phone, LINE, Caller(voicemail=1700))

        [recording] = {update.recording for update in updates(world) if update.voicemail}
        file = await world.channel.fetch(recording)
        assert len(world.twilio.recordings[0].content) > 25_000_000
        assert (file.filename, file.content_type) == ("recording.mp3", "audio/mpeg")


async def test_a_recording_too_large_in_every_form_is_refused_as_such(clock):
    async with outside("voice", clock, voicemail_seconds=1800) as world:
        await world.twilio.call(ADA.phone, LINE, Caller(voicemail=1700))
        [recording] = {update.recording for update in updates(world) if update.voicemail}

        with pytest.raises(Unreadable, match="larger than"):
            await world.channel.fetch(replace(recording, reference=f"{recording.reference}.wav"))


async def test_a_lost_call_is_found_with_its_message(world, clock):
    world.twilio.inject(Trouble.LOSE_WEBHOOK)
    lost = await world.twilio.call(ADA.phone, LINE)
    came = await world.twilio.call(ADA.phone, LINE, Caller(voicemail=5))
    [recording] = world.twilio.recordings

    raws = await world.channel.backfill(clock.now() - HOUR)

    keys = {(raw.kind, raw.provider_id) for raw in raws}
    assert {("call", lost.sid), ("call", came.sid), ("recording", f"{recording.sid}/completed")} <= keys
    known = {(raw.kind, raw.provider_id) for raw in world.door.raws}
    new = [event for raw in raws if (raw.kind, raw.provider_id) not in known for event in world.channel.read(raw)]
    assert {(update.call_id, update.customer) for update in new} == {(lost.sid, ADA.voice_address)}
    assert [update.state for update in new] == ["ringing", "missed"]


async def test_a_talk_whose_webhooks_never_came_is_found_as_a_talk(staffed, clock):
    call = await staffed.twilio.call(ADA.phone, LINE, Caller(), {AGENT: busy(), SECOND_AGENT: answers(talk=280)})
    missed = await staffed.twilio.call(ADA.phone, LINE, Caller(patience=2))

    found = [event for raw in await staffed.channel.backfill(clock.now() - HOUR) for event in staffed.channel.read(raw)]

    told = [(update.call_id, update.state, update.agent, update.duration) for update in found]
    assert told == [
        (missed.sid, "ringing", "", None),
        (missed.sid, "missed", "", None),
        (call.sid, "ringing", "", None),
        (call.sid, "completed", SECOND_AGENT, 280),
    ]


async def test_a_call_whose_end_was_never_told_is_over_when_the_provider_says_so(staffed, clock):
    missed = await staffed.twilio.call(ADA.phone, LINE, Caller(patience=2))
    call = await staffed.twilio.call(ADA.phone, LINE, Caller(), {AGENT: answers(talk=280)})
    leg = next(one for one in staffed.twilio.calls if one.parent_sid == call.sid)
    talks = [Talk(missed.sid, ADA.phone, "", ""), Talk(call.sid, ADA.phone, call.sid, leg.sid)]
    talks += [Talk(call.sid, ADA.phone, "", ""), Talk("CA" + "0" * 32, ADA.phone, "CA" + "1" * 32, "")]

    told = [event for raw in await staffed.channel.ends(talks) for event in staffed.channel.read(raw)]

    assert [(one.state, one.duration, one.asked) for one in told] == [
        ("missed", None, True),
        ("completed", None, True),
        ("completed", 280, True),
        ("completed", None, True),
    ]
    assert [one.call_id for one in told[:3]] == [missed.sid, call.sid, call.sid]
    assert told[1].occurred_at == call.ended


async def test_a_call_that_goes_on_has_no_end(staffed):
    call = await staffed.twilio.call(ADA.phone, LINE, Caller(), {AGENT: answers(talk=280)})
    call.status = "in-progress"

    assert await staffed.channel.ends([Talk(call.sid, ADA.phone, "", "")]) == []


# --- we call a customer ----------------------------------------------------------------------------------------


async def test_click_to_call_rings_the_agent_then_the_customer(world):
    world.twilio.phone(AGENT, answers(talk=600))
    world.twilio.phone(ADA.phone, answers(talk=90))
    ledger = Ledger()

    sent = await world.channel.send(click_to_call(), ledger)
    await world.twilio.idle()

    to_agent, to_customer = world.twilio.calls
    assert (to_agent.sid, to_agent.from_, to_agent.to) == (sent.provider_id, LINE, AGENT)
    assert (to_customer.from_, to_customer.to) == (LINE, ADA.phone)
    assert [what for what, _ in to_agent.heard] == ["Say", "Dial", "Talk"]
    ended = outcome(world)
    assert (ended.state, ended.duration, ended.reference) == ("completed", 90, DELIVERY)
    assert {update.call_id for update in updates(world)} == {sent.provider_id}
    assert {update.customer for update in updates(world)} == {ADA.voice_address}
    assert {update.direction for update in updates(world)} == {Direction.OUT}
    assert "answered" in {update.state for update in updates(world)}
    assert (ledger.committed, world.twilio.alerts) == (1, [])


async def test_a_customer_who_does_not_answer_is_said_so(world):
    world.twilio.phone(AGENT, answers(talk=600))
    world.twilio.phone(ADA.phone, busy())

    await world.channel.send(click_to_call(), Ledger())
    await world.twilio.idle()

    ended = outcome(world)
    assert (ended.state, ended.reason_code) == ("missed", Why.CUSTOMER_BUSY)


async def test_an_agent_who_does_not_answer_is_said_so(world):
    await world.channel.send(click_to_call(), Ledger())
    await world.twilio.idle()

    ended = outcome(world)
    assert (ended.state, ended.reason_code) == ("failed", Why.AGENT_SILENT)


async def test_a_customer_hears_that_the_talk_is_recorded(clock):
    async with outside("voice", clock, record=True) as world:
        world.twilio.phone(AGENT, answers(talk=600))
        world.twilio.phone(ADA.phone, answers(talk=9))
        await world.channel.send(click_to_call(), Ledger())
        await world.twilio.idle()

        _, to_customer = world.twilio.calls
        assert to_customer.heard == [("Say", "This call is recorded.")]
        assert any(update.recording and update.reference == DELIVERY for update in updates(world))


@pytest.mark.parametrize("agent", ["", "12", "call me"])
async def test_without_an_agents_phone_nobody_is_called(world, agent):
    ledger = Ledger()
    with pytest.raises(SendRejected, match="no phone number"):
        await world.channel.send(click_to_call(agent), ledger)

    assert (ledger.committed, world.twilio.calls) == (0, [])


async def test_an_agents_phone_that_cannot_be_called_says_nothing_of_the_customer(world):
    with pytest.raises(SendRejected, match=r"^the agent's phone: .*\(21217\)$") as refused:
        await world.channel.send(click_to_call("+15005550001"), Ledger())

    assert not refused.value.bounced


@pytest.mark.parametrize("code", [20003, 21210])
async def test_a_call_is_not_kept_until_somebody_mends_the_settings(world, code):
    """It would ring the agent long after the click."""
    world.twilio.inject(Trouble.REFUSE, code=code, where="POST")
    with pytest.raises(SendRejected, match=rf"\({code}\)$") as refused:
        await world.channel.send(click_to_call(), Ledger())

    assert not refused.value.bounced


async def test_a_number_that_cannot_be_called_is_refused(world):
    message = Outbound(DELIVERY, Address("voice", "withheld-ca1"), "", options={"agent_phone": AGENT})
    with pytest.raises(SendRejected, match="no number that can be called"):
        await world.channel.send(message, Ledger())


async def test_a_call_in_doubt_is_looked_up(world, clock):
    began = clock.now()
    assert await world.channel.look_up(click_to_call(), began) is None
    world.twilio.inject(Trouble.RESET_AFTER_ACCEPT, where="POST")
    with pytest.raises(SendDoubtful):
        await world.channel.send(click_to_call(), Ledger())

    found = await world.channel.look_up(click_to_call(), began)
    assert found.provider_id == world.twilio.calls[0].sid
    clock.forward(HOUR)
    assert await world.channel.look_up(click_to_call(), clock.now()) is None


async def test_what_a_caller_leaves_is_written_down_where_that_is_wanted(clock):
    async with outside("voice", clock, transcribe=True) as world:
        await world.twilio.call(ADA.phone, LINE, Caller(voicemail=7, says="Please call me."))
        [recording] = world.twilio.recordings
        told = [(update.recording_id, update.transcript) for update in updates(world) if update.transcript]
        assert told == [(recording.sid, "Please call me.")]
        assert not world.twilio.alerts


async def test_what_cannot_be_written_down_is_not_told(clock):
    async with outside("voice", clock, transcribe=True) as world:
        await world.twilio.call(ADA.phone, LINE, Caller(voicemail=7))
        assert [update for update in updates(world) if update.transcript] == []
