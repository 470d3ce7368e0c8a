"""A sign at a message: what an agent puts at a customer's, what a customer puts at ours."""

from collections.abc import AsyncIterator

import pytest

from hub.model import DeliveryState
from hub.store.messages import get_message
from tests.rest import program_of
from tests.running import until
from tests.telegram import CHAT, World, open_world
from tests.web.browser import sign_in


@pytest.fixture
async def world(store_url: str) -> AsyncIterator[World]:
    async with open_world(store_url) as opened:
        yield opened


async def test_an_agent_puts_one_sign_at_a_customers_message_changes_it_and_takes_it_back(world):
    conversation = await world.hello()
    asked = await world.message("Where is my order?")
    place = CHAT, int(asked.provider_id)
    page = f"/conversations/{conversation.id}"
    async with sign_in(world.office.hub) as agent:
        _, before = await agent.get(page)
        assert 'aria-label="React with 👍"' in before
        for sign in ("👍", "🎉", ""):
            done = await agent.post(f"{page}/reactions", {"message": asked.id, "sign": sign}, page)
            assert (done.status, world.telegram.reactions[place]) == (303, sign)
            _, shown = await agent.get(page)
            assert ('title="Reacted by us"' in shown) is bool(sign)
        [kept] = await world.office.messages(conversation.id)
    assert "reaction" not in kept.parts
    put = [one.data["sign"] for one in await world.office.hub.live.since(0) if one.type == "message.reacted"]
    assert put == ["👍", "🎉", ""]
    assert (await world.conversation()).waiting_since is not None


async def test_what_telegram_refuses_is_said_and_stands_nowhere(world):
    conversation = await world.hello()
    asked = await world.message("Where is my order?")
    page = f"/conversations/{conversation.id}"
    world.telegram.fail_next("setMessageReaction", status=400, description="Bad Request: message to react not found")
    async with sign_in(world.office.hub) as agent:
        refused = await agent.post(f"{page}/reactions", {"message": asked.id, "sign": "👍"}, page)
        assert (refused.status, "message is not there any more" in await refused.text()) == (409, True)
        odd = await agent.post(f"{page}/reactions", {"message": asked.id, "sign": "🥕"}, page)
        assert (odd.status, "knows no such reaction" in await odd.text()) == (422, True)
        other = await agent.post(f"{page}/reactions", {"message": "0" * 32, "sign": "👍"}, page)
        assert other.status == 404
    assert "reaction" not in (await world.message("Where is my order?")).parts


async def test_a_program_reacts_and_hears_where_that_cannot_be(world):
    conversation = await world.hello()
    asked = await world.message("Where is my order?")
    await world.telegram.say(CHAT, "To the account", business_connection_id="bc-1")
    account = await world.message("To the account")
    queued = await world.office.reply(conversation, text="On its way.", channel="bot")
    async with program_of(world.office.hub) as program:
        assert (await program.must("POST", f"/messages/{asked.id}/reaction", {"sign": "❤"}))["reaction"] == "❤"
        assert (await program.must("GET", f"/messages/{asked.id}"))["reaction"] == "❤"
        ours = await program.ask("POST", f"/messages/{queued.message_id}/reaction", {"sign": "❤"})
        through = await program.ask("POST", f"/messages/{account.id}/reaction", {"sign": "❤"})
        [bot] = (await program.must("GET", "/channels"))["items"]
    assert (ours[0], through[0]) == (409, 409)
    assert "no reactions" in through[1]["detail"]
    assert "❤" in bot["capabilities"]["reactions"]


async def test_nothing_is_offered_where_telegram_can_only_refuse(world):
    """At a press of a button, and at what came to a business account."""
    conversation = await world.hello()
    person = world.telegram.people[CHAT].user()
    chat = {"chat": {"id": CHAT, "type": "private"}, "message_id": 7, "date": 0}
    world.telegram.updates.add("callback_query", {"id": "9", "from": person, "message": chat, "data": "Money back"})
    await world.message("Money back")
    await world.telegram.say(CHAT, "To the account", business_connection_id="bc-1")
    await world.message("To the account")
    async with sign_in(world.office.hub) as agent:
        _, page = await agent.get(f"/conversations/{conversation.id}")
    assert page.count('aria-label="React with 👍"') == 1


async def test_what_a_customer_puts_at_an_answer_of_ours_stands_at_it(world):
    conversation = await world.hello()
    queued = await world.office.reply(conversation, text="It left today.", channel="bot")
    await world.office.delivery(queued, DeliveryState.SENT)
    number = world.telegram.sent[0].message_id

    async def stands(signs: str) -> bool:
        return (await world.office.hub.store.read(get_message, queued.message_id)).parts.get("reaction", "") == signs

    for signs in (("👍", "🎉"), ()):
        world.telegram.react(CHAT, number, *signs)
        await until(lambda signs=signs: stands(" ".join(signs)), "the customer's reaction at our message")
        async with program_of(world.office.hub) as program:
            assert (await program.must("GET", f"/messages/{queued.message_id}"))["reaction"] == " ".join(signs)
