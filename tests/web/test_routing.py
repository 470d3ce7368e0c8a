"""Conversations that find an agent by themselves: what a team sets, who says to be there, and what the stream tells."""

import asyncio

from sqlalchemy import text

from hub.model import Role
from hub.routing import route_due
from hub.store.agents import list_agents
from hub.store.conversations import get_conversation, mark_conversation
from hub.store.routing import list_available
from hub.store.teams import add_team, get_team
from tests.running import until

PAGE = "/agents"


async def team_of(hub, *members):
    return (await hub.store.write(add_team, "Support", [one.id for one in members], 0)).id


async def test_team_sets_how_its_conversations_find_an_agent(signed_in, agent, hub):
    boss, kay = await signed_in(Role.ADMIN), await agent(Role.AGENT)
    id = await team_of(hub, kay)
    form = {"name": "Support", "member": kay.id, "routing": "load", "capacity": "3", "return_after": "15"}
    assert (await boss.post(f"/teams/{id}", form, PAGE)).status == 303
    team = await hub.store.read(get_team, id)
    assert (team.routing, team.capacity, team.return_after) == ("load", 3, 15)
    _, page = await boss.get(PAGE)
    assert "given in turn" in page
    await boss.post(f"/teams/{id}", form | {"routing": "manual"}, PAGE)
    assert (await hub.store.read(get_team, id)).routing == "manual"
    for wrong in ({"capacity": "0"}, {"capacity": "501"}, {"return_after": "soon"}, {"routing": "luck"}):
        assert (await boss.post(f"/teams/{id}", form | wrong, PAGE)).status == 422
    assert (await hub.store.read(get_team, id)).routing == "manual"


async def test_agent_says_to_be_away_and_comes_back_to_the_same_page(signed_in, hub):
    visitor = await signed_in()
    _, page = await visitor.get("/inbox?view=open")
    assert "Say that you are away" in page
    said = await visitor.post("/settings/state", {"state": "away", "place": "/inbox?view=open"}, "/inbox")
    assert (said.status, said.headers["Location"]) == (303, "/inbox?view=open")
    _, page = await visitor.get("/inbox?view=open")
    assert "Say that you are available" in page
    for elsewhere in ("//evil.example", "/\\evil.example", "https://evil.example", "/\tx", ""):
        said = await visitor.post("/settings/state", {"state": "available", "place": elsewhere}, "/inbox")
        assert (said.status, said.headers["Location"]) == (303, "/")
    assert (await visitor.post("/settings/state", {"state": "asleep", "place": "/"}, "/inbox")).status == 422


async def test_open_page_makes_its_agent_available_and_the_stream_says_why_something_was_given(
    signed_in, hub, says, clock
):
    boss = await signed_in(Role.OWNER)
    [me] = await hub.store.read(list_agents)
    id = await team_of(hub, me)
    form = {"name": "Support", "member": me.id, "routing": "load", "capacity": "3", "return_after": "15"}
    await boss.post(f"/teams/{id}", form, PAGE)
    said = await says("Hello?")
    await hub.store.write(mark_conversation, said.conversation_id, team_id=id)
    assert await hub.store.write(route_due, clock.now()) == 0
    stream = asyncio.ensure_future(boss.get("/live"))

    async def there():
        return await hub.store.read(list_available, id, clock.now())

    assert await until(there, "the agent whose page is open") == [me.id]
    stream.cancel()
    assert await hub.store.write(route_due, clock.now()) == 1
    assert (await hub.store.read(get_conversation, said.conversation_id)).assignee_id == me.id
    _, page = await boss.get(f"/conversations/{said.conversation_id}")
    assert "Given to Owner by itself: fewest waiting (0)" in page


async def test_trouble_in_noting_who_is_there_ends_with_its_round(signed_in, hub, clock, caplog):
    boss, other = await signed_in(Role.OWNER), await signed_in(Role.AGENT)
    both = await hub.store.read(list_agents)
    id = await team_of(hub, *both)
    await hub.store.write(lambda conn: conn.execute(text("ALTER TABLE agents RENAME COLUMN seen_at TO lost")))
    first = asyncio.ensure_future(boss.get("/live"))

    async def stumbled():
        return "a job stumbled" in caplog.text

    assert await until(stumbled, "the round that fails")
    await hub.store.write(lambda conn: conn.execute(text("ALTER TABLE agents RENAME COLUMN lost TO seen_at")))
    second = asyncio.ensure_future(other.get("/live"))

    async def there():
        return await hub.store.read(list_available, id, clock.now())

    assert await until(there, "the next round")
    first.cancel()
    second.cancel()
