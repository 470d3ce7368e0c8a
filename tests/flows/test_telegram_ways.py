"""Telegram beside the bot's own chat: business accounts, topics, reactions, deletions; and groups, which are left."""

import pytest

from hub.model import DeliveryState
from hub.store.customers import find_customer
from hub.store.events import Happening
from tests.people import ADA
from tests.rest import program_of
from tests.running import until
from tests.telegram import CHAT, World, open_world

ACCOUNT = "bc-1"


@pytest.fixture
def engine() -> str:
    """What Telegram says does not depend on the store."""
    return "sqlite"


async def changes(world: World, count: int) -> list[tuple[str, str]]:
    """What the stream says happened to the chat, once there is so much."""

    async def look() -> list[Happening] | None:
        found = [one for one in await world.office.hub.live.since(0) if one.type == "chat.changed"]
        return found if len(found) >= count else None

    return [(one.data["what"], one.data["text"]) for one in await until(look, f"{count} changes")]


@pytest.mark.parametrize("mode", ["webhook", "polling"])
async def test_who_writes_to_a_business_account_is_answered_through_it(store_url, mode):
    async with open_world(store_url, mode=mode) as world:
        telegram, office = world.telegram, world.office
        await telegram.say(CHAT, "Do you deliver?", name=ADA.name, business_connection_id=ACCOUNT)
        asked = await world.message("Do you deliver?")
        conversation = await world.conversation()
        queued = await office.reply(conversation, text="We do.", channel="bot", options={"quote": True})
        delivery = await office.delivery(queued, DeliveryState.SENT)

        [arrived] = telegram.sent
        assert arrived.raw["business_connection_id"] == ACCOUNT
        assert arrived.reply_to == int(asked.provider_id.removeprefix(f"{ACCOUNT}:"))
        assert delivery.provider_id == f"{ACCOUNT}:{arrived.message_id}"

        telegram.answer_as_business(CHAT, "By bicycle, too.", ACCOUNT)
        telegram.delete(CHAT, [1, 2], ACCOUNT)
        assert await changes(world, 2) == [("answered", "By bicycle, too."), ("deleted", "2")]
        assert len(await office.messages(conversation.id)) == 2


async def test_equal_numbers_in_the_bots_chat_and_the_accounts_are_two_messages(store_url):
    async with open_world(store_url) as world:
        number = await world.telegram.say(CHAT, "To the bot", name=ADA.name)
        await world.message("To the bot")
        await world.telegram.say(CHAT, "To the account", business_connection_id=ACCOUNT, message_id=number)
        await world.message("To the account")


async def test_an_answer_goes_into_the_topic_of_the_question(store_url):
    async with open_world(store_url) as world:
        await world.telegram.say(CHAT, "And the bill?", name=ADA.name, message_thread_id=77, is_topic_message=True)
        await world.message("And the bill?")
        queued = await world.office.reply(await world.conversation(), text="Attached.", channel="bot")
        await world.office.delivery(queued, DeliveryState.SENT)

        assert [one.raw["message_thread_id"] for one in world.telegram.sent] == [77]


async def test_reactions_are_lines_in_the_stream_and_wake_nobody(store_url):
    async with open_world(store_url) as world:
        conversation = await world.hello()
        world.telegram.react(CHAT, 1, "👍", "🎉")
        world.telegram.react(CHAT, 1)

        assert await changes(world, 2) == [("reacted", "👍 🎉"), ("reaction", "")]
        assert len(await world.office.messages(conversation.id)) == 1


@pytest.mark.parametrize("mode", ["webhook", "polling"])
async def test_a_group_is_told_once_and_left(store_url, mode):
    async with open_world(store_url, mode=mode) as world:
        world.telegram._person(CHAT, ADA.name, language="de")
        world.telegram.updates.duplicates = 1
        world.telegram.add_to_group(-500, CHAT)

        async def left() -> bool:
            return world.telegram.left == [-500]

        await until(left, "a group that is left")
        await world.hello()
        assert [(one.chat_id, "unter vier Augen" in one.text) for one in world.telegram.sent] == [(-500, True)]
        assert "https://t.me/hub_sandbox_bot" in world.telegram.sent[0].text
        assert await world.office.hub.store.read(find_customer, ADA.telegram_address)


async def test_a_templates_formatting_reaches_telegram_in_a_message_and_in_a_campaign(store_url):
    source = "<p>Hello <b>{{ customer.first_name }}</b>, your <a href='https://shop.example/4711'>order</a> left.</p>"
    async with open_world(store_url) as world:
        conversation = await world.hello()
        async with program_of(world.office.hub) as program:
            words = {"name": "left", "subject": "It left", "parts": {"telegram.html": source}}
            template = (await program.must("POST", "/templates", words))["id"]
            to = {"customer_id": conversation.customer_id, "channel": "bot", "template": template}
            await program.must("POST", "/messages", to)
            agreed = {"channel": "telegram", "purpose": "news", "state": "granted", "source": "test"}
            await program.must("POST", f"/customers/{conversation.customer_id}/consents", agreed)
            whom = {"customer_ids": [conversation.customer_id]}
            campaign = {"name": "C", "purpose": "news", "channel": "bot", "template": template, "audience": whom}
            made = await program.must("POST", "/campaigns", campaign)
            await program.must("POST", f"/campaigns/{made['id']}/schedule", {})

        async def both() -> bool:
            return len(world.telegram.sent) == 2

        await until(both, "a message and a campaign that left")
        for sent in world.telegram.sent:
            bold, link = sent.raw["entities"]
            assert sent.text.startswith("Hello Ada, your order left.")
            assert (bold["type"], bold["offset"], bold["length"]) == ("bold", 6, 3)
            assert (link["type"], link["offset"], link["length"]) == ("text_link", 16, 5)
        assert world.telegram.sent[0].raw["entities"][1]["url"] == "https://shop.example/4711"
