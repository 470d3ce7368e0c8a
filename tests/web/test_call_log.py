"""What came of a call: said by whoever spoke, corrected later, counted in the reports."""

import pytest

from hub.call_log import Said, log_call
from hub.inbound.calls import CallDeps, land_call
from hub.model import Address, CallUpdate, Direction, MessageKind, Role
from hub.store.agents import list_agents, mark_agent
from hub.store.messages import NewMessage, append_message, get_message, list_messages
from hub.store.reports import count_outcomes
from hub.store.tables import messages
from hub.store.visibility import EVERYTHING

PHONE = "+12025550123"
ASKS = "What came of the call?"


@pytest.fixture
async def called(hub):
    """Ada rang, and the agent's phone was picked up; the message that is the call."""

    async def ring(state: str = "completed", agent: str = PHONE):
        deps = CallDeps("US", 14, "phone", "voice")
        customer = Address("voice", "+12025550177")
        update = CallUpdate("CA1", customer, Direction.IN, state=state, line="+12025550199", agent=agent, duration=65)
        await hub.store.write(land_call, deps, "", update, {}, hub.clock.now())
        return await hub.store.read(lambda conn: get_message(conn, conn.execute(messages.select()).first().id))

    return ring


async def at_work(hub):
    [me] = await hub.store.read(list_agents)
    await hub.store.write(mark_agent, me.id, phone=PHONE)


async def log(visitor, call, **form):
    return await visitor.post(f"/messages/{call.id}/call", {"view": "open", **form}, page="/settings")


async def test_who_spoke_need_say_nothing_and_can_say_more(signed_in, hub, called):
    visitor = await signed_in()
    await at_work(hub)
    call = await called()
    place = f"/conversations/{call.conversation_id}?view=open"
    _, page = await visitor.get(place)
    assert ASKS not in page
    assert "Talked" in page
    assert ASKS in (await visitor.get(f"{place}&log={call.id}"))[1]
    await log(visitor, call, outcome="voicemail", note=" wants credit ")
    assert await said_in(hub, call) == ["", "wants credit"]
    assert (await hub.store.read(get_message, call.id)).parts["outcome"] == "voicemail"

    status, page = await visitor.get(f"/customers/{call.customer_id}")
    assert (status, f"log={call.id}" in page) == (200, True)
    assert "wants credit</textarea>" in (await visitor.get(f"{place}&log={call.id}"))[1]
    await log(visitor, call, outcome="wrong_number")
    assert await said_in(hub, call) == ["", "wants credit"]
    assert await outcomes(hub) == {("in", "wrong_number"): 1}
    assert await outcomes(hub, "0" * 32) == {}
    assert "Wrong number" in (await visitor.get("/reports"))[1]


async def said_in(hub, call):
    return [one.text for one in await hub.store.read(list_messages, call.conversation_id)]


async def outcomes(hub, team: str = ""):
    now = hub.clock.now()
    return await hub.store.read(count_outcomes, now - 60_000, now + 60_000, EVERYTHING, team)


async def test_a_note_of_a_call_grows_while_it_is_typed_and_is_one_note(hub, called):
    call = await called("answered")
    for text in ("w", "wants credit", "wants credit for 4711"):
        await hub.store.write(log_call, call.id, Said(notes=text), None, "Lena", hub.clock.now())
    assert await said_in(hub, call) == ["", "wants credit for 4711"]
    await hub.store.write(log_call, call.id, Said(notes=""), None, "Lena", hub.clock.now())
    assert await said_in(hub, call) == [""]
    await hub.store.write(log_call, call.id, Said(notes="again"), None, "Lena", hub.clock.now())
    assert await said_in(hub, call) == ["", "again"]


async def test_a_colleague_named_while_it_is_typed_is_told_once(signed_in, hub, called):
    await signed_in()
    [me] = await hub.store.read(list_agents)
    call = await called("answered")
    for text in ("for @", f"for @{me.name}", f"for @{me.name}: call back"):
        await hub.store.write(log_call, call.id, Said(notes=text), None, "Lena", hub.clock.now())
    told = [one.data["mentions"] for one in await hub.live.since(0, 100) if one.data.get("mentions")]
    assert told == [[me.id]]


@pytest.mark.parametrize(
    ("state", "counted"),
    [("completed", {("in", "reached"): 1}), ("missed", {("in", ""): 1}), ("ringing", {("in", ""): 1})],
)
async def test_what_nobody_says_of_a_call_is_counted_as_it_is_proven(hub, called, state, counted):
    await called(state)
    assert await outcomes(hub) == counted


async def test_what_came_of_a_call_counts_before_the_provider_has_said_a_word(hub, says):
    """A click-to-call whose first report is still to come."""
    said = await says("Call me", sender="+12025550178")
    now = hub.clock.now()
    way = {"channel": "phone", "channel_type": "voice", "direction": Direction.OUT, "kind": MessageKind.CALL}
    new = NewMessage(
        customer_id=said.customer_id, conversation_id=said.conversation_id, occurred_at=now, created_at=now, **way
    )
    call_id = await hub.store.write(append_message, new)
    await hub.store.write(log_call, call_id, Said("busy"), None, "Lena", now)
    assert await outcomes(hub) == {("out", "busy"): 1}


async def test_only_what_is_offered_is_logged_and_only_of_a_call(signed_in, hub, called, says):
    visitor = await signed_in()
    call, said = await called(), await says("Hello", sender="+12025550178")
    assert (await log(visitor, call, outcome="bored")).status == 422
    assert (await log(visitor, said, outcome="reached")).status == 404
    reader = await signed_in(Role.READ_ONLY)
    assert (await log(reader, call, outcome="reached")).status == 403
