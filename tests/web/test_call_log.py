"""What came of a call: said by whoever spoke, corrected later, counted in the reports."""

import pytest

from hub.inbound.calls import CallDeps, land_call
from hub.model import Address, CallUpdate, Direction, Role
from hub.store.agents import list_agents, mark_agent
from hub.store.messages import get_message, list_messages
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


async def test_who_spoke_is_asked_what_came_of_it_until_it_is_said(signed_in, hub, called):
    visitor = await signed_in()
    await at_work(hub)
    call = await called()
    place = f"/conversations/{call.conversation_id}?view=open"
    assert ASKS in (await visitor.get(place))[1]
    await log(visitor, call, outcome="reached", note=" wants credit ")
    _, page = await visitor.get(place)
    assert ASKS not in page
    assert [one.text for one in await hub.store.read(list_messages, call.conversation_id)] == ["", "wants credit"]
    assert (await hub.store.read(get_message, call.id)).parts["outcome"] == "reached"

    status, page = await visitor.get(f"/customers/{call.customer_id}")
    assert (status, f"log={call.id}" in page) == (200, True)
    assert ASKS in (await visitor.get(f"{place}&log={call.id}"))[1]
    await log(visitor, call, outcome="wrong_number")
    since = hub.clock.now() - 60_000
    assert await hub.store.read(count_outcomes, since, since + 120_000, EVERYTHING) == {("in", "wrong_number"): 1}
    assert await hub.store.read(count_outcomes, since, since + 120_000, EVERYTHING, "0" * 32) == {}
    assert "Wrong number" in (await visitor.get("/reports"))[1]


@pytest.mark.parametrize(("state", "phone"), [("missed", ""), ("completed", "+12025550124")])
async def test_who_did_not_speak_is_not_asked(signed_in, hub, called, state, phone):
    visitor = await signed_in()
    await at_work(hub)
    call = await called(state, phone)
    assert ASKS not in (await visitor.get(f"/conversations/{call.conversation_id}?view=open"))[1]


async def test_only_what_is_offered_is_logged_and_only_of_a_call(signed_in, hub, called, says):
    visitor = await signed_in()
    call, said = await called(), await says("Hello", sender="+12025550178")
    assert (await log(visitor, call, outcome="bored")).status == 422
    assert (await log(visitor, said, outcome="reached")).status == 404
    reader = await signed_in(Role.READ_ONLY)
    assert (await log(reader, call, outcome="reached")).status == 403
