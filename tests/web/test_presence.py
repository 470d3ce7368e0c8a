"""Who is at which conversation: told to colleagues who may see it, across processes, and forgotten by itself."""

import json

import pytest

from hub.clock import MINUTE
from hub.live import Live
from hub.model import Role
from hub.web.presence import AGENT_LOOKS, Presence
from tests.running import until


async def say(visitor, conversation: str, doing: str):
    return await visitor.post(f"/conversations/{conversation}/presence", {"doing": doing}, page="/settings")


async def there(visitor) -> dict[str, list[str]]:
    return {id: list(names.values()) for id, names in json.loads((await visitor.get("/presence"))[1]).items()}


@pytest.fixture
async def two(signed_in, says):
    said = await says("Hello?")
    return await signed_in(Role.AGENT), await signed_in(Role.OWNER), said.conversation_id


async def test_others_are_seen_until_they_leave_or_fall_silent(two, clock):
    kay, lou, conversation = two
    assert (await say(kay, conversation, "looks")).status == 204
    assert await there(lou) == {conversation: ["Agent"]}
    assert await there(kay) == {}
    await say(kay, conversation, "leaves")
    assert await there(lou) == {}
    await say(kay, conversation, "writes")
    clock.forward(MINUTE)
    assert await there(lou) == {}
    assert (await say(kay, conversation, "sleeps")).status == 422


async def test_colleagues_hear_of_it_on_the_live_stream(two, hub):
    kay, lou, conversation = two
    async with lou.session.get(f"{lou.base}/live") as stream:
        await stream.content.readuntil(b"\n\n")
        await say(kay, conversation, "writes")
        told = b""
        while b"event: presence" not in told:
            told = await stream.content.readuntil(b"\n\n")
    data = json.loads(told.decode().partition("data: ")[2])
    assert (data["conversation"], data["name"], data["doing"]) == (conversation, "Agent", "writes")


async def test_another_process_hears_of_it_through_redis(hub, store, redis_url):
    one, other = Live(store, redis_url), Live(store, redis_url)
    await one.open()
    await other.open()
    presence = Presence(hub)
    stop = other.on_ephemeral(presence.hear)
    words = {"what": AGENT_LOOKS, "conversation": "c", "agent": "a", "name": "Max", "doing": "looks"}

    async def heard() -> bool:
        one.send_ephemeral(words)
        return bool(presence.others("b"))

    await until(heard, "presence from another process")
    assert presence.others("b") == {"c": {"a": "Max"}}
    stop()
    await one.close()
    await other.close()
