"""A customer writes on Telegram and is answered: from the update to the ledger, on the running hub."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from hub.model import Attachment, DeliveryState
from hub.sandbox.telegram import TelegramSandbox
from hub.store.blobs import add_attachment, get_content, list_attachments
from hub.store.conversations import Conversation
from hub.store.customers import get_customer
from hub.store.deliveries import list_attempts
from hub.store.raw import count_raws
from tests.people import ADA
from tests.running import open_office, until
from tests.telegram import CHAT, TOKEN, World, open_world
from tests.web.browser import sign_in

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(200))


@pytest.fixture
async def world(store_url: str) -> AsyncIterator[World]:
    async with open_world(store_url) as opened:
        yield opened


async def test_a_message_with_signs_no_store_can_keep_lands_all_the_same(world):
    await world.telegram.say(
        CHAT, "one\0 \ud83d", name="Ada\0 \udfff", document=("a\0\ud800.pdf", "application/pdf", b"%PDF")
    )

    landed = await world.message("one ?")
    [file] = (await world.office.hub.store.read(list_attachments, [landed.id]))[landed.id]
    assert (landed.author_name, file.filename) == ("Ada ?", "a?.pdf")


@pytest.mark.parametrize("mode", ["webhook", "polling"])
async def test_a_message_lands_with_its_customer_and_is_answered(store_url, mode):
    async with open_world(store_url, mode=mode) as world:
        conversation = await world.hello()

        queued = await world.office.reply(conversation, text="It left this morning.", channel="bot")
        delivery = await world.office.delivery(queued, DeliveryState.SENT)

        [arrived] = world.telegram.sent
        assert (arrived.chat_id, arrived.text) == (CHAT, "It left this morning.")
        assert delivery.provider_id == str(arrived.message_id)
        question, answer = await world.office.messages(conversation.id)
        assert (question.direction, question.author_name, question.from_handle) == ("in", ADA.name, ADA.telegram)
        assert (answer.direction, answer.provider_id, answer.channel_type) == ("out", delivery.provider_id, "telegram")
        customer = await world.office.hub.store.read(get_customer, conversation.customer_id)
        assert (customer.name, customer.language) == (ADA.name, "en")


async def test_a_reply_to_our_message_finds_its_conversation_again(world):
    conversation = await world.hello()
    queued = await world.office.reply(conversation, text="It left.", channel="bot")
    sent = await world.office.delivery(queued, DeliveryState.SENT)

    await world.telegram.say(CHAT, "thank you", reply_to=int(sent.provider_id or 0))

    assert (await world.message("thank you")).conversation_id == conversation.id


async def test_files_come_in_and_go_out_byte_for_byte(world):
    await world.telegram.say(CHAT, "broken", name=ADA.name, document=("crack ü.png", "image/png", PNG))
    came = await world.message("broken")
    store = world.office.hub.store
    [file] = (await store.read(list_attachments, [came.id]))[came.id]
    assert (await store.read(get_content, file.sha256), file.filename) == (PNG, "crack ü.png")

    conversation = await world.conversation()
    label = await store.write(add_attachment, Attachment("label.png", "image/png", PNG), world.office.hub.clock.now())
    queued = await world.office.reply(conversation, text="a label", channel="bot", attachments=[label])
    await world.office.delivery(queued, DeliveryState.SENT)

    [arrived] = world.telegram.sent
    assert (arrived.text, [sent.content for sent in arrived.files]) == ("a label", [PNG])


async def test_an_edit_changes_the_message_and_keeps_what_it_said(world):
    message_id = await world.telegram.say(CHAT, "Wher is my ordr?", name=ADA.name)
    await world.message("Wher is my ordr?")
    await world.telegram.edit(CHAT, message_id, "Where is my order?")

    changed = await world.message("Where is my order?")
    assert changed.edited_at
    assert [edit["text"] for edit in changed.parts["edits"]] == ["Wher is my ordr?"]


async def test_blocking_the_bot_shuts_the_address_and_letting_it_back_in_opens_it(world):
    conversation = await world.hello()
    world.telegram.block(CHAT)
    await until(lambda: is_state(world, conversation, "blocked"), "blocked address")
    world.telegram.block(CHAT, blocked=False)
    await until(lambda: is_state(world, conversation, "ok"), "open address")


async def is_state(world: World, conversation: Conversation, state: str) -> bool:
    return await world.address_state(conversation) == state


async def test_a_rate_limit_is_waited_out(world):
    conversation = await world.hello()
    world.telegram.fail_next("sendMessage", retry_after=1)

    queued = await world.office.reply(conversation, text="patience", channel="bot")
    delivery = await world.office.delivery(queued, DeliveryState.SENT)

    assert [sent.text for sent in world.telegram.sent] == ["patience"]
    first, second = (await world.office.hub.store.read(list_attempts, [delivery.id]))[delivery.id]
    assert second.started_at - first.started_at >= 1000


async def test_an_answer_lost_after_it_was_sent_stands_as_unknown_and_is_not_sent_again(world):
    conversation = await world.hello()
    world.telegram.fail_next("sendMessage", reset=True, after=True)

    queued = await world.office.reply(conversation, text="only once", channel="bot")
    await world.office.delivery(queued, DeliveryState.UNKNOWN)
    other = await world.office.reply(conversation, text="and on", channel="bot")
    await world.office.delivery(other, DeliveryState.SENT)

    assert [sent.text for sent in world.telegram.sent] == ["only once", "and on"]


async def test_an_update_that_comes_twice_is_one_message(world):
    world.telegram.updates.duplicates = 3
    conversation = await world.hello()
    await world.telegram.updates.emptied()

    assert len(await world.office.messages(conversation.id)) == 1


async def test_a_webhook_without_the_secret_is_refused_and_leaves_no_trace(world):
    body = b'{"update_id": 5, "message": {}}'
    async with aiohttp.ClientSession() as session:
        for secret in ("", "0" * 64):
            headers = {"X-Telegram-Bot-Api-Secret-Token": secret} if secret else {}
            async with session.post(f"{world.office.hooks('bot')}/update", data=body, headers=headers) as answer:
                assert answer.status == 403
    assert await world.office.hub.store.read(count_raws) == {}


async def test_what_was_written_while_the_hub_was_away_arrives_when_it_is_back(store_url):
    async with open_world(store_url) as world:
        conversation = await world.hello()
        telegram = world.telegram
        section = {"type": "telegram", "token": TOKEN, "api_base": telegram.origin}
        await reopen(store_url, telegram, section, conversation)


async def reopen(store_url: str, telegram: TelegramSandbox, section: dict, conversation: Conversation) -> None:
    """Another process of the same store takes over at a new address: setWebhook at every start leads there."""
    async with open_office(store_url, {"bot": section}) as office:
        await until(lambda: leads_to(telegram, office.hooks("bot")), "webhook at the new address")
        await telegram.say(CHAT, "anybody there?")
        await telegram.updates.emptied()

        async def landed() -> bool:
            return "anybody there?" in [message.text for message in await office.messages(conversation.id)]

        await until(landed, "message at the new address")


async def leads_to(telegram: TelegramSandbox, url: str) -> bool:
    webhook = telegram.updates.webhook
    return webhook is not None and webhook.url.startswith(url)


async def test_formatting_arrives_and_leaves_as_it_was_written(world):
    conversation = await world.hello()
    marks = [{"type": "bold", "offset": 3, "length": 3}, {"type": "code", "offset": 10, "length": 5}]
    number = await world.telegram.say(CHAT, "😀 red or 4711a?", entities=marks)
    asked = await world.message("😀 red or 4711a?")
    assert asked.html == "😀 <b>red</b> or <code>4711a</code>?"

    html = '<p>Take <b>the <i>red</i></b> one: <a href="https://shop.example/1">here</a></p>'
    queued = await world.office.reply(conversation, text="Take the red one.", html=html, channel="bot")
    await world.office.delivery(queued, DeliveryState.SENT)
    [sent] = world.telegram.sent
    assert sent.text == "Take the red one: here"
    assert [(one["type"], one["offset"], one["length"]) for one in sent.raw["entities"]] == [
        ("bold", 5, 7),
        ("italic", 9, 3),
        ("text_link", 18, 4),
    ]

    await world.telegram.edit(CHAT, number, "Rather blue?", entities=[])
    assert (await world.message("Rather blue?")).html == ""


async def test_formatting_shows_in_the_conversation_and_runs_nothing(world):
    conversation = await world.hello()
    marks = [{"type": "spoiler", "offset": 0, "length": 6}, {"type": "blockquote", "offset": 7, "length": 12}]
    await world.telegram.say(CHAT, "secret <b>quote</b>", entities=marks)
    await world.message("secret <b>quote</b>")
    async with sign_in(world.office.hub) as agent:
        text = (await agent.get(f"/conversations/{conversation.id}"))[1]

    assert '<span class="tg-spoiler" tabindex="0">secret</span>' in text
    assert "<blockquote>&lt;b&gt;quote&lt;/b&gt;</blockquote>" in text
