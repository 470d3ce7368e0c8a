"""What can be done with a call under way: who may, what is refused in words, and the wrap-up after it."""

import pytest

from hub.clock import SECOND
from hub.inbound.calls import CallDeps, land_call
from hub.model import Address, CallUpdate, Direction
from hub.store.agents import find_ready, list_agents, mark_agent
from hub.store.calls import list_calls
from hub.store.messages import get_message
from hub.store.tables import messages
from hub.store.teams import add_team
from tests.twilio import open_twilio_channel

PHONE = "+12025550123"
LEGS = {"customer": "CA1", "agent": "CA2", "parent": "customer"}


@pytest.fixture
async def visitor(signed_in):
    return await signed_in()


@pytest.fixture
async def call(hub, visitor):
    hub.channels.admit(open_twilio_channel("voice", "phone", hub.tools, api_base="http://127.0.0.1:1"))
    [me] = await hub.store.read(list_agents)
    await hub.store.write(mark_agent, me.id, phone=PHONE)
    deps, customer = CallDeps("US", 14, "phone", "voice"), Address("voice", "+12025550177")
    told = {"state": "answered", "line": "+12025550199", "agent": PHONE, "step": {"legs": LEGS}}
    await hub.store.write(land_call, deps, "", CallUpdate("CA1", customer, Direction.IN, **told), {}, hub.clock.now())
    return await hub.store.read(lambda conn: get_message(conn, conn.execute(messages.select()).first().id))


async def test_an_unknown_place_to_transfer_to_is_said_so(visitor, hub, call):
    team = await hub.store.write(add_team, "Sales", [], 1)
    for to, ask, words in (
        ("nobody", "0", "phone number"),
        (f"team:{team.id}", "1", "a team has no telephone"),
    ):
        answer = await visitor.post(f"/messages/{call.id}/transfer", {"to": to, "ask": ask}, page="/settings")
        page = await answer.text()
        assert answer.status == 422, page[:2000]
        assert words in page, page[:2000]


async def test_the_wrap_up_ends_when_the_agent_is_ready_or_is_made_longer(visitor, hub, call):
    now = hub.clock.now()
    [me] = await hub.store.read(list_agents)
    for seconds in ("0", "60"):
        answer = await visitor.post("/phone/ready", {"seconds": seconds}, page="/settings")
        assert (answer.status, await hub.store.read(find_ready, me.id)) == (204, now + int(seconds) * SECOND)
    assert (await visitor.post("/phone/ready", {"seconds": "7 days"}, page="/settings")).status == 422


async def test_a_call_that_is_over_is_not_held(visitor, hub, call):
    deps, customer = CallDeps("US", 14, "phone", "voice"), Address("voice", "+12025550177")
    over = CallUpdate("CA1", customer, Direction.IN, state="completed", agent=PHONE, duration=3)
    await hub.store.write(land_call, deps, "", over, {}, hub.clock.now())
    answer = await visitor.post(f"/messages/{call.id}/hold", {"on": "1"}, page="/settings")
    assert answer.status == 409
    assert "place" not in (await hub.store.read(list_calls, [call.id]))[call.id].legs
